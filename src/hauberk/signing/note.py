# SPDX-License-Identifier: Apache-2.0
"""Signed notes after C2SP (c2sp.org/signed-note): a text, a blank line, one signature line a key.

Ours carry two lines an identity: Ed25519 (type 0x01, over the text, as any C2SP tool verifies it) and ML-DSA-65 (type
0xff with the identifier ``hauberk/ml-dsa-65/1``, over the text under the context ``hauberk/note/1``; a foreign tool
passes over it as an unknown key). Our verifier requires both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.core.errors import AlgorithmWeakened, KeySwapped, SignatureInvalid, SignatureStripped
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, Signatures, decode64, encode64, verify_pair

CONTEXT = b"hauberk/note/1"
LARGEST = 128 << 10
"""A note is about 5 kB, and 5 kB more for each witness; larger ones are refused unread."""
MOST_LINES = 32

_ID = 4
_PAIR = 2

Line = tuple[str, bytes]
"""Name and decoded signature, which begins with the key's id, of one signature line."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text whose two signatures hold."""

    text: str
    """With its final newline, without the blank line."""
    by: PublicKey
    others: tuple[Line, ...] = ()
    """Further signature lines, not verified."""


def sign_note(text: str, *identities: Identity) -> str:
    """The signed note of a text; the text ends in a newline and has no blank line and no control characters."""
    if not text.endswith("\n") or "\n\n" in text or text.startswith("\n"):
        raise ValueError("the text of a note ends in a newline and has no blank line")
    data = text.encode()
    lines = []
    for identity in identities:
        key, signatures = identity.public, identity.sign_pair(data, data, CONTEXT)
        lines.append(signature_line(key.name, key.ed25519_id + signatures.ed25519))
        lines.append(signature_line(key.name, key.mldsa65_id + signatures.mldsa65))
    return f"{text}\n{''.join(lines)}"


def signature_line(name: str, signature: bytes) -> str:
    """One line, with its newline; the signature begins with the id of its key."""
    return f"— {name} {encode64(signature)}\n"


def open_note(data: bytes, keys: Sequence[PublicKey], *, others: bool = False) -> Note:
    """The text of a note and whose it is.

    Raises SignatureInvalid unless its first two signatures are those of one of the keys and both hold, and, without
    ``others``, where more follow.
    """
    text, lines = split_note(data)
    key = _signer(lines, keys)
    if len(lines) > _PAIR and not others:
        raise _malformed(f"{_PAIR} signature lines are expected, not {len(lines)}")
    _check_pair(text.encode(), lines[:_PAIR], key)
    return Note(text=text, by=key, others=tuple(lines[_PAIR:]))


def open_shared(data: bytes, keys: Sequence[PublicKey]) -> str:
    """The text of a note that all of these keys, and nobody else, have signed in this order; else SignatureInvalid."""
    text, lines = split_note(data)
    if len(lines) != _PAIR * len(keys):
        message = f"{len(lines)} signatures where {_PAIR * len(keys)} are expected"
        raise SignatureStripped(message)
    for at, key in enumerate(keys):
        pair = lines[_PAIR * at : _PAIR * at + _PAIR]
        if _signer(pair, [key]) is key:
            _check_pair(text.encode(), pair, key)
    return text


def split_note(data: bytes) -> tuple[str, list[Line]]:
    """Text and signature lines of a note, with nothing verified; raises SignatureInvalid where it is none."""
    if len(data) > LARGEST:
        raise _malformed(f"longer than {LARGEST} bytes")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed("not UTF-8") from error
    text, blank, signed = note.partition("\n\n")
    lines = signed.split("\n")
    if not blank or not text or lines.pop() or not 0 < len(lines) <= MOST_LINES:
        raise _malformed("a text, a blank line and signature lines are expected")
    return f"{text}\n", [_line(line) for line in lines]


def _signer(lines: Sequence[Line], keys: Sequence[PublicKey]) -> PublicKey:
    """The one of the keys that the first two lines name; raises SignatureInvalid where they are not both its."""
    names = [(name, signature[:_ID]) for name, signature in lines]
    for key in keys:
        first, second = (key.name, key.ed25519_id), (key.name, key.mldsa65_id)
        if names[:_PAIR] == [first, second]:
            return key
        if second in names or first in names:
            if len(names) > 1 and first == names[0] != names[1] and second not in names:
                message = f"the second signature is not of ML-DSA-65 by {key.id}"
                raise AlgorithmWeakened(message)
            message = f"of the two signatures of {key.id}, Ed25519 and then ML-DSA-65, one is missing or out of place"
            raise SignatureStripped(message, remedy="ask for the file again, as it was written")
    known = ", ".join(key.id for key in keys) or "none"
    message = f"the note is not signed by the keys given ({known})"
    raise KeySwapped(message, remedy="give the public key of whoever signed it, obtained from themselves")


def _check_pair(text: bytes, lines: Sequence[Line], key: PublicKey) -> None:
    ed25519, mldsa65 = (signature[_ID:] for _, signature in lines)
    verify_pair(text, text, CONTEXT, Signatures(ed25519=ed25519, mldsa65=mldsa65), key)


def _line(line: str) -> Line:
    """Name and decoded signature of one line."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        signature = decode64(encoded)
    except ValueError as error:
        raise _malformed("a signature line is not canonical base64") from error
    if dash != "—" or not name or len(signature) <= _ID:
        raise _malformed("a signature line is not `— NAME BASE64`")
    return name, signature


def _malformed(why: str) -> SignatureInvalid:
    message = f"not a signed note: {why}"
    return SignatureInvalid(message)
