# SPDX-License-Identifier: Apache-2.0
"""Reads zip archives by content: local headers and the central directory are both walked, and must agree.

Loaders differ in which of the two they believe (``zipfile`` the directory, others the local headers), so that a
header that tells them apart can hide a member from a scanner. Here every member is read from its local header,
whatever the directory says, disagreement is an oddity, and nothing is written to disk. Format: PKWARE APPNOTE 6.3.
"""

import bz2
import lzma
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_MEMBERS = 20_000
MOST_BYTES = 512 << 20
"""Bytes that all members of one archive may expand to."""

LOCAL, CENTRAL, END, END64, LOCATOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_ENCRYPTED, _SIZES_BEHIND = 1, 8
_FULL = 0xFFFFFFFF
_ESCAPES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:|\0")


class Oddity(NamedTuple):
    """Something about an archive that an honest writer does not do."""

    member: str
    offset: int
    what: str


class Member(NamedTuple):
    """One member with its content, and what keeps it from being read."""

    name: str
    offset: int
    data: bytes
    unread: str = ""


class _Header(NamedTuple):
    name: str
    flags: int
    method: int
    check: int
    packed: int
    size: int
    offset: int
    """Of the local header."""
    begin: int = 0
    """Of the data; known from the local header only."""
    mode: int = 0


def is_archive(data: bytes) -> bool:
    """Whether a loader that believes the first bytes, or one that believes the last, would take this for a zip."""
    return data.startswith((LOCAL, END)) or data.rfind(END, max(0, len(data) - 65_557)) >= 0


def members(data: bytes, *, most: int = MOST_BYTES) -> Iterator[Member | Oddity]:
    """Every member that either kind of header announces, and every oddity.

    Raises TooLarge beyond a budget and Malformed where the directory cannot be read; what came before stands.
    """
    listed = list(_directory(data))
    if sum(header.size for header in listed) > most:
        raise TooLarge(f"archive declares more than {most} bytes of content")
    yield from _names(listed)
    covered: list[tuple[int, int]] = []
    left = most
    for header in listed:
        local = _local(data, header.offset, header)
        yield from _disagreements(header, local)
        covered.append((local.offset, local.begin + local.packed))
        member = _read(data, local, left)
        if header.flags & _ENCRYPTED and not member.unread:
            yield Oddity(header.name, header.offset, "a member marked as encrypted that is not")
        left -= len(member.data)
        yield member
    for offset in _hidden(data, covered):
        local = _local(data, offset, None)
        yield Oddity(local.name, offset, "a member that the directory does not list")
        member = _read(data, local, left)
        left -= len(member.data)
        yield member


def _directory(data: bytes) -> Iterator[_Header]:
    """Entries of the central directory; offsets are moved by whatever stands before the archive."""
    end = data.rfind(END, max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        raise Malformed("zip has no end of central directory")
    count, size, start = struct.unpack_from("<HII", data, end + 10)
    if data[end - 20 : end - 16] == LOCATOR:
        end = int.from_bytes(data[end - 12 : end - 4], "little")
        if data[end : end + 4] != END64 or end + 56 > len(data):
            end = data.rfind(END64)
        if end < 0 or end + 56 > len(data):
            raise Malformed("zip64 directory cannot be found")
        count, size, start = struct.unpack_from("<QQQ", data, end + 32)
    position = end - size
    if position < 0 or count > MOST_MEMBERS:
        raise (
            Malformed("zip directory lies outside the file")
            if position < 0
            else TooLarge(f"more than {MOST_MEMBERS} members")
        )
    shift = position - start
    for _ in range(count):
        header, position = _entry(data, position, shift)
        yield header
    if position != end:
        raise Malformed("zip directory is longer than its entries")


def _entry(data: bytes, position: int, shift: int) -> tuple[_Header, int]:
    if data[position : position + 4] != CENTRAL or position + 46 > len(data):
        raise Malformed(f"zip directory is broken at byte {position}")
    flags, method, check, packed, size = struct.unpack_from("<HH4xIII", data, position + 8)
    name_size, extra_size, comment_size = struct.unpack_from("<HHH", data, position + 28)
    attributes, offset = struct.unpack_from("<II", data, position + 38)
    name_end = position + 46 + name_size
    name = data[position + 46 : name_end]
    wide = _wide(data[name_end : name_end + extra_size], (size, packed, offset))
    header = _Header(_text(name), flags, method, check, wide[1], wide[0], wide[2] + shift, mode=attributes >> 16)
    return header, name_end + extra_size + comment_size


def _wide(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """The values with those that overflow 32 bits taken from the zip64 extra field."""
    wide = list(values)
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            field = extra[position + 4 : position + 4 + length]
            for index, value in enumerate(wide):
                if value == _FULL:
                    if len(field) < 8:  # noqa: PLR2004  a number of the format or of the parameters
                        raise Malformed("zip64 field is too short")
                    wide[index] = int.from_bytes(field[:8], "little")
                    field = field[8:]
        position += 4 + length
    return wide


def _local(data: bytes, offset: int, listed: _Header | None) -> _Header:
    if offset < 0 or data[offset : offset + 4] != LOCAL or offset + 30 > len(data):
        raise Malformed(f"no local header at byte {offset}, where the zip directory says")
    flags, method, check, packed, size = struct.unpack_from("<HH4xIII", data, offset + 6)
    name_size, extra_size = struct.unpack_from("<HH", data, offset + 26)
    begin = offset + 30 + name_size
    name = _text(data[offset + 30 : begin])
    size, packed = _wide(data[begin : begin + extra_size], (size, packed))
    if flags & _SIZES_BEHIND and not packed and listed is not None:
        check, packed, size = listed.check, listed.packed, listed.size
    begin += extra_size
    if begin + packed > len(data):
        raise Malformed(f"member at byte {offset} ends beyond the file")
    return _Header(name, flags, method, check, packed, size, offset, begin)


def _names(listed: list[_Header]) -> Iterator[Oddity]:
    seen: set[str] = set()
    for header in listed:
        if _ESCAPES.search(header.name):
            yield Oddity(header.name, header.offset, "a member whose name leaves the folder it is unpacked in")
        if stat.S_ISLNK(header.mode):
            yield Oddity(header.name, header.offset, "a member that is a symbolic link")
        if header.name in seen:
            yield Oddity(header.name, header.offset, "two members of one name, of which loaders take different ones")
        seen.add(header.name)


def _disagreements(listed: _Header, local: _Header) -> Iterator[Oddity]:
    for what, ours, theirs in (
        ("encryption", listed.flags & _ENCRYPTED, local.flags & _ENCRYPTED),
        ("name", listed.name, local.name),
        ("compression", listed.method, local.method),
        ("checksum", listed.check, local.check),
        ("packed size", listed.packed, local.packed),
        ("size", listed.size, local.size),
    ):
        if ours != theirs:
            yield Oddity(
                listed.name, listed.offset, f"a member whose {what} differs between its header and the directory"
            )


def _hidden(data: bytes, covered: list[tuple[int, int]]) -> Iterator[int]:
    """Offsets of local headers that lie in no listed member."""
    position = 0
    for begin, end in [*sorted(covered), (len(data), len(data))]:
        found = data.find(LOCAL, position, max(position, begin))
        if found >= 0:
            yield found
        position = max(position, end)


_UNPACKERS: dict[int, Callable[[], Any]] = {
    _DEFLATED: lambda: zlib.decompressobj(wbits=-15),
    _BZIP2: bz2.BZ2Decompressor,
}


def _read(data: bytes, header: _Header, most: int) -> Member:
    raw = data[header.begin : header.begin + header.packed]
    unread = ""
    try:
        content = _unpack(raw, header.method, most)
    except (Malformed, CannotLook) as error:
        if isinstance(error, TooLarge):
            raise
        content, unread = raw, str(error)
    if len(content) > most:
        raise TooLarge("archive expands beyond its budget")
    if not unread and (zlib.crc32(content) != header.check or len(content) != header.size):
        unread = "content does not have the checksum or size that its header states"
    if header.flags & _ENCRYPTED and unread:
        unread = "member is encrypted"
    return Member(header.name, header.begin, content, unread)


def _unpack(raw: bytes, method: int, most: int) -> bytes:
    if method == _STORED:
        return raw
    if method == _LZMA:
        return _unpack_lzma(raw, most)
    if method not in _UNPACKERS:
        raise CannotLook(f"zip compression {method} is recognised, no opener yet")
    unpacker = _UNPACKERS[method]()
    try:
        content: bytes = unpacker.decompress(raw, most + 1)
    except (zlib.error, OSError, ValueError) as error:
        raise Malformed("member is broken") from error
    if len(content) <= most and not unpacker.eof:
        raise Malformed("member breaks off")
    return content


def _unpack_lzma(raw: bytes, most: int) -> bytes:
    """APPNOTE 5.8.8: version, size of properties, properties, raw LZMA1."""
    if len(raw) < 9:  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed("member is broken")
    lc_lp_pb, dictionary = raw[4], int.from_bytes(raw[5:9], "little")
    pb, rest = divmod(lc_lp_pb, 45)
    lp, lc = divmod(rest, 9)
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": min(dictionary, 64 << 20), "lc": lc, "lp": lp, "pb": pb}]
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain).decompress(raw[9:], most + 1)
    except (lzma.LZMAError, ValueError, EOFError) as error:
        raise Malformed("member is broken") from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")
