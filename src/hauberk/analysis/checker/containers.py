# SPDX-License-Identifier: Apache-2.0
"""Unwraps a file as its loaders do, strictly, and lists every program and every range of data in it."""

import ast
import bz2
import lzma
import math
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from hauberk.analysis.checker import sevenzip, torchscript
from hauberk.analysis.checker.contracts import require
from hauberk.analysis.checker.frames import LZ4, expand
from hauberk.analysis.checker.machine import WRAPPER, Machine, glimpse
from hauberk.analysis.checker.refusal import Refused
from hauberk.analysis.checker.source import PIECE, Source, spooled

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEEPEST = 4
_WHOLE = 64 << 20
"""Bytes of what is only read as a whole."""
_CHECKED = 1 << 20
"""Bytes above which data that lie in an archive as they are need not have their checksum."""
_HEAD = 1024
_USTAR = slice(257, 262)
_BLOCK = 512
_TAR_TYPES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE)
_LONGEST_HEADER = 1 << 20

Found = tuple[str, Any]
"""``program`` with a machine that has run, or ``inert`` with a range and the reason; each with its member."""

_NPY, _ZIP, _ZSTD = b"\x93NUMPY", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
_LEGACY = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
_LEGACY_PROGRAMS = 5
_END, _END64, _WIDE = 22, 76, 0xFFFFFFFF
"""Bytes of the end record, of the records of zip64 before it, and the size that refers to them."""
_DICTIONARY = 80 << 20
_SQUEEZED: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: _Inflate(31)),
    (b"BZ", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _DICTIONARY)),
    (b"\x5d\x00", "lzma", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _DICTIONARY)),
    (b"x", "zlib", lambda: _Inflate(15)),
    (b"\x28\xb5\x2f\xfd", "zstd", zstd.ZstdDecompressor),
)
_COMPRESSED = (*(magic for magic, _, _ in _SQUEEZED), LZ4, b"ZF")
_PROGRAMS = {"pkl", "pickle", "joblib", "pt", "pth", "ckpt", "dill"}
_ARRAYS = {"npy", "npz"}
_WRAPPED = {"zip", "gz", "bz2", "xz", "z", "tar", "tgz", "lz4", "7z", "zst"}


def walk(
    data: bytes | BinaryIO | Source, member: str = "", *, depth: int = 0, storages: bool = False
) -> Iterator[tuple[str, str, Any]]:
    """Kind, member and content of each part; raises Refused for what is unusual, Unsafe for what is not allowed."""
    require(depth <= DEEPEST, "is wrapped too often")
    source = Source.of(data)
    head = source.read(0, _HEAD)
    squeezed = next((one for one in _SQUEEZED if head.startswith(one[0])), None)
    if head.startswith(_ZIP):
        yield from _zip(source, member, depth)
    elif head.startswith(_NPY):
        yield from _npy(source, member)
    elif head[_USTAR] == b"ustar":
        yield from _tar(source, member, depth)
    elif head.startswith(sevenzip.MAGIC):
        yield from _seven(source, member, depth)
    elif head.startswith(LZ4):
        content = Source.of(expand(source.whole(_WHOLE), _WHOLE))
        yield from walk(content, _within(member, "lz4"), depth=depth + 1)
    elif squeezed:
        content = spooled(_unpack(squeezed[2], source))
        yield from walk(content, _within(member, squeezed[1]), depth=depth + 1)
    else:
        yield from _pickles(source, member, storages=storages)


def _within(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer else inner


def _unpack(opener: Callable[[], Any], source: Source) -> Iterator[bytes]:
    """What streams in a row expand to; zeros behind them pad a tape."""
    unpacker = None
    try:
        for piece in source.pieces():
            waiting = piece
            while waiting:
                if unpacker is None:
                    if not waiting.strip(b"\0"):
                        break
                    unpacker = opener()
                yield from _pour(unpacker, waiting)
                waiting = unpacker.unused_data if unpacker.eof else b""
                unpacker = None if unpacker.eof else unpacker
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError, zstd.ZstdError) as error:
        raise Refused("compressed stream is broken") from error
    require(unpacker is None, "compressed stream breaks off")


def _pour(unpacker: Any, waiting: bytes) -> Iterator[bytes]:
    """All that some bytes expand to, a piece at a time."""
    yield unpacker.decompress(waiting, PIECE)
    while not (unpacker.eof or unpacker.needs_input):
        yield unpacker.decompress(b"", PIECE)


class _Inflate:
    """zlib, which does not say by itself whether it needs more."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(wbits=bits)
        self.needs_input = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def decompress(self, data: bytes, most: int) -> bytes:
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, most)
        self.needs_input = not self._inner.unconsumed_tail and len(piece) < most
        return piece


def _pickles(
    source: Source, member: str, *, storages: bool, scripts: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str, Any]]:
    legacy = _LEGACY in source.read(0, 32)
    position, count = 0, 0
    while position < source.size or not count:
        machine = Machine(source, position, arrays=not count, storages=storages or legacy, scripts=scripts).run()
        yield "program", member, machine
        for start, end in machine.inert:
            yield "inert", member, (start, end, "items of an array")
        position, count = machine.end, count + 1
        if count == 1 and WRAPPER in machine.globals:
            require(position == source.size, "bytes behind joblib's pickle")
            glimpse(source)
            return
        if legacy and count == _LEGACY_PROGRAMS:
            if position < source.size:
                yield "inert", member, (position, source.size, "storages of tensors")
            return


def _npy(source: Source, member: str) -> Iterator[tuple[str, str, Any]]:
    position = 0
    while source.read(position, len(_NPY)) == _NPY:
        begin, header = _header(source, position)
        size, objects = _size(header["descr"])
        if objects:
            machine = Machine(source, begin).run()
            position = machine.end
            yield "program", member, machine
        else:
            position = begin + size * math.prod(header["shape"])
            require(position <= source.size, "array breaks off")
            yield "inert", member, (begin, position, "items of an array")
    require(position == source.size, "bytes behind the array")


def _header(source: Source, start: int) -> tuple[int, dict[str, Any]]:
    version = source.read(start + 6, 2)[:1]
    width = 2 if version == b"\1" else 4
    begin = start + 8 + width
    length = int.from_bytes(source.read(start + 8, width), "little")
    require(length <= _LONGEST_HEADER, "header of an array")
    try:
        header = ast.literal_eval(source.read(begin, length).decode("utf-8" if version > b"\2" else "latin-1"))
        require(set(header) == {"descr", "fortran_order", "shape"}, "header of an array")
        require(all(type(one) is int and one >= 0 for one in header["shape"]), "shape of an array")
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise Refused("header of an array") from error
    return begin + length, header


def _size(descr: Any) -> tuple[int, bool]:
    """Bytes of an item, and whether it holds objects."""
    if isinstance(descr, list):
        fields = [_field(field) for field in descr]
        return sum(size for size, _ in fields), any(objects for _, objects in fields)
    if isinstance(descr, tuple):
        size, objects = _size(descr[0])
        times = descr[1] if isinstance(descr[1], tuple) else (descr[1],)
        return size * math.prod(times), objects
    code = descr.lstrip("|<>=")
    if code[:1] == "O":
        return 8, True
    digits = code[1:].partition("[")[0]
    require(code[:1] in tuple("biufcmMSUVa?") and digits.isdecimal(), "type of an array")
    return int(digits) * (4 if code[0] == "U" else 1), False


def _field(field: Any) -> tuple[int, bool]:
    size, objects = _size(field[1])
    return size * (math.prod(field[2]) if len(field) > 2 else 1), objects  # noqa: PLR2004  a shape is the third


def _zip(source: Source, member: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    try:
        with zipfile.ZipFile(source.file()) as archive:
            places = check_layout(source, archive)
            code = {one.filename: _source_code(archive, one) for one in archive.infolist() if _is_code(one.filename)}
            words = {name: torchscript.words(text) for name, text in code.items()}
            scripts = frozenset(
                one for name, text in code.items() for one in torchscript.classes(name, text, words[name])
            )
            for info in archive.infolist():
                name = _within(member, info.filename)
                if info.filename in code:
                    torchscript.harmless(words[info.filename])
                    yield "inert", name, (0, info.file_size, "code in TorchScript's own language")
                else:
                    content = _content(source, archive, info, places[info.filename])
                    yield from _member(content, name, info.filename, depth, scripts)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        zlib.error,
        lzma.LZMAError,
        zstd.ZstdError,
        struct.error,
    ) as error:
        raise Refused("archive is not what a library writes") from error


def _content(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo, begin: int) -> Source:
    """A member's content, with its checksum compared but for long data that lies in the archive as it is."""
    if info.compress_type == zipfile.ZIP_STORED and info.file_size > _CHECKED:
        require(info.compress_size == info.file_size, "sizes of a member")
        return source.part(begin, begin + info.file_size)
    with archive.open(info) as file:
        return spooled(iter(lambda: file.read(PIECE), b""))


def _is_code(name: str) -> bool:
    return "/code/" in name and name.endswith(".py")


def _source_code(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    require(info.file_size <= _WHOLE, "code of TorchScript that is too long")
    return archive.read(info).decode()


def _tar(source: Source, member: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    """Plain files, folders, and links to what is inside; two empty blocks, and nothing but zeros behind them."""
    try:
        with tarfile.open(fileobj=source.file(), mode="r:") as archive:
            listed = archive.getmembers()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise Refused("archive is not what a library writes") from error
    behind = max((one.offset_data + -(-one.size // _BLOCK) * _BLOCK for one in listed if one.isreg()), default=0)
    behind = max([behind, *(one.offset_data for one in listed)])
    require(source.size >= behind + 2 * _BLOCK, "end of the archive")
    require(not any(piece.strip(b"\0") for piece in source.pieces(behind)), "end of the archive")
    for info in listed:
        require(info.type in _TAR_TYPES and not info.sparse, "a member of a tar")
        require(_inside(info.name) and _inside(info.linkname), "name of a member")
        if info.isreg():
            content = source.part(info.offset_data, info.offset_data + info.size)
            yield from _member(content, _within(member, info.name), info.name, depth)


def _inside(name: str) -> bool:
    return ".." not in name.split("/") and not name.startswith("/")


def _seven(source: Source, member: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    yield "inert", member, (0, source.size, "archive in 7z, whose members follow")
    try:
        unpacked = list(sevenzip.members(source.whole(_WHOLE), _WHOLE))
    except (ValueError, IndexError) as error:
        raise Refused("archive is not what a library writes") from error
    for name, content in unpacked:
        require(_inside(name) and "\\" not in name and ":" not in name, "name of a member")
        yield from _member(Source.of(content), _within(member, name), name, depth)


def check_layout(source: Source, archive: zipfile.ZipFile) -> dict[str, int]:
    """Where each member's bytes begin.

    Local headers lie one behind the other and say what the directory says, so that no two loaders differ.
    """
    position, places = 0, dict[str, int]()
    directory = sum(46 + len(_raw(one)) + len(one.extra) + len(one.comment) for one in archive.infolist())
    ending = source.size - archive.start_dir - directory
    require(ending in (_END, _END + _END64) and not archive.comment, "end of the archive")
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        require(info.header_offset == position, "bytes between members")
        fixed = source.read(position, 30)
        signature, flags, method = struct.unpack_from("<4s2xHH", fixed)
        check, packed, size, name_size, extra = struct.unpack_from("<IIIHH", fixed, 14)
        name = source.read(position + 30, name_size)
        behind = bool(flags & 8)
        position += 30 + name_size + extra
        require(signature == _ZIP and name == _raw(info) and method == info.compress_type, "headers disagree")
        require(flags == info.flag_bits and not flags & 0x61, "an encrypted member")
        require(info.filename not in places and ".." not in info.filename.split("/"), "name of a member")
        require(not info.filename.startswith("/") and (info.external_attr >> 28) != 10, "a link")  # noqa: PLR2004  S_IFLNK
        if not (behind and not packed):
            if packed == size == _WIDE:
                field = source.read(position - extra, 20)
                packed, size = struct.unpack_from("<4xQQ", field)[::-1] if field[:4] == b"\1\0\x10\0" else (0, 0)
            require((check, packed, size) == (info.CRC, info.compress_size, info.file_size), "sizes of a member")
        places[info.filename] = position
        position += info.compress_size
        if behind:
            position += 24 if source.read(position + 16, 4) not in (_ZIP, b"PK\x01\x02") else 16
    require(position == archive.start_dir, "bytes behind the members")
    return places


def _raw(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")


def _member(
    content: Source, name: str, path: str, depth: int, scripts: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str, Any]]:
    head = content.read(0, _HEAD)
    suffix = path.rpartition("/")[2].lower().rpartition(".")[2]
    packed = head.startswith(_COMPRESSED)
    magic = head.startswith((_ZIP, _NPY, _ZSTD, sevenzip.MAGIC)) or head[_USTAR] == b"ustar"
    squeezed = suffix in _WRAPPED and (head[:1] == b"\x80" or packed)
    if suffix in _PROGRAMS and not (head.startswith((_ZIP, _NPY)) or packed):
        yield from _pickles(content, name, storages=True, scripts=scripts)
    elif suffix in _PROGRAMS or suffix in _ARRAYS or squeezed or magic:
        yield from walk(content, name, depth=depth + 1)
    else:
        glimpse(content)
        yield "inert", name, (0, content.size, "member that the loader reads as data")
