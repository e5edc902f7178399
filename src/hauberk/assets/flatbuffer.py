# SPDX-License-Identifier: Apache-2.0
"""Walks tables of a FlatBuffer without its schema compiler; every offset is checked against the buffer.

Format: flatbuffers.dev, "FlatBuffer internals": little-endian, tables with a vtable of 16-bit field offsets, vectors
and texts behind 32-bit offsets that only lead forward.
"""

import struct
from typing import NamedTuple

from hauberk.core.errors import Malformed, TooLarge

MOST_READS = 20_000_000
_ALIGNMENT = 4
_WIDTHS = {"b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "d": 8}


class Vector(NamedTuple):
    """Where the items of a vector begin, and how many there are."""

    begin: int
    size: int


class Buffer:
    """One FlatBuffer with a budget of reads."""

    def __init__(self, data: bytes | memoryview) -> None:
        """Take the whole buffer; one whose length is no multiple of four was cut: builders align its end."""
        if len(data) % _ALIGNMENT or len(data) < 2 * _ALIGNMENT:
            raise Malformed(f"FlatBuffer of {len(data)} bytes breaks off: builders align its end to four bytes")
        self.data = data
        self.reads = 0

    def number(self, form: str, at: int) -> int:
        """A number of a ``struct`` type at a byte."""
        self.reads += 1
        if self.reads > MOST_READS:
            raise TooLarge(f"more than {MOST_READS} reads of a FlatBuffer")
        if at < 0 or at + _WIDTHS[form] > len(self.data):
            raise Malformed(f"FlatBuffer points to byte {at}, outside itself")
        value: int = struct.unpack_from("<" + form, self.data, at)[0]
        return value

    @property
    def root(self) -> int:
        """The first table."""
        return self.number("I", 0)

    def field(self, table: int, index: int) -> int:
        """Where a table's field lies; 0 where the table has none of that index."""
        vtable = table - self.number("i", table)
        size, inline = self.number("H", vtable), self.number("H", vtable + 2)
        if size < 4 or size % 2 or vtable + size > len(self.data) or table + inline > len(self.data):  # noqa: PLR2004  two 16-bit numbers head a vtable
            raise Malformed(f"FlatBuffer table at byte {table} has a broken vtable")
        slot = 4 + 2 * index
        if slot + 2 > size:
            return 0
        offset = self.number("H", vtable + slot)
        if offset and offset >= inline:
            raise Malformed(f"FlatBuffer table at byte {table} has a field outside itself")
        return table + offset if offset else 0

    def scalar(self, table: int, index: int, form: str, default: int = 0) -> int:
        """A number in a table."""
        at = self.field(table, index)
        return self.number(form, at) if at else default

    def follow(self, at: int) -> int:
        """Where an offset leads; it only leads forward."""
        offset = self.number("I", at)
        if not offset or at + offset + 4 > len(self.data):
            raise Malformed(f"FlatBuffer offset at byte {at} leads outside")
        return at + offset

    def child(self, table: int, index: int) -> int:
        """A table in a table's field; 0 where there is none."""
        at = self.field(table, index)
        return self.follow(at) if at else 0

    def vector(self, table: int, index: int, width: int) -> Vector:
        """A vector in a table's field, of items that are ``width`` bytes each; empty where there is none."""
        at = self.field(table, index)
        if not at:
            return Vector(0, 0)
        begin = self.follow(at)
        count = self.number("I", begin)
        if count * width > len(self.data) - begin - 4:
            raise Malformed(f"FlatBuffer vector at byte {begin} ends beyond the file")
        return Vector(begin + 4, count)

    def tables(self, table: int, index: int) -> list[int]:
        """The tables of a vector."""
        vector = self.vector(table, index, 4)
        return [self.follow(vector.begin + 4 * item) for item in range(vector.size)]

    def numbers(self, table: int, index: int, form: str) -> list[int]:
        """The numbers of a vector."""
        vector = self.vector(table, index, _WIDTHS[form])
        self.reads += vector.size
        if self.reads > MOST_READS:
            raise TooLarge(f"more than {MOST_READS} reads of a FlatBuffer")
        return list(struct.unpack_from(f"<{vector.size}{form}", self.data, vector.begin)) if vector.size else []

    def text(self, table: int, index: int) -> str:
        """A text in a table's field; empty where there is none."""
        vector = self.vector(table, index, 1)
        raw = bytes(self.data[vector.begin : vector.begin + vector.size])
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"FlatBuffer text at byte {vector.begin} is not UTF-8") from error

    def texts(self, table: int, index: int) -> list[str]:
        """The texts of a vector."""
        found = []
        for begin in self.tables(table, index):
            size = self.number("I", begin)
            if size > len(self.data) - begin - 4:
                raise Malformed(f"FlatBuffer text at byte {begin} ends beyond the file")
            found.append(bytes(self.data[begin + 4 : begin + 4 + size]).decode("utf-8", "replace"))
        return found
