# SPDX-License-Identifier: Apache-2.0
"""Unwraps a file as its loaders do, strictly, and lists every program and every range of data in it."""

import ast
import bz2
import io
import lzma
import math
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from hauberk.analysis.checker.contracts import require
from hauberk.analysis.checker.frames import LZ4, expand
from hauberk.analysis.checker.machine import WRAPPER, Machine, glimpse
from hauberk.analysis.checker.refusal import Refused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_BYTES = 512 << 20
DEEPEST = 4

Found = tuple[str, Any]
"""``program`` with a machine that has run, or ``inert`` with a range and the reason; each with its member."""

_NPY, _ZIP, _ZSTD = b"\x93NUMPY", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
_LEGACY = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
_LEGACY_PROGRAMS = 5
_END, _END64, _WIDE = 22, 76, 0xFFFFFFFF
"""Bytes of the end record, of the records of zip64 before it, and the size that refers to them."""
_SQUEEZED: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: zlib.decompressobj(wbits=31)),
    (b"BZ", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_BYTES)),
    (b"\x5d\x00", "lzma", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, MOST_BYTES)),
    (b"x", "zlib", zlib.decompressobj),
    (b"\x28\xb5\x2f\xfd", "zstd", zstd.ZstdDecompressor),
)
_COMPRESSED = (*(magic for magic, _, _ in _SQUEEZED), LZ4, b"ZF")
_PROGRAMS = {"pkl", "pickle", "joblib", "pt", "pth", "ckpt", "dill"}
_ARRAYS = {"npy", "npz"}
_WRAPPED = {"zip", "gz", "bz2", "xz", "z", "tar", "tgz", "lz4", "zst"}


def walk(data: bytes, member: str = "", *, depth: int = 0, storages: bool = False) -> Iterator[tuple[str, str, Any]]:
    """Kind, member and content of each part; raises Refused for what is unusual, Unsafe for what is not allowed."""
    require(depth <= DEEPEST, "is wrapped too often")
    squeezed = next((one for one in _SQUEEZED if data.startswith(one[0])), None)
    if data.startswith(_ZIP):
        yield from _zip(data, member, depth)
    elif data.startswith(_NPY):
        yield from _npy(data, member)
    elif data[257:262] == b"ustar":
        yield from _tar(data, member, depth)
    elif data.startswith(LZ4):
        yield from walk(expand(data, MOST_BYTES), _within(member, "lz4"), depth=depth + 1)
    elif squeezed:
        content = _unpack(squeezed[2], data)
        yield from walk(content, _within(member, squeezed[1]), depth=depth + 1)
    else:
        yield from _pickles(data, member, storages=storages)


def _within(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer else inner


def _unpack(opener: Callable[[], Any], data: bytes) -> bytes:
    parts, left = [], MOST_BYTES
    try:
        while data.strip(b"\0"):
            unpacker = opener()
            parts.append(unpacker.decompress(data, left))
            left -= len(parts[-1])
            require(unpacker.eof and left > 0, "compressed stream breaks off, or expands too far")
            data = unpacker.unused_data
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError, zstd.ZstdError) as error:
        raise Refused("compressed stream is broken") from error
    return b"".join(parts)


def _pickles(data: bytes, member: str, *, storages: bool) -> Iterator[tuple[str, str, Any]]:
    legacy = _LEGACY in data[:32]
    position, count = 0, 0
    while position < len(data) or not count:
        wrapped = not count and WRAPPER.replace(".NumpyArrayWrapper", "").encode() in data
        machine = Machine(data, position, arrays=wrapped, storages=storages or legacy).run()
        yield "program", member, machine
        for start, end in machine.inert:
            yield "inert", member, (start, end, "items of an array")
        position, count = machine.end, count + 1
        if wrapped and WRAPPER in machine.globals:
            require(position == len(data), "bytes behind joblib's pickle")
            glimpse(data)
            return
        if legacy and count == _LEGACY_PROGRAMS:
            if position < len(data):
                yield "inert", member, (position, len(data), "storages of tensors")
            return


def _npy(data: bytes, member: str) -> Iterator[tuple[str, str, Any]]:
    position = 0
    while data.startswith(_NPY, position):
        begin, header = _header(data, position)
        size, objects = _size(header["descr"])
        if objects:
            machine = Machine(data, begin).run()
            position = machine.end
            yield "program", member, machine
        else:
            position = begin + size * math.prod(header["shape"])
            require(position <= len(data), "array breaks off")
            yield "inert", member, (begin, position, "items of an array")
    require(position == len(data), "bytes behind the array")


def _header(data: bytes, start: int) -> tuple[int, dict[str, Any]]:
    width = 2 if data[start + 6] == 1 else 4
    begin = start + 8 + width
    end = begin + int.from_bytes(data[start + 8 : begin], "little")
    try:
        header = ast.literal_eval(data[begin:end].decode("utf-8" if data[start + 6] > 2 else "latin-1"))  # noqa: PLR2004  version 3 is UTF-8
        require(set(header) == {"descr", "fortran_order", "shape"}, "header of an array")
        require(all(type(one) is int and one >= 0 for one in header["shape"]), "shape of an array")
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise Refused("header of an array") from error
    return end, header


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


def _zip(data: bytes, member: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_layout(data, archive)
            for info in archive.infolist():
                require(info.file_size <= MOST_BYTES, "member is too large")
                content = archive.read(info)
                yield from _member(content, _within(member, info.filename), depth)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        zlib.error,
        struct.error,
    ) as error:
        raise Refused("archive is not what a library writes") from error


def _tar(data: bytes, member: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    """Plain files and folders whose names stay below; two empty blocks, and nothing but zeros behind them."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            listed = archive.getmembers()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise Refused("archive is not what a library writes") from error
    behind = max((one.offset_data + -(-one.size // _BLOCK) * _BLOCK for one in listed), default=0)
    require(len(data) >= behind + 2 * _BLOCK and not data[behind:].strip(b"\0"), "end of the archive")
    for info in listed:
        require(info.type in (*tarfile.REGULAR_TYPES[:2], tarfile.DIRTYPE) and not info.sparse, "a member of a tar")
        require(".." not in info.name.split("/") and not info.name.startswith("/"), "name of a member")
        if info.type != tarfile.DIRTYPE:
            yield from _member(data[info.offset_data :][: info.size], _within(member, info.name), depth)


_BLOCK = 512


def _check_layout(data: bytes, archive: zipfile.ZipFile) -> None:
    """Local headers lie one behind the other and say what the directory says, so that no two loaders differ."""
    position, names = 0, set()
    directory = sum(46 + len(_raw(one)) + len(one.extra) + len(one.comment) for one in archive.infolist())
    ending = len(data) - archive.start_dir - directory
    require(ending in (_END, _END + _END64) and not archive.comment, "end of the archive")
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        require(info.header_offset == position, "bytes between members")
        signature, flags, method = struct.unpack_from("<4s2xHH", data, position)
        check, packed, size, name_size, extra = struct.unpack_from("<IIIHH", data, position + 14)
        name = data[position + 30 : position + 30 + name_size]
        behind = bool(flags & 8)
        position += 30 + name_size + extra
        require(signature == _ZIP and name == _raw(info) and method == info.compress_type, "headers disagree")
        require(flags == info.flag_bits and not flags & 0x61, "an encrypted member")
        require(info.filename not in names and ".." not in info.filename.split("/"), "name of a member")
        require(not info.filename.startswith("/") and (info.external_attr >> 28) != 10, "a link")  # noqa: PLR2004  S_IFLNK
        if not (behind and not packed):
            if packed == size == _WIDE:
                field = data[position - extra : position - extra + 20]
                packed, size = struct.unpack_from("<4xQQ", field)[::-1] if field[:4] == b"\1\0\x10\0" else (0, 0)
            require((check, packed, size) == (info.CRC, info.compress_size, info.file_size), "sizes of a member")
        position += info.compress_size
        if behind:
            position += 24 if data[position + 16 : position + 20] not in (_ZIP, b"PK\x01\x02") else 16
        names.add(info.filename)
    require(position == archive.start_dir, "bytes behind the members")


def _raw(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")


def _member(content: bytes, name: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    require("/code/" not in name, "TorchScript code")
    suffix = name.rpartition("/")[2].lower().rpartition(".")[2]
    squeezed = suffix in _WRAPPED and (content[:1] == b"\x80" or content.startswith(_COMPRESSED))
    magic = content.startswith((_ZIP, _NPY, _ZSTD)) or content[257:262] == b"ustar"
    if suffix in _PROGRAMS or suffix in _ARRAYS or squeezed or magic:
        yield from walk(content, name, depth=depth + 1, storages=suffix in _PROGRAMS)
        return
    glimpse(content)
    yield "inert", name, (0, len(content), "member that the loader reads as data")
