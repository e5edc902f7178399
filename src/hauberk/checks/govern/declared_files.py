# SPDX-License-Identifier: Apache-2.0
"""Assets that the manifest declares and that are not there."""

import posixpath
from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.system import Declared
from hauberk.core.target import Target


def _names_files(target: Target) -> bool:
    return target.system is not None and any(_is_path(asset) for asset in target.system.assets)


def _is_path(asset: Declared) -> bool:
    return bool(asset.uri) and "://" not in asset.uri


@check(
    "HBK-GOV-005",
    stage="govern",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.HIGH,
    remedy="put the file where the manifest says that it is, correct `uri`, or remove the asset from the manifest",
    references=("AI-Act:Art.11", "ISO-42001:B.4.2", "CWE-1059"),
    needs=("system",),
    applies=_names_files,
)
def declared_files(target: Target) -> Iterator[Hit]:
    """Declared asset does not exist.

    No rule can look at a file that is not there. An assessment of a system whose model or data is only a line in the
    manifest has nothing to say about it, and reads as if it had.
    """
    system = target.system
    if system is None:
        return
    names = target.source.uris()
    for index, asset in enumerate(system.assets):
        if _is_path(asset) and not _exists(target, asset.uri, names):
            yield Hit(
                message=f"{asset.id} is declared at {asset.uri!r}, where there is neither a file nor a folder of files",
                place=FilePlace(path=system.uri, line=system.line(f"assets[{index}].uri")),
                context=f"{asset.id} {asset.uri}",
            )


def _exists(target: Target, uri: str, names: tuple[str, ...]) -> bool:
    """Whether there is such a file, or a folder with a file in it."""
    name = posixpath.normpath(uri)
    if name == ".":
        return bool(names)
    return name in names or any(met.startswith(f"{name}/") for met in names) or target.source.find(uri) is not None
