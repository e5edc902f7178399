# SPDX-License-Identifier: Apache-2.0
"""What a reader demands beyond signatures: checkpoints that he knows, witnesses that he trusts, revocations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509

from hauberk.core.clock import stamp
from hauberk.core.codec import decode
from hauberk.core.errors import (
    Forked,
    KeySwapped,
    LedgerBroken,
    Malformed,
    NotWitnessed,
    Rewritten,
    RolledBack,
    SignatureInvalid,
    StampInvalid,
    Truncated,
)
from hauberk.ledger.chain import INTEGRITY_ONLY, WITNESSED, Chain, Proven, Witnessed
from hauberk.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from hauberk.ledger.keys import check_revocations
from hauberk.ledger.known import Known
from hauberk.ledger.stamped import stamps
from hauberk.ledger.witnessed import WitnessedEntry
from hauberk.signing.cosignature import cosigned_at
from hauberk.signing.key import PublicKey
from hauberk.signing.note import split_note


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What must hold besides; nothing by default."""

    known: Sequence[Known] = ()
    """Checkpoints that the ledger must continue."""
    witnesses: Sequence[PublicKey] = ()
    """Each must have countersigned this history."""
    seen_since: str = ""
    """The newest countersignature of each witness is at least of this time (RFC 3339 UTC with microseconds)."""
    revocations: Sequence[bytes] = ()
    """Signed notes of ``revoked`` events."""
    authorities: Sequence[x509.Certificate] = ()
    """Of time stamps; where there are any, every ``stamped`` entry must hold under them, and one must be there."""


NOTHING = Demands()


class _Noted(msgspec.Struct, frozen=True):
    """What the bodies that hold one of the ledger's own checkpoints have in common."""

    note: str


def sizes(known: Iterable[Known], noted: Iterable[bytes]) -> set[int]:
    """Sizes whose roots will be compared: those of known checkpoints, and of the bodies that hold one."""
    found = {one.size for one in known}
    for body in noted:
        try:
            found.add(_told(body)[0].size)
        except (Malformed, SignatureInvalid):
            continue  # judged where the entry is met
    return found


def holds_note(line: bytes) -> bool:
    """Whether an entry's body holds a checkpoint of the ledger itself."""
    return b'"kind":"witnessed"' in line or b'"kind":"stamped"' in line


def open_last(note: bytes, chain: Chain, keys: Sequence[PublicKey]) -> tuple[Checkpoint, PublicKey]:
    """The checkpoint under which these entries stand, and its signer: the key that the last entry is by.

    Raises KeySwapped where that is none of the keys and none of them passed the ledger to it.
    """
    trusted = chain.ring.trusted(keys)
    due = [key for key in trusted if key.id == chain.signer] if chain.signer else list(trusted)
    if not due:
        unnamed = [old for old, new, named in chain.ring.heirs if new == chain.signer and not named]
        why = f", which {unnamed[0]} never named" if unnamed else ""
        message = f"the ledger ends under {chain.signer}{why}: none of the keys given"
        raise KeySwapped(message, remedy="give that key, obtained from its holder, if you trust it")
    return open_checkpoint(note, due)


def judge(proven: Proven, chain: Chain, demands: Demands, keys: Sequence[PublicKey]) -> Proven:
    """What is proven once every demand is met; raises LedgerBroken or SignatureInvalid for the first that is not."""
    for one in demands.known:
        _continues(proven, chain, one, demands.witnesses)
    check_revocations(proven.origin, proven.size, proven.by, demands.revocations, chain.ring.trusted(keys))
    texts = [_told(body) for entry, body in chain.noted if entry.kind == WITNESSED]
    texts += [(one.checkpoint, one.note) for one in demands.known if one.checkpoint is not None and one.note]
    seen = tuple(_last_seen(key, texts, chain, demands) for key in demands.witnesses)
    stamped = tuple(_stamped(chain, demands)) if demands.authorities else ()
    return msgspec.structs.replace(proven, witnessed=seen, stamped=stamped, integrity=_words(seen, proven.size))


def _stamped(chain: Chain, demands: Demands) -> Iterator[Witnessed]:
    """What authorities have stamped of this history; raises StampInvalid where it is another, or nothing."""
    found = stamps(chain.noted, demands.authorities)
    if not found:
        raise StampInvalid("nothing here is stamped by the authority given", remedy="hauberk ledger anchor rfc3161")
    for at, note, authority in found:
        checkpoint = parse_checkpoint(split_note(note)[0])
        if checkpoint.origin != chain.ring.origin or chain.roots.get(checkpoint.size) != checkpoint.root:
            message = f"{authority} has stamped another history of {checkpoint.size} entries"
            raise StampInvalid(message)
        yield Witnessed(by=authority, size=checkpoint.size, at=at)


def countersigned(checkpoint: Checkpoint, note: bytes, demands: Demands) -> tuple[tuple[Witnessed, ...], str]:
    """Who has countersigned one checkpoint, and the words for it; raises NotWitnessed or RolledBack."""
    seen = []
    for key in demands.witnesses:
        moment = _moment(checkpoint, note, key)
        if moment is None:
            raise _unwitnessed(key)
        _check_lately(key, stamp(moment), demands)
        seen.append(Witnessed(by=key.id, size=checkpoint.size, at=stamp(moment)))
    return tuple(seen), _words(seen, checkpoint.size)


def _continues(proven: Proven, chain: Chain, known: Known, witnesses: Sequence[PublicKey]) -> None:
    if known.size > proven.size:
        message = f"{proven.size} entries, and {known.size} are known ({known.words})"
        raise Truncated(message, remedy="ask for the whole ledger; if this is all, entries were destroyed")
    if known.fits(proven.origin, chain.roots[known.size]):
        return
    message = f"the first {known.size} entries are not those of {known.words}"
    checkpoint, note = known.checkpoint, known.note
    if checkpoint is not None and note and any(_moment(checkpoint, note, key) for key in witnesses):
        raise Rewritten(message, remedy="keep both files: they prove that the key's holder signed two histories")
    raise Forked(message, remedy="keep both files: they prove that two histories were shown")


def _last_seen(key: PublicKey, texts: Sequence[tuple[Checkpoint, bytes]], chain: Chain, demands: Demands) -> Witnessed:
    """The last that a witness has countersigned of this history."""
    best: Witnessed | None = None
    newest = ""
    for checkpoint, note in texts:
        moment = _moment(checkpoint, note, key)
        if moment is None:
            continue
        if checkpoint.origin != chain.ring.origin or chain.roots.get(checkpoint.size) != checkpoint.root:
            message = f"{key.id} has countersigned another history of {checkpoint.size} entries"
            raise Rewritten(
                message, remedy="ask the witness for what it saw; somebody with the key wrote another history"
            )
        newest = max(newest, stamp(moment))
        if best is None or checkpoint.size >= best.size:
            best = Witnessed(by=key.id, size=checkpoint.size, at=stamp(moment))
    if best is None:
        raise _unwitnessed(key)
    _check_lately(key, newest, demands)
    return best


def _unwitnessed(key: PublicKey) -> NotWitnessed:
    message = f"nothing here is countersigned by {key.id}"
    return NotWitnessed(message, remedy="hauberk ledger witness ask; or verify without --witness: integrity only")


def _check_lately(key: PublicKey, newest: str, demands: Demands) -> None:
    if newest < demands.seen_since:
        message = f"{key.id} saw this ledger last at {newest}, before {demands.seen_since}"
        raise RolledBack(message, remedy="ask for the ledger as it stands today, and the witness for what it saw last")


def _moment(checkpoint: Checkpoint, note: bytes, key: PublicKey) -> datetime | None:
    return cosigned_at(checkpoint.text, split_note(note)[1], key)


def _told(body: bytes) -> tuple[Checkpoint, bytes]:
    """Checkpoint and note of a ``witnessed`` entry's body; raises Malformed or SignatureInvalid."""
    note = decode(body, _Noted).note.encode()
    return parse_checkpoint(split_note(note)[0]), note


def _words(seen: Sequence[Witnessed], size: int) -> str:
    if not seen:
        return INTEGRITY_ONLY
    least = min(seen, key=lambda one: one.size)
    names = ", ".join(f"{one.by} at {one.at}" for one in seen)
    after = f"; the {size - least.size} after them: integrity only" if size > least.size else ""
    return f"witnessed: the first {least.size} entries, by {names}{after}"


def check_noted(chain: Chain) -> None:
    """Every ``witnessed`` entry is one; raises LedgerBroken."""
    for entry, body in chain.noted:
        if entry.kind == WITNESSED:
            try:
                decode(body, WitnessedEntry)
                _told(body)
            except (Malformed, SignatureInvalid) as error:
                message = f"entry {entry.index} is of kind {WITNESSED} and holds no countersigned checkpoint"
                raise LedgerBroken(message) from error
