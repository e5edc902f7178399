# SPDX-License-Identifier: Apache-2.0
"""Passing a ledger on: to a new key, away from a lost or stolen one, and the files that let readers follow.

``heirs`` in the ledger's folder repeats the bodies of the ``rotated`` and ``adopted`` entries, one a line, so that a
reader who holds the first key accepts the last without reading the whole ledger first. It needs no trust: each step
is signed, and verification reads the entries themselves.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import CannotLook, KeyUnavailable, Misuse, SignatureInvalid
from hauberk.ledger.commit import Point
from hauberk.ledger.files import replace_file
from hauberk.ledger.keys import KIND, Action, Change, KeyEntry, parse_change
from hauberk.ledger.tail import Place
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, parse_public_key
from hauberk.signing.note import open_shared, sign_note, split_note

if TYPE_CHECKING:
    from hauberk.ledger.log import Ledger

_HEIRS = "heirs"
_LARGEST = 4 << 20


def accepted_keys(path: Path, trusted: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
    """These keys, those to which the ledger in a folder passed from one of them, and those from which it did.

    A step counts if the keys that it needs have signed it: both, or for an adoption the new one.
    """
    found = {key.id: key for key in trusted}
    steps = [step for told in _heirs(path) if (step := _step(told)) is not None]
    for former, key, named in steps:
        if named and former.id in found:
            found.setdefault(key.id, key)
    for former, key, _ in reversed(steps):
        if key.id in found:
            found.setdefault(former.id, former)
    return tuple(found.values())


def _step(told: KeyEntry) -> tuple[PublicKey, PublicKey, bool] | None:
    """Old key, new key and whether the old one named the new one; None for a line of no use."""
    try:
        action = parse_change(split_note(told.note.encode())[0]).action
        former, key = parse_public_key(told.former.encode()), parse_public_key(told.key.encode())
        open_shared(told.note.encode(), [former, key] if action == "rotated" else [key])
    except (CannotLook, SignatureInvalid, KeyUnavailable):
        return None
    return former, key, action == "rotated"


def _heirs(path: Path) -> list[KeyEntry]:
    try:
        with (path / _HEIRS).open("rb") as file:
            lines = file.read(_LARGEST).split(b"\n")
    except OSError:
        return []
    told = []
    for line in lines:
        with contextlib.suppress(CannotLook):
            told.append(decode(line, KeyEntry))
    return told


def rotate(ledger: "Ledger", heir: Identity, *, reason: str = "planned") -> Entry:
    """Pass a ledger to another key: the old one names it, both sign, and the new one signs whatever follows."""
    identity = ledger.writer.identity
    if identity is None:
        raise KeyUnavailable("the key that signs now must name its successor", remedy="is it lost? use adopt")
    if heir.public.id == identity.public.id:
        raise Misuse("a ledger cannot pass to the key that it has")

    def make(point: Point) -> bytes:
        change = _change(point, "rotated", heir.public.id, reason=reason)
        told = KeyEntry(former=identity.public.text, key=heir.public.text, note=sign_note(change.text, identity, heir))
        return _announced(ledger, told)

    entry = ledger.append_made(KIND, make, heir=heir)
    _name(ledger, heir)
    return entry


def adopt(ledger: "Ledger", heir: Identity, *, reason: str = "the old key is lost") -> Entry:
    """Go on under another key where the old private one is lost.

    The past stays as the old key signed it. Who trusts only the old key is told that it never named this one.
    """
    former = ledger.key
    if heir.public.id == former.id:
        raise Misuse("a ledger cannot pass to the key that it has")

    def make(point: Point) -> bytes:
        change = _change(point, "adopted", heir.public.id, reason=reason)
        told = KeyEntry(former=former.text, key=heir.public.text, last=point.note, note=sign_note(change.text, heir))
        return _announced(ledger, told)

    entry = ledger.append_made(KIND, make, heir=heir, adopts=True)
    _name(ledger, heir)
    return entry


def revoke(ledger: "Ledger", key: str, size: int, *, reason: str) -> tuple[Entry, str]:
    """State that what a key signs over more than ``size`` entries counts for nothing.

    Gives the entry, and the signed note for publication. Raises Misuse where ``size`` is more than the ledger has.
    """
    if not 0 <= size <= ledger.size:
        message = f"the ledger has {ledger.size} entries, so nothing can be revoked from entry {size} on"
        raise Misuse(message)
    return _state(ledger, "revoked", key, str(size), reason)


def expire(ledger: "Ledger", until: str, *, reason: str = "planned") -> tuple[Entry, str]:
    """State after which time (RFC 3339 UTC with microseconds) the key that signs now counts for nothing."""
    return _state(ledger, "expires", ledger.key.id, until, reason)


def _state(ledger: "Ledger", action: Action, key: str, detail: str, reason: str) -> tuple[Entry, str]:
    identity = ledger.writer.identity
    if identity is None:
        raise KeyUnavailable("the ledger was opened for reading only", remedy="open it with the identity that signs it")
    notes: list[str] = []

    def make(point: Point) -> bytes:
        notes.append(sign_note(_change(point, action, key, detail=detail, reason=reason).text, identity))
        return canonical(KeyEntry(note=notes[-1]))

    entry = ledger.append_made(KIND, make)
    return entry, notes[-1]


def _change(point: Point, action: Action, key: str, *, detail: str = "", reason: str) -> Change:
    change = Change(origin=point.origin, index=point.index, action=action, subject=key, detail=detail, reason=reason)
    try:
        ours = reason.isascii() and reason.isprintable() and parse_change(change.text) == change
    except CannotLook:
        ours = False
    if not ours:
        raise Misuse("a key event takes a key's id and one short line of plain ASCII as its reason")
    return change


def _announced(ledger: "Ledger", told: KeyEntry) -> bytes:
    """The body, once readers can follow it: the heirs' file comes first, so that no crash leaves them behind."""
    body = canonical(told)
    path = ledger.path / _HEIRS
    before = path.read_bytes() if path.exists() else b""
    replace_file(path, before + body + b"\n")
    return body


def _name(ledger: "Ledger", heir: Identity) -> None:
    """Let the folder name its new key."""
    replace_file(ledger.path / "key.pub", heir.public.text.encode())
    ledger.writer.place = _with(ledger, heir.public)


def _with(ledger: "Ledger", key: PublicKey) -> Place:
    place = ledger.place
    return replace(place, keys=(key, *place.keys), trusted=(key, *place.trusted))
