# SPDX-License-Identifier: Apache-2.0
"""Segments: the append-only files that hold the ledger. Lines of canonical JSON; one commit is one frame.

::

    {"counts":{...},"frontier":[...],"keys":{...},"origin":"...","schema":"hauberk/segment/1","size":256}
    {"at":...,"body":"sha256:..."}                                              an entry, exactly the bytes of its leaf
    {"card":...}                                                                its body
    {"checkpoint":"<signed note of the tree up to here>"}                       ends a frame

The first line states what comes before: the tree, how many entries each source has, and which key signs next.
A frame counts once its checkpoint stands below it, whole: what a crash leaves after the last checkpoint was
acknowledged to nobody. A segment's name is the index of its first entry. The first line needs no trust: verification
compares it with what the entries before it give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode
from hauberk.core.entry import Count
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.value import Value
from hauberk.ledger.keys import Ring
from hauberk.ledger.merkle import Frontier
from hauberk.ledger.standing import Standing
from hauberk.signing.key import decode64, encode64

LARGEST_BODY = 16 << 20
"""Bytes of one body."""
LARGEST_ENTRY = 2048
"""Bytes of one entry's line."""
MOST_ENTRIES, MOST_BYTES = 4096, 32 << 20
"""Beyond either, the next commit begins a new segment; opening a ledger reads one segment."""

_HEADER = 1 << 16
"""Bytes of a first line."""

_ENTRY, _CHECKPOINT = b'{"at":', b'{"checkpoint":'


class Torn(Exception):
    """From this offset on there is no whole frame: an event of reading, and the reader decides what it means."""

    def __init__(self, offset: int) -> None:
        """Remember the end of the last whole frame."""
        super().__init__(offset)
        self.offset = offset


class KeyState(Value, frozen=True, kw_only=True):
    """Which key signs next."""

    by: str
    revoked: dict[str, Count]
    until: str


class Header(Value, frozen=True, kw_only=True):
    """First line of a segment."""

    counts: dict[str, Count]
    frontier: tuple[str, ...]
    keys: KeyState
    origin: str
    schema: Literal["hauberk/segment/1"] = "hauberk/segment/1"
    size: int


class _Closing(Value, frozen=True, kw_only=True):
    """Last line of a frame."""

    checkpoint: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One commit."""

    lines: tuple[tuple[bytes, bytes], ...]
    """Entry and body of each, without newlines."""
    note: str
    """The signed checkpoint."""
    end: int
    """Offset behind the frame."""


def header_line(frontier: Frontier, standing: Standing) -> bytes:
    """First line of a segment that begins with this tree, from where the ledger stands."""
    ring = standing.ring
    header = Header(
        counts=standing.counts,
        frontier=tuple(encode64(peak) for peak in frontier.peaks),
        keys=KeyState(by=ring.by, revoked=ring.revoked, until=ring.until),
        origin=ring.origin,
        size=frontier.size,
    )
    return canonical(header) + b"\n"


def frame_bytes(lines: list[tuple[bytes, bytes]], note: str) -> bytes:
    """One frame, ready to be written."""
    parts = [part for line in lines for part in line]
    parts += (canonical({"checkpoint": note}), b"")
    return b"\n".join(parts)


def read_header(file: BinaryIO) -> tuple[Frontier, Standing]:
    """Tree and standing of a segment's first line; raises Torn where there is no whole one."""
    line = file.readline(_HEADER)
    try:
        header = decode(line, Header)
        frontier = Frontier([decode64(peak) for peak in header.frontier], header.size)
    except (Malformed, TooLarge, ValueError) as error:
        raise Torn(0) from error
    keys = header.keys
    ring = Ring(origin=header.origin, by=keys.by, until=keys.until, revoked=dict(keys.revoked))
    standing = Standing(ring=ring, counts=dict(header.counts))
    if line != header_line(frontier, standing):
        raise Torn(0)
    return frontier, standing


def read_frames(file: BinaryIO) -> Iterator[Frame]:
    """Frames from the file's position to its end; raises Torn where bytes follow that are no whole frame."""
    lines: list[tuple[bytes, bytes]] = []
    offset = file.tell()
    while line := file.readline(LARGEST_BODY):
        if line.startswith(_CHECKPOINT) and lines:
            frame = Frame(lines=tuple(lines), note=_note(line, offset), end=file.tell())
            yield frame
            lines, offset = [], frame.end
            continue
        body = file.readline(LARGEST_BODY + 2)
        if not (line.startswith(_ENTRY) and line.endswith(b"\n") and body.endswith(b"\n")):
            raise Torn(offset)
        lines.append((line[:-1], body[:-1]))
    if lines:
        raise Torn(offset)


def _note(line: bytes, offset: int) -> str:
    try:
        closing = decode(line, _Closing)
    except Malformed as error:
        raise Torn(offset) from error
    if not line.endswith(b"\n"):
        raise Torn(offset)
    return closing.checkpoint


def segment_path(folder: Path, first: int) -> Path:
    """The file whose first entry has this index."""
    return folder / f"{first:016d}"


def segments(folder: Path) -> list[Path]:
    """All segments in order."""
    return sorted(path for path in folder.iterdir() if path.name.isdecimal())
