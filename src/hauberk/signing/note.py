# SPDX-License-Identifier: Apache-2.0
"""Signed notes after C2SP (c2sp.org/signed-note): a text, a blank line, one signature line a key.

Ours carry exactly two lines, both by one identity: Ed25519 (type 0x01, over the text, as any C2SP tool verifies it)
and ML-DSA-65 (type 0xff with the identifier ``hauberk/ml-dsa-65/1``, over the text under the context
``hauberk/note/1``; a foreign tool passes over it as an unknown key). Our verifier requires both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.core.errors import SignatureInvalid
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, Signatures, decode64, encode64, verify_pair

CONTEXT = b"hauberk/note/1"
LARGEST = 16 << 10
"""A note is about 5 kB; larger ones are refused unread."""

_ID = 4
_SIGNATURES = 2


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text whose two signatures hold."""

    text: str
    """With its final newline, without the blank line."""
    by: PublicKey


def sign_note(text: str, identity: Identity) -> str:
    """The signed note of a text; the text ends in a newline and has no blank line and no control characters."""
    if not text.endswith("\n") or "\n\n" in text or text.startswith("\n"):
        raise ValueError("the text of a note ends in a newline and has no blank line")
    data = text.encode()
    key, signatures = identity.public, identity.sign_pair(data, data, CONTEXT)
    return (
        f"{text}\n"
        f"— {key.name} {encode64(key.ed25519_id + signatures.ed25519)}\n"
        f"— {key.name} {encode64(key.mldsa65_id + signatures.mldsa65)}\n"
    )


def open_note(data: bytes, keys: Sequence[PublicKey]) -> Note:
    """The text of a note and whose it is.

    Raises SignatureInvalid unless it carries exactly the two signatures of one of the keys and both hold.
    """
    if len(data) > LARGEST:
        raise _malformed(f"longer than {LARGEST} bytes")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed("not UTF-8") from error
    text, blank, signed = note.partition("\n\n")
    lines = signed.split("\n")
    if not blank or not text or lines.pop() or len(lines) != _SIGNATURES:
        raise _malformed(f"a text, a blank line and {_SIGNATURES} signature lines are expected")
    (name, ed25519), (second, mldsa65) = (_signature(line) for line in lines)
    for key in keys:
        if name == second == key.name and ed25519[:_ID] == key.ed25519_id and mldsa65[:_ID] == key.mldsa65_id:
            signed_text = f"{text}\n".encode()
            signatures = Signatures(ed25519=ed25519[_ID:], mldsa65=mldsa65[_ID:])
            verify_pair(signed_text, signed_text, CONTEXT, signatures, key)
            return Note(text=f"{text}\n", by=key)
    known = ", ".join(key.id for key in keys) or "none"
    message = f"the note is not signed by the keys given ({known})"
    raise SignatureInvalid(message, remedy="give the public key of whoever signed it, obtained from themselves")


def _signature(line: str) -> tuple[str, bytes]:
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
