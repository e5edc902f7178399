# SPDX-License-Identifier: Apache-2.0
"""Which manifest a command is about."""

from pathlib import Path

from hauberk.core.errors import Misuse
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
