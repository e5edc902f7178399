# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import Malformed, SignatureInvalid
from hauberk.signing import ephemeral, open_statement, parse_statement, seal

ALICE, MALLORY = ephemeral("alice"), ephemeral("mallory")
BODY = {
    "fingerprint": "v1:abc",
    "reason": "accepted until the new base image",
    "until": "2030-01-01",
    "weights": [0.5, 1],
}
STATEMENT = seal(BODY, ALICE, "waiver")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_statement_opens_under_its_key_and_kind():
    assert open_statement(STATEMENT, [MALLORY.public, ALICE.public], kind="waiver") == BODY
    assert open_statement(STATEMENT.data, [ALICE.public]) == BODY


@given(JSON)
@settings(max_examples=40, deadline=None)
def test_whatever_is_sealed_opens_as_itself(body):
    assert open_statement(seal(body, ALICE, "attestation").data, [ALICE.public]) == body


CHANGES = {
    "another body": {"body": {**BODY, "until": "2031-01-01"}},
    "another kind": {"kind": "attestation"},
    "another signer": {"by": MALLORY.public.id},
    "first signature empty": {"ed25519": ""},
    "second signature empty": {"mldsa65": ""},
    "first by another": {"ed25519": seal(BODY, MALLORY, "waiver").ed25519},
    "second by another": {"mldsa65": seal(BODY, MALLORY, "waiver").mldsa65},
    "not base64": {"ed25519": "!" + STATEMENT.ed25519[1:]},
    "padding": {"ed25519": STATEMENT.ed25519.rstrip("=")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_statement_is_refused(change):
    with pytest.raises(SignatureInvalid):
        open_statement(msgspec.structs.replace(STATEMENT, **change), [ALICE.public, MALLORY.public])


def test_a_statement_of_another_kind_does_not_do():
    with pytest.raises(SignatureInvalid, match="attestation"):
        open_statement(STATEMENT, [ALICE.public], kind="attestation")


def test_an_unknown_key_does_not_do():
    with pytest.raises(SignatureInvalid):
        open_statement(STATEMENT, [MALLORY.public])


def test_every_flipped_byte_is_refused():
    data = STATEMENT.data
    for at in range(0, len(data), 3):
        with pytest.raises(SignatureInvalid):
            open_statement(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], [ALICE.public])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b" " + STATEMENT.data,
        STATEMENT.data + b"\n",
        STATEMENT.data.replace(b'"kind"', b'"kinds"'),
        STATEMENT.data.replace(b'{"body"', b'{ "body"'),
    ],
)
def test_other_bytes_are_no_statement(data):
    with pytest.raises(SignatureInvalid):
        parse_statement(data)


def test_what_has_no_canonical_form_is_not_sealed():
    with pytest.raises(Malformed):
        seal({"a": float("nan")}, ALICE, "waiver")
