# SPDX-License-Identifier: Apache-2.0
"""Bytes that are read a piece at a time, so that a file of any size is examined in little memory.

A content is a file, a part of one, or what a compressed part expands to. It is asked by offset. What is expanded can
only be read forwards: going back begins anew, and every byte that is expanded counts against the file's budget.
"""

from collections.abc import Callable, Iterator
from typing import Final, overload

from hauberk.core.errors import CannotLook, TooLarge

PIECE: Final = 1 << 18
"""Bytes read at once."""
MOST_EXPANDED: Final = 2 << 30
"""Bytes that are expanded for one file, over all its members and readings."""
LARGEST: Final = 64 << 20
"""Bytes of the largest model whose format is only read as a whole; a larger one is TooLarge."""
_HELD: Final = 2 << 20
"""Bytes of an expansion that are held from its beginning."""
WHOLE: Final = 32 << 20
"""Bytes up to which a parser that goes back and forth has a content in memory."""


class Budget:
    """What may still be expanded for one file; shared by all its members, so that nesting multiplies nothing."""

    __slots__ = ("left", "most")

    def __init__(self, most: int = MOST_EXPANDED) -> None:
        """Allow so many bytes."""
        self.most = most
        self.left = most

    def spend(self, count: int) -> None:
        """Count bytes that were expanded or read to be checked; raises TooLarge where none are left."""
        self.left -= count
        if self.left < 0:
            raise TooLarge(f"expands beyond {self.most} bytes")


class Content:
    """Bytes by offset. Slices, ``find`` and ``startswith`` are as those of ``bytes``; no slice is kept."""

    __slots__ = ("_read", "_size")

    def __init__(self, read: Callable[[int, int], bytes], size: int | Callable[[], int]) -> None:
        """``read(start, count)`` gives at most so many bytes, none only at the end; ``size`` may be found out late."""
        self._read = read
        self._size = size

    @classmethod
    def of(cls, data: "bytes | Content") -> "Content":
        """Bytes in memory as a content; a content as it is."""
        return data if isinstance(data, Content) else cls(lambda start, count: data[start : start + count], len(data))

    def read(self, start: int, count: int) -> bytes:
        """The bytes from an offset; fewer only at the end."""
        found = self._read(start, count)
        if len(found) == count or not found:
            return found
        parts, have = [found], len(found)
        while have < count and (more := self._read(start + have, count - have)):
            parts.append(more)
            have += len(more)
        return b"".join(parts)

    def some(self, start: int, count: int) -> bytes:
        """Some bytes from an offset, none only at the end: what stands before a place that is broken is still had."""
        return self._read(start, count)

    def __len__(self) -> int:
        """Bytes in all; what is expanded has to be expanded once to know."""
        if not isinstance(self._size, int):
            self._size = self._size()
        return self._size

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> bytes: ...
    def __getitem__(self, at: int | slice) -> int | bytes:
        """A byte or a slice, without a step."""
        if isinstance(at, slice):
            start = at.start or 0
            stop = at.stop if at.stop is not None else len(self)
            if start < 0 or stop < 0:
                start, stop, _ = at.indices(len(self))
            return self.read(start, stop - start) if stop > start else b""
        found = self._read(at, 1) if at >= 0 else b""
        if not found:
            raise IndexError(at)
        return found[0]

    def startswith(self, prefix: bytes | tuple[bytes, ...], start: int = 0) -> bool:
        """Whether one of these bytes stands at an offset."""
        longest = max(map(len, prefix)) if isinstance(prefix, tuple) else len(prefix)
        return self.read(start, longest).startswith(prefix)

    def reaches(self, end: int) -> bool:
        """Whether there are at least so many bytes; cheaper than the length where that is not known."""
        return end <= self._size if isinstance(self._size, int) else end <= 0 or bool(self._read(end - 1, 1))

    def find(self, wanted: bytes, start: int = 0, end: int | None = None) -> int:
        """Offset of the first place where these bytes stand, or -1."""
        while end is None or start < end:
            piece = self.read(start, PIECE if end is None else min(PIECE, end - start))
            found = piece.find(wanted)
            if found >= 0:
                return start + found
            if len(piece) < PIECE:
                return -1
            start += len(piece) - len(wanted) + 1
        return -1

    def rfind(self, wanted: bytes, start: int = 0) -> int:
        """Offset of the last place at or behind ``start`` where these bytes stand, or -1."""
        end = len(self)
        while end > start:
            begin = max(start, end - PIECE)
            found = self.read(begin, end - begin).rfind(wanted)
            if found >= 0:
                return begin + found
            if begin == start:
                return -1
            end = begin + len(wanted) - 1
        return -1

    def part(self, start: int, end: int) -> "Content":
        """The bytes between two offsets, as a content."""

        def read(at: int, count: int) -> bytes:
            return self._read(start + at, min(count, end - start - at)) if at < end - start else b""

        return Content(read, max(0, end - start))

    def whole(self, most: int = WHOLE) -> bytes:
        """All bytes; raises TooLarge where there are more than ``most``."""
        found = self.read(0, most + 1)
        if len(found) > most:
            raise TooLarge(f"more than {most} bytes, where all are needed at once")
        return found

    def held(self) -> "bytes | Content":
        """All bytes in memory where they are few, for parsers that go back and forth; else the content itself."""
        return self.read(0, WHOLE) if not self.reaches(WHOLE + 1) else self

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """All bytes from an offset in order."""
        while piece := self._read(start, PIECE):
            yield piece
            start += len(piece)


def expanded(pieces: Callable[[], Iterator[bytes]], budget: Budget) -> Content:
    """What an expansion gives, read forwards; ``pieces`` begins it anew."""
    forward = _Forward(pieces, budget)
    return Content(forward.read, forward.count)


class _Forward:
    """A window on a run of pieces; of a short run it is all, so that going back costs nothing.

    A reader may also look a little ahead and come back.
    """

    def __init__(self, pieces: Callable[[], Iterator[bytes]], budget: Budget) -> None:
        self._begin = pieces
        self._budget = budget
        self._pieces: Iterator[bytes] | None = None
        self._window = b""
        self._base = 0
        self._ended: CannotLook | bool = False

    def read(self, start: int, count: int) -> bytes:
        """At most so many bytes from an offset; raises what ended the expansion only where nothing came before."""
        if start < self._base or self._pieces is None:
            self._pieces, self._window, self._base, self._ended = self._begin(), b"", 0, False
        while not self._ended and start >= self._base + len(self._window):
            piece, held = self._next(), self._window
            kept = held if not self._base and len(held) < _HELD else held[-PIECE:]
            self._base += len(held) - len(kept)
            self._window = kept + piece
        if isinstance(self._ended, CannotLook) and start >= self._base + len(self._window):
            raise self._ended
        at = start - self._base
        return self._window[at : at + count]

    def _next(self) -> bytes:
        try:
            piece = next(self._pieces) if self._pieces is not None else b""
            self._budget.spend(len(piece))
        except StopIteration:
            self._ended = True
        except CannotLook as error:
            self._ended = error
        else:
            return piece
        return b""

    def count(self) -> int:
        """Bytes in all; reads on to the end, and raises what ended the expansion before."""
        if self._pieces is None:
            self.read(0, 1)
        while not self._ended:
            self.read(self._base + len(self._window), 1)
        if isinstance(self._ended, CannotLook):
            raise self._ended
        return self._base + len(self._window)
