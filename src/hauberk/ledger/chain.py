# SPDX-License-Identifier: Apache-2.0
"""What must hold of entries beyond their hashes: places without gaps, time that does not run back, one signer."""

import hashlib
from collections import Counter

from hauberk.core.canonical import is_canonical
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Entry
from hauberk.core.errors import LedgerBroken, Malformed
from hauberk.core.value import Value
from hauberk.ledger.merkle import Frontier, leaf_hash

INTEGRITY_ONLY = (
    "integrity only: whoever holds the signing key could have written another history; no witness has seen it"
)

RESTORE = "restore the ledger from a back-up; it is never mended below a signed checkpoint"


class Proven(Value, frozen=True, kw_only=True):
    """What verification has shown."""

    origin: str
    size: int
    root: str
    """Base64."""
    by: str
    """Id of the key that signed."""
    first: str
    last: str
    """Stamps of the first and the last entry; empty in an empty ledger."""
    kinds: dict[str, int]
    writers: int
    integrity: str = INTEGRITY_ONLY


class Chain:
    """Takes entries in order and refuses the first that does not follow."""

    def __init__(self, by: str) -> None:
        """Entries are to be by this key."""
        self.by = by
        self.frontier = Frontier()
        self.kinds: Counter[str] = Counter()
        self.first = self.last = ""
        self._sequences: dict[str, int] = {}

    def follow(self, line: bytes, body: bytes) -> Entry:
        """Take one entry (the bytes of its leaf) and its body; raises LedgerBroken where it does not follow."""
        index = self.frontier.size
        try:
            entry = decode(line, Entry)
        except Malformed as error:
            raise _broken(index, "is not an entry") from error
        expected = self._sequences.get(entry.writer, 0)
        if encode(entry) != line:
            raise _broken(index, "is not in canonical form")
        if entry.index != index:
            raise _broken(index, f"says that it is entry {entry.index}")
        if entry.body != f"sha256:{hashlib.sha256(body).hexdigest()}":
            raise _broken(index, "does not belong to its body")
        if not is_canonical(body):
            raise _broken(index, "has a body that is not canonical JSON")
        if entry.sequence != expected:
            raise _broken(index, f"is number {entry.sequence} of its writer where {expected} is due")
        if entry.at < self.last:
            raise _broken(index, "is older than the entry before it")
        if entry.by != self.by:
            raise _broken(index, f"says that it is by {entry.by}")
        self._sequences[entry.writer] = expected + 1
        self.frontier.append(leaf_hash(line))
        self.kinds[entry.kind] += 1
        self.first = self.first or entry.at
        self.last = entry.at
        return entry

    def prove(self, origin: str, root: str) -> Proven:
        """What is shown once the root of these entries is the signed one."""
        return Proven(
            origin=origin,
            size=self.frontier.size,
            root=root,
            by=self.by,
            first=self.first,
            last=self.last,
            kinds=dict(sorted(self.kinds.items())),
            writers=len(self._sequences),
        )


def _broken(index: int, what: str) -> LedgerBroken:
    message = f"entry {index} {what}"
    return LedgerBroken(message, remedy=RESTORE)
