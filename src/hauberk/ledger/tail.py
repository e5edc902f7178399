# SPDX-License-Identifier: Apache-2.0
"""The end of a ledger: what a writer must know in order to go on, read from the last segment and, if torn, mended.

The file ``checkpoint`` is renamed into place right behind the sync that an acknowledgement waits for. Up to it, bytes
that do not hash to the signed root are damage: refused, never mended. Behind it, whole frames with a checkpoint that
verifies count; what is none was acknowledged to nobody: it is cut off, and kept in ``torn`` for whoever wants to look.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import LedgerBroken, Malformed, SignatureInvalid
from hauberk.core.value import Value
from hauberk.ledger.chain import RESTORE
from hauberk.ledger.checkpoint import Checkpoint, open_checkpoint
from hauberk.ledger.files import replace_file, sync_folder
from hauberk.ledger.merkle import Frontier, leaf_hash
from hauberk.ledger.segment import Frame, Torn, read_frames, read_header, segment_path, segments
from hauberk.ledger.standing import Standing
from hauberk.signing.key import PublicKey

_NOTE_LINES = 6
"""Origin, size, root, a blank line, two signatures."""


class Repair(Value, frozen=True, kw_only=True):
    """What opening found behind the last commit and cut off; nothing of it was acknowledged."""

    segment: str
    offset: int
    """Where the cut was made."""
    bytes: int
    kept: str
    """Name of the copy in ``torn``; empty where the medium is read-only and nothing was changed."""


@dataclass(kw_only=True)
class Tail:
    """Where the ledger ends."""

    first: int
    """Index of the first entry of the last segment."""
    offset: int
    """Size of the last segment in bytes."""
    frontier: Frontier
    note: str
    """Last signed checkpoint."""
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Place:
    """A ledger's folder and the keys that its checkpoints may be signed by."""

    root: Path
    keys: Sequence[PublicKey]
    """Those given, and those to which the ledger passed from them."""
    trusted: Sequence[PublicKey]
    """Those given."""

    @property
    def log(self) -> Path:
        """Folder of the segments."""
        return self.root / "log"

    @property
    def checkpoint(self) -> Path:
        """The last signed checkpoint, for everybody to read."""
        return self.root / "checkpoint"


def read_published(place: Place) -> tuple[Checkpoint, str] | None:
    """The published checkpoint and its note; None where a power cut left the file unfinished.

    Raises LedgerBroken where it is missing, SignatureInvalid where it does not verify.
    """
    try:
        note = place.checkpoint.read_bytes()
    except OSError as error:
        message = f"{place.checkpoint}: {error.strerror}"
        raise LedgerBroken(message, remedy=RESTORE) from error
    if _unfinished(note):
        return None
    return open_checkpoint(note, place.keys)[0], note.decode()


def _unfinished(note: bytes) -> bool:
    """Whether a note is cut short or has holes, as a power cut may leave it: then the segments say what was sealed."""
    return b"\0" in note or note.count(b"\n") < _NOTE_LINES or not note.endswith(b"\n")


def read_tail(place: Place, *, mend: bool) -> tuple[Tail, tuple[Repair, ...]]:
    """The ledger's end; the caller holds the lock if it asks to mend.

    Raises LedgerBroken where anything below the published checkpoint is not what was signed.
    """
    published = read_published(place)
    repairs: list[Repair] = []
    for path in reversed(segments(place.log)):
        with path.open("rb") as file:
            tail, torn = _follow(file, path, place, published)
        if torn is not None:
            repairs.append(_cut(path, torn, place) if mend else _seen(path, torn))
        if tail is not None:
            return tail, tuple(repairs)
    message = f"{place.log}: no segment holds what the checkpoint covers"
    raise LedgerBroken(message, remedy=RESTORE)


def _follow(
    file: BinaryIO, path: Path, place: Place, published: tuple[Checkpoint, str] | None
) -> tuple[Tail | None, int | None]:
    """The end of one segment (None where it holds nothing whole), and the offset from which it is torn."""
    signed = published[0] if published else None
    try:
        frontier, standing = read_header(file)
    except Torn:
        return None, _judge(path, 0, int(path.name), signed)
    if int(path.name) != frontier.size or (signed and standing.ring.origin != signed.origin):
        message = f"{path}: belongs elsewhere"
        raise LedgerBroken(message, remedy=RESTORE)
    tail = Tail(first=frontier.size, offset=file.tell(), frontier=frontier, note="", standing=standing)
    torn: int | None = None
    try:
        for frame in read_frames(file):
            grown = _grow(tail, frame, signed, place.keys)
            if grown is None:
                torn = tail.offset
                break
            tail = grown
    except Torn as event:
        torn = event.offset
    if torn is not None:
        _judge(path, torn, tail.frontier.size, signed)
    elif signed and tail.frontier.size < signed.size:
        torn = _judge(path, tail.offset, tail.frontier.size, signed)
    return _settle(path, tail, published), torn if tail.note or not tail.first else 0


def _grow(tail: Tail, frame: Frame, signed: Checkpoint | None, keys: Sequence[PublicKey]) -> Tail | None:
    """The tail with one frame more; None where a frame behind the published checkpoint does not verify."""
    frontier, standing = tail.frontier.copy(), tail.standing.copy()
    try:
        for line, body in frame.lines:
            standing.follow(decode(line, Entry), body, frontier.root if b'"kind":"key"' in line else b"")
            frontier.append(leaf_hash(line))
    except (Malformed, LedgerBroken, SignatureInvalid):
        return None
    if signed is None or frontier.size > signed.size:
        try:
            stated = open_checkpoint(frame.note.encode(), keys)[0]
        except SignatureInvalid:
            return None
        expected = Checkpoint(origin=standing.ring.origin, size=frontier.size, root=frontier.root)
        if stated != expected or not _whole(frame):
            return None
    elif frontier.size == signed.size and frontier.root != signed.root:
        return None
    return Tail(first=tail.first, offset=frame.end, frontier=frontier, note=frame.note, standing=standing)


def _whole(frame: Frame) -> bool:
    """Every body is what its entry commits to."""
    try:
        return all(
            decode(line, Entry).body == f"sha256:{hashlib.sha256(body).hexdigest()}" for line, body in frame.lines
        )
    except Malformed:
        return False


def _judge(path: Path, offset: int, size: int, signed: Checkpoint | None) -> int:
    """The offset of a torn end; raises LedgerBroken where the published checkpoint covers what is missing."""
    if signed and size < signed.size:
        message = (
            f"{path}: damaged at byte {offset}: entry {size} or a later one of {signed.size} is not what was signed"
        )
        raise LedgerBroken(message, remedy=RESTORE)
    return offset


def _settle(path: Path, tail: Tail, published: tuple[Checkpoint, str] | None) -> Tail | None:
    """The tail with a checkpoint that vouches for it; None where this segment never got its first commit."""
    if tail.note:
        return tail
    if tail.first:
        return None
    if published is None:
        message = f"{path}: no checkpoint vouches for the empty ledger"
        raise LedgerBroken(message, remedy=RESTORE)
    tail.note = published[1]
    return tail


def _cut(path: Path, offset: int, place: Place) -> Repair:
    """Cut a segment at an offset (at 0: remove it), having kept what follows."""
    torn = path.read_bytes()[offset:]
    kept = f"{path.name}-{offset}-{hashlib.sha256(torn).hexdigest()[:12]}"
    (place.root / "torn").mkdir(exist_ok=True)
    replace_file(place.root / "torn" / kept, torn)
    if offset:
        with path.open("r+b") as file:
            file.truncate(offset)
            os.fsync(file.fileno())
    else:
        path.unlink()
        sync_folder(path.parent)
    return Repair(segment=path.name, offset=offset, bytes=len(torn), kept=kept)


def _seen(path: Path, offset: int) -> Repair:
    return Repair(segment=path.name, offset=offset, bytes=path.stat().st_size - offset, kept="")


def next_segment(place: Place, tail: Tail) -> Path:
    """Where the segment after the tail's would be."""
    return segment_path(place.log, tail.frontier.size)
