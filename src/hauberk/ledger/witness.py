# SPDX-License-Identifier: Apache-2.0
"""Witnesses: somebody else's key, machine and memory, who countersigns checkpoints that continue what it saw before.

::

    ledger                          witness
    ask(ledger, old)  -- request -> Witness.sign(request)      checks, remembers, then signs
    take(ledger, note, key)  <----- the checkpoint, countersigned

The request is that of C2SP tlog-witness (add-checkpoint) and travels as a file, on a stick or through a pipe. The
answer is the checkpoint with the witness's two lines at its end (C2SP tlog-cosignature). ``take`` seals it as an entry
of kind ``witnessed``, so that every later export carries it.

A witness remembers one checkpoint a ledger, in a folder of its own. It believes nothing but that memory.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hauberk.core.canonical import canonical
from hauberk.core.clock import Clock, system_clock
from hauberk.core.entry import Entry
from hauberk.core.errors import (
    BundleMalformed,
    Forked,
    LedgerBroken,
    Malformed,
    Misuse,
    NotWitnessed,
    ProofInvalid,
    Rewritten,
    Truncated,
)
from hauberk.ledger.chain import WITNESSED
from hauberk.ledger.checkpoint import Checkpoint, parse_checkpoint
from hauberk.ledger.files import open_locked, replace_file
from hauberk.ledger.log import Ledger
from hauberk.ledger.merkle import EMPTY, check_consistency
from hauberk.ledger.prove import continues
from hauberk.ledger.reading import parse_note
from hauberk.ledger.tiles import subtrees
from hauberk.ledger.witnessed import WitnessedEntry
from hauberk.signing.cosignature import cosign, cosigned_at
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, decode64
from hauberk.signing.note import LARGEST, open_note, split_note

_MOST_HASHES = 63


class Witness:
    """A key and a memory."""

    def __init__(self, identity: Identity, state: Path, keys: Sequence[PublicKey], clock: Clock = system_clock) -> None:
        """``keys`` are those of the ledgers that it will witness; ``state`` is a folder of its own."""
        self._identity = identity
        self._state = state
        self._keys = keys
        self._clock = clock

    def sign(self, request: bytes) -> bytes:
        """The checkpoint of a request with the witness's countersignature.

        Raises Misuse where the request starts from another size than the witness saw last (which the message
        names), SignatureInvalid where none of its keys signed it, Truncated or Forked where the ledger does not
        continue what it saw.
        """
        old, path, note = parse_request(request)
        opened = open_note(note, self._keys, others=True)
        try:
            checkpoint = parse_checkpoint(opened.text)
        except Malformed as error:
            raise BundleMalformed(error.message) from error
        self._state.mkdir(parents=True, exist_ok=True)
        file = self._state / hashlib.sha256(checkpoint.origin.encode()).hexdigest()[:32]
        with open_locked(self._state / "lock"):
            self._check(file, checkpoint, old, path)
            signed = opened_note(note) + cosign(opened.text, self._identity, self._clock()).encode()
            replace_file(file, signed)  # remembered before anybody sees the signature
        return signed

    def last(self, origin: str) -> bytes | None:
        """The checkpoint that it signed last for a ledger; None where it knows none."""
        try:
            return (self._state / hashlib.sha256(origin.encode()).hexdigest()[:32]).read_bytes()
        except FileNotFoundError:
            return None

    def _check(self, file: Path, checkpoint: Checkpoint, old: int, path: Sequence[bytes]) -> None:
        seen = parse_note(file.read_bytes()) if file.exists() else None
        size, root = (seen.size, seen.root) if seen is not None else (0, EMPTY)
        if checkpoint.size < size:
            message = f"{checkpoint.size} entries, and the witness has seen {size}"
            raise Truncated(message, remedy="find out who cut the ledger, or put back an old copy of it")
        if old != size:
            message = f"the request starts from {old} entries, and the witness has seen {size}"
            raise Misuse(message, remedy=f"hauberk ledger witness ask --since {size}")
        try:
            check_consistency((size, root), (checkpoint.size, checkpoint.root), path)
        except ProofInvalid as error:
            message = f"{checkpoint.size} entries that do not continue the {size} that the witness has seen"
            raise Forked(
                message, remedy="keep the request and the witness's memory: they prove two histories"
            ) from error


def ask(ledger: Ledger, old: int) -> bytes:
    """The request for a witness that has seen ``old`` entries last."""
    return continues(ledger, old)


def take(ledger: Ledger, note: bytes, key: PublicKey) -> tuple[Entry, datetime]:
    """Seal what a witness gave back, and say when it signed.

    Raises NotWitnessed or SignatureInvalid where it is not countersigned by that key, Rewritten where it is of
    another history than this.
    """
    text, lines = split_note(note)
    checkpoint = parse_note(note)
    moment = cosigned_at(text, lines, key)
    if moment is None:
        message = f"not countersigned by {key.id}"
        raise NotWitnessed(message, remedy="give the file that `hauberk ledger witness sign` wrote")
    if checkpoint.origin != ledger.origin or checkpoint.size > ledger.size:
        message = f"a checkpoint of {checkpoint.size} entries of {checkpoint.origin}"
        raise LedgerBroken(message, remedy="give the answer to a request of this ledger")
    if checkpoint.size and subtrees(ledger.place, ledger.size)(0, checkpoint.size) != checkpoint.root:
        message = f"{key.id} has countersigned another history of {checkpoint.size} entries"
        raise Rewritten(message)
    body = canonical(WitnessedEntry(key=key.text, note=note.decode()))
    return ledger.append(WITNESSED, body), moment


def parse_request(data: bytes) -> tuple[int, tuple[bytes, ...], bytes]:
    """Old size, hashes and checkpoint of a request; raises BundleMalformed."""
    head, blank, note = data.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
        word, _, old = first.partition(" ")
        path = tuple(decode64(line) for line in hashes)
        size = int(old[:16])
    except ValueError as error:
        raise BundleMalformed("not a request to a witness") from error
    if not blank or word != "old" or str(size) != old or len(path) > _MOST_HASHES or len(note) > LARGEST:
        raise BundleMalformed("not a request to a witness", remedy="give what `hauberk ledger witness ask` wrote")
    return size, path, note


def opened_note(note: bytes) -> bytes:
    """The checkpoint with the ledger's own two lines only."""
    text, _, lines = note.partition(b"\n\n")
    return text + b"\n\n" + b"".join(lines.splitlines(keepends=True)[:2])
