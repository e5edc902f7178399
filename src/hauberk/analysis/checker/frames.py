# SPDX-License-Identifier: Apache-2.0
"""Expands LZ4 frames for the checker (lz4_Frame_format.md 1.6.1), with code of its own."""

import io

from hauberk.analysis.checker.contracts import require

LZ4 = b"\x04\x22\x4d\x18"
_MORE, _FULL, _SHORTEST = 15, 255, 4


def expand(data: bytes, most: int) -> bytes:
    """The content of all frames in a row; raises Unsafe for what no writer makes, or beyond ``most`` bytes."""
    file, out = io.BytesIO(data), bytearray()
    while file.tell() < len(data):
        require(_exactly(file, 4) == LZ4, "bytes behind an lz4 frame")
        _frame(file, out, most)
    return bytes(out)


def _exactly(file: io.BytesIO, count: int) -> bytes:
    found = file.read(count)
    require(len(found) == count, "lz4 frame breaks off")
    return found


def _frame(file: io.BytesIO, out: bytearray, most: int) -> None:
    flags, _ = _exactly(file, 2)
    require(flags >> 6 == 1 and not flags & 3, "an lz4 frame of an unknown kind")
    _exactly(file, 9 if flags & 8 else 1)  # the size of the content, and the sum of the header
    begin = len(out)
    while size := int.from_bytes(_exactly(file, 4), "little"):
        block = _exactly(file, size & 0x7FFFFFFF)
        if size >> 31:
            out += block
        else:
            _block(io.BytesIO(block), len(block), out, len(out) if flags & 0x20 else begin)
        require(len(out) <= most, "an lz4 frame that expands too far")
        _exactly(file, 4 if flags & 0x10 else 0)
    _exactly(file, 4 if flags & 4 else 0)


def _block(block: io.BytesIO, size: int, out: bytearray, floor: int) -> None:
    """Literals and copies; a copy reaches back no further than ``floor`` and 64 KiB."""
    limit = len(out) + (4 << 20)
    while block.tell() < size:
        token = _exactly(block, 1)[0]
        out += _exactly(block, _length(block, token >> 4))
        if block.tell() == size:
            return
        back = int.from_bytes(_exactly(block, 2), "little")
        count = _length(block, token & 15) + _SHORTEST
        require(0 < back <= len(out) - floor and len(out) + count <= limit, "a copy in an lz4 block")
        while count:
            piece = out[len(out) - back :][:count]
            out += piece
            count -= len(piece)


def _length(block: io.BytesIO, length: int) -> int:
    more = _FULL if length == _MORE else 0
    while more == _FULL:
        more = _exactly(block, 1)[0]
        length += more
    return length
