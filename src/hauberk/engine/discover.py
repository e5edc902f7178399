# SPDX-License-Identifier: Apache-2.0
"""Makes assets of the files met, less those that the named manifest excludes with a reason.

Paths in a manifest, and uris in evidence, are relative to the manifest's folder wherever what is examined lies inside
it; so ``scan .`` and ``scan src`` name a file alike. Where it lies elsewhere, the manifest is about that other tree:
its paths are relative to the path that is examined.
"""
# ruff: noqa: PTH110, PTH112, PTH120  os.path is faster on trees of 100,000 files and, unlike pathlib, never raises on hostile names

import os
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import re2

from hauberk.core.asset import Asset
from hauberk.core.document import Excluded, Pruned
from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Exclusion, System
from hauberk.engine.regular import is_below
from hauberk.engine.source import FolderSource, meet
from hauberk.engine.walk import Step, Walk, named, shown, walk

RECOGNISED = "recognised"
"""Label of an asset whose declared kind is not the one that its content shows: the latter."""


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What was met."""

    root: Path
    """What uris are relative to; a real path."""
    named: str
    """What was examined, as the user named it."""
    assets: tuple[Asset, ...]
    """Files first, sorted by uri; then what is only declared (endpoints, processes, missing files)."""
    pruned: tuple[Pruned, ...] = ()
    excluded: tuple[Excluded, ...] = ()


def discover(
    path: Path, *, system: System | None = None, base: Path | None = None, enter_all: bool = False
) -> Discovery:
    """Every file below a folder, or one file, as assets; ``base`` is the folder of the system's manifest.

    Raises Misuse where there is no such path, and where an asset is both declared and excluded.
    """
    root, start = locate(path, base)
    met = _meet(root, start, enter_all=enter_all)
    declared = _by_uri(system)
    steps = met.files if start else _with_declared(root, met.files, declared)
    kept, excluded = _exclude(steps, system.exclude if system else (), declared)
    naming = _Naming(
        declared=declared,
        ids=frozenset(one.id for one in system.assets) if system else frozenset(),
        manifest=system.uri if system and (base is None or os.path.realpath(base) == root) else None,
        other=system is not None,
    )
    assets = [named for step in kept for named in naming.name(meet(root, step))]
    if system and not start:
        assets.extend(_declared_only(root, system, {asset.id for asset in assets}))
    return Discovery(
        root=Path(root), named=shown(str(path)), assets=tuple(assets), pruned=met.pruned, excluded=excluded
    )


def locate(path: Path, base: Path | None) -> tuple[str, str]:
    """What uris are relative to, as a real path, and the part of it that is examined (empty for all of it).

    Raises Misuse where there is no such path.
    """
    if not os.path.exists(path):
        raise Misuse(f"{shown(str(path))}: no such file or folder", remedy="name an existing path")
    real = os.path.realpath(path)
    folder = real if os.path.isdir(real) else os.path.dirname(real)
    above = os.path.realpath(base) if base is not None else folder
    root = above if is_below(above, folder) else folder
    return root, posixpath.relpath(real, root) if real != root else ""


def _meet(root: str, start: str, *, enter_all: bool) -> Walk:
    if os.path.isdir(f"{root}/{start}"):
        return walk(Path(root), start=start, enter_all=enter_all)
    return Walk(files=(named(start, ""),), pruned=())


def _by_uri(system: System | None) -> Mapping[str, list[Declared]]:
    """Declared assets by the file that they name; a file may be several (a process, and the code that it runs)."""
    found: dict[str, list[Declared]] = defaultdict(list)
    for declared in system.assets if system else ():
        if declared.uri and "://" not in declared.uri:
            found[posixpath.normpath(declared.uri)].append(declared)
    return found


def _with_declared(root: str, steps: tuple[Step, ...], declared: Mapping[str, object]) -> tuple[Step, ...]:
    """The files met, and those that are declared and lie in a folder that was not entered."""
    met = {step.uri for step in steps}
    source = FolderSource(Path(root))
    more = [named(uri, "") for uri in declared if uri not in met and source.find(uri) is not None]
    return tuple(sorted((*steps, *more), key=lambda step: step.uri))


@dataclass(frozen=True, kw_only=True)
class _Naming:
    """What the manifest calls the files that were met."""

    declared: Mapping[str, list[Declared]]
    ids: frozenset[str]
    manifest: str | None
    """Uri of the system's own manifest, where it is among the files."""
    other: bool
    """Whether there is a system, so that any further manifest is another system's."""

    def name(self, asset: Asset) -> Iterator[Asset]:
        """The asset under each name that the manifest gives it, or under its own."""
        if asset.uri == self.manifest:
            labels = {**_labels(asset, Kind.MANIFEST), "format": "hauberk"}
            yield msgspec.structs.replace(asset, kind=Kind.MANIFEST, labels=labels)
            return
        if self.other and asset.format == "hauberk":
            asset = msgspec.structs.replace(asset, labels={**asset.labels, "format": "yaml"})
        declared = self.declared.get(asset.uri, ())
        for one in declared:
            yield msgspec.structs.replace(asset, id=one.id, kind=one.kind, labels=_labels(asset, one.kind))
        if not declared:
            yield msgspec.structs.replace(asset, id=f"./{asset.id}") if asset.id in self.ids else asset


def _labels(asset: Asset, kind: Kind) -> dict[str, str]:
    return asset.labels if kind is asset.kind else {**asset.labels, RECOGNISED: asset.kind.value}


def _declared_only(root: str, system: System, present: set[str]) -> Iterator[Asset]:
    for declared in system.assets:
        if declared.id not in present:
            absent = bool(declared.uri) and "://" not in declared.uri and not os.path.isdir(f"{root}/{declared.uri}")
            labels = {"format": "missing" if absent else "declared"}
            uri = declared.uri or f"{system.uri}#{declared.id}"
            yield Asset(id=declared.id, kind=declared.kind, uri=uri, labels=labels)


def _exclude(
    steps: tuple[Step, ...], exclusions: tuple[Exclusion, ...], declared: Mapping[str, list[Declared]]
) -> tuple[tuple[Step, ...], tuple[Excluded, ...]]:
    patterns = [(re2.compile(regex(exclusion.path)), exclusion) for exclusion in exclusions]
    counts: Counter[str] = Counter()
    kept = []
    for step in steps:
        matched = next((exclusion for pattern, exclusion in patterns if pattern.fullmatch(step.uri)), None)
        if matched is None:
            kept.append(step)
            continue
        if step.uri in declared:
            raise Misuse(
                f"the manifest declares {declared[step.uri][0].id} at {step.uri} and excludes it by {matched.path}",
                remedy="narrow the exclusion, or remove the asset: what belongs to the system is examined",
            )
        counts[matched.path] += 1
    excluded = tuple(Excluded(pattern=one.path, reason=one.reason, files=counts[one.path]) for one in exclusions)
    return tuple(kept), excluded


def regex(glob: str) -> str:
    """A glob in which ``**`` crosses folders and ``*`` and ``?`` do not; a folder's name takes all below it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", posixpath.normpath(glob))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "(?s)" + "".join(known.get(part, re2.escape(part)) for part in parts) + "(?:/.*)?"
