# SPDX-License-Identifier: Apache-2.0
"""Reads tar archives by their blocks (POSIX.1-2001 ustar and pax, GNU long names); nothing is written to disk."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.assets.archive import Member, Oddity
from hauberk.core.content import Content
from hauberk.core.errors import Malformed, TooLarge

MOST_MEMBERS = 20_000
_MOST_NAMES = 1 << 20
"""Bytes of an extended header or a long name."""
_BLOCK = 512
_MAGIC = slice(257, 262)
_ESCAPES = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|\0")
_LINKS = {b"1": "hard link", b"2": "symbolic link"}
_DEVICES = (b"3", b"4", b"6")
_PAX = re.compile(rb"(\d+) ([^=]+)=")


def is_tar(data: bytes | Content) -> bool:
    """Whether the first block is a tar header."""
    return data[_MAGIC] == b"ustar" and len(data[:_BLOCK]) == _BLOCK


class Entry(NamedTuple):
    """One file, of which nothing is read yet."""

    name: str
    offset: int
    content: Content


def members(data: bytes) -> Iterator[Member | Oddity]:
    """Every file with its content in memory, and every oddity; raises as ``entries`` does."""
    for item in entries(data):
        yield Member(item.name, item.offset, item.content.whole(len(data))) if isinstance(item, Entry) else item


def entries(data: bytes | Content) -> Iterator[Entry | Oddity]:
    """Every file, not yet read, and every oddity; raises Malformed where the archive breaks off or is not one."""
    named: dict[str, str] = {}
    for position, block, content in _blocks(Content.of(data)):
        kind, begin = block[156:157], position + _BLOCK
        if kind == b"L":
            named["path"] = _text(content.whole(_MOST_NAMES))
        elif kind == b"K":
            named["linkpath"] = _text(content.whole(_MOST_NAMES))
        elif kind == b"x":
            named |= _pax(content.whole(_MOST_NAMES))
        elif kind != b"g":
            yield from _member(block, begin, content, named)
            named = {}


def _blocks(data: Content) -> Iterator[tuple[int, bytes, Content]]:
    """Position, header and content of each member, up to the two empty blocks."""
    position, count, ended = 0, 0, False
    while len(block := data[position : position + _BLOCK]) == _BLOCK:
        if not block.strip(b"\0"):
            ended = True
            position += _BLOCK
            continue
        if ended:
            raise Malformed(f"content behind the end of the tar at byte {position}")
        _check(block, position)
        size, begin = _number(block[124:136]), position + _BLOCK
        count += 1
        if count > MOST_MEMBERS:
            raise TooLarge(f"more than {MOST_MEMBERS} members")
        yield position, block, data.part(begin, begin + size)
        if not data.reaches(begin + size):  # asked behind the member: what is expanded is read forwards
            raise Malformed(f"tar member at byte {position} breaks off")
        position = begin + (size + _BLOCK - 1) // _BLOCK * _BLOCK
    if not ended or block or not data.reaches(position):
        raise Malformed("tar breaks off before its end")


def _member(block: bytes, begin: int, content: Content, named: dict[str, str]) -> Iterator[Entry | Oddity]:
    prefix = _text(block[345:500])
    short = _text(block[:100])
    name = named.get("path") or (f"{prefix}/{short}" if prefix and block[263:265] == b"00" else short)
    kind = block[156:157]
    if _ESCAPES.search(name):
        yield Oddity(name, begin, "a member whose name leaves the folder it is unpacked in")
    if kind in _LINKS and _ESCAPES.search(named.get("linkpath") or _text(block[157:257])):
        yield Oddity(name, begin, f"a {_LINKS[kind]} that leaves the folder it is unpacked in")
    if kind in _DEVICES:
        yield Oddity(name, begin, "a device or pipe")
    if kind in (b"0", b"\0", b"7"):
        yield Entry(name, begin, content)


def _check(block: bytes, position: int) -> None:
    """The header's sum, with its own field taken for spaces, as signed or unsigned bytes."""
    total = sum(block[:148]) + sum(block[156:]) + 8 * 32
    signed = total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])  # noqa: PLR2004  the highest signed byte
    if _number(block[148:156]) not in (total, signed):
        raise Malformed(f"tar header at byte {position} does not have its sum")


def _number(field: bytes) -> int:
    if field[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise Malformed("tar header has a number that is none") from error


def _pax(content: bytes) -> dict[str, str]:
    found, position = {}, 0
    while position < len(content):
        head = _PAX.match(content, position)
        if head is None or not int(head[1]):
            raise Malformed("tar has a broken extended header")
        end = position + int(head[1])
        found[_text(head[2])] = _text(content[head.end() : end - 1])
        position = end
    return found


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")
