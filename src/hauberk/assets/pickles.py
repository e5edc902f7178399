# SPDX-License-Identifier: Apache-2.0
"""Reads the operations of a pickle, protocols 0 to 5, without running any.

CPython has two unpicklers: the C one (``pickle.load``, torch, numpy) and the one in Python (joblib). Where they
differ this reader is as lax as the laxer of the two, so that whatever either of them would run is seen here. Sources:
``Lib/pickle.py`` and ``Modules/_pickle.c`` of CPython 3.11 to 3.14, whose differences are noted where they matter.
"""

import codecs
import struct
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from hauberk.core.content import LARGEST, PIECE, Content
from hauberk.core.errors import Malformed, TooLarge

MOST_OPERATIONS = 20_000_000
"""Operations read of one file before the budget is spent."""
MOST_MEMORY = 76 << 20
"""Bytes, by our reckoning, that the values of one program and of those within it may take behind its first window."""
_BLOCK = 80
"""Bytes of a small value, with its places in a stack and a memo; a text has its letters besides."""

_LONG4 = 4
"""Width of the length of LONG4, which alone is signed."""

KEPT = 1 << 12
"""Texts and bytes longer than this are not kept, only where they stand."""
MOST_KEPT = 16 << 20
"""Bytes of all texts that are kept, short ones apart; beyond it the limit is SHORT."""
SHORT = 100


class Odd:
    """A number written in a way that one of the unpicklers may accept; its value is not known."""

    __slots__ = ()


ODD = Odd()


class Stretch:
    """A constant that is too long to be kept: of which type it is, and where it stands."""

    __slots__ = ("_content", "codec", "count", "kind", "start")

    def __init__(self, kind: type, content: Content, start: int, count: int, codec: str = "latin-1") -> None:
        """``kind`` is ``str`` or ``bytes``; ``codec`` is how its letters stand in the file."""
        self.kind = kind
        self.codec = codec
        self._content = content
        self.start = start
        self.count = count

    def head(self, count: int) -> bytes:
        """Its first bytes, as they stand in the file."""
        return self._content.read(self.start, min(count, self.count))

    def encoded(self) -> "Stretch":
        """As bytes, where it is a text."""
        return Stretch(bytes, self._content, self.start, self.count, self.codec)

    def raw(self) -> bytes:
        """The bytes that it stands for; raises TooLarge where they are too many, Malformed where they are none."""
        found = self._content.part(self.start, self.start + self.count).whole(LARGEST)
        if self.codec == "latin-1":
            return found
        try:
            text = codecs.escape_decode(found[1:-1])[0] if self.codec == "escape" else found.decode(self.codec)
            return text if isinstance(text, bytes) else text.encode("latin-1")
        except ValueError as error:
            raise Malformed(f"text at byte {self.start} does not stand for bytes") from error


class Operation(NamedTuple):
    """One operation: where it starts, its opcode byte and its argument, whose type depends on the opcode."""

    offset: int
    code: int
    argument: Any


class Stream:
    """A cursor over one pickle; ``framed`` follows frames as the unpickler in Python does, which joblib needs.

    In framed mode the file behind the frame has a position of its own: joblib reads arrays from there, behind the frame
    that is being read. The bytes around the cursor are in a window, ``data``, that begins at ``base``.
    """

    def __init__(
        self, source: bytes | Content, start: int = 0, *, framed: bool = False, within: "Stream | None" = None
    ) -> None:
        """Start reading at an offset; ``within`` is the program whose values are kept meanwhile."""
        self.content = Content.of(source)
        self.framed = framed
        self.operations = 0
        self.misframed: int | None = None
        """Where an operation crosses the end of a frame, which no pickler writes; from there on unpicklers disagree."""
        self.odd: int | None = None
        """Where a number, or an operation at the end of a frame, is written as no pickler writes one."""
        self._frame_end: int | None = None
        self._behind = start
        self.kept = 0
        """Bytes of all lines, and of all texts that are not short."""
        self.blocks: int = within.blocks if within is not None else 0
        """Blocks of memory in use once the outermost program was read for a window; 0 before: to count takes time."""
        self._read = 0
        self._cut, self._cut_base, self._cut_end = b"", 0, -1
        """The bytes of the frame, from where they were first asked for."""
        self.data = b""
        self.base = start
        self.at = 0
        self._fill()

    @property
    def position(self) -> int:
        """Offset of the cursor."""
        return self.base + self.at

    def _move(self, position: int) -> None:
        self.at = position - self.base
        if not 0 <= self.at <= len(self.data):
            self._fill()

    def _fill(self) -> None:
        """Move the window to the cursor; raises TooLarge where the program's values take too much memory."""
        self.base, self.at = self.base + self.at, 0
        self.data = self.content.some(self.base, PIECE)
        self._read += len(self.data)
        if self._read <= PIECE and not self.blocks:
            return
        self.blocks = self.blocks or sys.getallocatedblocks()
        blocks = max(0, sys.getallocatedblocks() - self.blocks)
        if blocks * _BLOCK + min(self._read, blocks * SHORT) > MOST_MEMORY:
            raise TooLarge(f"program makes values that take more than {MOST_MEMORY >> 20} MiB of memory")

    @property
    def file_position(self) -> int:
        """Where the file stands: behind the current frame in framed mode, else where the cursor is."""
        return self._behind if self.framed and self._frame_end is not None else self.position

    @file_position.setter
    def file_position(self, position: int) -> None:
        if position > self.base + len(self.data) and not self.content.reaches(position):
            raise Malformed(f"array data at byte {self.file_position} ends beyond the file")
        if self._frame_end is None:
            self._move(position)
        else:
            self._behind = position

    def byte(self, position: int) -> int:
        """The byte at an offset at or behind the cursor's; raises Malformed where there is none."""
        at = position - self.base
        found = self.data[at : at + 1] if at >= 0 else b""
        found = found or self.content.read(position, 1)
        if not found:
            raise Malformed(f"pickle breaks off at byte {position}")
        return found[0]

    def quick(self) -> tuple[bytes, int, int]:
        """Bytes up to the end of the window or of the frame in it, the cursor in them, and at which offset they begin.

        Where a frame is next, it is begun.
        """
        if self._frame_end is not None:
            if self.base + self.at != self._frame_end:
                return self._framed()
            self._leave_frame()
        at, data = self.at, self.data
        if data[at : at + 1] == b"\x95" and at + 9 <= len(data):
            length = int.from_bytes(data[at + 1 : at + 9], "little")
            if length < 1 << 63:
                self.passed(self.base + at + 9, 1)
                self.enter_frame(length)
                return self._framed()
        return data, at, self.base

    def _framed(self) -> tuple[bytes, int, int]:
        """As ``quick``, within a frame."""
        end, position = self._frame_end or 0, self.base + self.at
        if end >= self.base + len(self.data):
            return self.data, self.at, self.base
        if end != self._cut_end:
            self._cut, self._cut_base, self._cut_end = self.data[self.at : end - self.base], position, end
        return self._cut, position - self._cut_base, self._cut_base

    def is_whole(self, position: int) -> bool:
        """Whether no frame goes on behind an offset."""
        return self._frame_end is None or self._frame_end == position

    def passed(self, position: int, operations: int) -> None:
        """Move the cursor over operations that were read in the window; raises TooLarge beyond the budget."""
        self.at = position - self.base
        self.operations += operations
        if self.operations >= MOST_OPERATIONS:
            raise TooLarge(f"more than {MOST_OPERATIONS} pickle operations")

    def operation(self) -> Operation:
        """The next operation; raises Malformed where both unpicklers would stop."""
        self.passed(self.position, 1)
        code = self.take(1)[0]
        offset, edge = self.position - 1, self._frame_end
        reader = _READERS[code]
        if reader is not None:
            argument = reader(self)
            if edge is not None and offset < edge < self.position and edge != self._frame_end:
                self.odd = offset
            return Operation(offset, code, argument)
        if code not in _BARE:
            raise Malformed(f"byte {code:#04x} at {offset} is no pickle opcode")
        if code == STOP and self._frame_end not in (None, self.position):
            self._misframe(offset)
        return Operation(offset, code, None)

    def take(self, count: int) -> bytes:
        """The next bytes; raises Malformed at the end of the file or across the end of a frame."""
        at = self.at
        end = at + count
        if self._frame_end is not None and self.base + end > self._frame_end:
            self._leave_frame()
            return self.take(count)
        if end > len(self.data):
            self._fill()
            at, end = 0, count
            if end > len(self.data):
                found = self.content.read(self.base, count)
                if len(found) < count:
                    raise Malformed(f"pickle breaks off at byte {self.base + len(found)}")
                self._move(self.base + count)
                return found
        self.at = end
        return self.data[at:end]

    def view(self, count: int, kind: type, codec: str = "latin-1") -> bytes | Stretch:
        """The next bytes, or where they stand if they are too many to be kept."""
        if count <= SHORT:
            return self.take(count)
        if count <= KEPT and self.kept + count <= MOST_KEPT:
            self.kept += count
            return self.take(count)
        if self._frame_end is not None and self.position + count > self._frame_end:
            self._leave_frame()
        start = self.position
        if not self.content.reaches(start + count):
            raise Malformed(f"{count} bytes at {start} end beyond the pickle")
        self._move(start + count)
        return Stretch(kind, self.content, start, count, codec)

    def line(self) -> bytes:
        """The next line, as ``whole_line``; raises TooLarge where it is too long to be a name or a number."""
        found = self.whole_line()
        if isinstance(found, Stretch):
            raise TooLarge(f"line of {found.count} bytes at byte {found.start}")
        return found

    def whole_line(self) -> bytes | Stretch:
        """The next line without its end. One that has none loses its last byte, as in the unpickler in Python."""
        start = self.position
        if self._frame_end is not None and self.content.find(b"\n", start, self._frame_end) < 0:
            self._leave_frame()
            start = self.position
        found = self.data.find(b"\n", self.at)
        end = self.base + found if found >= 0 else self.content.find(b"\n", start)
        behind = end + 1
        if end < 0:
            behind = len(self.content)
            end = max(start, behind - 1)
        if end - start > KEPT:
            self._move(behind)
            return Stretch(str, self.content, start, end - start)
        line = self.content.read(start, end - start)
        self.kept += end - start
        self._move(behind)
        return line

    def enter_frame(self, length: int) -> None:
        """Begin a frame; the frame before must have ended."""
        if self._frame_end is not None:
            self._leave_frame()
        end = self._frame_end = self.position + length
        held = end <= self.base + len(self.data) or self.content.reaches(end)
        self._behind = end if held else len(self.content)

    def _leave_frame(self) -> None:
        """End the frame; where it still holds bytes, the unpickler in Python stops, and the one in C goes on."""
        if self._frame_end is not None and self.position < self._frame_end:
            self._misframe(self.position)
            if self.framed:
                raise Malformed(f"frame ends within an operation at byte {self.position}")
        elif self.framed:
            self._move(self._behind)
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
    return lambda stream: stream.view(_sized(stream, width, signed=signed), bytes)


def _text(width: int) -> Callable[[Stream], str | Stretch]:
    def read(stream: Stream) -> str | Stretch:
        offset = stream.position
        raw = stream.view(_sized(stream, width), str, "utf-8")
        if isinstance(raw, Stretch):
            return raw
        try:
            return str(raw, "utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise Malformed(f"string at byte {offset} is not UTF-8") from error

    return read


def _old_text(width: int, *, signed: bool = False) -> Callable[[Stream], str | Stretch]:
    """Python 2 strings: the loader chooses the encoding; Latin-1 keeps every byte apart."""

    def read(stream: Stream) -> str | Stretch:
        raw = stream.view(_sized(stream, width, signed=signed), str)
        return raw if isinstance(raw, Stretch) else str(raw, "latin-1")

    return read


def _line_text(stream: Stream) -> str:
    offset = stream.position
    try:
        return stream.line().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"name at byte {offset} is not UTF-8") from error


def _pair(stream: Stream) -> tuple[str, str]:
    return _line_text(stream), _line_text(stream)


def _quoted(stream: Stream) -> str | Stretch:
    offset = stream.position
    raw = stream.whole_line()
    if isinstance(raw, Stretch):
        raw.codec = "escape"
        return raw
    if len(raw) < 2 or raw[:1] != raw[-1:] or raw[:1] not in (b"'", b'"'):  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed(f"string at byte {offset} is not quoted")
    try:
        return codecs.escape_decode(raw[1:-1])[0].decode("latin-1")
    except ValueError as error:
        raise Malformed(f"string at byte {offset} has a broken escape") from error


def _escaped(stream: Stream) -> str | Stretch:
    offset = stream.position
    raw = stream.whole_line()
    if isinstance(raw, Stretch):
        raw.codec = "raw-unicode-escape"
        return raw
    try:
        return raw.decode("raw-unicode-escape")
    except UnicodeDecodeError as error:
        raise Malformed(f"string at byte {offset} has a broken escape") from error


def _decimal(stream: Stream) -> object:
    raw = stream.line()
    if raw in (b"00", b"01"):
        return raw == b"01"
    digits = raw.removesuffix(b"L")
    if not digits.removeprefix(b"-").isdigit():
        stream.odd = stream.position
    try:
        return int(digits, 0)
    except ValueError:
        return ODD


def _key(stream: Stream) -> int:
    offset = stream.position
    raw = stream.line()
    if not raw.isdigit():
        stream.odd = stream.position
    try:
        key = int(raw.partition(b"\0")[0])  # the C unpickler reads the number as a C string
    except ValueError as error:
        raise Malformed(f"memo key at byte {offset} is no number") from error
    if key < 0:
        raise Malformed(f"memo key at byte {offset} is negative")
    return key


def _float_line(stream: Stream) -> object:
    raw = stream.line()
    if raw.strip() != raw or b"_" in raw:
        stream.odd = stream.position
    try:
        return float(raw)
    except ValueError:
        stream.odd = stream.position
        return ODD


def _long(width: int) -> Callable[[Stream], int]:
    def read(stream: Stream) -> int:
        raw = stream.view(_sized(stream, width, signed=width == _LONG4), bytes)
        if isinstance(raw, Stretch):
            raise TooLarge(f"number of {raw.count} bytes at byte {raw.start}")
        return int.from_bytes(raw, "little", signed=True)

    return read


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
