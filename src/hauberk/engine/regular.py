# SPDX-License-Identifier: Apache-2.0
"""Opens regular files below a root. What was opened is what is checked, so an exchange in between changes nothing."""
# ruff: noqa: PTH115, PTH116  os.path is faster on trees of 100,000 files and, unlike pathlib, never raises on hostile names

import hashlib
import os
import re
import stat
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import re2

from hauberk.core.errors import CannotLook, TooLarge

LARGEST_READ = 512 << 20
"""Largest file that is read into memory, in bytes."""
LARGEST_HASHED = 8 << 30
"""Largest file that is digested, in bytes: seconds, where a sparse file of terabytes would take days."""
LARGEST_HELD = 32 << 20
"""Largest file that is kept in memory to be read a piece at a time; of a larger one the pieces come from the disk."""
OUTSIDE = "a link that leaves the folder that is examined"

_PIECE = 1 << 20
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_HINTS = (
    b"nosec",
    b"noqa",
    b"nosemgrep",
    b"hauberk:",
    b"ignore",
    b"skip=",
    b"allowlist",
    b"whitelist",
    b"gitleaks:allow",
)
"""Each way to ask holds one of these; they are looked for first, since finding a word is a hundred times as fast."""
_HINTED = re2.compile(b"|".join(_HINTS))
_REQUEST = re.compile(
    rb"#[ \t]{0,8}(?:nosec\b|hauberk:[ \t]{0,8}(?:ignore|allow)\b|noqa\b(?!:)"
    rb"|noqa:[^\n]{0,200}?\bS\d{3}|hadolint[ \t]+ignore=)"
    rb"|\bnosemgrep\b|\b(?:checkov|bridgecrew):skip=|\btrivy:ignore\b|\bkics-scan[ \t]+ignore|\bgitleaks:allow\b"
    rb"|\bpragma:[ \t]{0,8}(?:allowlist|whitelist)[ \t]secret\b"
)
"""Comments that ask a scanner of code, secrets or configuration to look away."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one reading of a file shows."""

    head: bytes
    digest: str
    requests: int
    """Comments that ask scanners to look away."""


@contextmanager
def opened(root: str, path: str) -> Iterator[int]:
    """A descriptor of the regular file at a path, for reading; ``root`` is a real path (no links in it).

    Raises CannotLook for anything that is not a regular file below the root, whatever links lead to it, and for what
    the operating system refuses meanwhile.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a device can already have an effect
            raise CannotLook("not a regular file")
        descriptor = os.open(path, _OPEN)
    except (OSError, ValueError) as error:
        raise CannotLook(f"cannot be opened: {_words(error)}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CannotLook("not a regular file")
        if not is_below(root, _place(descriptor, path)):
            raise CannotLook(OUTSIDE)
        yield descriptor
    except OSError as error:
        raise CannotLook(f"cannot be read: {_words(error)}") from error
    finally:
        os.close(descriptor)


def is_below(root: str, path: str) -> bool:
    """Whether a real path is the root or below it."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def content(root: str, path: str, *, head: int) -> Content:
    """Digest, first bytes and requests of a file in one reading.

    Raises CannotLook, and TooLarge beyond LARGEST_HASHED.
    """
    sha, first, requests, size = hashlib.sha256(), b"", 0, 0
    with opened(root, path) as descriptor:
        for piece in _pieces(descriptor, LARGEST_HASHED):
            if not size:
                first = piece[:head]
            size += len(piece)
            sha.update(piece)
            requests += requests_in(piece)
    return Content(head=first, digest=f"sha256:{sha.hexdigest()}", requests=requests)


def read(root: str, path: str, ceiling: int = LARGEST_READ) -> bytes:
    """All bytes of a file; raises CannotLook, and TooLarge beyond the ceiling."""
    with opened(root, path) as descriptor:
        pieces = list(_pieces(descriptor, ceiling))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Window:
    """A regular file that stays open to be read by offset, as long as it is the file that was digested."""

    def __init__(self, root: str, path: str, wanted: str | None) -> None:
        """Digest it; raises CannotLook where it is not the one wanted, TooLarge beyond LARGEST_HASHED."""
        sha = hashlib.sha256()
        with opened(root, path) as descriptor:
            self._state = _state(descriptor)
            for piece in _pieces(descriptor, LARGEST_HASHED):
                sha.update(piece)
            self._descriptor = os.dup(descriptor)
        self._finalizer = weakref.finalize(self, os.close, self._descriptor)
        self._block, self._base = b"", 0
        self.size = self._state[0]
        if wanted and f"sha256:{sha.hexdigest()}" != wanted:
            raise CannotLook(_CHANGED, remedy="run again")

    def read(self, start: int, count: int) -> bytes:
        """At most so many bytes from an offset; short readings are served from the block read last."""
        at = start - self._base
        if not 0 <= at <= at + count <= len(self._block):
            found = os.pread(self._descriptor, max(count, _BLOCK), start)
            if _state(self._descriptor) != self._state:
                raise CannotLook(_CHANGED, remedy="run again")
            if count >= _BLOCK:
                return found
            self._block, self._base, at = found, start, 0
        return self._block[at : at + count]


_BLOCK = 1 << 16
_CHANGED = "the file changed while it was examined"


def _state(descriptor: int) -> tuple[int, int, int]:
    """What changes whenever somebody writes to the file."""
    stated = os.fstat(descriptor)
    return stated.st_size, stated.st_mtime_ns, stated.st_ctime_ns


def _pieces(descriptor: int, ceiling: int) -> Iterator[bytes]:
    """The file's bytes in order; what it says of its size is believed only where that makes it too large."""
    size = os.fstat(descriptor).st_size
    left = ceiling
    while size <= ceiling:
        piece = os.read(descriptor, min(_PIECE, size + 1))  # no buffer far larger than the file
        if not piece:
            return
        left -= len(piece)
        if left < 0:
            break
        yield piece
    raise TooLarge(f"larger than the ceiling of {ceiling >> 20:,} MiB")


def requests_in(piece: bytes) -> int:
    """How many comments in a text ask scanners to look away; no comment goes over a line's end."""
    if _HINTED.search(piece) is None:
        return 0
    starts = {piece.rfind(b"\n", 0, at) + 1 for hint in _HINTS for at in _places(piece, hint)}
    return sum(1 for start in starts for _ in _REQUEST.finditer(piece, start, _end(piece, start)))


def _places(piece: bytes, hint: bytes) -> Iterator[int]:
    """One place of a hint in each line that holds it."""
    at = piece.find(hint)
    while at >= 0:
        yield at
        at = piece.find(hint, _end(piece, at))


def _end(piece: bytes, at: int) -> int:
    """Where the line around an offset ends."""
    found = piece.find(b"\n", at)
    return len(piece) if found < 0 else found


def _place(descriptor: int, path: str) -> str:
    """Where an open file really is; by its name where this system does not tell."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return os.path.realpath(path)


def _words(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or "not a name of a file"
