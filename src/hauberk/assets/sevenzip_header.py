# SPDX-License-Identifier: Apache-2.0
"""Reads the header of a 7z archive: which coders made its folders, and which files lie in them.

Format: 7zFormat.txt of the 7-Zip and LZMA SDK sources, whose names of parts are kept here.
"""

import struct
from typing import NamedTuple

from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_MEMBERS = 20_000
(_END, HEADER, _STREAMS, _FILES, _PACKED, _UNPACKED, _SUBSTREAMS, _SIZE, _CRC, _FOLDER, _CODERS_SIZE,
 _COUNT) = (0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)  # fmt: skip
_EMPTY_STREAM, _NAMES, _ATTRIBUTES, ENCODED = 14, 17, 21, 23


class Coder(NamedTuple):
    """One step of packing: its method, its properties, how many streams it takes and gives."""

    method: bytes
    properties: bytes
    ins: int
    outs: int


class Folder(NamedTuple):
    """A chain of coders that packed one or several files together."""

    coders: tuple[Coder, ...]
    binds: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    check: int | None
    streams: int
    """Packed streams that it takes."""


class Streams(NamedTuple):
    """Where the packed bytes lie, what packed them, and which files are in each folder."""

    start: int
    packed: tuple[int, ...]
    folders: tuple[Folder, ...]
    files: tuple[tuple[tuple[int, int | None], ...], ...]
    """Of each folder: size and checksum of each file in it."""


class Entry(NamedTuple):
    """One file's name, whether it has content, and its mode on Unix."""

    name: str
    filled: bool
    mode: int


class Cursor:
    """A reader of the header."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self.data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise Malformed("7z header breaks off")
        self.position = end
        return self.data[end - size : end]

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """A number whose first byte says by its high bits how many bytes follow."""
        first, value = self.byte(), 0
        mask = 0x80
        for index in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * index)
            value |= self.byte() << (8 * index)
            mask >>= 1
        return value

    def amount(self) -> int:
        """A number of things, of which each takes part of the header."""
        count = self.number()
        if count > MOST_MEMBERS:
            raise TooLarge(f"7z archive of more than {MOST_MEMBERS} members")
        return count

    def bits(self, count: int) -> list[bool]:
        """So many bits, padded to whole bytes."""
        raw = self.take((count + 7) // 8)
        return [bool(raw[index // 8] & 0x80 >> index % 8) for index in range(count)]

    def checks(self, count: int) -> list[int | None]:
        """CRC-32 of each of so many things; None where it has none."""
        known = [True] * count if self.byte() else self.bits(count)
        return [struct.unpack("<I", self.take(4))[0] if one else None for one in known]


def parse(header: bytes) -> tuple[Streams, list[Entry]]:
    """Streams and files of an unpacked header; raises Malformed, TooLarge, or CannotLook for parts with no opener."""
    cursor = Cursor(header)
    cursor.byte()
    streams, entries = Streams(0, (), (), ()), list[Entry]()
    while (kind := cursor.byte()) != _END:
        if kind == _STREAMS:
            streams = read_streams(cursor)
        elif kind == _FILES:
            entries = _files(cursor)
        else:
            raise CannotLook(f"7z header has a part of type {kind}, no opener yet")
    return streams, entries


def read_streams(cursor: Cursor) -> Streams:
    """What packed the streams, as the header and a packed header describe it."""
    start, packed, folders = 0, list[int](), list[Folder]()
    files: list[tuple[tuple[int, int | None], ...]] | None = None
    while (kind := cursor.byte()) != _END:
        if kind == _PACKED:
            start, packed = _packed(cursor)
        elif kind == _UNPACKED:
            folders = _folders(cursor)
        elif kind == _SUBSTREAMS:
            files = _substreams(cursor, folders)
        else:
            raise Malformed(f"7z streams have a part of type {kind}")
    if files is None:
        files = [((size_of(folder), folder.check),) for folder in folders]
    return Streams(start, tuple(packed), tuple(folders), tuple(files))


def _packed(cursor: Cursor) -> tuple[int, list[int]]:
    start, count = cursor.number(), cursor.amount()
    sizes = [0] * count
    while (kind := cursor.byte()) != _END:
        if kind == _SIZE:
            sizes = [cursor.number() for _ in range(count)]
        elif kind == _CRC:
            cursor.checks(count)
        else:
            raise Malformed(f"7z packed streams have a part of type {kind}")
    return start, sizes


def _folders(cursor: Cursor) -> list[Folder]:
    if cursor.byte() != _FOLDER:
        raise Malformed("7z archive without its folders")
    count = cursor.amount()
    if cursor.byte():
        raise CannotLook("7z folders lie elsewhere, no opener yet")
    shapes = [_shape(cursor) for _ in range(count)]
    if cursor.byte() != _CODERS_SIZE:
        raise Malformed("7z folders without their sizes")
    sizes = [tuple(cursor.number() for _ in range(sum(coder.outs for coder in coders))) for coders, _, _ in shapes]
    checks: list[int | None] = [None] * count
    while (kind := cursor.byte()) != _END:
        if kind != _CRC:
            raise Malformed(f"7z folders have a part of type {kind}")
        checks = cursor.checks(count)
    return [
        Folder(coders, binds, size, check, streams)
        for (coders, binds, streams), size, check in zip(shapes, sizes, checks, strict=True)
    ]


def _shape(cursor: Cursor) -> tuple[tuple[Coder, ...], tuple[tuple[int, int], ...], int]:
    coders = []
    for _ in range(min(cursor.amount(), 33)):
        flags = cursor.byte()
        method = cursor.take(flags & 15)
        ins, outs = (cursor.amount(), cursor.amount()) if flags & 16 else (1, 1)
        properties = cursor.take(cursor.number()) if flags & 32 else b""
        coders.append(Coder(method, properties, ins, outs))
    ins, outs = sum(one.ins for one in coders), sum(one.outs for one in coders)
    binds = tuple((cursor.number(), cursor.number()) for _ in range(outs - 1))
    streams = ins - len(binds)
    if not coders or len(coders) > 32 or streams < 1:  # noqa: PLR2004  7-Zip's own limit
        raise Malformed("7z folder of no coders, or of too many")
    if streams > 1:
        [cursor.number() for _ in range(streams)]
    return tuple(coders), binds, streams


def size_of(folder: Folder) -> int:
    """Of the output that no other coder takes."""
    taken = {out for _, out in folder.binds}
    return next((size for index, size in enumerate(folder.sizes) if index not in taken), 0)


def _substreams(cursor: Cursor, folders: list[Folder]) -> list[tuple[tuple[int, int | None], ...]]:
    counts = [1] * len(folders)
    kind = cursor.byte()
    if kind == _COUNT:
        counts = [cursor.amount() for _ in folders]
        kind = cursor.byte()
    sizes: list[list[int]] = []
    for folder, count in zip(folders, counts, strict=True):
        given = [cursor.number() for _ in range(count - 1)] if kind == _SIZE else []
        last = size_of(folder) - sum(given)
        if last < 0:
            raise Malformed("7z members are larger than their folder")
        sizes.append(([*given, last] if len(given) == count - 1 else [size_of(folder)] * count) if count else [])
    if kind == _SIZE:
        kind = cursor.byte()
    checks: list[list[int | None]] = [
        [folder.check] if count == 1 else [None] * count for folder, count in zip(folders, counts, strict=True)
    ]
    while kind != _END:
        if kind != _CRC:
            raise Malformed(f"7z substreams have a part of type {kind}")
        open_ones = [(f, i) for f, known in enumerate(checks) for i, check in enumerate(known) if check is None]
        for (folder_index, index), check in zip(open_ones, cursor.checks(len(open_ones)), strict=True):
            checks[folder_index][index] = check
        kind = cursor.byte()
    return [tuple(zip(size, check, strict=True)) for size, check in zip(sizes, checks, strict=True)]


def _files(cursor: Cursor) -> list[Entry]:
    count = cursor.amount()
    names, empty, modes = [""] * count, [False] * count, [0] * count
    while (kind := cursor.byte()) != _END:
        inner = Cursor(cursor.take(cursor.number()))
        if kind == _EMPTY_STREAM:
            empty = inner.bits(count)
        elif kind == _NAMES:
            names = _names(inner, count)
        elif kind == _ATTRIBUTES:
            modes = [value >> 16 if value is not None and value & 0x8000 else 0 for value in _attributes(inner, count)]
    return [Entry(name, not none, mode) for name, none, mode in zip(names, empty, modes, strict=True)]


def _attributes(inner: Cursor, count: int) -> list[int | None]:
    known = [True] * count if inner.byte() else inner.bits(count)
    if inner.byte():
        raise CannotLook("7z attributes lie elsewhere, no opener yet")
    return [struct.unpack("<I", inner.take(4))[0] if one else None for one in known]


def _names(inner: Cursor, count: int) -> list[str]:
    if inner.byte():
        raise CannotLook("7z names lie elsewhere, no opener yet")
    text = inner.data[inner.position :].decode("utf-16-le", "replace")
    names = text.split("\0")[:-1]
    if len(names) != count:
        raise Malformed("7z archive has another number of names than of files")
    return names
