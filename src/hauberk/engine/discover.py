# SPDX-License-Identifier: Apache-2.0
"""Makes assets of the files met, less those that the named manifest excludes with a reason."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hauberk.assets.recognise import recognise
from hauberk.core.asset import Asset
from hauberk.core.document import Excluded, Pruned
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Exclusion, System
from hauberk.engine.source import look
from hauberk.engine.walk import Step, walk


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """What was met below a root."""

    root: Path
    assets: tuple[Asset, ...]
    """Files first, sorted by uri; then what is only declared (endpoints, processes, missing files)."""
    pruned: tuple[Pruned, ...] = ()
    excluded: tuple[Excluded, ...] = ()


def discover(path: Path, *, system: System | None = None, enter_all: bool = False) -> Discovery:
    """Every file below a folder, or one file, as assets; raises Misuse where there is no such path."""
    if not path.exists():
        raise Misuse(f"{path}: no such file or folder", remedy="name an existing path")
    if path.is_dir():
        root, met = path, walk(path, enter_all=enter_all)
        steps, pruned = met.files, met.pruned
    else:
        root, steps, pruned = path.parent, (Step(uri=path.name),), ()
    kept, excluded = _exclude(steps, system.exclude if system else ())
    names = {declared.uri: declared for declared in (system.assets if system else ()) if declared.uri}
    assets = [_named(_asset(root, step), names, system) for step in kept]
    if system:
        assets.extend(_declared_only(system, {asset.id for asset in assets}))
    return Discovery(root=root, assets=tuple(assets), pruned=pruned, excluded=excluded)


def _asset(root: Path, step: Step) -> Asset:
    if step.special:
        return Asset(id=step.uri, kind=Kind.OTHER, uri=step.uri, labels={"format": step.special})
    try:
        return look(root, step.uri, step.raw)
    except CannotLook as error:
        kind, recognised = recognise(step.uri, b"")
        labels = {"format": recognised, "unreadable": str(error)}
        if step.raw:
            labels["raw"] = step.raw
        return Asset(id=step.uri, kind=kind, uri=step.uri, labels=labels)


def _named(asset: Asset, names: dict[str, Declared], system: System | None) -> Asset:
    if system and asset.uri == system.uri:
        return msgspec.structs.replace(asset, kind=Kind.MANIFEST, labels={**asset.labels, "format": "hauberk"})
    declared = names.get(asset.uri)
    return msgspec.structs.replace(asset, id=declared.id, kind=declared.kind) if declared else asset


def _declared_only(system: System, present: set[str]) -> Iterator[Asset]:
    for declared in system.assets:
        if declared.id not in present:
            missing = bool(declared.uri) and "://" not in declared.uri
            labels = {"format": "missing" if missing else "declared"}
            uri = declared.uri or f"{system.uri}#{declared.id}"
            yield Asset(id=declared.id, kind=declared.kind, uri=uri, labels=labels)


def _exclude(
    steps: tuple[Step, ...], exclusions: tuple[Exclusion, ...]
) -> tuple[tuple[Step, ...], tuple[Excluded, ...]]:
    patterns = [(re.compile(_regex(exclusion.path)), exclusion) for exclusion in exclusions]
    counts: Counter[str] = Counter()
    kept = []
    for step in steps:
        matched = next((exclusion for pattern, exclusion in patterns if pattern.fullmatch(step.uri)), None)
        if matched is None:
            kept.append(step)
        else:
            counts[matched.path] += 1
    excluded = tuple(Excluded(pattern=one.path, reason=one.reason, files=counts[one.path]) for one in exclusions)
    return tuple(kept), excluded


def _regex(glob: str) -> str:
    """A glob in which ``**`` crosses folders and ``*`` and ``?`` do not; a folder's name takes all below it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.rstrip("/"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts) + "(?:/.*)?"
