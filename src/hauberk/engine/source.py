# SPDX-License-Identifier: Apache-2.0
"""Reads files under one root: no link out of it is followed, and every read has a ceiling."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from hauberk.core.asset import Asset
from hauberk.core.errors import CannotLook, TooLarge

CEILING = 512 << 20
"""Largest file that is read, in bytes."""


class FolderSource:
    """The files of one folder, each known by its relative POSIX path."""

    def __init__(self, root: Path, assets: Mapping[str, Asset], *, ceiling: int = CEILING) -> None:
        """Serve these assets from this root."""
        self._root = root
        self._assets = assets
        self._ceiling = ceiling
        self._cached: tuple[str, bytes] = ("", b"")

    def data(self, asset: Asset) -> bytes:
        """All bytes of the asset's file; the last file read stays in memory for the next card."""
        uri = asset.uri
        if self._cached[0] != uri:
            self._cached = (uri, read_regular(self.path(asset), self._ceiling))
        return self._cached[1]

    def path(self, asset: Asset) -> Path:
        """Local path; raises CannotLook where it leaves the root."""
        path = self._root / asset.uri
        if ".." in Path(asset.uri).parts or Path(asset.uri).is_absolute():
            raise CannotLook(f"{asset.uri}: outside the folder that is examined")
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise CannotLook(f"{asset.uri}: a link that leaves the folder that is examined")
        return path

    def find(self, uri: str) -> Asset | None:
        """The asset at a relative path, or None."""
        return self._assets.get(os.path.normpath(uri) if uri else uri)

    def uris(self) -> tuple[str, ...]:
        """Relative paths of all files met."""
        return tuple(sorted(self._assets))


def read_regular(path: Path, ceiling: int) -> bytes:
    """Bytes of a regular file; raises CannotLook for anything else and TooLarge beyond the ceiling."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CannotLook(f"cannot be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise CannotLook("not a regular file")
        if status.st_size > ceiling:
            raise TooLarge(f"{status.st_size} bytes exceed the ceiling of {ceiling}")
        return file.read(ceiling + 1)[:ceiling]
