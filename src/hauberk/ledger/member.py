# SPDX-License-Identifier: Apache-2.0
"""Ledgers under one parent: a team in several places keeps a ledger each, and one more that holds their checkpoints.

The parent takes a member's checkpoint as a witness does, after a proof that it continues the last one it took, and
seals it as an entry of kind ``member`` together with that proof. Whoever verifies the parent has then verified that no
member was ever cut or rewritten in between; whoever verifies a member asks the parent's bundle for what it has seen.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import (
    KeyUnavailable,
    LedgerBroken,
    Malformed,
    MemberMismatch,
    ProofInvalid,
    SignatureInvalid,
)
from hauberk.core.value import Value
from hauberk.ledger.chain import MEMBER
from hauberk.ledger.checkpoint import Checkpoint, parse_checkpoint
from hauberk.ledger.known import Known
from hauberk.ledger.merkle import EMPTY, check_consistency
from hauberk.signing.key import decode64, parse_public_key
from hauberk.signing.note import open_note


class MemberEntry(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``member``."""

    key: str
    """``.pub`` text of the key that signed the member's checkpoint."""
    note: str
    """The member's signed checkpoint."""
    old: int
    """Size that the parent had seen before."""
    path: tuple[str, ...]
    """Consistency proof from there, base64."""
    schema: Literal["hauberk/member/1"] = "hauberk/member/1"


class Members:
    """Follows the members of a parent, each from checkpoint to checkpoint."""

    def __init__(self) -> None:
        """No member yet."""
        self.last: dict[str, tuple[int, bytes]] = {}

    def follow(self, told: MemberEntry) -> Checkpoint:
        """Take one; raises MemberMismatch where it does not continue the last of its origin."""
        try:
            text = open_note(told.note.encode(), [parse_public_key(told.key.encode())]).text
            checkpoint = parse_checkpoint(text)
            path = [decode64(one) for one in told.path]
            before = self.last.get(checkpoint.origin, (0, EMPTY))
            check_consistency((told.old, before[1]), (checkpoint.size, checkpoint.root), path)
        except (KeyUnavailable, Malformed, ProofInvalid, SignatureInvalid, ValueError) as error:
            message = f"a member's checkpoint does not continue the one before it: {error}"
            raise MemberMismatch(
                message, remedy="keep both checkpoints: they prove that the member was rewritten"
            ) from error
        if before[0] != told.old:
            message = f"a member's checkpoint starts from {told.old} entries, and {before[0]} were recorded"
            raise MemberMismatch(message)
        self.last[checkpoint.origin] = (checkpoint.size, checkpoint.root)
        return checkpoint


def check_members(noted: Sequence[tuple[Entry, bytes]]) -> None:
    """Every ``member`` entry continues the one before it; raises LedgerBroken or MemberMismatch."""
    members = Members()
    for entry, body in noted:
        if entry.kind == MEMBER:
            members.follow(_told(entry, body))


def recorded(noted: Sequence[tuple[Entry, bytes]], origin: str) -> Iterator[Known]:
    """Checkpoints of one member that a verified parent holds."""
    for entry, body in noted:
        if entry.kind == MEMBER:
            note = _told(entry, body).note.encode()
            checkpoint = parse_checkpoint(note.decode().partition("\n\n")[0] + "\n")
            if checkpoint.origin == origin:
                words = f"entry {entry.index} of the parent"
                yield Known(size=checkpoint.size, words=words, checkpoint=checkpoint, note=note)


def _told(entry: Entry, body: bytes) -> MemberEntry:
    try:
        return decode(body, MemberEntry)
    except Malformed as error:
        message = f"entry {entry.index} is of kind {MEMBER} and holds no checkpoint of a member"
        raise LedgerBroken(message) from error
