# SPDX-License-Identifier: Apache-2.0
"""What changed since a revision of git, and which unchanged files a way of a value may share with it.

A file has changed if its bytes in the working tree, in the index or in the head commit are not those of the commit from
which base and head come. A flow of data that passes a changed file may begin or end in one that did not change: so code
that is connected with changed code by imports, in either direction and over any number of files, is examined too, and
of what is found there only that is kept which touches a changed file.
"""

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from hauberk.assets.git import LINK, MODULE, Blob, Repository, open_repository
from hauberk.assets.notebook import read
from hauberk.core.asset import Asset
from hauberk.core.canonical import identified
from hauberk.core.document import Unchanged
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.place import FilePlace, MemberPlace, Place, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace
from hauberk.core.scales import Kind, Outcome
from hauberk.engine.discover import Discovery
from hauberk.engine.regular import is_below
from hauberk.engine.source import FolderSource
from hauberk.engine.walk import shown

_IMPORT = re.compile(
    rb"^[ \t>]*(?:from[ \t]+([.\w\x80-\xff]+)[ \t]+import[ \t]*(\([^)]{0,20000}\)|[^\n]*)|import[ \t]+([^\n]+))",
    re.MULTILINE,
)
_CODE = (Kind.CODE, Kind.NOTEBOOK)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What differs from a revision, in paths relative to the root that is examined."""

    base: str
    """The revision as the user named it."""
    since: str
    """Id of the commit from which base and head come."""
    head: str
    paths: frozenset[str]
    """Files that changed, appeared or are gone, as uris."""
    gone: frozenset[str]
    uncommitted: frozenset[str]
    """Those of the paths whose change is in no commit."""


def changes(discovery: Discovery, base: str) -> Changes:
    """What changed since a revision among the files that were met; raises Misuse where git cannot tell."""
    repository = open_repository(discovery.root)
    head = repository.resolve("HEAD")
    since = repository.merge_base(repository.resolve(base), head)
    before = repository.tree(since)
    below = _below(repository, discovery.root)
    old = {uri: blob for path, blob in before.items() if (uri := below(path)) is not None}
    committed = {uri for path in _differing(before, repository.tree(head)) if (uri := below(path)) is not None}
    paths = {uri for path in _differing(before, repository.index()) if (uri := below(path)) is not None} | committed
    met = {asset.uri: asset for asset in discovery.assets if asset.is_file}
    source = FolderSource(discovery.root)
    paths |= {uri for uri, asset in met.items() if _differs(asset, old.get(uri), source, repository)}
    gone = {uri for path in before if (uri := below(path)) and not os.path.lexists(f"{repository.top}/{path}")}
    paths |= gone
    return Changes(
        base=base,
        since=since,
        head=head,
        paths=frozenset(paths),
        gone=frozenset(gone),
        uncommitted=frozenset(paths - committed),
    )


def _below(repository: Repository, root: Path) -> "_Below":
    if not is_below(str(repository.top), str(root)):
        raise Misuse(f"{root} is in no git repository", remedy="name a folder of a working tree")
    prefix = os.path.relpath(root, repository.top)
    return _Below("" if prefix == "." else f"{prefix}/")


@dataclass(frozen=True, slots=True)
class _Below:
    """Paths of a repository as uris of the part of it that is examined; None for what is outside."""

    prefix: str

    def __call__(self, path: str) -> str | None:
        return shown(path.removeprefix(self.prefix)) if path.startswith(self.prefix) else None


def _differing(before: Mapping[str, Blob], after: Mapping[str, Blob]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _differs(asset: Asset, old: Blob | None, source: FolderSource, repository: Repository) -> bool:
    """Whether a file of the working tree is not what the commit has; what cannot be read counts as changed."""
    if old is None or old.mode in (LINK, MODULE):
        return True
    try:
        return repository.blob_id(source.data(asset), old.oid) != old.oid
    except CannotLook:
        return True


def connected(discovery: Discovery, changed: Iterable[str]) -> frozenset[str]:
    """Uris of unchanged code and notebooks that imports connect with changed ones, over any number of files.

    A module is taken to be any file whose path ends as its name does, so that more is connected rather than less.
    """
    code = {asset.uri: asset for asset in discovery.assets if asset.is_file and asset.kind in _CODE}
    begun = {uri for uri in changed if uri in code or uri.endswith((".py", ".ipynb"))}
    if not begun:
        return frozenset()
    links = _links(code, begun, FolderSource(discovery.root))
    reached, pending = set(begun), list(begun)
    while pending:
        for uri in links[pending.pop()] - reached:
            reached.add(uri)
            pending.append(uri)
    return frozenset((reached - begun) & code.keys())


def _links(code: Mapping[str, Asset], begun: Iterable[str], source: FolderSource) -> dict[str, set[str]]:
    """Which files import which, in both directions; a file that is gone still has the name that others import."""
    named: dict[str, set[str]] = defaultdict(set)
    for uri in (*code, *begun):
        for name in _names(uri):
            named[name].add(uri)
    links: dict[str, set[str]] = defaultdict(set)
    for uri, asset in code.items():
        for name in _imported(uri, _sources(asset, source)):
            for other in named.get(name, ()):
                links[uri].add(other)
                links[other].add(uri)
    return links


def _names(uri: str) -> set[str]:
    """Every dotted name by which a file may be imported: ``a/b/c.py`` is ``c``, ``b.c`` and ``a.b.c``."""
    parts = posixpath.splitext(uri)[0].split("/")
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return {".".join(parts[at:]) for at in range(len(parts))}


def _imported(uri: str, data: bytes) -> set[str]:
    """Dotted names that a file may import, each with all that it begins with; relative ones from the file's folder."""
    found: set[str] = set()
    for match in _IMPORT.finditer(data):
        origin, names, plain = (part.decode("utf-8", "replace") if part else "" for part in match.groups())
        words = re.findall(r"[.\w]+", plain or names)
        whole = [f"{_absolute(uri, origin)}.{word}".lstrip(".") for word in ("", *words)] if origin else words
        for name in whole:
            parts = name.strip(".").split(".")
            found.update(".".join(parts[: at + 1]) for at in range(len(parts)))
    return found


def _absolute(uri: str, origin: str) -> str:
    rest = origin.lstrip(".")
    level = len(origin) - len(rest)
    if not level:
        return origin
    folder = uri.split("/")[:-1]
    return ".".join([*folder[: len(folder) - level + 1], *([rest] if rest else [])])


def _sources(asset: Asset, source: FolderSource) -> bytes:
    """The code of a file or of a notebook's cells."""
    try:
        if asset.format != "notebook":
            return source.data(asset)
        return "\n".join(cell.source for cell in read(source.data(asset)).cells).encode("utf-8", "replace")
    except CannotLook:
        return b""  # the cards that claim it say why


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an examination of changes is limited to."""

    changed: frozenset[str]
    near: frozenset[str]
    """Unchanged files that are examined for their connection with changed ones."""
    told: Unchanged

    def keep(self, evidence: Evidence) -> Evidence:
        """The evidence; of an unchanged file only with the findings whose place or path touches a changed one."""
        if evidence.asset.uri not in self.near:
            return evidence
        kept = tuple(one for one in evidence.findings if _touches(one, self.changed))
        if len(kept) == len(evidence.findings):
            return evidence
        outcome = evidence.outcome if kept or evidence.outcome is not Outcome.FOUND else Outcome.CLEAN
        return identified(msgspec.structs.replace(evidence, findings=kept, outcome=outcome))


def narrowed(discovery: Discovery, found: Changes, manifest: str) -> tuple[Discovery, Scope]:
    """What is to be examined: what changed, and code that is connected with it.

    What is only declared changes with the manifest, whose uri is given.
    """
    near = connected(discovery, found.paths)
    wanted = found.paths | near
    declared = manifest in found.paths
    kept = tuple(asset for asset in discovery.assets if (asset.uri in wanted if asset.is_file else declared))
    left = {asset.uri for asset in discovery.assets} - {asset.uri for asset in kept}
    told = Unchanged(
        base=found.base,
        since=found.since,
        changed=len(found.paths),
        gone=len(found.gone),
        connected=len(near),
        not_examined=len(left),
    )
    return replace(discovery, assets=kept), Scope(changed=found.paths, near=near, told=told)


def _touches(finding: Finding, changed: frozenset[str]) -> bool:
    places = (finding.place, *(step.place for step in finding.trace))
    return any(file_of(place) in changed for place in places)


def file_of(place: Place) -> str:
    """The file that a place is in; empty for a request."""
    match place:
        case FilePlace(path=path) | ResourcePlace(path=path):
            return path
        case MemberPlace(archive=path) | RowPlace(table=path) | SubgroupPlace(table=path):
            return path
        case RequestPlace():
            return ""
