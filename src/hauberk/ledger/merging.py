# SPDX-License-Identifier: Apache-2.0
"""Takes the checkpoint of a member into its parent."""

from collections.abc import Sequence

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import Misuse
from hauberk.ledger import index
from hauberk.ledger.chain import MEMBER
from hauberk.ledger.checkpoint import Checkpoint
from hauberk.ledger.log import Ledger
from hauberk.ledger.member import MemberEntry, Members
from hauberk.ledger.merkle import EMPTY
from hauberk.ledger.witness import opened_note, parse_request
from hauberk.signing.key import PublicKey, encode64
from hauberk.signing.note import open_note


def merge(parent: Ledger, request: bytes, keys: Sequence[PublicKey]) -> tuple[Entry, Checkpoint]:
    """Seal a member's checkpoint (a request as for a witness) in the parent; its entry, and what was sealed.

    Raises Misuse where the request starts from another size than the parent saw last, MemberMismatch where it does
    not continue that, SignatureInvalid where none of the keys signed it.
    """
    old, path, note = parse_request(request)
    opened = open_note(note, keys, others=True)
    told = MemberEntry(
        key=opened.by.text,
        note=opened_note(note).decode(),
        old=old,
        path=tuple(encode64(one) for one in path),
    )
    members = Members()
    for body in index.bodies(parent, MEMBER):
        members.follow(decode(body, MemberEntry))
    origin = opened.text.partition("\n")[0]
    seen = members.last.get(origin, (0, EMPTY))[0]
    if old != seen:
        message = f"the request starts from {old} entries, and the parent has seen {seen}"
        raise Misuse(message, remedy=f"hauberk ledger witness ask --since {seen}")
    checkpoint = members.follow(told)
    return parent.append(MEMBER, canonical(told)), checkpoint
