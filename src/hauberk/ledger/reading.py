# SPDX-License-Identifier: Apache-2.0
"""Reading a ledger's folder: entries one by one, or all of it against the signed root."""

import hashlib
from collections.abc import Iterator

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import LedgerBroken, Malformed
from hauberk.ledger.chain import Chain, Proven
from hauberk.ledger.checkpoint import open_checkpoint
from hauberk.ledger.segment import Torn, read_frames, read_header, segments
from hauberk.ledger.tail import RESTORE, Place
from hauberk.signing.key import encode64


def read_lines(place: Place, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Lines of entries and bodies from ``start`` (inclusive) to ``size`` (exclusive), as they are on disk.

    Raises LedgerBroken where there are fewer.
    """
    paths = segments(place.log)
    index = 0
    for number, path in enumerate(paths):
        if number + 1 < len(paths) and int(paths[number + 1].name) <= start:
            continue
        index = int(path.name)
        with path.open("rb") as file:
            try:
                read_header(file)
                for frame in read_frames(file):
                    for line in frame.lines:
                        if start <= index < size:
                            yield line
                        index += 1
                    if index >= size:
                        return
            except Torn as torn:
                raise _damaged(path.name, torn.offset) from torn
    if index < size:
        raise _damaged(paths[-1].name if paths else "log", 0)


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


def verify_folder(place: Place, note: str) -> Proven:
    """Everything under a signed checkpoint; raises LedgerBroken or SignatureInvalid at the first fault."""
    checkpoint, key = open_checkpoint(note.encode(), place.keys)
    chain = Chain(key.id)
    for line, body in read_lines(place, 0, checkpoint.size):
        chain.follow(line, body)
    if chain.frontier.root != checkpoint.root:
        raise LedgerBroken("the entries do not hash to the signed root", remedy=RESTORE)
    return chain.prove(checkpoint.origin, encode64(checkpoint.root))


def _damaged(name: str, offset: int) -> LedgerBroken:
    message = f"segment {name} is damaged at byte {offset}"
    return LedgerBroken(message, remedy=RESTORE)


def _changed(index: int) -> LedgerBroken:
    message = f"entry {index} is not what was sealed"
    return LedgerBroken(message, remedy=RESTORE)
