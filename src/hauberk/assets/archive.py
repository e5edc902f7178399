# SPDX-License-Identifier: Apache-2.0
"""Reads zip archives by content: local headers and the central directory are both walked, and must agree.

Loaders differ in which of the two they believe (``zipfile`` the directory, others the local headers), so that a
header that tells them apart can hide a member from a scanner. Here every member is read from its local header,
whatever the directory says, disagreement is an oddity, and nothing is written to disk. Format: PKWARE APPNOTE 6.3.
"""

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.assets.compressed import inflate, unpack_lzma, unpack_with
from hauberk.core.content import PIECE, Budget, Content, expanded
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_MEMBERS = 20_000
MOST_BYTES = 512 << 20
"""Bytes that ``members`` may expand an archive to, which it holds one member at a time."""

LOCAL, CENTRAL, END, END64, LOCATOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_ENCRYPTED, _SIZES_BEHIND = 1, 8
_FULL = 0xFFFFFFFF
_TAIL = 65_557
"""Bytes before the end of the file within which the end of the directory must begin."""
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
    odd: bool = False
    """Whether its flags are others than in the directory, or its sizes and version such as no library writes."""


class Entry(NamedTuple):
    """One member, of which nothing is read yet."""

    name: str
    offset: int
    content: Content
    """What it holds; where that cannot be expanded, reading it raises why."""
    raw: Content
    """Its bytes as they lie in the archive."""
    header: _Header
    budget: Budget

    @property
    def is_stored(self) -> bool:
        """Whether its content lies in the archive as it is."""
        return self.header.method == _STORED

    def flaw(self) -> str:
        """Read it all, and say what keeps it from being what its header states; empty where nothing does."""
        check = size = 0
        try:
            for piece in self.content.pieces():
                if self.is_stored:
                    self.budget.spend(len(piece))
                check, size = zlib.crc32(piece, check), size + len(piece)
        except TooLarge:
            raise
        except CannotLook as error:
            return "member is encrypted" if self.header.flags & _ENCRYPTED else str(error)
        if (check, size) == (self.header.check, self.header.size):
            return ""
        if self.header.flags & _ENCRYPTED:
            return "member is encrypted"
        return "content does not have the checksum or size that its header states"


def is_archive(data: bytes | Content) -> bool:
    """Whether a loader that believes the first bytes, or one that believes the last, would take this for a zip."""
    return data.startswith((LOCAL, END)) or _end(Content.of(data)) >= 0


def _end(content: Content) -> int:
    return content.rfind(END, max(0, len(content) - _TAIL))


def members(data: bytes, *, most: int = MOST_BYTES) -> Iterator[Member | Oddity]:
    """Every member that either kind of header announces with its content in memory, and every oddity.

    Raises TooLarge beyond a budget and Malformed where the directory cannot be read; what came before stands.
    """
    if sum(header.size for header in _directory(Content.of(data))) > most:
        raise TooLarge(f"archive declares more than {most} bytes of content")
    left = most
    for entry in entries(data, Budget(2 * most)):
        if isinstance(entry, Oddity):
            yield entry
            continue
        unread = entry.flaw()
        content = (entry.raw if unread and not _readable(entry) else entry.content).whole(left)
        left -= len(content)
        yield Member(entry.name, entry.offset, content, unread)


def _readable(entry: Entry) -> bool:
    try:
        return len(entry.content) >= 0
    except TooLarge:
        raise
    except CannotLook:
        return False


def entries(data: bytes | Content, budget: Budget) -> Iterator[Entry | Oddity]:
    """Every member that either kind of header announces, not yet read, and every oddity.

    Raises Malformed where the directory cannot be read; what came before stands.
    """
    content = Content.of(data)
    listed = list(_directory(content))
    if sum(header.size for header in listed if header.method != _STORED) > budget.left:
        raise TooLarge(f"archive declares more than {budget.left} bytes of content")
    yield from _names(listed)
    covered: list[tuple[int, int]] = []
    for header in listed:
        local = _local(content, header.offset, header)
        yield from _disagreements(header, local)
        local = local._replace(odd=local.odd or header.odd or header.flags != local.flags)
        covered.append((local.offset, local.begin + local.packed))
        entry = _entry_of(content, local, budget)
        if header.flags & _ENCRYPTED and not entry.flaw():
            yield Oddity(header.name, header.offset, "a member marked as encrypted that is not")
        yield entry
    for offset in _hidden(content, covered):
        local = _local(content, offset, None)
        yield Oddity(local.name, offset, "a member that the directory does not list")
        yield _entry_of(content, local, budget)


def is_plain(data: Content, listed: list[_Header]) -> bool:
    """Whether members lie one behind the other, then the directory, then its end, and no flag is unusual."""
    end = _end(data)
    size, start = struct.unpack("<II", data[end + 12 : end + 20]) if end >= 0 else (0, 0)
    if data.startswith(END64, end - _END64_SIZE):
        disks, size, start = struct.unpack("<16x8s16xQQ", data[end - _END64_SIZE : end - 20])
        one = struct.unpack("<4xL8xL", data[end - 20 : end]) == (0, 1)
        if disks != bytes(8) or not one:
            return False
    position = 0
    for header in sorted(listed, key=lambda one: one.offset):
        if header.offset != position or header.odd or header.flags & _UNUSUAL:
            return False
        position = header.begin + header.packed
        if header.flags & _SIZES_BEHIND:
            position += 16 if data.startswith((LOCAL, CENTRAL), position + 16) else 24
    behind = len(data) - start - size
    last = data[len(data) - _END_SIZE :]
    return position == start and behind in (_END_SIZE, _END_SIZE + _END64_SIZE) and last[:8] == END + bytes(4)


_UNUSUAL, _NEWEST = 0x61, 63
_END_SIZE, _END64_SIZE = 22, 76
_AHEAD = 256
"""Bytes of a local header that are read at once; a longer name or field is read by a second look."""


def _entry_of(content: Content, header: _Header, budget: Budget) -> Entry:
    raw = content.part(header.begin, header.begin + header.packed)
    return Entry(header.name, header.begin, _unpacked(raw, header.method, budget), raw, header, budget)


def _unpacked(raw: Content, method: int, budget: Budget) -> Content:
    if method == _STORED:
        return raw
    if method == _DEFLATED:
        return expanded(lambda: inflate(raw), budget)
    if method == _BZIP2:
        return expanded(lambda: unpack_with("bzip2", raw), budget)
    if method == _LZMA:
        return expanded(lambda: unpack_lzma(raw), budget)
    return expanded(lambda: _unknown(method), budget)


def _unknown(method: int) -> Iterator[bytes]:
    yield b""
    raise CannotLook(f"zip compression {method} is recognised, no opener yet")


def _directory(data: Content) -> Iterator[_Header]:
    """Entries of the central directory; offsets are moved by whatever stands before the archive."""
    end = _end(data)
    if end < 0 or end + 22 > len(data):
        raise Malformed("zip has no end of central directory")
    count, size, start = struct.unpack("<HII", data[end + 10 : end + 20])
    if end >= 20 and data[end - 20 : end - 16] == LOCATOR:  # noqa: PLR2004  size of the locator of zip64
        end = int.from_bytes(data[end - 12 : end - 4], "little")
        if data[end : end + 4] != END64 or end + 56 > len(data):
            end = data.rfind(END64)
        if end < 0 or end + 56 > len(data):
            raise Malformed("zip64 directory cannot be found")
        count, size, start = struct.unpack("<QQQ", data[end + 32 : end + 56])
    position = end - size
    if position < 0 or count > MOST_MEMBERS:
        raise (
            Malformed("zip directory lies outside the file")
            if position < 0
            else TooLarge(f"more than {MOST_MEMBERS} members")
        )
    shift = position - start
    table: bytes | Content = data
    base = 0
    if end - position <= PIECE:  # read at once: a slice of a content costs more than all else of an entry
        table, base = data[position:end], position
    for _ in range(count):
        header, position = _entry(table, base, position, shift)
        yield header
    if position != end:
        raise Malformed("zip directory is longer than its entries")


def _entry(data: bytes | Content, base: int, place: int, shift: int) -> tuple[_Header, int]:
    """An entry at this place of the file, of which ``data`` begins at ``base``; and the place behind it."""
    position = place - base
    fixed = data[position : position + 46]
    if fixed[:4] != CENTRAL or len(fixed) < 46:  # noqa: PLR2004  size of an entry's fixed fields
        raise Malformed(f"zip directory is broken at byte {place}")
    flags, method, check, packed, size = struct.unpack_from("<HH4xIII", fixed, 8)
    name_size, extra_size, comment_size = struct.unpack_from("<HHH", fixed, 28)
    attributes, offset = struct.unpack_from("<II", fixed, 38)
    name_end = position + 46 + name_size
    name = data[position + 46 : name_end]
    wide = _wide(data[name_end : name_end + extra_size], (size, packed, offset))
    header = _Header(_text(name), flags, method, check, wide[1], wide[0], wide[2] + shift, mode=attributes >> 16,
                     odd=fixed[6] > _NEWEST)  # fmt: skip
    return header, base + name_end + extra_size + comment_size


def _wide(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """The values with those that overflow 32 bits taken from the zip64 extra field."""
    wide = list(values)
    if _FULL not in values:
        return wide
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


def _local(data: Content, offset: int, listed: _Header | None) -> _Header:
    head = data[offset : offset + _AHEAD] if offset >= 0 else b""
    if head[:4] != LOCAL or len(head) < 30:  # noqa: PLR2004  size of a header's fixed fields
        raise Malformed(f"no local header at byte {offset}, where the zip directory says")
    flags, method, check, packed, size = struct.unpack_from("<HH4xIII", head, 6)
    name_size, extra_size = struct.unpack_from("<HH", head, 26)
    behind = 30 + name_size
    if behind + extra_size > len(head):
        head = data[offset : offset + behind + extra_size]
    begin = offset + behind
    name = _text(head[30:behind])
    odd = _FULL in (size, packed) and not (size == packed and head.startswith(b"\1\0\x10\0", behind))
    size, packed = _wide(head[behind : behind + extra_size], (size, packed))
    if flags & _SIZES_BEHIND and not packed and listed is not None:
        check, packed, size = listed.check, listed.packed, listed.size
    begin += extra_size
    if begin + packed > len(data):
        raise Malformed(f"member at byte {offset} ends beyond the file")
    return _Header(name, flags, method, check, packed, size, offset, begin, odd=odd)


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


def _hidden(data: Content, covered: list[tuple[int, int]]) -> Iterator[int]:
    """Offsets of local headers that lie in no listed member."""
    position = 0
    for begin, end in [*sorted(covered), (len(data), len(data))]:
        found = data.find(LOCAL, position, max(position, begin))
        if found >= 0:
            yield found
        position = max(position, end)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")
