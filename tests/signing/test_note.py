# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hauberk.core.errors import SignatureInvalid
from hauberk.signing import ephemeral, open_note, sign_note

ALICE, MALLORY = ephemeral("alice"), ephemeral("alice")
TEXT = "example.org/log\n7\nrootroot\n"
NOTE = sign_note(TEXT, ALICE)
LINES = NOTE.splitlines(keepends=True)


def test_a_note_opens_under_its_key():
    note = open_note(NOTE.encode(), [MALLORY.public, ALICE.public])
    assert (note.text, note.by) == (TEXT, ALICE.public)


def test_a_foreign_verifier_accepts_the_ed25519_line():
    """Written from the text of C2SP signed-note alone."""
    text, _, signatures = NOTE.rpartition("\n\n")
    first = signatures.splitlines()[0]
    dash, name, encoded = first.split(" ")
    raw = base64.b64decode(encoded)
    key = ALICE.public.ed25519
    assert dash == "\u2014"
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], (text + "\n").encode())


REFUSED = {
    "another key of that name": sign_note(TEXT, MALLORY),
    "first signature stripped": "".join([*LINES[:4], LINES[5]]),
    "second signature stripped": "".join(LINES[:5]),
    "both stripped": "".join(LINES[:4]),
    "signatures exchanged": "".join([*LINES[:4], LINES[5], LINES[4]]),
    "first signature twice": "".join([*LINES[:5], LINES[4]]),
    "a third line": NOTE + LINES[4],
    "second by another": "".join([*LINES[:5], sign_note(TEXT, MALLORY).splitlines(keepends=True)[5]]),
    "first by another": "".join([*LINES[:4], sign_note(TEXT, MALLORY).splitlines(keepends=True)[4], LINES[5]]),
    "text changed": NOTE.replace("7", "8", 1),
    "trailing newline": NOTE + "\n",
    "no final newline": NOTE[:-1],
    "carriage return": NOTE.replace("\n", "\r\n"),
    "hyphen for dash": NOTE.replace("\u2014", "-"),
    "padding dropped": NOTE.replace("=\n", "\n"),
    "two spaces": NOTE.replace("\u2014 ", "\u2014  "),
    "empty": "",
    "only a text": TEXT,
    "too long": "x" * 20_000,
}


@pytest.mark.parametrize("note", REFUSED.values(), ids=REFUSED)
def test_a_note_that_is_not_exactly_signed_twice_is_refused(note):
    if note == NOTE:
        pytest.skip("this key's signatures need no padding")
    with pytest.raises(SignatureInvalid):
        open_note(note.encode(), [ALICE.public])


def test_every_truncation_of_a_note_is_refused():
    data = NOTE.encode()
    for length in range(0, len(data), 7):
        with pytest.raises(SignatureInvalid):
            open_note(data[:length], [ALICE.public])


def test_a_note_needs_a_key():
    with pytest.raises(SignatureInvalid):
        open_note(NOTE.encode(), [])


@pytest.mark.parametrize("text", ["", "\n", "no newline", "a\n\nb\n", "\na\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text):
    with pytest.raises(ValueError, match="text of a note"):
        sign_note(text, ALICE)
