# SPDX-License-Identifier: Apache-2.0
"""Decompresses LZ4 frames (lz4_Frame_format.md 1.6.1, lz4_Block_format.md), within a budget, without their checksums.

joblib writes them. Checksums of blocks and content are passed over: a reader that checked them would only see less.
"""

from hauberk.core.errors import CannotLook, Malformed, TooLarge

MAGIC = b"\x04\x22\x4d\x18"
_STORED = 1 << 31
_MOST_BLOCK = 4 << 20
_LENGTH_MORE, _COPY_AT_LEAST = 15, 4


def decompress(data: bytes, *, most: int) -> bytes:
    """The content of one or several frames in a row; raises Malformed for a broken one, TooLarge beyond ``most``."""
    out, position = bytearray(), 0
    while position < len(data):
        if data[position : position + 4] != MAGIC:
            raise Malformed(f"{len(data) - position} bytes follow the lz4 frame")
        position = _frame(data, position + 4, out, most)
    return bytes(out)


def _frame(data: bytes, position: int, out: bytearray, most: int) -> int:
    flags = _byte(data, position)
    if flags >> 6 != 1:
        raise Malformed("lz4 frame of an unknown version")
    if flags & 1:
        raise CannotLook("lz4 frame needs a dictionary")
    alone, checked = bool(flags & 0x20), bool(flags & 0x10)
    position += 3 + (8 if flags & 8 else 0)  # flags, block descriptor, content size, checksum of the header
    begin = len(out)
    while True:
        size = int.from_bytes(_bytes(data, position, 4), "little")
        position += 4
        if not size:
            position += 4 if flags & 4 else 0
            if position > len(data):
                raise Malformed("lz4 frame breaks off")
            return position
        stored, size = bool(size & _STORED), size & ~_STORED
        if size > _MOST_BLOCK:
            raise Malformed("lz4 block is too large")
        block = _bytes(data, position, size)
        position += size + (4 if checked else 0)
        if stored:
            out += block
        else:
            _block(block, out, len(out) if alone else begin, most)
        if len(out) > most:
            raise TooLarge(f"lz4 frame expands beyond {most} bytes")


def _block(block: bytes, out: bytearray, reach: int, most: int) -> None:
    """Literals and copies; a copy reaches back to ``reach`` at most."""
    position = 0
    while position < len(block):
        token = block[position]
        length, position = _length(block, position + 1, token >> 4)
        out += _bytes(block, position, length)
        position += length
        if position == len(block):
            return
        offset = int.from_bytes(_bytes(block, position, 2), "little")
        length, position = _length(block, position + 2, token & 15)
        _copy(out, offset, length + _COPY_AT_LEAST, reach)
        if len(out) > most:
            raise TooLarge(f"lz4 frame expands beyond {most} bytes")


def _copy(out: bytearray, offset: int, length: int, reach: int) -> None:
    start = len(out) - offset
    if not offset or start < reach:
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
