# SPDX-License-Identifier: Apache-2.0
"""Finds what an HDF5 file takes from other files: external storage, external links and virtual datasets.

Without the HDF5 library. Each is a message of an object's header, which lies whole in the file; a message counts only
where what it points to is there too, so that chance bytes of weights are none.
Source: HDF5 File Format Specification 3.0, sections IV.A.2.g (links), .h (external files), .i (layout), III.D and E.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.core.content import PIECE, Content

_OVERLAP = 64
"""Bytes that are looked at again where two pieces meet: more than the fixed part of any message."""
_STORED = re.compile(rb"\x01\0\0\0(?=[^\0].|.[^\0])..(?=[^\0].|.[^\0])..", re.DOTALL)
"""Version 1 of an external file list, then its slots and those in use, neither of them none."""
_LINKED = re.compile(rb"\x01[\x08-\x0b\x0c-\x0f\x18-\x1f]\x40", re.DOTALL)
"""Version 1 of a link, flags that a type follows, and the type of external links."""
_VIRTUAL = re.compile(rb"[\x04\x05]\x03", re.DOTALL)
"""Version 4 or 5 of a layout, of the class of virtual datasets."""
_ORDERED, _ENCODED = 4, 16
_MOST_NAME = 1 << 16
_SHORTEST = 14
"""Bytes of a superblock up to the width of its addresses."""
_MOST = 200
"""References that are told."""


class Reference(NamedTuple):
    """Something that lies in another file."""

    offset: int
    what: str


def references(content: Content) -> Iterator[Reference]:
    """References to other files, by the byte of the message; of very many the first ones."""
    return itertools.islice(_all(content), _MOST)


def _all(content: Content) -> Iterator[Reference]:
    if len(content) < _SHORTEST:
        return
    width = content[13] if content[8] < 2 else content[9]  # noqa: PLR2004  versions 2 and 3 of the superblock differ
    base = 0
    while window := content.read(base, PIECE + _OVERLAP):
        last = len(window) < PIECE + _OVERLAP
        for pattern, judge in ((_STORED, _stored), (_LINKED, _linked), (_VIRTUAL, _virtual)):
            for found in pattern.finditer(window):
                if last or found.start() < PIECE:
                    what = judge(content, base + found.start(), width)
                    if what:
                        yield Reference(base + found.start(), what)
        if last:
            return
        base += PIECE


def _stored(content: Content, at: int, width: int) -> str:
    """External storage: a local heap holds the names of the files."""
    slots, used = (int.from_bytes(content[at + i : at + i + 2], "little") for i in (4, 6))
    address = int.from_bytes(content[at + 8 : at + 8 + width], "little")
    if used > slots or not _stands(content, address, b"HEAP"):
        return ""
    return "takes numbers of a dataset from external storage"


def _linked(content: Content, at: int, _width: int) -> str:
    """An external link: the length of its name, its name, and behind these a file and a path in it."""
    flags = content[at + 1]
    place = at + 3 + (8 if flags & _ORDERED else 0) + (1 if flags & _ENCODED else 0)
    size = 1 << (flags & 3)
    name = int.from_bytes(content[place : place + size], "little")
    if not 0 < name < _MOST_NAME:
        return ""
    place += size + name
    if content[place + 2 : place + 3] != b"\0":  # the version and flags of an external link
        return ""
    length = int.from_bytes(content[place : place + 2], "little")
    held = bytes(content[place + 2 : place + 2 + length])
    file, end, path = held[1:-1].partition(b"\0")
    whole = len(held) == length and held[:1] == b"\0" and held[-1:] == b"\0"
    if not (whole and end and file and path and b"\0" not in path):
        return ""
    return "has an external link into another file"


def _virtual(content: Content, at: int, width: int) -> str:
    """A virtual dataset: a global heap holds the names of the files and datasets that it is put together of."""
    address = int.from_bytes(content[at + 2 : at + 2 + width], "little")
    index = int.from_bytes(content[at + 2 + width : at + 6 + width], "little")
    return "has a virtual dataset, of parts of other files" if index and _stands(content, address, b"GCOL") else ""


def _stands(content: Content, address: int, mark: bytes) -> bool:
    return 0 < address < len(content) and bytes(content[address : address + len(mark)]) == mark
