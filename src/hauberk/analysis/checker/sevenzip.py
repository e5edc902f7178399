# SPDX-License-Identifier: Apache-2.0
"""Unpacks 7z archives as 7-Zip and py7zr write them, with code of the checker's own (7zFormat.txt of the LZMA SDK)."""

import bz2
import io
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.analysis.checker.contracts import require
from hauberk.analysis.checker.refusal import Refused

MAGIC = b"7z\xbc\xaf\x27\x1c"
_MOST = 20_000
_BEGIN = 32
_COPY, _LZMA, _LZMA2, _DEFLATE, _BZIP2 = b"\0", b"\3\1\1", b"\x21", b"\4\1\x08", b"\4\2\2"
_FILTERS = {
    b"\3": lzma.FILTER_DELTA, b"\3\3\1\3": lzma.FILTER_X86, b"\3\3\2\5": lzma.FILTER_POWERPC,
    b"\3\3\4\1": lzma.FILTER_IA64, b"\3\3\5\1": lzma.FILTER_ARM, b"\3\3\7\1": lzma.FILTER_ARMTHUMB,
    b"\3\3\x08\5": lzma.FILTER_SPARC, b"\4": lzma.FILTER_X86, b"\5": lzma.FILTER_POWERPC, b"\6": lzma.FILTER_IA64,
    b"\7": lzma.FILTER_ARM, b"\x08": lzma.FILTER_ARMTHUMB, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip


class _Folder(NamedTuple):
    """Coders, from the one that gives the content to the one that takes the packed bytes, each with its size."""

    coders: list[tuple[bytes, bytes, int]]
    packed: int
    files: list[tuple[int, int | None]]


class _Fields:
    """The header as a run of fields."""

    def __init__(self, raw: bytes) -> None:
        self._file = io.BytesIO(raw)
        self._size = len(raw)

    def take(self, count: int) -> bytes:
        require(0 <= count <= self._size, "7z header breaks off")
        found = self._file.read(count)
        require(len(found) == count, "7z header breaks off")
        return found

    def byte(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self._file.read()

    def number(self) -> int:
        """As many bytes follow the first as it has high bits in a row; what is left of it is the highest part."""
        first = self.byte()
        more = next((count for count in range(8) if not first & 0x80 >> count), 8)
        low = int.from_bytes(self.take(more), "little")
        return low | (first & (0x7F >> more)) << 8 * more

    def count(self) -> int:
        found = self.number()
        require(found <= _MOST, "7z archive of too many parts")
        return found

    def flags(self, count: int) -> list[bool]:
        raw = int.from_bytes(self.take(-(-count // 8)), "big")
        width = -(-count // 8) * 8
        return [bool(raw >> (width - 1 - index) & 1) for index in range(count)]

    def sums(self, count: int) -> list[int | None]:
        known = [True] * count if self.byte() else self.flags(count)
        return [int.from_bytes(self.take(4), "little") if one else None for one in known]

    def expect(self, kind: int) -> None:
        require(self.byte() == kind, "7z header that no writer makes")


def members(data: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, every checksum compared; raises Refused for what is unusual."""
    size, start = int.from_bytes(data[20:28], "little"), int.from_bytes(data[12:20], "little") + _BEGIN
    require(len(data) >= _BEGIN and start + size == len(data), "7z archive breaks off, or goes on")
    require(zlib.crc32(data[12:_BEGIN]).to_bytes(4, "little") == data[8:12], "checksum of a 7z archive")
    header = data[start:]
    require(zlib.crc32(header).to_bytes(4, "little") == data[28:32], "checksum of a 7z archive")
    if not header:
        return
    if header[0] == 0x17:  # noqa: PLR2004  a header that is packed itself
        fields = _Fields(header[1:])
        begin, folders = _streams(fields)
        require(len(folders) == 1, "7z header in several parts")
        found = [content for _, content in _unpacked(data, begin, folders, most)]
        require(len(found) == 1, "7z header in several parts")
        header = found[0]
    fields = _Fields(header)
    fields.expect(1)
    kind, begin, folders = fields.byte(), 0, list[_Folder]()
    if kind == 4:  # noqa: PLR2004  streams
        begin, folders = _streams(fields)
        kind = fields.byte()
    names = _names(fields) if kind == 5 else []  # noqa: PLR2004  files
    contents = [content for _, content in _unpacked(data, begin, folders, most)]
    require(len(names) == len(contents), "7z names and contents")
    yield from zip(names, contents, strict=True)


def _unpacked(data: bytes, begin: int, folders: list[_Folder], most: int) -> Iterator[tuple[int, bytes]]:
    at, left = _BEGIN + begin, most
    for number, folder in enumerate(folders):
        raw = data[at : at + folder.packed]
        require(len(raw) == folder.packed, "7z content breaks off")
        at += folder.packed
        for method, properties, size in _steps(folder):
            require(size <= left, "7z archive expands too far")
            raw = _apply(method, properties, raw, size)
        left -= len(raw)
        require(sum(size for size, _ in folder.files) == len(raw), "sizes of 7z members")
        place = 0
        for size, check in folder.files:
            content = raw[place : place + size]
            place += size
            require(check is None or zlib.crc32(content) == check, "checksum of a 7z member")
            yield number, content


def _steps(folder: _Folder) -> Iterator[tuple[bytes, list[tuple[bytes, bytes]], int]]:
    """From the packed bytes on: a compression with the filters that its content passes next, and its size."""
    filters: list[tuple[bytes, bytes]] = []
    found = []
    for method, properties, size in folder.coders:
        filters.append((method, properties))
        if method not in _FILTERS:
            found.append((method, filters, size))
            filters = []
    require(not filters, "7z filter without a compression")
    yield from reversed(found)


def _apply(method: bytes, chain: list[tuple[bytes, bytes]], raw: bytes, size: int) -> bytes:
    try:
        if len(chain) == 1 and method == _COPY:
            content = raw
        elif len(chain) == 1 and method == _DEFLATE:
            content = zlib.decompressobj(wbits=-15).decompress(raw, size + 1)
        elif len(chain) == 1 and method == _BZIP2:
            content = bz2.BZ2Decompressor().decompress(raw, size + 1)
        else:
            made = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(*one) for one in chain])
            content = made.decompress(raw, size)
    except (lzma.LZMAError, zlib.error, OSError, ValueError, EOFError) as error:
        raise Refused("7z content is broken") from error
    require(len(content) == size, "7z content is broken")
    return content


def _filter(method: bytes, properties: bytes) -> dict[str, Any]:
    kind = _FILTERS.get(method)
    if kind == lzma.FILTER_DELTA:
        return {"id": kind, "dist": properties[0] + 1}
    if kind is not None:
        return {"id": kind}
    if method == _LZMA2:
        require(len(properties) == 1 and properties[0] <= 40, "properties of LZMA2")  # noqa: PLR2004  the largest dictionary
        wide = (2 | properties[0] & 1) << (properties[0] >> 1) + 11
        return {"id": lzma.FILTER_LZMA2, "dict_size": min(wide, 256 << 20)}
    require(method == _LZMA and len(properties) == 5, "7z packing that is not known")  # noqa: PLR2004  a byte and four
    rest, lc = divmod(properties[0], 9)
    wide = min(max(int.from_bytes(properties[1:], "little"), 4096), 256 << 20)
    return {"id": lzma.FILTER_LZMA1, "dict_size": wide, "lc": lc, "lp": rest % 5, "pb": rest // 5}


def _streams(fields: _Fields) -> tuple[int, list[_Folder]]:
    """Where the packed bytes begin, and the folders."""
    fields.expect(6)
    begin, packed = fields.number(), [0] * fields.count()
    fields.expect(9)
    packed = [fields.number() for _ in packed]
    kind = fields.byte()
    if kind == 10:  # noqa: PLR2004  checksums
        fields.sums(len(packed))
        kind = fields.byte()
    require(kind == 0, "7z header that no writer makes")
    fields.expect(7)
    fields.expect(11)
    shapes = _shapes(fields)
    sums: list[int | None] = [None] * len(shapes)
    kind = fields.byte()
    if kind == 10:  # noqa: PLR2004  checksums
        sums = fields.sums(len(shapes))
        kind = fields.byte()
    require(kind == 0 and len(packed) == len(shapes), "7z header that no writer makes")
    files = _files(fields, shapes, sums)
    return begin, [_Folder(*one) for one in zip(shapes, packed, files, strict=True)]


def _shapes(fields: _Fields) -> list[list[tuple[bytes, bytes, int]]]:
    """The coders of each folder, outermost first; one stream goes in and one comes out of each."""
    count = fields.count()
    fields.expect(0)
    folders = [_coders(fields) for _ in range(count)]
    fields.expect(12)
    found = []
    for coders, order in folders:
        require(sorted(order) == list(range(len(coders))), "7z coders that are no chain")
        sizes = [fields.number() for _ in coders]
        found.append([(*coders[index], sizes[index]) for index in order])
    return found


def _coders(fields: _Fields) -> tuple[list[tuple[bytes, bytes]], list[int]]:
    coders = []
    number = fields.count()
    require(1 <= number <= 4, "7z folder of too many coders")  # noqa: PLR2004  more than any writer makes
    for _ in range(number):
        flags = fields.byte()
        require(not flags & 0xD0, "7z coder of several streams")
        method = fields.take(flags & 15)
        coders.append((method, fields.take(fields.count()) if flags & 32 else b""))
    feeds = {fields.number(): fields.number() for _ in range(number - 1)}
    order = [next(iter(set(range(number)) - set(feeds.values())), 0)]
    while order[-1] in feeds and len(order) <= number:
        order.append(feeds[order[-1]])
    return coders, order


def _files(
    fields: _Fields, shapes: list[list[tuple[bytes, bytes, int]]], sums: list[int | None]
) -> list[list[tuple[int, int | None]]]:
    """Size and checksum of each file in each folder."""
    whole = [coders[0][2] for coders in shapes]
    found: list[list[tuple[int, int | None]]] = [[one] for one in zip(whole, sums, strict=True)]
    kind = fields.byte()
    if kind == 8:  # noqa: PLR2004  files within folders
        kind = fields.byte()
        counts = [1] * len(shapes)
        if kind == 13:  # noqa: PLR2004  how many
            counts = [fields.count() for _ in shapes]
            kind = fields.byte()
        require(kind == 9 or max(counts, default=0) < 2, "7z sizes of members")  # noqa: PLR2004  several need their sizes
        sizes = [[fields.number() for _ in range(count - 1)] if kind == 9 else [] for count in counts]  # noqa: PLR2004  sizes
        kind = fields.byte() if kind == 9 else kind  # noqa: PLR2004  sizes
        found = [
            [(size, None) for size in ([*given, total - sum(given)] if count else [])]
            for given, total, count in zip(sizes, whole, counts, strict=True)
        ]
        for index, one in enumerate(found):
            if len(one) == 1:
                found[index] = [(one[0][0], sums[index])]
        require(_summed(fields, found, kind) == 0, "7z header that no writer makes")
        kind = fields.byte()
    require(kind == 0, "7z header that no writer makes")
    require(all(size >= 0 for one in found for size, _ in one), "7z sizes of members")
    return found


def _summed(fields: _Fields, found: list[list[tuple[int, int | None]]], kind: int) -> int:
    """Give the files that have no checksum yet theirs."""
    if kind != 10:  # noqa: PLR2004  checksums
        return kind
    bare = [
        (folder, index) for folder, one in enumerate(found) for index, (_, check) in enumerate(one) if check is None
    ]
    for (folder, index), check in zip(bare, fields.sums(len(bare)), strict=True):
        found[folder][index] = (found[folder][index][0], check)
    return fields.byte()


def _names(fields: _Fields) -> list[str]:
    """Names of the files that have content; a link among them is refused."""
    count = fields.count()
    names, bare, links = [""] * count, [False] * count, False
    while kind := fields.byte():
        inner = _Fields(fields.take(fields.number()))
        if kind == 14:  # noqa: PLR2004  files without content
            bare = inner.flags(count)
        elif kind == 17:  # noqa: PLR2004  names
            inner.expect(0)
            names = inner.rest().decode("utf-16-le").split("\0")[:-1]
        elif kind == 21:  # noqa: PLR2004  attributes
            known = [True] * count if inner.byte() else inner.flags(count)
            inner.expect(0)
            modes = [int.from_bytes(inner.take(4), "little") >> 16 for one in known if one]
            links = any(mode & 0xF000 == 0xA000 for mode in modes)  # noqa: PLR2004  S_IFLNK
    require(len(names) == count and not links, "7z names, or a link")
    return [name for name, none in zip(names, bare, strict=True) if not none]
