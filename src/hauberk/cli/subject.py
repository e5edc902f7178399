# SPDX-License-Identifier: Apache-2.0
"""Which manifest a command is about, and which of the things that it declares."""

from pathlib import Path

from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, System
from hauberk.engine.source import FolderSource
from hauberk.manifest.load import find


def named_manifest(given: Path | None) -> Path:
    """The manifest given, or the nearest hauberk.yaml upward; raises Misuse where there is none."""
    if given is not None:
        if not given.is_file():
            raise Misuse(f"{given}: no such file", remedy="name a hauberk.yaml with -m, or write one: hauberk init")
        return given
    found = find(Path.cwd())
    if found is None:
        raise Misuse("no hauberk.yaml here or above", remedy="write one: hauberk init; or name one with -m")
    return found


def declared_model(system: System, model: str = "") -> Declared:
    """The model that is meant: the one declared with a file and test data; raises Misuse unless there is just one."""
    found = [
        one
        for one in system.assets
        if one.kind is Kind.MODEL and one.uri and one.facts.tested_on and (not model or one.id == model)
    ]
    if len(found) != 1:
        names = ", ".join(one.id for one in found) or "none"
        raise Misuse(
            f"{len(found)} declared models have a file and facts.tested_on ({names})", remedy="name one with --model"
        )
    return found[0]


def read_declared(folder: Path, asset: Declared) -> bytes:
    """The bytes of a declared file, as the engine reads it; raises Misuse where there is none, TooLarge beyond it."""
    source = FolderSource(folder)
    found = source.find(asset.uri)
    if found is None:
        raise Misuse(f"{asset.id}: no file at {asset.uri!r}", remedy="correct its uri in the manifest")
    return source.data(found)
