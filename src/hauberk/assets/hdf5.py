# SPDX-License-Identifier: Apache-2.0
"""Finds the configurations in an HDF5 file, without the HDF5 library.

Keras keeps them as JSON in attributes, and HDF5 neither compresses nor splits an attribute, so each lies whole in the
file. Every JSON object in the bytes is taken, wherever it lies. The superblock says how long the file is.
Source: HDF5 File Format Specification 3.0, sections II.A and III.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.core.content import PIECE, Content
from hauberk.core.errors import Malformed, TooLarge

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 10_000
MOST_OBJECT = 16 << 20
"""Bytes of text in which one object must end; HDF5 itself limits an attribute to 64 KiB unless it is stored densely."""
_BLANKS = 256
"""Blanks between a brace and a key that are looked across where two pieces meet."""
_START = re.compile(rb"\{[ \t\r\n]*\"")


class Found(NamedTuple):
    """A JSON object and where it begins."""

    offset: int
    value: dict[str, Any]


def objects(data: bytes | Content) -> Iterator[Found]:
    """Every JSON object in the file; raises Malformed where the file is not as long as it says."""
    content = Content.of(data)
    _check_length(content)
    decoder = json.JSONDecoder()
    position, count = 0, 0
    while (start := _next(content, position)) >= 0:
        position = start + 1
        found = _object(decoder, content, start)
        if found is not None:
            value, length = found
            position = start + length
            count += 1
            if count > MOST_OBJECTS:
                raise TooLarge(f"more than {MOST_OBJECTS} JSON objects")
            yield Found(start, value)


def _next(content: Content, position: int) -> int:
    """Where the next object may begin, or -1."""
    while window := content.read(position, PIECE):
        found = _START.search(window)
        if found is not None:
            return position + found.start()
        if len(window) < PIECE:
            return -1
        position += PIECE - _BLANKS
    return -1


def _object(decoder: json.JSONDecoder, content: Content, start: int) -> tuple[dict[str, Any], int] | None:
    """The object and its length in bytes, or None; no JSON holds a zero byte."""
    end = content.find(b"\0", start, start + MOST_OBJECT + 1)
    if end < 0 and content.reaches(start + MOST_OBJECT + 1):
        raise TooLarge(f"text of more than {MOST_OBJECT} bytes")
    text = content[start : end if end >= 0 else len(content)].decode("utf-8", "surrogateescape")
    try:
        value, length = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value, len(text[:length].encode("utf-8", "surrogateescape"))


def _check_length(data: Content) -> None:
    if not data.startswith(MAGIC) or len(data) < 48:  # noqa: PLR2004  the smallest superblock
        raise Malformed("no HDF5 superblock at its beginning")
    version, width = data[8], data[13] if data[8] < 2 else data[9]  # noqa: PLR2004  versions 2 and 3 differ
    if version > 3 or width not in (2, 4, 8):  # noqa: PLR2004  the newest version
        raise Malformed("HDF5 superblock of an unknown version")
    begin = (24 + (4 if version == 1 else 0) if version < 2 else 12) + 2 * width  # noqa: PLR2004  as above
    stated = int.from_bytes(data[begin : begin + width], "little")
    if stated != len(data):
        raise Malformed(f"HDF5 file states {stated} bytes and has {len(data)}")
