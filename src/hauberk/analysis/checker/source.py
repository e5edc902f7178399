# SPDX-License-Identifier: Apache-2.0
"""Bytes that the checker reads by offset, so that it holds little of a file at once."""

import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from hauberk.analysis.checker.refusal import Refused

MOST_EXPANDED = 2 << 30
"""Bytes that one compressed stream, or one member, may expand to."""
_SMALL = 1 << 20
_SPOOLED = 8 << 20
"""Bytes of an expansion that stay in memory; more go to a file without a name."""
PIECE = 1 << 18


class Source:
    """A file, a part of one, or bytes in memory."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        """``read(start, count)`` gives that many bytes, fewer only at the end."""
        self._read = read
        self.size = size

    @classmethod
    def of(cls, data: "bytes | BinaryIO | Source") -> "Source":
        """Bytes, or a file that is open for reading."""
        if isinstance(data, Source):
            return data
        if isinstance(data, bytes):
            return cls(lambda start, count: data[start : start + count], len(data))
        return _of_file(data)

    def read(self, start: int, count: int) -> bytes:
        """The bytes from an offset; fewer only at the end."""
        count = min(count, self.size - start)
        return self._read(start, count) if start >= 0 and count > 0 else b""

    def part(self, start: int, end: int) -> "Source":
        """The bytes between two offsets."""
        return Source(lambda at, count: self._read(start + at, count), max(0, min(end, self.size) - start))

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """All bytes from an offset, in order."""
        while piece := self.read(start, PIECE):
            yield piece
            start += len(piece)

    def whole(self, most: int) -> bytes:
        """All bytes; raises Refused where there are more than ``most``."""
        if self.size > most:
            raise Refused(f"more than {most} bytes, where all are needed at once")
        return self.read(0, self.size)

    def file(self) -> BinaryIO:
        """The same as a file to read and seek in."""
        if self.size <= _SMALL:
            return io.BytesIO(self.read(0, self.size))
        return io.BufferedReader(_Window(self), PIECE)


class _Window(io.RawIOBase):
    """A source as a raw file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + (0, self._at, self._source.size)[whence]
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        into = memoryview(buffer)
        found = self._source.read(self._at, len(into))
        into[: len(found)] = found
        self._at += len(found)
        return len(found)


def _of_file(file: BinaryIO) -> Source:
    def read(start: int, count: int) -> bytes:
        file.seek(start)
        return file.read(count)

    return Source(read, file.seek(0, os.SEEK_END))


def spooled(pieces: Iterable[bytes], most: int = MOST_EXPANDED) -> Source:
    """What an expansion gives; raises Refused beyond ``most`` bytes."""
    kept: Any = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115  it lives as long as the source that reads it
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise Refused("expands too far")
        kept.write(piece)
    return _of_file(kept)
