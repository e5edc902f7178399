# SPDX-License-Identifier: Apache-2.0
"""What the archives of NeMo, TorchServe and ``torch.package`` make their loader run.

NeMo: a tar whose ``model_config.yaml`` names classes by ``_target_``, which Hydra imports and calls (CVE-2025-23304).
TorchServe: a zip with ``MAR-INF/MANIFEST.json``, whose handler and model file are Python that the server imports.
``torch.package``: a zip with ``.data/extern_modules``, whose Python its importer runs when a pickle names one of it.
"""

import ast
import json
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis import allowlist
from hauberk.analysis.payloads import source
from hauberk.assets import yaml
from hauberk.assets.archive import Member
from hauberk.core.errors import Malformed
from hauberk.core.scales import Severity

MANIFEST = "MAR-INF/MANIFEST.json"
PACKAGE = "/.data/extern_modules"
CONFIGS = (".yaml", ".yml")
_OWN = (
    "nemo.collections.", "nemo.core.", "nemo.lightning.", "torch.nn.", "torch.optim.", "pytorch_lightning.",
    "lightning.pytorch.", "megatron.core.", "apex.optimizers.", "torch.utils.data.",
)  # fmt: skip
"""Packages of which NeMo's own configurations name classes."""
_FEATURE, _CONSTRUCTED = "_target_", "tag:yaml.org,2002:python/"


class Reach(NamedTuple):
    """Something in the archive that its loader imports, runs or installs."""

    member: str
    line: int | None
    what: str
    subject: str
    severity: Severity


def in_nemo(member: Member) -> Iterator[Reach]:
    """What a configuration in a NeMo archive makes Hydra and its readers call."""
    if not member.name.lower().endswith(CONFIGS):
        return
    held = yaml.read(member.data)
    for tag in held.tags:
        if tag.name.startswith(_CONSTRUCTED):
            yield Reach(member.name, tag.line, f"constructs {tag.name.removeprefix(_CONSTRUCTED)[:80]} on reading",
                        tag.name, Severity.HIGH)  # fmt: skip
    for document in held.documents:
        for node in document.walk():
            yield from _configured(member.name, node)


def _configured(member: str, node: yaml.Node) -> Iterator[Reach]:
    target = node.string(_FEATURE)
    if target and not _plain(target):
        module, _, name = target.rpartition(".")
        worst = max(allowlist.severity(module or "builtins", name, called=True), Severity.MEDIUM)
        yield Reach(member, node.line, f"has Hydra call {target[:100]}", target, worst)
    if node.truth("trust_remote_code"):
        yield Reach(member, node.line, "asks for code from a hub to be run (trust_remote_code)", "trust_remote_code",
                    Severity.HIGH)  # fmt: skip


def in_text(member: str, text: str) -> Iterator[Reach]:
    """What JSON outside an archive of NeMo has Hydra call that runs, loads or reaches other code.

    Classes of one's own are usual there, and said nothing of. Raises Malformed where text that has a target is no JSON.
    """
    if _FEATURE not in text and "\\u" not in text:
        return
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError) as error:
        if _FEATURE not in text:
            return
        raise Malformed("configuration with a target that is no JSON") from error
    while waiting:
        value = waiting.pop()
        waiting.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        target = value.get(_FEATURE) if isinstance(value, dict) else None
        if isinstance(target, str) and not _plain(target):
            module, _, name = target.rpartition(".")
            worst = allowlist.severity(module or "builtins", name, called=True)
            if worst >= Severity.HIGH:
                yield Reach(member, None, f"has Hydra call {target[:100]} (_target_)", target, worst)


def _plain(target: str) -> bool:
    """A class of the packages that NeMo's own configurations name, or an allowed global."""
    module, _, name = target.rpartition(".")
    if allowlist.entry(module, name) is not None and module != "builtins":
        return True
    return target.startswith(_OWN) and name[:1].isupper() and "_" not in name


def in_mar(members: dict[str, bytes]) -> Iterator[Reach]:
    """What TorchServe imports, runs or installs from its archive; ``members`` by name."""
    try:
        model = json.loads(members[MANIFEST])["model"]
        names = {key: str(model.get(key, "")) for key in ("handler", "modelFile", "requirementsFile", "serializedFile")}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Malformed("archive of TorchServe whose manifest cannot be read") from error
    for key in ("handler", "modelFile"):
        file = names[key].partition(":")[0]
        if file.endswith(".py") and file not in members:
            raise Malformed(f"archive of TorchServe names a {key} that it does not hold")
    for name, data in sorted(members.items()):
        if name.endswith(".py"):
            yield _python(name, data, named=name in {one.partition(":")[0] for one in names.values()})
    if names["requirementsFile"]:
        yield Reach(names["requirementsFile"], None, "has TorchServe install packages with pip",
                    "requirements", Severity.MEDIUM)  # fmt: skip


def in_package(members: dict[str, bytes]) -> Iterator[Reach]:
    """What ``PackageImporter`` runs of a package: statements of its modules, of which definitions do nothing."""
    for name, data in sorted(members.items()):
        if name.endswith(".py"):
            tree, text = _parsed(name, data)
            calls = any(isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) for one in tree.body)
            harm = source(text) or ("Python source that calls something as soon as it is imported" if calls else "")
            who = "is a module that torch.package imports from the file"
            yield Reach(name, None, f"{who}: {harm}" if harm else who, harm or "python",
                        Severity.HIGH if harm else Severity.MEDIUM)  # fmt: skip


def _parsed(name: str, data: bytes) -> tuple[ast.Module, str]:
    text = data.decode("utf-8", "replace")
    try:
        return ast.parse(text), text
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Malformed(f"{name} is no Python") from error


def _python(name: str, data: bytes, *, named: bool) -> Reach:
    harm = source(_parsed(name, data)[1])
    who = "is the handler or model that TorchServe runs" if named else "is beside the handler and can be imported by it"
    if harm:
        return Reach(name, None, f"{who}: {harm}", harm, Severity.HIGH)
    return Reach(name, None, who, "python", Severity.MEDIUM)
