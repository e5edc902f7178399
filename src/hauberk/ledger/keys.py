# SPDX-License-Identifier: Apache-2.0
"""Keys over a ledger's life: which one signs now, and the entries of kind ``key`` that change it.

A change is a signed note, so that its holder can also publish it by itself::

    hauberk/key-event/1
    hauberk/alice/1ea8e5550ac0c8b5             the ledger
    17                                         the index of the entry that holds this
    rotated bob/86b0...                        what happens, to which key
    reason planned                             in the holder's words, one line

``rotated``: the old key names its successor, and both sign. It signs the checkpoint that ends with this entry; the new
one signs everything after. ``adopted``: the old private key is lost; the new one goes on alone, states the last
checkpoint that the old one signed, and whoever trusts only the old key is told so. ``revoked ID SIZE``: what that key
signs over more than SIZE entries counts for nothing. ``expires ID STAMP``: nor does what it signs after that time.

A checkpoint is signed by the key that its last entry is by.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import KeyExpired, KeyRevoked, KeySwapped, KeyUnavailable, LedgerBroken, Malformed
from hauberk.core.value import Value
from hauberk.ledger.checkpoint import Checkpoint, open_checkpoint
from hauberk.signing.key import PublicKey, parse_public_key
from hauberk.signing.note import open_note, open_shared, split_note

KIND = "key"
Action = Literal["rotated", "adopted", "revoked", "expires"]

_HEADER = "hauberk/key-event/1"
_DIGITS = 16
_TEXT = re.compile(
    _HEADER + r"\n(?P<origin>[\x21-\x7e]+)\n(?P<index>\d+)\n"
    r"(?P<action>rotated|adopted|revoked|expires) (?P<subject>[A-Za-z0-9][A-Za-z0-9._@-]{0,63}/[0-9a-f]{32})"
    r"(?: (?P<detail>[\x21-\x7e]+))?\nreason (?P<reason>[\x20-\x7e]{1,200})\n"
)
_DETAIL = {
    "rotated": re.compile(""),
    "adopted": re.compile(""),
    "revoked": re.compile(r"\d{1,16}"),
    "expires": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
}


class KeyEntry(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``key``."""

    former: str = ""
    """``.pub`` text of the key before; rotated and adopted only."""
    key: str = ""
    """``.pub`` text of the key after; rotated and adopted only."""
    last: str = ""
    """The last checkpoint that the former key signed; adopted only."""
    note: str
    schema: Literal["hauberk/key-event/1"] = "hauberk/key-event/1"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the text of a key event says. Law: ``parse_change(change.text) == change``."""

    origin: str
    index: int
    action: Action
    subject: str
    """Id of the key."""
    detail: str = ""
    """Size for revoked, stamp for expires."""
    reason: str

    @property
    def text(self) -> str:
        """Five lines."""
        what = " ".join(word for word in (self.action, self.subject, self.detail) if word)
        return f"{_HEADER}\n{self.origin}\n{self.index}\n{what}\nreason {self.reason}\n"


def parse_change(text: str) -> Change:
    """A change from its text; raises Malformed for any other text."""
    match = _TEXT.fullmatch(text)
    if match is None or len(match["index"]) > _DIGITS:
        raise Malformed("not a key event")
    action = cast("Action", match["action"])
    change = Change(
        origin=match["origin"],
        index=int(match["index"]),
        action=action,
        subject=match["subject"],
        detail=match["detail"] or "",
        reason=match["reason"],
    )
    if _DETAIL[action].fullmatch(change.detail) is None or change.text != text:
        raise Malformed("not the canonical text of a key event")
    return change


@dataclass(kw_only=True)
class Ring:
    """Which key signs next, and what is known of the others; follows the entries of kind ``key`` in order."""

    origin: str
    by: str
    """Id of the key that is to sign the next entry."""
    until: str = ""
    """Stamp after which that key counts for nothing; empty where it does not expire."""
    revoked: dict[str, int] = field(default_factory=dict)
    """Key to the size up to which its checkpoints count."""
    known: dict[str, PublicKey] = field(default_factory=dict)
    """Keys that the ledger itself names."""
    heirs: list[tuple[str, str, bool]] = field(default_factory=list)
    """Key, its successor, and whether the key itself has named it."""

    def copy(self) -> "Ring":
        """The same, going its own way."""
        return Ring(
            origin=self.origin,
            by=self.by,
            until=self.until,
            revoked=dict(self.revoked),
            known=dict(self.known),
            heirs=list(self.heirs),
        )

    def announce(self, entry: Entry, body: bytes, root: bytes) -> "Change":
        """What a key entry says, before the entry itself is judged: an adoption is already by the new key.

        ``root`` is that of the tree before the entry. Raises SignatureInvalid or LedgerBroken where the entry is not
        what the keys that it needs have signed.
        """
        try:
            told = decode(body, KeyEntry)
            change = parse_change(split_note(told.note.encode())[0])
        except Malformed as error:
            message = f"entry {entry.index} is of kind {KIND} and is no key event"
            raise LedgerBroken(message) from error
        if (change.origin, change.index) != (self.origin, entry.index):
            message = f"entry {entry.index} is a key event for entry {change.index} of {change.origin}"
            raise KeySwapped(message)
        if change.action in ("rotated", "adopted"):
            self._inherit(told, change, root)
        elif entry.by in self.known:
            open_note(told.note.encode(), [self.known[entry.by]])
        return change

    def _inherit(self, told: KeyEntry, change: Change, root: bytes) -> None:
        former, key = _public(told.former), _public(told.key)
        if (former.id, key.id) != (self.by, change.subject):
            message = f"entry {change.index} passes the ledger from {former.id} to {key.id}, and it is {self.by}'s"
            raise KeySwapped(message)
        if change.action == "rotated":
            open_shared(told.note.encode(), [former, key])
        else:
            open_note(told.note.encode(), [key])
            self._check_last(told, change, former, root)
        self.known |= {former.id: former, key.id: key}
        self.heirs.append((former.id, key.id, change.action == "rotated"))
        if change.action == "adopted":
            self.by, self.until = key.id, ""

    def _check_last(self, told: KeyEntry, change: Change, former: PublicKey, root: bytes) -> None:
        """The history so far is the one that the lost key signed last."""
        last = open_checkpoint(told.last.encode(), [former])[0]
        if last != Checkpoint(origin=self.origin, size=change.index, root=root):
            message = f"entry {change.index} adopts another history than {former.id} signed last"
            raise KeySwapped(message)

    def settle(self, index: int, change: Change) -> None:
        """Let the key entry at an index take effect, once it is in its place."""
        if change.action == "rotated":
            self.by, self.until = change.subject, ""
        elif change.action == "revoked":
            # never later than said before: who holds the key could otherwise lift its own revocation
            said = self.revoked.get(change.subject, index)
            self.revoked[change.subject] = min(int(change.detail[:16]), index, said)
        elif change.action == "expires" and change.subject == self.by:
            self.until = min(self.until, change.detail) if self.until else change.detail

    def check(self, size: int, at: str) -> None:
        """The key that signs now may sign an entry behind ``size`` others; raises KeyRevoked or KeyExpired."""
        if self.revoked and size >= self.revoked.get(self.by, size + 1):
            message = f"entry {size} is by {self.by}, which is revoked from entry {self.revoked[self.by]} on"
            raise KeyRevoked(message, remedy="pass the ledger to another key: hauberk ledger rotate")
        if self.until and at > self.until:
            message = f"entry {size} is of {at}, and {self.by} expired at {self.until}"
            raise KeyExpired(message, remedy="pass the ledger to another key before that: hauberk ledger rotate")

    def trusted(self, keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
        """These keys, and those to which the ledger passed from one of them by its own word."""
        found = {key.id: key for key in keys}
        for former, key, named in self.heirs:
            if named and former in found:
                found[key] = self.known[key]
        return tuple(found.values())


def _public(text: str) -> PublicKey:
    try:
        return parse_public_key(text.encode())
    except KeyUnavailable as error:
        raise KeySwapped("a key event names a key that is none") from error


def check_revocations(origin: str, size: int, by: str, notes: Sequence[bytes], keys: Sequence[PublicKey]) -> None:
    """Refuse what a revoked key has signed over too many entries; the notes are those of ``revoked`` events.

    Raises KeyRevoked; SignatureInvalid where a revocation is not signed by one of the keys.
    """
    for data in notes:
        try:
            change = parse_change(open_note(data, keys).text)
        except Malformed as error:
            raise LedgerBroken("a revocation is no key event") from error
        if (
            change.action == "revoked"
            and change.subject == by
            and change.origin == origin
            and size > int(change.detail)
        ):
            message = f"{by} is revoked from entry {change.detail} on, and has signed {size} entries"
            raise KeyRevoked(message, remedy="ask for the ledger as the successor of that key has it")
