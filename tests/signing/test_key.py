# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from hauberk.core.errors import KeyUnavailable, Misuse, SignatureInvalid
from hauberk.signing import ephemeral, parse_public_key, verify
from hauberk.signing.key import Signatures, framed

ALICE = ephemeral("alice", ("approver", "writer"))
MALLORY = ephemeral("mallory")


def test_a_public_key_reads_back_from_its_own_text():
    assert parse_public_key(ALICE.public.text.encode()) == ALICE.public


def test_the_first_verifier_line_is_what_c2sp_tools_read():
    line = ALICE.public.text.splitlines()[3]
    name, key_id, encoded = line.split("+", 2)
    assert (name, key_id) == ("alice", ALICE.public.ed25519_id.hex())
    assert encoded.startswith("AQ") or encoded[0] == "A"


def test_every_changed_byte_of_a_public_key_is_refused_or_is_another_key():
    data = ALICE.public.text.encode()
    accepted = 0
    for at in random.Random(7).sample(range(len(data)), 300):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            accepted += parse_public_key(changed) == ALICE.public
        except KeyUnavailable:
            continue
    assert accepted == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"hauberk/public-key/1\n",
        ALICE.public.text.encode() + b"\n",
        ALICE.public.text.encode()[:-1],
        ALICE.public.text.replace("approver writer", "writer approver").encode(),
        b"x" * 100_000,
    ],
)
def test_what_is_no_public_key_is_refused(data):
    with pytest.raises(KeyUnavailable):
        parse_public_key(data)


def test_a_signature_holds_for_its_message_context_and_key_only():
    signatures = ALICE.sign(b"message", "test/1")
    verify(b"message", "test/1", signatures, ALICE.public)
    for message, context, key in (
        (b"messagf", "test/1", ALICE),
        (b"message", "test/2", ALICE),
        (b"message", "test/1", MALLORY),
    ):
        with pytest.raises(SignatureInvalid):
            verify(message, context, signatures, key.public)


def test_both_signatures_are_required():
    good, bad = ALICE.sign(b"message", "test/1"), MALLORY.sign(b"message", "test/1")
    for mixed in (
        Signatures(ed25519=bad.ed25519, mldsa65=good.mldsa65),
        Signatures(ed25519=good.ed25519, mldsa65=bad.mldsa65),
        Signatures(ed25519=b"", mldsa65=good.mldsa65),
        Signatures(ed25519=good.ed25519, mldsa65=b""),
    ):
        with pytest.raises(SignatureInvalid):
            verify(b"message", "test/1", mixed, ALICE.public)


def test_what_a_statement_signs_is_never_the_text_of_a_note():
    with pytest.raises(UnicodeDecodeError):
        framed(b"hauberk/alice\n1\nroot\n", "x").decode()


def test_private_keys_do_not_show():
    seeds = [seed.hex() for seed in ALICE.seeds]
    assert not any(seed in repr(ALICE) or seed in ALICE.public.text for seed in seeds)
    assert "MLDSA" not in repr(ALICE)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "../x", ".x", "a/b", "é", "x" * 65, "a\n"])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(Misuse):
        ephemeral(name)


@pytest.mark.parametrize("role", ["", "A", "a b", "-", "é"])
def test_a_malformed_role_is_refused(role):
    with pytest.raises(Misuse):
        ephemeral("alice", (role,))
