# SPDX-License-Identifier: Apache-2.0
"""Reads 7z archives: Copy, LZMA, LZMA2, Delta, branch filters, Deflate and BZip2; nothing is written to disk.

Format: 7zFormat.txt of the 7-Zip and LZMA SDK sources. The header may itself be packed. A folder is a chain of coders
here; chains with several inputs (BCJ2) and encryption are recognised and cannot be opened.
"""

import bz2
import lzma
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from hauberk.assets.archive import Member, Oddity
from hauberk.assets.sevenzip_header import ENCODED, HEADER, Coder, Cursor, Folder, Streams, parse, read_streams, size_of
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MAGIC = b"7z\xbc\xaf\x27\x1c"
MOST_BYTES = 512 << 20
_HEAD = 32
_MOST_HEADER = 32 << 20
_ESCAPES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:|\0")
_LINK = 0xA000

_BRANCHES = {
    b"\x03": lzma.FILTER_DELTA,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    **{bytes([code]): kind for code, kind in (
        (4, lzma.FILTER_X86), (5, lzma.FILTER_POWERPC), (6, lzma.FILTER_IA64), (7, lzma.FILTER_ARM),
        (8, lzma.FILTER_ARMTHUMB), (9, lzma.FILTER_SPARC),
    )},
}  # fmt: skip
_NAMED = {b"\x06\xf1\x07\x01": "encryption", b"\x03\x04\x01": "PPMd", b"\x03\x03\x01\x1b": "BCJ2",
          b"\x04\xf7\x11\x01": "zstd"}  # fmt: skip


def members(data: bytes, *, most: int = MOST_BYTES) -> Iterator[Member | Oddity]:
    """Every file with its content, and every oddity.

    Raises Malformed where the archive is broken or does not end where its header says, TooLarge beyond a budget and
    CannotLook for a packing that has no opener.
    """
    header, end = _header(data)
    if end != len(data):
        yield Oddity("", end, f"{len(data) - end} bytes behind the end of the 7z archive")
    left = most
    if header is None:
        return
    header, left = _unpacked_header(data, header, left)
    streams, entries = parse(header)
    for one in entries:
        if _ESCAPES.search(one.name):
            yield Oddity(one.name, 0, "a member whose name leaves the folder it is unpacked in")
        if one.mode & 0xF000 == _LINK:
            yield Oddity(one.name, 0, "a member that is a symbolic link")
    filled = iter([entry for entry in entries if entry.filled])
    for begin, content, files in _contents(data, streams, left):
        position = 0
        for size, check in files:
            entry = next(filled, None)
            if entry is None:
                raise Malformed("7z archive holds more content than names")
            part = content[position : position + size]
            position += size
            fine = check is None or zlib.crc32(part) == check
            yield Member(entry.name, begin, part, "" if fine else "content does not have its checksum")
    if next(filled, None) is not None:
        raise Malformed("7z archive holds more names than content")


def _header(data: bytes) -> tuple[bytes | None, int]:
    """The header's bytes and where the archive ends; None for an archive without members."""
    if not data.startswith(MAGIC) or len(data) < _HEAD:
        raise Malformed("no 7z archive")
    check, offset, size, header_check = struct.unpack_from("<IQQI", data, 8)
    if zlib.crc32(data[12:_HEAD]) != check:
        raise Malformed("7z signature header does not have its checksum")
    begin = _HEAD + offset
    if begin + size > len(data):
        raise Malformed("7z archive breaks off before its header")
    if size > _MOST_HEADER:
        raise TooLarge(f"7z header of {size} bytes")
    header = data[begin : begin + size]
    if zlib.crc32(header) != header_check:
        raise Malformed("7z header does not have its checksum")
    return (header if size else None), begin + size


def _unpacked_header(data: bytes, header: bytes, left: int) -> tuple[bytes, int]:
    for _ in range(4):
        cursor = Cursor(header)
        kind = cursor.byte()
        if kind == HEADER:
            return header, left
        if kind != ENCODED:
            break
        found = list(_contents(data, read_streams(cursor), min(left, _MOST_HEADER)))
        if len(found) != 1:
            break
        header = found[0][1]
        left -= len(header)
    raise Malformed("7z header is none")


def _contents(data: bytes, streams: Streams, left: int) -> Iterator[tuple[int, bytes, Any]]:
    """Of each folder: where its packed bytes begin, its content, and the files in it."""
    begin, packed = _HEAD + streams.start, iter(streams.packed)
    for folder, files in zip(streams.folders, streams.files, strict=True):
        taken = [next(packed, 0) for _ in range(folder.streams)]
        if begin + sum(taken) > len(data):
            raise Malformed("7z archive breaks off within its content")
        if size_of(folder) > left:
            raise TooLarge("7z archive expands beyond its budget")
        content = _unpack(data[begin : begin + sum(taken)], folder)
        left -= len(content)
        if folder.check is not None and zlib.crc32(content) != folder.check:
            raise Malformed("7z folder does not have its checksum")
        yield begin, content, files
        begin += sum(taken)


def _unpack(raw: bytes, folder: Folder) -> bytes:
    """What a chain of coders makes of the packed bytes; coder 0 is the outermost."""
    for coder in folder.coders:
        if coder.method in _NAMED:
            raise CannotLook(f"7z member packed by {_NAMED[coder.method]} is recognised, no opener yet")
        if coder.ins != 1 or coder.outs != 1:
            raise CannotLook("7z folder of several inputs is recognised, no opener yet")
    groups: list[tuple[int, list[dict[str, Any]]]] = []
    filters: list[dict[str, Any]] = []
    for index in _order(folder):
        if folder.coders[index].method in _BRANCHES:
            filters.append(_branch(folder.coders[index]))
        else:
            groups.append((index, filters))
            filters = []
    if filters:
        raise CannotLook("7z folder of a filter alone is recognised, no opener yet")
    content = raw
    for index, branches in reversed(groups):
        content = _apply(folder.coders[index], content, folder.sizes[index], branches)
    return content


def _order(folder: Folder) -> list[int]:
    """Coders from the one that gives the content to the one that takes the packed bytes."""
    feeds = dict(folder.binds)
    taken = {out for _, out in folder.binds}
    current = next(index for index in range(len(folder.coders)) if index not in taken)
    order = [current]
    while current in feeds:
        current = feeds[current]
        if current in order or current >= len(folder.coders):
            raise Malformed("7z coders feed each other in a circle")
        order.append(current)
    return order


def _branch(coder: Coder) -> dict[str, Any]:
    kind = _BRANCHES[coder.method]
    return {"id": kind, "dist": coder.properties[0] + 1} if kind == lzma.FILTER_DELTA else {"id": kind}


_STREAMED: dict[bytes, Callable[[], Any]] = {
    b"\x04\x01\x08": lambda: zlib.decompressobj(wbits=-15),
    b"\x04\x02\x02": bz2.BZ2Decompressor,
}


def _apply(coder: Coder, raw: bytes, size: int, filters: list[dict[str, Any]]) -> bytes:
    try:
        if coder.method == b"\x00" and not filters:
            content = raw
        elif coder.method in _STREAMED and not filters:
            content = _STREAMED[coder.method]().decompress(raw, size + 1)
        else:
            chain = [*filters, _compression(coder)]
            content = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain).decompress(raw, size)
    except (lzma.LZMAError, zlib.error, OSError, ValueError, EOFError) as error:
        raise Malformed("7z member is broken") from error
    if len(content) != size:
        raise Malformed(f"7z member of {size} bytes unpacks to {len(content)}")
    return bytes(content)


def _compression(coder: Coder) -> dict[str, Any]:
    properties = coder.properties
    if coder.method == b"\x21" and len(properties) == 1 and properties[0] <= 40:  # noqa: PLR2004  the largest dictionary
        bits = properties[0]
        return {"id": lzma.FILTER_LZMA2, "dict_size": min((2 | bits & 1) << (bits // 2 + 11), 256 << 20)}
    if coder.method == b"\x03\x01\x01" and len(properties) == 5:  # noqa: PLR2004  lc, lp and pb in a byte, then the dictionary
        pb, rest = divmod(properties[0], 45)
        lp, lc = divmod(rest, 9)
        size = int.from_bytes(properties[1:], "little")
        return {"id": lzma.FILTER_LZMA1, "dict_size": max(4096, min(size, 256 << 20)), "lc": lc, "lp": lp, "pb": pb}
    raise CannotLook(f"7z packing {coder.method.hex()} is recognised, no opener yet")
