# SPDX-License-Identifier: Apache-2.0
"""One entry without the rest: a receipt after C2SP (c2sp.org/tlog-proof), a few kilobytes that verify offline.

::

    c2sp.org/tlog-proof@v1
    extra <base64 of the canonical JSON {"body": ..., "entry": ...}, both as text>
    index 17
    <hashes from the entry's sibling up to below the root, one base64 line each>
    <a blank line>
    <the signed checkpoint, with the countersignatures of witnesses where there are any>
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.core.canonical import canonical, digest, is_canonical
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Entry
from hauberk.core.errors import BodyChanged, BundleMalformed, LedgerBroken, Malformed, Misuse, TooLarge
from hauberk.core.value import Value
from hauberk.ledger import index, known
from hauberk.ledger.chain import INTEGRITY_ONLY, WITNESSED, Witnessed
from hauberk.ledger.checkpoint import Checkpoint, parse_checkpoint
from hauberk.ledger.demands import NOTHING, Demands, countersigned
from hauberk.ledger.keys import check_revocations
from hauberk.ledger.log import Ledger
from hauberk.ledger.merkle import check_inclusion, consistency_path, inclusion_path, leaf_hash
from hauberk.ledger.reading import parse_note, read_lines
from hauberk.ledger.segment import LARGEST_BODY, LARGEST_ENTRY
from hauberk.ledger.tiles import subtrees
from hauberk.ledger.witnessed import WitnessedEntry
from hauberk.signing.key import PublicKey, decode64, encode64
from hauberk.signing.note import open_note

HEADER = b"c2sp.org/tlog-proof@v1\n"
LARGEST = 48 << 20
_DEEPEST = 64


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One entry with its way to a signed root. Law: ``parse_receipt(receipt.data) == receipt``."""

    index: int
    line: bytes
    """The entry, as its leaf has it."""
    body: bytes
    path: tuple[bytes, ...]
    note: bytes
    """The signed checkpoint."""

    @property
    def data(self) -> bytes:
        """The receipt as a file."""
        extra = canonical({"body": self.body.decode(), "entry": self.line.decode()})
        lines = [f"extra {encode64(extra)}", f"index {self.index}", *map(encode64, self.path), "", ""]
        return HEADER + "\n".join(lines).encode() + self.note


class Shown(Value, frozen=True, kw_only=True):
    """What a receipt has shown."""

    origin: str
    size: int
    """The entry is one of so many."""
    root: str
    by: str
    entry: Entry
    code: str
    """Of the checkpoint, for paper."""
    witnessed: tuple[Witnessed, ...] = ()
    integrity: str = INTEGRITY_ONLY


class _Extra(Value, frozen=True, kw_only=True):
    body: str
    entry: str


def prove(ledger: Ledger, name: str) -> Receipt:
    """The receipt of an entry, named by its index, its body's digest or the id that its body states.

    It stands under the last checkpoint that a witness has countersigned, if that covers it, else under the last.
    Raises Misuse where there is no such entry.
    """
    at = index.find(ledger, name)
    note = ledger.note
    for told in index.bodies(ledger, WITNESSED):
        countersigned_note = decode(told, WitnessedEntry).note
        if parse_note(countersigned_note.encode()).size > at:
            note = countersigned_note
    return receipt_under(ledger, at, note.encode())


def receipt_under(ledger: Ledger, at: int, note: bytes) -> Receipt:
    """The receipt of the entry at an index under one checkpoint of the ledger."""
    size = parse_note(note).size
    if not at < size <= ledger.size:
        message = f"entry {at} is none of the {size} under that checkpoint"
        raise Misuse(message)
    path = inclusion_path(at, size, subtrees(ledger.place, ledger.size))
    (line, body) = next(read_lines(ledger.place, at, at + 1))
    return Receipt(index=at, line=line, body=body, path=tuple(path), note=note)


def continues(ledger: Ledger, old: int) -> bytes:
    """That the ledger as it stands continues its first ``old`` entries, in the form that witnesses take.

    C2SP tlog-witness, add-checkpoint: ``old SIZE``, the hashes, a blank line, the checkpoint.
    """
    if not 0 <= old <= ledger.size:
        message = f"the ledger has {ledger.size} entries, not {old}"
        raise Misuse(message)
    path = consistency_path(old, ledger.size, subtrees(ledger.place, ledger.size))
    lines = [f"old {old}", *map(encode64, path), "", ""]
    return "\n".join(lines).encode() + ledger.note.encode()


def parse_receipt(data: bytes) -> Receipt:
    """A receipt from its bytes; raises BundleMalformed for whatever ``Receipt.data`` does not give."""
    if len(data) > LARGEST or not data.startswith(HEADER):
        raise _malformed("the first line is not that of a receipt, or it is too large")
    head, blank, note = data[len(HEADER) :].partition(b"\n\n")
    try:
        extra, at, *path = head.decode("ascii").split("\n")
        told = decode(decode64(extra.removeprefix("extra ")), _Extra)
        receipt = Receipt(
            index=int(at.removeprefix("index ")[:16]),
            line=told.entry.encode(),
            body=told.body.encode(),
            path=tuple(decode64(hash_) for hash_ in path),
            note=note,
        )
    except (ValueError, Malformed, TooLarge) as error:
        raise _malformed("a line of it is not what it should be") from error
    if not blank or receipt.data != data or len(path) > _DEEPEST:
        raise _malformed("not the bytes of a receipt")
    if len(receipt.line) > LARGEST_ENTRY or len(receipt.body) > LARGEST_BODY:
        raise _malformed("the entry is too large")
    return receipt


def verify_receipt(data: bytes, keys: Sequence[PublicKey], demands: Demands = NOTHING) -> Shown:
    """What a receipt shows under these keys; raises BundleMalformed, LedgerBroken or SignatureInvalid."""
    receipt = parse_receipt(data)
    opened = open_note(receipt.note, keys, others=True)
    try:
        checkpoint, entry = parse_checkpoint(opened.text), decode(receipt.line, Entry)
    except Malformed as error:
        raise _malformed(error.message) from error
    if encode(entry) != receipt.line or entry.index != receipt.index or not is_canonical(receipt.body):
        raise _malformed("the entry is not canonical, or not in its place")
    if entry.body != digest(receipt.body):
        raise BodyChanged(f"entry {entry.index} does not belong to its body")
    check_inclusion(leaf_hash(receipt.line), receipt.index, checkpoint.size, receipt.path, checkpoint.root)
    check_revocations(checkpoint.origin, checkpoint.size, opened.by.id, demands.revocations, keys)
    for one in demands.known:
        if one.size == checkpoint.size and not one.fits(checkpoint.origin, checkpoint.root):
            raise LedgerBroken(f"the receipt stands under another checkpoint than {one.words}")
    seen, words = countersigned(checkpoint, receipt.note, demands)
    return Shown(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=encode64(checkpoint.root),
        by=opened.by.id,
        entry=entry,
        code=known.code(checkpoint),
        witnessed=seen,
        integrity=words,
    )


def printed(shown: Shown, receipt: Receipt) -> str:
    """The receipt for paper: what it shows, and what to type to check it."""
    entry = shown.entry
    lines = [
        "RECEIPT FOR ONE LEDGER ENTRY",
        "",
        f"  ledger      {shown.origin}",
        f"  entry       {entry.index}, one of {shown.size}",
        f"  kind        {entry.kind}   source {entry.tenant}:{entry.source}, number {entry.sequence}",
        f"  sealed at   {entry.at}, by the signer's clock",
        f"  body        {entry.body}",
        f"  by          {entry.by}",
        f"  checkpoint  {known.code(Checkpoint(origin=shown.origin, size=shown.size, root=decode64(shown.root)))}",
        f"  root        {shown.root}",
        f"  signed by   {shown.by}  (Ed25519 and ML-DSA-65)",
        f"  proven      {shown.integrity}",
        "",
        f"  path from the entry to the root, {len(receipt.path)} hashes",
        *(f"    {encode64(hash_)}" for hash_ in receipt.path),
        "",
        "  To check the file of this receipt: hauberk verify FILE --key SIGNER.pub",
    ]
    return "\n".join(lines) + "\n"


def _malformed(why: str) -> BundleMalformed:
    return BundleMalformed(why, remedy="ask for the receipt again: hauberk ledger prove")
