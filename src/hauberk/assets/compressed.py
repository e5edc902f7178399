# SPDX-License-Identifier: Apache-2.0
"""Decompresses a stream by its first bytes, a piece at a time: zlib, gzip, bzip2, xz, lzma, lz4, zstd."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from hauberk.assets import lz4
from hauberk.core.content import PIECE, Budget, Content, expanded
from hauberk.core.errors import CannotLook, Malformed, TooLarge

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_BYTES = 512 << 20
"""Bytes that ``decompress`` holds in memory."""
_DICTIONARY = 80 << 20
"""Memory that a decompressor may ask for: the largest preset of xz needs 65 MiB."""
_WINDOW = 26
"""Its like for zstd, as a power of two."""

ZSTD = b"\x28\xb5\x2f\xfd"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZ", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x5d\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (ZSTD, "zstd"),
    (b"ZF", "joblib's old zlib"),
    (b"x", "zlib"),
)
"""As joblib detects them, so that what joblib would decompress is decompressed here."""
_LONGEST = 5


class _Zlib:
    """zlib's decompressor with the habits of those of bz2 and lzma: it asks for input, and keeps what is unused."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits=wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        found = self._inner.decompress(self._inner.unconsumed_tail + data, most)
        self.needs_input = not self._inner.unconsumed_tail and len(found) < most
        return found


_OPENERS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: _Zlib(31),
    "zlib": lambda: _Zlib(15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_DICTIONARY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_DICTIONARY),
    "zstd": lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW}),
}


def compression(data: bytes | Content) -> str:
    """Name of the compression that the first bytes claim; empty where none."""
    head = data[:_LONGEST]
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def content(data: bytes | Content, budget: Budget) -> Content:
    """What all streams in a row hold, read forwards; reading raises TooLarge beyond the budget, Malformed where broken.

    Bytes behind the last stream that begin no other stream are Malformed, but zero padding is not.
    """
    packed = Content.of(data)
    name = compression(packed)
    if name == "lz4":
        return expanded(lambda: lz4.pieces(packed), budget)
    if name not in _OPENERS:
        raise CannotLook(f"{name} is recognised, no opener yet" if name else "no known compression")
    return expanded(lambda: unpack_with(name, packed, several=True), budget)


def decompress(data: bytes, *, most: int = MOST_BYTES) -> bytes:
    """The content of all streams in a row, in memory; raises as ``content`` does."""
    name = compression(data)
    try:
        return content(data, Budget(most)).whole(most)
    except TooLarge as error:
        raise TooLarge(f"{name} stream expands beyond {most} bytes") from error


def unpack_with(name: str, packed: Content, *, several: bool = False) -> Iterator[bytes]:
    """Pieces of the content of one stream, or of several in a row, by the name of the compression."""
    yield from _unpack(_OPENERS[name], name, packed, again=name if several else "")


def inflate(packed: Content) -> Iterator[bytes]:
    """Pieces of the content of a raw deflate stream, as zip has it."""
    yield from _unpack(lambda: _Zlib(-15), "member", packed)


def unpack_lzma(packed: Content) -> Iterator[bytes]:
    """Pieces of a zip member in LZMA (APPNOTE 5.8.8: version, size of properties, properties, raw LZMA1)."""
    head = packed[:9]
    if len(head) < 9:  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed("member is broken")
    pb, rest = divmod(head[4], 45)
    lp, lc = divmod(rest, 9)
    dictionary = min(int.from_bytes(head[5:9], "little"), 64 << 20)
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    try:
        opener = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)
    except (lzma.LZMAError, ValueError) as error:
        raise Malformed("member is broken") from error
    yield from _unpack(lambda: opener, "member", packed.part(9, len(packed)), endless=True)


def _unpack(
    opener: Callable[[], Any], name: str, packed: Content, *, again: str = "", endless: bool = False
) -> Iterator[bytes]:
    """Pieces of one stream, or of several where ``again`` names what each begins as; ``endless`` needs no end mark."""
    pieces = packed.pieces()
    unpacker, rest = opener(), b""
    while True:
        data = rest or (next(pieces, b"") if unpacker.needs_input else b"")
        rest = b""
        if not data and unpacker.needs_input:
            if not endless:
                raise Malformed(f"{name} stream breaks off" if name != "member" else "member breaks off")
            return
        try:
            piece = unpacker.decompress(data, PIECE)
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError, zstd.ZstdError) as error:
            raise Malformed(f"broken {name} stream" if name != "member" else "member is broken") from error
        if piece:
            yield piece
        if unpacker.eof:
            rest = _behind(unpacker.unused_data, pieces, again)
            if not rest or not again:
                return
            if compression(rest) != again:
                raise Malformed(f"{len(rest)} bytes follow the {name} stream")
            unpacker = opener()


def _behind(rest: bytes, pieces: Iterator[bytes], again: str) -> bytes:
    """What follows a stream, without padding of zeros; empty at the end."""
    if not again:
        return b""
    while len(rest) < _LONGEST or not rest.strip(b"\0"):
        more = next(pieces, b"")
        if not more:
            break
        rest = more if not rest.strip(b"\0") else rest + more
    return rest if rest.strip(b"\0") else b""
