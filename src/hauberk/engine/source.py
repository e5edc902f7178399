# SPDX-License-Identifier: Apache-2.0
"""Reads files under one root: no link out of it is followed, and every read has a ceiling."""
# ruff: noqa: PTH113, PTH114  os.path is faster on trees of 100,000 files and, unlike pathlib, never raises on hostile names

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path

from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.asset import Asset
from hauberk.core.canonical import digest
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook
from hauberk.core.scales import Kind
from hauberk.engine.regular import LARGEST_HELD, LARGEST_READ, OUTSIDE, Window, content, is_below, read
from hauberk.engine.walk import CLOSED, Step, shown, walk

UNREADABLE = "unreadable"
"""Label of an asset that was met and cannot be read: the reason."""
REQUESTS = "suppressions"
"""Label of an asset in which comments ask scanners to look away: how many."""

_TALKED_ABOUT = frozenset({Kind.CODE, Kind.NOTEBOOK, Kind.MANIFEST, Kind.IMAGE})
"""Kinds in which a suppression is a request; in prose it is only talked about."""
_REASONS = {
    "link": "a link that is broken or leaves the folder that is examined",
    "special": "not a regular file: a socket, pipe or device",
    CLOSED: "a folder that cannot be read",
}


class FolderSource:
    """The files of one folder, each known by its relative POSIX path.

    Each is met once: what changes later is noticed when its bytes are read. It remembers which other files were asked
    for, so that a cached outcome can be refused when one of them changed.
    """

    def __init__(self, root: Path, *, ceiling: int = LARGEST_READ, met: Iterable[Asset] = ()) -> None:
        """Serve the files below this root; ``met`` are some of them as they were met just now."""
        self._root = os.path.realpath(root)
        self._ceiling = ceiling
        self._held: tuple[str, str | None, bytes] = ("", None, b"")
        self._window: tuple[str, str | None, Content] = ("", None, Content.of(b""))
        self._raw: dict[str, str] = {}
        self._met: dict[str, Asset | None] = {one.uri: one for one in met if one.is_file}
        self._folders: dict[str, str] = {}
        self._names: tuple[tuple[str, ...], str] | None = None
        self._sorts: dict[str, tuple[tuple[Asset, ...], str]] = {}
        self.consulted: dict[str, str] = {}
        """Uri to digest (empty for no such file) of what was found beside the asset itself."""

    def data(self, asset: Asset) -> bytes:
        """All bytes; raises CannotLook where they are no longer those of the asset's digest."""
        if self._held[:2] != (asset.uri, asset.digest):
            found = read(self._root, str(self.path(asset)), self._ceiling)
            if asset.digest and digest(found) != asset.digest:
                raise CannotLook(f"{asset.uri} changed while it was examined", remedy="run again")
            self._held = (asset.uri, asset.digest, found)
        return self._held[2]

    def content(self, asset: Asset) -> Content:
        """All bytes by offset: from memory where they are few, else from the open file as it was digested."""
        path = self.path(asset)
        if path.stat().st_size <= LARGEST_HELD:
            return Content.of(self.data(asset))
        if self._window[:2] != (asset.uri, asset.digest):
            window = Window(self._root, str(path), asset.digest)
            self._window = (asset.uri, asset.digest, Content(window.read, window.size))
        return self._window[2]

    def path(self, asset: Asset) -> Path:
        """Local path; raises CannotLook where it leaves the root, or could not be read when it was met."""
        if UNREADABLE in asset.labels:
            raise CannotLook(asset.labels[UNREADABLE])
        path = located(self._root, asset.uri, asset.labels.get("raw", ""))
        if not is_below(self._root, os.path.realpath(path)):
            raise CannotLook(OUTSIDE)
        return Path(path)

    def find(self, uri: str) -> Asset | None:
        """The asset at a relative path, or None where there is no such file below the root.

        A file that is there and cannot be read is found; reading it raises the reason.
        """
        name = posixpath.normpath(uri)
        found = self._once(name)
        self.consulted[shown(name)] = (found.digest or "") if found else ""
        return found

    def uris(self) -> tuple[str, ...]:
        """Relative paths of all files met, sorted."""
        names, told = self._walked()
        self.consulted["*"] = told
        return names

    def all(self, suffix: str) -> tuple[Asset, ...]:
        """Every readable file whose path ends with ``suffix``, in order; consulted as ``*suffix``, one digest of all.

        The same tuple each time, so that thousands of rules that ask cost no more than one.
        """
        if suffix not in self._sorts:
            uris = [uri for uri in self._walked()[0] if uri.endswith(suffix)]
            met = [asset for uri in uris if (asset := self._once(uri)) is not None]
            rows = "\0".join(f"{asset.uri}\0{asset.digest or ''}" for asset in met)
            readable = tuple(asset for asset in met if UNREADABLE not in asset.labels)
            self._sorts[suffix] = readable, digest(rows.encode("utf-8", "surrogatepass"))
        found, self.consulted[f"*{suffix}"] = self._sorts[suffix]
        return found

    def _walked(self) -> tuple[tuple[str, ...], str]:
        """All names, and their digest."""
        if self._names is None:
            steps = [step for step in walk(Path(self._root)).files if step.special != CLOSED]
            self._raw = {step.uri: step.raw for step in steps if step.raw}
            self._met = {uri: asset for uri, asset in self._met.items() if uri not in self._raw}
            names = tuple(step.uri for step in steps)
            self._names = names, names_digest(names)
        return self._names

    def _once(self, name: str) -> Asset | None:
        if name not in self._met:
            self._met[name] = self._find(name)
        return self._met[name]

    def _find(self, name: str) -> Asset | None:
        raw = self._raw.get(name, "")
        try:
            path = located(self._root, name, raw)
        except CannotLook:
            return None
        if not (os.path.isfile(path) and is_below(self._root, self._real(path))):
            return None
        return meet(self._root, Step(uri=name, raw=raw))

    def _real(self, path: str) -> str:
        """Where a path leads; folders are followed once, since opening a file tells again where it really is."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        joined = f"{self._folders[folder].rstrip('/')}/{name}"
        return os.path.realpath(joined) if name in ("", ".", "..") or os.path.islink(joined) else joined


def names_digest(uris: tuple[str, ...]) -> str:
    """Digest over the names of all files met."""
    return digest("\0".join(uris).encode("utf-8", "surrogatepass"))


def meet(root: str, step: Step) -> Asset:
    """The asset of a file that was met: recognised by its content and digested, or labelled with why it cannot be read.

    ``root`` is a real path. What cannot be read is of the kind that its name claims, so that some card claims it and
    says Unable; a link or special file whose name claims nothing stays known to no rule.
    """
    labels = {"raw": step.raw} if step.raw else {}
    if step.special:
        return _special(step, labels)
    try:
        seen = content(root, located(root, step.uri, step.raw), head=HEAD)
    except CannotLook as error:
        kind, recognised = recognise(step.uri, b"\n")
        labels |= {"format": recognised, UNREADABLE: error.message}
        return Asset(id=step.uri, kind=kind, uri=step.uri, labels=labels)
    kind, recognised = recognise(step.uri, seen.head)
    labels["format"] = recognised
    if seen.requests and kind in _TALKED_ABOUT:
        labels[REQUESTS] = str(seen.requests)
    return Asset(id=step.uri, kind=kind, uri=step.uri, digest=seen.digest, labels=labels)


def _special(step: Step, labels: dict[str, str]) -> Asset:
    kind, recognised = recognise(step.uri, b"\n")
    if step.special == CLOSED:
        kind, recognised = Kind.DOCUMENT, step.special  # of the kind that the widest rule claims: it may hold anything
    elif kind is Kind.DOCUMENT or step.special not in _REASONS:
        kind, recognised = Kind.OTHER, step.special
    labels |= {"format": recognised, UNREADABLE: _REASONS.get(step.special, step.special)}
    return Asset(id=step.uri, kind=kind, uri=step.uri, labels=labels)


def located(root: str, uri: str, raw: str = "") -> str:
    """Local path of a relative path; raises CannotLook for one that leads outside by its words."""
    name = os.fsdecode(bytes.fromhex(raw)) if raw else uri
    if "\0" in name or name.startswith("/") or ".." in name.split("/"):
        raise CannotLook("outside the folder that is examined")
    return f"{root}/{name}"
