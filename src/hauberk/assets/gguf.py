# SPDX-License-Identifier: Apache-2.0
"""Reads the metadata of a GGUF file (ggml/docs/gguf.md, versions 2 and 3, little-endian), and checks where it ends."""

import struct
from typing import Any, NamedTuple

from hauberk.core.content import Content
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MAGIC = b"GGUF"
MOST_ENTRIES = 1_000_000
MOST_TEXT = 16 << 20
_TEXT, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66),
}  # fmt: skip
"""Values and bytes of a block, by type of tensor (``ggml_type``)."""


class Text(NamedTuple):
    """A text in the metadata and where it begins."""

    key: str
    offset: int
    value: str


class _Cursor:
    def __init__(self, data: bytes | Content) -> None:
        self.data = data
        self.position = 4
        self.entries = 0

    def take(self, form: str) -> Any:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise TooLarge(f"more than {MOST_ENTRIES} entries")
        size = struct.calcsize(form)
        if self.position + size > len(self.data):
            raise Malformed("GGUF file breaks off")
        value = struct.unpack(form, self.data[self.position : self.position + size])[0]
        self.position += size
        return value

    def text(self) -> str:
        size = self.take("<Q")
        if size > MOST_TEXT:
            raise TooLarge(f"text of {size} bytes")
        if self.position + size > len(self.data):
            raise Malformed("GGUF file breaks off")
        self.position += size
        return self.data[self.position - size : self.position].decode("utf-8", "surrogateescape")

    def skip(self, size: int) -> None:
        if self.position + size > len(self.data):
            raise Malformed("GGUF file breaks off")
        self.position += size


def texts(data: bytes | Content) -> list[Text]:
    """Every text in the metadata that is no element of an array; raises Malformed for a file that is not whole."""
    if data[:4] != MAGIC:
        raise Malformed("no GGUF file")
    cursor = _Cursor(data)
    version = cursor.take("<I")
    if version not in (2, 3):
        raise CannotLook(f"GGUF version {version} is not known")
    tensors, pairs = cursor.take("<Q"), cursor.take("<Q")
    found, alignment = [], 32
    for _ in range(min(pairs, MOST_ENTRIES + 1)):
        key, kind = cursor.text(), cursor.take("<I")
        begin = cursor.position
        value = _value(cursor, kind)
        if isinstance(value, str):
            found.append(Text(key, begin + 8, value))
        elif key == "general.alignment" and isinstance(value, int):
            alignment = value
    _check_end(cursor, tensors, alignment)
    return found


def _value(cursor: _Cursor, kind: int) -> Any:
    if kind == _TEXT:
        return cursor.text()
    if kind in _SCALARS:
        return cursor.take(_SCALARS[kind])
    if kind != _ARRAY:
        raise Malformed(f"GGUF value of unknown type {kind}")
    inner, count = cursor.take("<I"), cursor.take("<Q")
    if inner in _SCALARS:
        cursor.skip(struct.calcsize(_SCALARS[inner]) * count)
    elif inner == _TEXT:
        for _ in range(min(count, MOST_ENTRIES + 1)):
            cursor.text()
    else:
        raise Malformed("GGUF array of arrays")
    return None


def _check_end(cursor: _Cursor, tensors: int, alignment: int) -> None:
    """The file ends where its last tensor does, or at the next multiple of the alignment."""
    if alignment <= 0 or alignment % 8:
        raise Malformed("GGUF alignment is no multiple of eight")
    ends = [0]
    for _ in range(min(tensors, MOST_ENTRIES + 1)):
        cursor.text()
        count = 1
        for _ in range(min(cursor.take("<I"), 8)):
            count *= cursor.take("<Q")
        kind, offset = cursor.take("<I"), cursor.take("<Q")
        if kind not in _BLOCKS:
            raise CannotLook(f"GGUF tensor of unknown type {kind}")
        values, size = _BLOCKS[kind]
        ends.append(offset + (count + values - 1) // values * size)
    begin = -(-cursor.position // alignment) * alignment if tensors else cursor.position
    exact = begin + max(ends)
    if len(cursor.data) not in (exact, -(-exact // alignment) * alignment):
        raise Malformed(f"GGUF file of {len(cursor.data)} bytes, whose tensors end at {exact}")
