# SPDX-License-Identifier: Apache-2.0
"""Reads a pickle's operations with ``pickletools``, and steps over long constants without reading them."""

import codecs
import pickletools
from collections.abc import Iterator
from typing import Any, BinaryIO

from hauberk.analysis.checker.contracts import require
from hauberk.analysis.checker.source import Source
from hauberk.analysis.checker.values import Long

LONG = 1 << 12
"""Bytes of a constant above which only its place is kept."""
_OPCODES = {one.code.encode("latin-1"): one for one in pickletools.opcodes}
_MOST = 16 << 20
"""Bytes of a line, or of a number."""
_SIZED = {b"B": (4, "latin-1"), b"\x8e": (8, "latin-1"), b"\x96": (8, "latin-1"), b"T": (4, "latin-1"),
          b"X": (4, "utf-8"), b"\x8d": (8, "utf-8")}  # fmt: skip
"""Constants that state their length in so many bytes."""


class Reader:
    """A cursor over one pickle."""

    def __init__(self, source: Source, start: int) -> None:
        """Stand before the first operation."""
        self._source = source
        self._file: BinaryIO = source.file()
        self._file.seek(start)
        self.tell = self._file.tell
        self.seek = self._file.seek

    def operations(self) -> Iterator[tuple[int, str, Any]]:
        """Offset, name and argument of each operation up to STOP; raises ValueError for what is none."""
        while True:
            position = self.tell()
            code = self._file.read(1)
            opcode = _OPCODES.get(code)
            if opcode is None:
                raise ValueError("no operation")
            argument = None
            if opcode.arg is not None:
                argument = self._constant(code) if code in _SIZED else self._argument(code, opcode.arg.reader)
            yield position, opcode.name, argument
            if code == b".":
                return

    def _constant(self, code: bytes) -> Any:
        """A constant, or where it stands."""
        width, codec = _SIZED[code]
        begin = self.tell() + width
        size = int.from_bytes(self._file.read(width), "little")
        require(code != b"T" or size < 1 << 31, "a length below zero")
        require(begin + size <= self._source.size, "a constant that breaks off")
        if size > LONG:
            self.seek(begin + size)
            return Long(self._source, begin, size, codec)
        raw = self._file.read(size)
        if code == b"T":
            return raw.decode("latin-1")
        return raw.decode("utf-8", "surrogatepass") if codec == "utf-8" else raw

    def _argument(self, code: bytes, read: Any) -> Any:
        if code == b"S":
            line = self.readline().rstrip(b"\n")
            require(len(line) > 1 and line[:1] == line[-1:] and line[:1] in (b"'", b'"'), "a string without quotes")
            return codecs.escape_decode(line[1:-1])[0].decode("latin-1")
        return read(self)

    def read(self, count: int) -> bytes:
        """The next bytes, as ``pickletools`` asks for them."""
        require(count <= _MOST, "an argument that is too long")
        return self._file.read(count)

    def readline(self) -> bytes:
        """The next line, as ``pickletools`` asks for it."""
        line = self._file.readline(_MOST)
        require(line.endswith(b"\n"), "a line that does not end")
        return line
