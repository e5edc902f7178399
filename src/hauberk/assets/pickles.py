# SPDX-License-Identifier: Apache-2.0
"""Reads the operations of a pickle, protocols 0 to 5, without running any.

CPython has two unpicklers: the C one (``pickle.load``, torch, numpy) and the one in Python (joblib). Where they
differ this reader is as lax as the laxer of the two, so that whatever either of them would run is seen here. Sources:
``Lib/pickle.py`` and ``Modules/_pickle.c`` of CPython 3.11 to 3.14, whose differences are noted where they matter.
"""

import codecs
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hauberk.core.errors import Malformed, TooLarge

MOST_OPERATIONS = 20_000_000
"""Operations read of one file before the budget is spent."""

_LONG4 = 4
"""Width of the length of LONG4, which alone is signed."""

KEPT = 1 << 16
"""Bytes values longer than this are kept as a view of the file, not copied."""


class Odd:
    """A number written in a way that one of the unpicklers may accept; its value is not known."""

    __slots__ = ()


ODD = Odd()


class Operation(NamedTuple):
    """One operation: where it starts, its opcode byte and its argument, whose type depends on the opcode."""

    offset: int
    code: int
    argument: Any


class Stream:
    """A cursor over one pickle; ``framed`` follows frames as the unpickler in Python does, which joblib needs.

    In framed mode the file behind the frame has a position of its own: joblib reads arrays from there, behind the frame
    that is being read.
    """

    def __init__(self, data: bytes, start: int = 0, *, framed: bool = False) -> None:
        """Start reading at an offset."""
        self.data = data
        self.position = start
        self.framed = framed
        self.operations = 0
        self._view = memoryview(data)
        self.misframed: int | None = None
        """Where an operation crosses the end of a frame, which no pickler writes; from there on unpicklers disagree."""
        self._frame_end: int | None = None
        self._behind = start

    @property
    def file_position(self) -> int:
        """Where the file stands: behind the current frame in framed mode, else where the cursor is."""
        return self._behind if self.framed and self._frame_end is not None else self.position

    @file_position.setter
    def file_position(self, position: int) -> None:
        if position > len(self.data):
            raise Malformed(f"array data at byte {self.file_position} ends beyond the file")
        if self._frame_end is None:
            self.position = position
        else:
            self._behind = position

    def __iter__(self) -> Iterator[Operation]:
        """Operations up to and including STOP; raises Malformed where both unpicklers would stop."""
        # long on purpose: the hot loop, a method call an operation would double its time
        readers, data, size, new = _READERS, self.data, len(self.data), Operation
        while True:
            if self.operations >= MOST_OPERATIONS:
                raise TooLarge(f"more than {MOST_OPERATIONS} pickle operations")
            self.operations += 1
            offset = self.position
            if offset < size and (self._frame_end is None or offset < self._frame_end):
                self.position = offset + 1
                code = data[offset]
            else:
                code = self.take(1)[0]
                offset = self.position - 1
            reader = readers[code]
            if reader is not None:
                yield new(offset, code, reader(self))
                continue
            if code not in _BARE:
                raise Malformed(f"byte {code:#04x} at {offset} is no pickle opcode")
            if code == STOP and self._frame_end not in (None, self.position):
                self._misframe(offset)
            yield new(offset, code, None)
            if code == STOP:
                return

    def take(self, count: int) -> bytes:
        """The next bytes; raises Malformed at the end of the file or across the end of a frame."""
        start = self.position
        end = start + count
        if self._frame_end is not None and end > self._frame_end:
            self._leave_frame()
            return self.take(count)
        if end > len(self.data):
            raise Malformed(f"pickle breaks off at byte {len(self.data)}")
        self.position = end
        return self.data[start:end]

    def view(self, count: int) -> "bytes | memoryview":
        """The next bytes, not copied where there are many of them."""
        if count <= KEPT:
            return self.take(count)
        if self._frame_end is not None and self.position + count > self._frame_end:
            self._leave_frame()
        start = self.position
        end = start + count
        if end > len(self.data):
            raise Malformed(f"{count} bytes at {start} end beyond the pickle")
        self.position = end
        return self._view[start:end]

    def line(self) -> bytes:
        """The next line without its end. One that has none loses its last byte, as in the unpickler in Python."""
        if self._frame_end is not None and self.data.find(b"\n", self.position, self._frame_end) < 0:
            self._leave_frame()
        start, limit = self.position, len(self.data)
        found = self.data.find(b"\n", start)
        if found < 0:
            self.position = limit
            return self.data[start : max(start, limit - 1)]
        self.position = found + 1
        return self.data[start:found]

    def enter_frame(self, length: int) -> None:
        """Begin a frame; the frame before must have ended."""
        if self._frame_end is not None:
            self._leave_frame()
        self._frame_end = self.position + length
        self._behind = min(self._frame_end, len(self.data))

    def _leave_frame(self) -> None:
        """End the frame; where it still holds bytes, the unpickler in Python stops, and the one in C goes on."""
        if self._frame_end is not None and self.position < self._frame_end:
            self._misframe(self.position)
            if self.framed:
                raise Malformed(f"frame ends within an operation at byte {self.position}")
        elif self.framed:
            self.position = self._behind
        self._frame_end = None

    def _misframe(self, offset: int) -> None:
        if self.misframed is None:
            self.misframed = offset


def _unsigned(width: int) -> Callable[[Stream], int]:
    return lambda stream: int.from_bytes(stream.take(width), "little")


def _byte(stream: Stream) -> int:
    return stream.take(1)[0]


def _sized(stream: Stream, width: int, *, signed: bool = False) -> int:
    offset = stream.position
    size = int.from_bytes(stream.take(width), "little", signed=signed)
    if not 0 <= size < 1 << 63:
        raise Malformed(f"impossible length at byte {offset}")
    return size


def _binary(width: int, *, signed: bool = False) -> Callable[[Stream], object]:
    return lambda stream: stream.view(_sized(stream, width, signed=signed))


def _text(width: int) -> Callable[[Stream], str]:
    def read(stream: Stream) -> str:
        offset = stream.position
        raw = stream.view(_sized(stream, width))
        try:
            return str(raw, "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise Malformed(f"string at byte {offset} is not UTF-8") from error

    return read


def _old_text(width: int, *, signed: bool = False) -> Callable[[Stream], str]:
    """Python 2 strings: the loader chooses the encoding; Latin-1 keeps every byte apart."""
    return lambda stream: str(stream.view(_sized(stream, width, signed=signed)), "latin-1")


def _line_text(stream: Stream) -> str:
    offset = stream.position
    try:
        return stream.line().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"name at byte {offset} is not UTF-8") from error


def _pair(stream: Stream) -> tuple[str, str]:
    return _line_text(stream), _line_text(stream)


def _quoted(stream: Stream) -> str:
    offset = stream.position
    raw = stream.line()
    if len(raw) < 2 or raw[:1] != raw[-1:] or raw[:1] not in (b"'", b'"'):  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed(f"string at byte {offset} is not quoted")
    try:
        return codecs.escape_decode(raw[1:-1])[0].decode("latin-1")
    except ValueError as error:
        raise Malformed(f"string at byte {offset} has a broken escape") from error


def _escaped(stream: Stream) -> str:
    offset = stream.position
    try:
        return stream.line().decode("raw-unicode-escape")
    except UnicodeDecodeError as error:
        raise Malformed(f"string at byte {offset} has a broken escape") from error


def _decimal(stream: Stream) -> object:
    raw = stream.line()
    if raw in (b"00", b"01"):
        return raw == b"01"
    try:
        return int(raw.removesuffix(b"L"), 0)
    except ValueError:
        return ODD


def _key(stream: Stream) -> int:
    offset = stream.position
    try:
        key = int(stream.line().partition(b"\0")[0])  # the C unpickler reads the number as a C string
    except ValueError as error:
        raise Malformed(f"memo key at byte {offset} is no number") from error
    if key < 0:
        raise Malformed(f"memo key at byte {offset} is negative")
    return key


def _float_line(stream: Stream) -> object:
    try:
        return float(stream.line())
    except ValueError:
        return ODD


def _long(width: int) -> Callable[[Stream], int]:
    return lambda stream: int.from_bytes(
        stream.view(_sized(stream, width, signed=width == _LONG4)),
        "little",
        signed=True,
    )


def _frame(stream: Stream) -> int:
    length = _sized(stream, 8)
    stream.enter_frame(length)
    return length


def _protocol(stream: Stream) -> int:
    version = stream.take(1)[0]
    if version > 5:  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed(f"pickle protocol {version} is not known")
    return version


def _signed4(stream: Stream) -> int:
    return int.from_bytes(stream.take(4), "little", signed=True)


def _float8(stream: Stream) -> float:
    value: float = struct.unpack(">d", stream.take(8))[0]
    return value


_ARGUMENTS: dict[bytes, Callable[[Stream], object]] = {
    b"I": _decimal,
    b"J": _signed4,
    b"K": _byte,
    b"M": _unsigned(2),
    b"L": _decimal,
    b"\x8a": _long(1),
    b"\x8b": _long(4),
    b"S": _quoted,
    b"T": _old_text(4, signed=True),
    b"U": _old_text(1),
    b"B": _binary(4),
    b"C": _binary(1),
    b"\x8e": _binary(8),
    b"\x96": _binary(8),
    b"V": _escaped,
    b"\x8c": _text(1),
    b"X": _text(4),
    b"\x8d": _text(8),
    b"F": _float_line,
    b"G": _float8,
    b"g": _key,
    b"h": _byte,
    b"j": _unsigned(4),
    b"p": _key,
    b"q": _byte,
    b"r": _unsigned(4),
    b"\x82": _byte,
    b"\x83": _unsigned(2),
    b"\x84": _signed4,
    b"c": _pair,
    b"i": _pair,
    b"\x80": _protocol,
    b"\x95": _frame,
    b"P": lambda stream: stream.line().decode("latin-1"),
}
_READERS: list[Callable[[Stream], object] | None] = [_ARGUMENTS.get(bytes([code])) for code in range(256)]
_BARE = frozenset(b".(012NQR\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98\x81)]}abdelostu")
STOP = ord(".")
