# SPDX-License-Identifier: Apache-2.0
"""Reads Universal Binary JSON (draft 12 of ubjson.org) as XGBoost writes it, within a budget of values and depth."""

import struct
import sys
from collections.abc import Iterator
from typing import Any

from hauberk.core.errors import Malformed, TooLarge

MOST_VALUES = 800_000
"""Values and names, a row of numbers for one; what they take stays below 120 MiB."""
DEEPEST = 64
_NUMBERS = {
    "i": ">b", "U": ">B", "I": ">h", "u": ">H", "l": ">i", "m": ">I", "L": ">q", "M": ">Q", "h": ">e", "d": ">f",
    "D": ">d",
}  # fmt: skip
"""Types of fixed width; ``u``, ``m``, ``M`` and ``h`` are of BJData, which XGBoost's reader shares."""
_CONSTANTS: dict[str, object] = {"Z": None, "T": True, "F": False}
_WHOLE = frozenset("iUIulmLM")


class Numbers:
    """Numbers of one type in a row, read whenever they are asked for, so that a model is held once."""

    __slots__ = ("_data", "_form", "_length", "_start")

    def __init__(self, data: bytes, form: str, start: int, length: int) -> None:
        """``form`` is of ``struct``."""
        self._data, self._form, self._start, self._length = data, form, start, length

    def __len__(self) -> int:
        """How many."""
        return self._length

    def __iter__(self) -> Iterator[Any]:
        """Each in turn."""
        end = self._start + self._length * struct.calcsize(self._form)
        for (one,) in struct.iter_unpack(self._form, memoryview(self._data)[self._start : end]):
            yield one


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.values = 0

    def marker(self) -> str:
        """The next byte that is no padding (``N``)."""
        while True:
            mark = chr(self.take(1)[0])
            if mark != "N":
                return mark

    def peek(self) -> str:
        """The next byte without taking it; empty at the end."""
        return chr(self.data[self.position]) if self.position < len(self.data) else ""

    def take(self, size: int) -> bytes:
        """The next bytes."""
        end = self.position + size
        if end > len(self.data):
            raise Malformed(f"UBJSON breaks off at byte {len(self.data)}")
        self.position = end
        return self.data[end - size : end]

    def number(self, mark: str) -> Any:
        """A number of the type that the mark names."""
        form = _NUMBERS[mark]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def numbers(self, mark: str, length: int) -> Numbers:
        """So many numbers of one type, left where they are."""
        form = _NUMBERS[mark]
        start, size = self.position, length * struct.calcsize(form)
        if size > len(self.data) - start:
            raise Malformed(f"UBJSON breaks off at byte {len(self.data)}")
        self.position += size
        return Numbers(self.data, form, start, length)

    def size(self) -> int:
        """A length: a whole number that is not negative."""
        mark = self.marker()
        if mark not in _WHOLE:
            raise Malformed(f"UBJSON length of type {mark!r} before byte {self.position}")
        size: int = self.number(mark)
        if size < 0:
            raise Malformed(f"UBJSON length below zero before byte {self.position}")
        return size

    def text(self) -> str:
        """A text behind its length."""
        at = self.position
        try:
            return self.take(self.size()).decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"UBJSON text at byte {at} is not UTF-8") from error

    def count(self, more: int = 1) -> None:
        """Spend the budget of values."""
        self.values += more
        if self.values > MOST_VALUES:
            raise TooLarge(f"UBJSON of more than {MOST_VALUES} values")

    def head(self) -> tuple[str, int | None]:
        """Type of all items and their number, where a container declares them."""
        kind, length = "", None
        if self.peek() == "$":
            self.take(1)
            kind = chr(self.take(1)[0])
            if self.peek() != "#":
                raise Malformed(f"UBJSON container with a type and no count at byte {self.position}")
        if self.peek() == "#":
            self.take(1)
            length = self.size()
        return kind, length


def parse(data: bytes) -> Any:
    """The one value of a file; raises Malformed where it breaks off or goes on behind it, TooLarge beyond a budget."""
    reader = _Reader(data)
    value = _value(reader, reader.marker(), 0)
    if reader.position != len(data):
        raise Malformed(f"{len(data) - reader.position} bytes follow the UBJSON value")
    return value


def _value(reader: _Reader, mark: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise TooLarge(f"UBJSON nested more than {DEEPEST} deep")
    reader.count()
    if mark in _NUMBERS:
        return reader.number(mark)
    if mark in _CONSTANTS:
        return _CONSTANTS[mark]
    readers = {"S": reader.text, "C": lambda: chr(reader.take(1)[0]), "H": reader.text}
    if mark in readers:
        return readers[mark]()
    if mark == "[":
        return _array(reader, depth)
    if mark == "{":
        return _object(reader, depth)
    raise Malformed(f"UBJSON has no type {mark!r} (before byte {reader.position})")


def _array(reader: _Reader, depth: int) -> Any:
    kind, length = reader.head()
    if length is None:
        items = []
        while (mark := reader.marker()) != "]":
            items.append(_value(reader, mark, depth + 1))
        return items
    if kind in _NUMBERS:
        return reader.numbers(kind, length)
    reader.count(length)
    return [_value(reader, kind or reader.marker(), depth + 1) for _ in range(length)]


def _object(reader: _Reader, depth: int) -> dict[str, Any]:
    kind, length = reader.head()
    found: dict[str, Any] = {}
    left = length
    while left != 0:
        if left is None and reader.peek() == "}":
            reader.take(1)
            return found
        key = sys.intern(reader.text())
        reader.count()
        if key in found:
            raise Malformed(f"UBJSON name stands twice in one object before byte {reader.position}")
        found[key] = _value(reader, kind or reader.marker(), depth + 1)
        left = None if left is None else left - 1
    return found
