# SPDX-License-Identifier: Apache-2.0
"""Reads files under one root: no link out of it is followed, and every read has a ceiling."""

import hashlib
import os
import posixpath
import stat
from pathlib import Path

from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.asset import Asset
from hauberk.core.canonical import digest
from hauberk.core.errors import CannotLook, TooLarge
from hauberk.engine.walk import walk

CEILING = 512 << 20
"""Largest file that is read into memory, in bytes."""


class FolderSource:
    """The files of one folder, each known by its relative POSIX path.

    It remembers which other files were asked for, so that a cached outcome can be refused when one of them changed.
    """

    def __init__(self, root: Path, *, ceiling: int = CEILING) -> None:
        """Serve the files below this root."""
        self._root = root
        self._ceiling = ceiling
        self._last: tuple[str, bytes] = ("", b"")
        self.consulted: dict[str, str] = {}
        """Uri to digest (empty for no such file) of what was found beside the asset itself."""

    def data(self, asset: Asset) -> bytes:
        """All bytes; raises CannotLook where they are no longer those of the asset's digest."""
        if self._last[0] != asset.uri:
            self._last = (asset.uri, read_regular(self.path(asset), self._ceiling))
        if asset.digest and digest(self._last[1]) != asset.digest:
            raise CannotLook("changed while it was examined", remedy="run again")
        return self._last[1]

    def path(self, asset: Asset) -> Path:
        """Local path; raises CannotLook where it leaves the root."""
        return located(self._root, asset)

    def find(self, uri: str) -> Asset | None:
        """The asset at a relative path, or None where there is no such file below the root."""
        name = posixpath.normpath(uri)
        try:
            found = look(self._root, name) if (self._root / name).is_file() else None
        except (OSError, CannotLook, ValueError):
            found = None
        self.consulted[name] = (found.digest or "") if found else ""
        return found

    def uris(self) -> tuple[str, ...]:
        """Relative paths of all files met, sorted."""
        met = tuple(step.uri for step in walk(self._root).files)
        self.consulted["*"] = names_digest(met)
        return met


def names_digest(uris: tuple[str, ...]) -> str:
    """Digest over the names of all files met."""
    return digest("\0".join(uris).encode("utf-8", "surrogatepass"))


def look(root: Path, uri: str, raw: str = "") -> Asset:
    """The asset at a relative path: recognised by content, digested; raises CannotLook where it cannot be read."""
    labels = {"raw": raw} if raw else {}
    path = located(root, Asset(id=uri, kind=recognise(uri, b"")[0], uri=uri, labels=labels))
    head, hexadecimal = _digest(path)
    kind, recognised = recognise(uri, head)
    labels["format"] = recognised
    return Asset(id=uri, kind=kind, uri=uri, digest=hexadecimal, labels=labels)


def located(root: Path, asset: Asset) -> Path:
    """Local path of an asset; raises CannotLook where it is not below the root, links resolved."""
    name = os.fsdecode(bytes.fromhex(asset.labels["raw"])) if "raw" in asset.labels else asset.uri
    if "\0" in name or ".." in Path(name).parts or Path(name).is_absolute():
        raise CannotLook("outside the folder that is examined")
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise CannotLook("a link that leaves the folder that is examined")
    return path


def _open(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CannotLook(f"cannot be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CannotLook("not a regular file")
    return descriptor


def _digest(path: Path) -> tuple[bytes, str]:
    with os.fdopen(_open(path), "rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        return head, "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def read_regular(path: Path, ceiling: int) -> bytes:
    """Bytes of a regular file; raises CannotLook for anything else and TooLarge beyond the ceiling."""
    with os.fdopen(_open(path), "rb") as file:
        data = file.read(ceiling + 1)
    if len(data) > ceiling:
        raise TooLarge(f"more than the ceiling of {ceiling} bytes")
    return data
