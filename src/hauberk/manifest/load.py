# SPDX-License-Identifier: Apache-2.0
"""Reads ``hauberk.yaml`` and policy files; the one way from a file to a System.

Every fault is reported in one reading, as ``file:line:col: path: what is wrong; what to do``; no message holds a value
of the file. A manifest may come from a stranger, so nothing outside its folder is read on its word: ``policy:`` is
either written out in place or the relative path of a file that stays, links included, inside the manifest's folder.
A policy from anywhere else is the caller's to give.
"""

from pathlib import Path

import msgspec

from hauberk.core.errors import ManifestInvalid, Misuse
from hauberk.core.system import Policy, System
from hauberk.manifest import refer
from hauberk.manifest.convert import Converter
from hauberk.manifest.fault import Faults
from hauberk.manifest.forms import POLICY_PATH
from hauberk.manifest.tree import Mapping, Node, Scalar, grow, read

NAME = "hauberk.yaml"
"""What a manifest is called."""


def find(start: Path) -> Path | None:
    """The nearest ``hauberk.yaml`` in a folder (or a file's folder) or above it; None where there is none."""
    here = start.absolute()
    return next((folder / NAME for folder in (here, *here.parents) if (folder / NAME).is_file()), None)


def load(path: Path, *, policy: Path | None = None) -> System:
    """The system that a manifest file describes; ``policy`` names a policy file that replaces the manifest's own.

    Raises ManifestInvalid with all faults of either file, and Misuse where a file cannot be read.
    """
    given = load_policy(policy) if policy is not None else None
    system = _system(read(path), str(path), path.parent, name=path.name)
    return msgspec.structs.replace(system, policy=given) if given is not None else system


def parse(text: bytes, name: str) -> System:
    """The system that the bytes of a manifest describe; ``name`` becomes its uri.

    Raises ManifestInvalid. A ``policy:`` that is a path is a fault here, since there is no folder to find it in.
    """
    return _system(text, name, None, name=name)


def load_policy(path: Path) -> Policy:
    """A policy file. Raises ManifestInvalid with all its faults, and Misuse where it cannot be read."""
    return parse_policy(read(path), str(path))


def parse_policy(text: bytes, name: str) -> Policy:
    """The policy that the bytes of a policy file describe; raises ManifestInvalid."""
    tree, faults = grow(text, name), Faults(name)
    made = Converter(faults).value(tree, Policy)
    refer.policy(tree, faults)
    if faults.found or not isinstance(made, Policy):
        raise ManifestInvalid(faults.lines())
    return made


def _system(text: bytes, shown: str, folder: Path | None, *, name: str) -> System:
    tree, faults = grow(text, shown), Faults(shown)
    beside, further = _policy_beside(tree, faults, folder)
    converter = Converter(faults)
    made = converter.value(tree, System)
    refer.check(tree, faults)
    if faults.found or further or not isinstance(made, System):
        raise ManifestInvalid((*faults.lines(), *further))
    policy = beside if beside is not None else made.policy
    return msgspec.structs.replace(made, policy=policy, uri=name, lines=converter.lines)


def _policy_beside(tree: Node, faults: Faults, folder: Path | None) -> tuple[Policy | None, tuple[str, ...]]:
    """The policy that the manifest names by path, and the faults of that file; takes the path out of the tree."""
    node = tree.at("policy") if isinstance(tree, Mapping) else None
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or node.refused:
        return None, ()
    path, node.value = node.value, None
    wrong = next((form for form in POLICY_PATH if not form.fits(path)), None)
    if wrong is not None:
        faults.add(node.mark, "policy", wrong.what, wrong.remedy)
    elif folder is None:
        faults.add(node.mark, "policy", "a path, and this manifest is in no folder", "write the policy out in place")
    elif not _inside(folder, path):
        faults.add(
            node.mark, "policy", "a link that leaves the folder of the manifest", "copy the file into the folder"
        )
    else:
        try:
            return load_policy(folder / path), ()
        except ManifestInvalid as error:
            return None, error.faults
        except Misuse as error:
            faults.add(node.mark, "policy", "a policy file that cannot be read", error.remedy)
    return None, ()


def _inside(folder: Path, path: str) -> bool:
    """Whether a path stays in a folder once all links are followed."""
    try:
        return (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False
