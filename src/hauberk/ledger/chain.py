# SPDX-License-Identifier: Apache-2.0
"""What must hold of entries beyond their hashes: places and counts without gaps, time in order, the key due."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

import msgspec

from hauberk.core.canonical import is_canonical
from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import (
    AlgorithmWeakened,
    BodyChanged,
    CannotLook,
    ClockBack,
    EntryMissing,
    EntryMoved,
    EntryRepeated,
    ForeignEntry,
    LedgerBroken,
)
from hauberk.core.value import Value
from hauberk.ledger import heartbeat, keys
from hauberk.ledger.heartbeat import Pulse, Silence
from hauberk.ledger.keys import Change, Ring
from hauberk.ledger.merkle import Frontier, leaf_hash

INTEGRITY_ONLY = (
    "integrity only: whoever holds the signing key could have written another history, and no witness was named"
)

RESTORE = "restore the ledger from a back-up; it is never mended below a signed checkpoint"
WITNESSED = "witnessed"
MEMBER = "member"
STAMPED = "stamped"
NOTED = (WITNESSED, MEMBER, STAMPED)
"""Kinds of entries that hold a checkpoint; all but a member's are this ledger's own."""


class Witnessed(Value, frozen=True, kw_only=True):
    """What one witness has countersigned of a ledger."""

    by: str
    """Id of its key."""
    size: int
    """The first so many entries."""
    at: str
    """By the witness's clock."""


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
    sources: dict[str, int]
    """``tenant:source`` to the number of its entries, none of which is missing before the last."""
    writers: int
    handed: tuple[str, ...] = ()
    """How the ledger passed from key to key."""
    revoked: dict[str, int] = msgspec.field(default_factory=dict)
    """Key to the entry from which on its signatures count for nothing."""
    silences: tuple[Silence, ...] = ()
    witnessed: tuple[Witnessed, ...] = ()
    stamped: tuple[Witnessed, ...] = ()
    """What time-stamp authorities say was there; ``by`` is the subject of a certificate."""
    integrity: str = INTEGRITY_ONLY

    def stands(self, by: str, index: int) -> bool:
        """Whether what a key signed for the entry at an index stands; not once the ledger has revoked that key."""
        return index < self.revoked.get(by, index + 1)


class Chain:
    """Takes entries in order and refuses the first that does not follow."""

    def __init__(self, origin: str, watch: Iterable[int] = ()) -> None:
        """``watch`` are sizes whose roots will be asked for."""
        self.size = 0
        self.ring = Ring(origin=origin, by="")
        self.kinds: Counter[str] = Counter()
        self.counts: dict[str, int] = {}
        self.first = self.last = self.signer = ""
        self.roots: dict[int, bytes] = {}
        self.noted: list[tuple[Entry, bytes]] = []
        """Entries of the kinds ``NOTED``, with their bodies."""
        self._watch = frozenset(watch)
        self._frontier = Frontier()
        self._waiting: list[bytes] = []
        self._writers: set[str] = set()
        self._pulse = Pulse()
        self._change: Change | None = None
        self._seen()

    def follow(self, line: bytes, body: bytes | None) -> None:
        """Take one entry (the bytes of its leaf) and its body, None where only the tree is at hand.

        Raises LedgerBroken or SignatureInvalid where it does not follow.
        """
        index = self.size
        if _LINE.fullmatch(line) is None:
            _refuse(index, line)
        entry = _LEAF.decode(line)
        if body is not None:
            self._check_body(index, entry, body)
        name = self._check_place(index, entry)
        if entry.kind in _SPECIAL and body is not None:
            self._heed(decode(line, Entry), body, name)
        elif entry.by != self.ring.by:
            self._check_signer(entry, alone=body is None)
        if self.ring.until or self.ring.revoked:
            self.ring.check(index, entry.at)
        self.counts[name] = entry.sequence + 1
        self._writers.add(entry.writer)
        self.size = index + 1
        self._waiting.append(leaf_hash(line))
        self.kinds[entry.kind] += 1
        self.last = entry.at
        self.signer = entry.by
        if index + 1 in self._watch:
            self._seen()
        if self._change is not None:
            self.ring.settle(index, self._change)
            self._change = None

    def _check_place(self, index: int, entry: "_Leaf") -> str:
        """The entry's place, count and time follow; the name of its counter."""
        name = f"{entry.tenant}:{entry.source}"
        if entry.index != index:
            raise EntryMoved(f"entry {index} says that it is entry {entry.index}", remedy=RESTORE)
        due = self.counts.get(name, 0)
        if entry.sequence != due:
            message = f"entry {index} is number {entry.sequence} of source {name} where {due} is due"
            raise (EntryMissing if entry.sequence > due else EntryRepeated)(message, remedy=RESTORE)
        if entry.at < self.last:
            raise ClockBack(f"entry {index} is older than the entry before it", remedy=RESTORE)
        self.first = self.first or entry.at
        return name

    @property
    def frontier(self) -> Frontier:
        """The tree of what was taken so far."""
        if self._waiting:
            self._frontier.extend(self._waiting)
            self._waiting.clear()
        return self._frontier

    def _seen(self) -> None:
        self.roots[self.size] = self.frontier.root

    def _check_body(self, index: int, entry: "_Leaf", body: bytes) -> None:
        if entry.body != f"sha256:{hashlib.sha256(body).hexdigest()}":
            raise BodyChanged(f"entry {index} does not belong to its body", remedy=RESTORE)
        if not is_canonical(body):
            raise _broken(index, "has a body that is not canonical JSON")

    def _heed(self, entry: Entry, body: bytes, name: str) -> None:
        """Take in an entry that says something of the ledger itself."""
        if entry.kind == keys.KIND:
            self.ring.by = self.ring.by or entry.by
            self._change = self.ring.announce(entry, body, self.frontier.root)
        self._check_signer(entry)
        if entry.kind == heartbeat.KIND:
            self._pulse.beat(entry, body, name, self.counts)
        elif entry.kind in NOTED:
            self.noted.append((entry, body))

    def _check_signer(self, entry: "Entry | _Leaf", *, alone: bool = False) -> None:
        """The entry is by the key due; the first one says itself by whom it is, and so does each without its body."""
        self.ring.by = entry.by if alone else self.ring.by or entry.by
        if entry.by != self.ring.by:
            message = f"entry {entry.index} is by {entry.by}, and the ledger is {self.ring.by}'s"
            raise ForeignEntry(message, remedy=RESTORE)

    def prove(self, origin: str, root: str, by: str) -> Proven:
        """What is shown once the root of these entries is the signed one."""
        return Proven(
            origin=origin,
            size=self.size,
            root=root,
            by=by,
            first=self.first,
            last=self.last,
            kinds=dict(sorted(self.kinds.items())),
            sources=dict(sorted(self.counts.items())),
            writers=len(self._writers),
            handed=tuple(f"{old} {'named' if named else 'did not name'} {new}" for old, new, named in self.ring.heirs),
            revoked=dict(self.ring.revoked),
            silences=self._pulse.silences(self.last),
        )


class _Leaf(msgspec.Struct, frozen=True, gc=False):
    """What of an entry is judged, read from a line whose form ``_LINE`` has checked."""

    at: str
    body: str
    by: str
    index: int
    kind: str
    sequence: int
    source: str
    tenant: str
    writer: str


_LEAF = msgspec.json.Decoder(_Leaf)
_LINE = re.compile(
    rb'\{"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","body":"sha256:[0-9a-f]{64}",'
    rb'"by":"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}/[0-9a-f]{32}","index":(?:0|[1-9]\d{0,15}),'
    rb'"kind":"[a-z][a-z0-9.-]{0,63}","schema":"hauberk/entry/1","sequence":(?:0|[1-9]\d{0,15}),'
    rb'"source":"[a-z0-9][a-z0-9._/-]{0,62}","tenant":"[a-z0-9][a-z0-9-]{0,62}","writer":"[0-9a-f]{16}"\}'
)
"""The canonical form of an entry, byte by byte: three times as fast as reading it into an Entry and writing it again.

Law: a line matches if and only if it reads as an Entry that is written as that line (tests/laws).
"""

_SPECIAL = frozenset({keys.KIND, heartbeat.KIND, *NOTED})


def _refuse(index: int, line: bytes) -> NoReturn:
    """Say why a line is no entry."""
    try:
        plain = decode(line, dict)
    except CannotLook:
        plain = {}
    named = str(plain.get("body", "sha256:"))
    if not named.startswith("sha256:"):
        message = f"entry {index} names its body by {named.partition(':')[0][:16]!r}, and this format has SHA-256 only"
        raise AlgorithmWeakened(message, remedy=RESTORE)
    raise _broken(index, "is not an entry")


def _broken(index: int, what: str) -> LedgerBroken:
    message = f"entry {index} {what}"
    return LedgerBroken(message, remedy=RESTORE)
