# SPDX-License-Identifier: Apache-2.0
"""Decompresses a stream by its first bytes, within a budget: zlib, gzip, bzip2, xz, lzma, lz4; zstd is named."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from hauberk.assets import lz4
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_BYTES = 512 << 20
"""Bytes that one file may expand to."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZ", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x5d\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"ZF", "joblib's old zlib"),
    (b"x", "zlib"),
)
"""As joblib detects them, so that what joblib would decompress is decompressed here."""

_OPENERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "zlib": lambda: zlib.decompressobj(wbits=15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_BYTES),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=MOST_BYTES),
}


def compression(data: bytes) -> str:
    """Name of the compression that the first bytes claim; empty where none."""
    return next((name for magic, name in _MAGIC if data.startswith(magic)), "")


def decompress(data: bytes, *, most: int = MOST_BYTES) -> bytes:
    """The content of all streams in a row; raises TooLarge beyond ``most`` bytes, Malformed for broken ones.

    Bytes behind the last stream that begin no other stream are Malformed, but zero padding is not.
    """
    name = compression(data)
    if name == "lz4":
        return lz4.decompress(data, most=most)
    if name not in _OPENERS:
        raise CannotLook(f"{name} is recognised, no opener yet" if name else "no known compression")
    parts: list[bytes] = []
    left, rest = most, data
    while rest.strip(b"\0") if len(rest) < len(data) else rest:
        if compression(rest) != name:
            raise Malformed(f"{len(rest)} bytes follow the {name} stream")
        part, rest = _one(_OPENERS[name](), rest, left, name)
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _one(opener: Any, data: bytes, most: int, name: str) -> tuple[bytes, bytes]:
    try:
        part: bytes = opener.decompress(data, most + 1)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        raise Malformed(f"broken {name} stream") from error
    if len(part) > most:
        raise TooLarge(f"{name} stream expands beyond {most} bytes")
    if not opener.eof:
        raise Malformed(f"{name} stream breaks off")
    rest: bytes = opener.unused_data
    return part, rest
