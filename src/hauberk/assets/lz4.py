# SPDX-License-Identifier: Apache-2.0
"""Decompresses LZ4 frames (lz4_Frame_format.md 1.6.1, lz4_Block_format.md), within a budget, without their checksums.

joblib writes them. Checksums of blocks and content are passed over: a reader that checked them would only see less.
"""

from collections.abc import Generator, Iterator

from hauberk.core.content import Content
from hauberk.core.errors import CannotLook, Malformed

MAGIC = b"\x04\x22\x4d\x18"
_STORED = 1 << 31
_MOST_BLOCK = 4 << 20
_LENGTH_MORE, _COPY_AT_LEAST = 15, 4
_REACH = 1 << 16
"""Bytes that a copy can reach back."""
_CHECKSUM = 4


def pieces(content: Content) -> Iterator[bytes]:
    """The content of one or several frames in a row, a block at a time; raises Malformed for a broken one."""
    position = 0
    while content.reaches(position + 1):
        if not content.startswith(MAGIC, position):
            raise Malformed(f"{len(content) - position} bytes follow the lz4 frame")
        position = yield from _frame(content, position + 4)


def _frame(content: Content, position: int) -> Generator[bytes, None, int]:
    """Pieces of a frame; returns where it ends."""
    flags = _byte(content.read(position, 1), 0)
    if flags >> 6 != 1 or flags & 2:  # the second bit is reserved
        raise Malformed("lz4 frame of an unknown version")
    if flags & 1:
        raise CannotLook("lz4 frame needs a dictionary")
    alone, checked = bool(flags & 0x20), bool(flags & 0x10)
    position += 3 + (8 if flags & 8 else 0)  # flags, block descriptor, content size, checksum of the header
    before = b""
    while True:
        size = int.from_bytes(_bytes(content.read(position, 4), 0, 4), "little")
        position += 4
        if not size:
            position += _CHECKSUM if flags & 4 else 0
            if not content.reaches(position):
                raise Malformed("lz4 frame breaks off")
            return position
        stored, size = bool(size & _STORED), size & ~_STORED
        if size > _MOST_BLOCK:
            raise Malformed("lz4 block is too large")
        block = _bytes(content.read(position, size), 0, size)
        position += size + (_CHECKSUM if checked else 0)
        found = block if stored else _block(block, b"" if alone else before)
        yield found
        before = (before + found)[-_REACH:]


def _block(block: bytes, before: bytes) -> bytes:
    """Literals and copies; a copy reaches back into what was before the block where that is given."""
    out, position = bytearray(before), 0
    while position < len(block):
        token = block[position]
        length, position = _length(block, position + 1, token >> 4)
        out += _bytes(block, position, length)
        position += length
        if position == len(block):
            break
        offset = int.from_bytes(_bytes(block, position, 2), "little")
        length, position = _length(block, position + 2, token & 15)
        _copy(out, offset, length + _COPY_AT_LEAST)
        if len(out) > len(before) + _MOST_BLOCK:
            raise Malformed("lz4 block expands to more than a block holds")
    return bytes(out[len(before) :])


def _copy(out: bytearray, offset: int, length: int) -> None:
    start = len(out) - offset
    if length > _MOST_BLOCK:
        raise Malformed("lz4 block expands to more than a block holds")
    if not offset or start < 0:
        raise Malformed("lz4 block copies from before its beginning")
    if offset >= length:
        out += out[start : start + length]
    else:
        pattern = out[start:]
        out += (pattern * (length // offset + 1))[:length]


def _length(block: bytes, position: int, length: int) -> tuple[int, int]:
    if length == _LENGTH_MORE:
        while True:
            more = _byte(block, position)
            position += 1
            length += more
            if more != 0xFF:  # noqa: PLR2004  a full byte says that another follows
                break
    return length, position


def _byte(data: bytes, position: int) -> int:
    if position >= len(data):
        raise Malformed("lz4 frame breaks off")
    return data[position]


def _bytes(data: bytes, position: int, count: int) -> bytes:
    if position + count > len(data):
        raise Malformed("lz4 frame breaks off")
    return data[position : position + count]
