# SPDX-License-Identifier: Apache-2.0
"""Reading a ledger's folder: entries one by one, or all of it against the signed root."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import (
    EntryInserted,
    EntryMissing,
    LedgerBroken,
    Malformed,
    RootMismatch,
    SignatureInvalid,
)
from hauberk.ledger.chain import RESTORE, Chain, Proven
from hauberk.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from hauberk.ledger.demands import NOTHING, Demands, check_noted, holds_note, judge, open_last, sizes
from hauberk.ledger.member import check_members
from hauberk.ledger.segment import Frame, Torn, read_frames, read_header, segments
from hauberk.ledger.tail import Place
from hauberk.signing.key import PublicKey, encode64
from hauberk.signing.note import split_note


def read_history(place: Place, start: int, size: int) -> Iterator[tuple[int, Frame]]:
    """Frames that hold entries from ``start`` (inclusive) to ``size`` (exclusive), with the index of their first.

    Raises LedgerBroken where there are fewer.
    """
    paths = segments(place.log)
    index = 0
    for path, after in zip(paths, [*paths[1:], None], strict=True):
        if after is not None and int(after.name) <= start:
            continue
        index = int(path.name)
        with path.open("rb") as file:
            try:
                read_header(file)
                for frame in read_frames(file):
                    yield index, frame
                    index += len(frame.lines)
                    if index >= size:
                        return
            except Torn as torn:
                raise _damaged(path.name, torn.offset) from torn
    if index < size:
        raise _damaged(paths[-1].name if paths else "log", 0)


def read_lines(place: Place, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Lines of entries and bodies from ``start`` (inclusive) to ``size`` (exclusive), as they are on disk."""
    for first, frame in read_history(place, start, size):
        yield from frame.lines[max(0, start - first) : size - first]


def read_entries(place: Place, start: int, size: int) -> Iterator[tuple[Entry, bytes]]:
    """Entries and bodies; raises LedgerBroken where one is not in its place or not what its entry commits to."""
    for index, (line, body) in enumerate(read_lines(place, start, size), start):
        try:
            entry = decode(line, Entry)
        except Malformed as error:
            raise _changed(index) from error
        if entry.index != index or entry.body != f"sha256:{hashlib.sha256(body).hexdigest()}":
            raise _changed(index)
        yield entry, body


def verify_folder(place: Place, note: str, *, history: bool = True, demands: Demands = NOTHING) -> Proven:
    """Everything under a signed checkpoint; with ``history`` also every earlier checkpoint (0.3 ms each).

    Raises LedgerBroken or SignatureInvalid at the first fault.
    """
    stated = parse_note(note.encode())
    watch = sizes(demands.known, _witnessed(place, stated.size))
    chain = Chain(stated.origin, watch | {stated.size})
    begun = {int(path.name): path for path in segments(place.log)}
    for first, frame in read_history(place, 0, stated.size):
        if first in begun and not _continues(begun[first], chain):
            raise _damaged(begun[first].name, 0)
        for line, body in frame.lines:
            chain.follow(line, body)
        if history and _signed(frame.note, chain, place) != chain.frontier.root:
            raise _changed(first)
    return conclude(chain, note.encode(), place.trusted, demands)


def conclude(chain: Chain, note: bytes, keys: Sequence[PublicKey], demands: Demands) -> Proven:
    """What entries that follow prove under a signed checkpoint; raises LedgerBroken or SignatureInvalid."""
    checkpoint, key = open_last(note, chain, keys)
    if chain.size < checkpoint.size:
        message = f"{checkpoint.size} entries were signed, and {chain.size} are there"
        raise EntryMissing(message, remedy=RESTORE)
    if chain.size > checkpoint.size:
        message = f"{checkpoint.size} entries were signed, and {chain.size} are there"
        raise EntryInserted(message, remedy=RESTORE)
    if chain.roots[checkpoint.size] != checkpoint.root:
        raise RootMismatch("the entries do not hash to the signed root", remedy=RESTORE)
    check_noted(chain)
    check_members(chain.noted)
    proven = chain.prove(checkpoint.origin, encode64(checkpoint.root), key.id)
    return judge(proven, chain, demands, keys)


def parse_note(note: bytes) -> Checkpoint:
    """What a note says that it is a checkpoint of, with nothing verified; raises SignatureInvalid."""
    try:
        return parse_checkpoint(split_note(note)[0])
    except Malformed as error:
        raise SignatureInvalid(f"a note, but {error.message}") from error


def _witnessed(place: Place, size: int) -> Iterator[bytes]:
    return (body for line, body in read_lines(place, 0, size) if holds_note(line))


def _signed(note: str, chain: Chain, place: Place) -> bytes:
    """The root that a frame's note states for its entries, signed by the key that the last of them is by."""
    key = [key for key in place.keys if key.id == chain.signer]
    checkpoint = open_checkpoint(note.encode(), key)[0]
    if (checkpoint.origin, checkpoint.size) != (chain.ring.origin, chain.size):
        return b""
    return checkpoint.root


def _continues(path: Path, chain: Chain) -> bool:
    """Whether a segment's first line states the ledger, the tree and the counts that come before it."""
    with path.open("rb") as file:
        frontier, standing = read_header(file)
    ring = standing.ring
    if not frontier.size:
        chain.ring.by = ring.by  # whose the first entry must be
    return (ring.origin, ring.by, ring.until, ring.revoked, frontier.peaks, standing.counts) == (
        chain.ring.origin,
        chain.ring.by,
        chain.ring.until,
        chain.ring.revoked,
        chain.frontier.peaks,
        chain.counts,
    )


def _damaged(name: str, offset: int) -> LedgerBroken:
    message = f"segment {name} is damaged at byte {offset}"
    return LedgerBroken(message, remedy=RESTORE)


def _changed(index: int) -> LedgerBroken:
    message = f"entry {index} is not what was sealed"
    return LedgerBroken(message, remedy=RESTORE)
