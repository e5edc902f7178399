# SPDX-License-Identifier: Apache-2.0
"""The bytes that the ledger hashes have one spelling."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.canonical import canonical, is_canonical, read_canonical
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Entry
from hauberk.core.errors import Malformed
from hauberk.ledger.chain import _LINE

ENTRY = Entry(
    at="2026-11-24T08:28:07.843428Z",
    body="sha256:" + "ab" * 32,
    by="bench/" + "0" * 32,
    index=12345,
    kind="evidence",
    sequence=7,
    writer="0123456789abcdef",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1, 1)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_canonical_bytes_are_canonical_and_read_back(value):
    data = canonical(value)
    assert is_canonical(data)
    assert canonical(read_canonical(data)) == data


@given(JSON, st.booleans(), st.booleans())
def test_another_spelling_of_the_same_value_is_not_canonical(value, spaced, escaped):
    data = json.dumps(value, separators=(", ", ": ") if spaced else (",", ":"), ensure_ascii=escaped).encode()
    assert is_canonical(data) == (data == canonical(read(data)))


def read(data):
    """What the slow way takes the bytes to say."""
    return json.loads(data, parse_int=lambda text: int(text) if abs(int(text)) < 2**53 else float(text))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b"[1 ]",
        b"-0",
        b"1.0",
        b"[1.50]",
        b"01",
        b"NaN",
        b"1E5",
        b"9007199254740993",
        b"",
        b"{}\n",
        b"0.0000001",
        b"\xff",
        b'"\\u0041"',
        b"[" * 100_000,
        b"1" * 5000,
        b"-",
    ],
)
def test_bytes_with_a_second_spelling_are_refused(data):
    assert not is_canonical(data)
    with pytest.raises(Malformed):
        read_canonical(data)


@given(
    st.builds(
        Entry,
        at=st.datetimes(datetime(1000, 1, 1)).map(  # noqa: DTZ001  hypothesis takes naive bounds
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        ),
        body=st.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}"),
        by=st.from_regex(
            r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}/[0-9a-f]{32}", fullmatch=True, alphabet=st.characters(max_codepoint=127)
        ),
        index=st.integers(0, 2**53 - 1),
        kind=st.from_regex(r"[a-z][a-z0-9.-]{0,63}", fullmatch=True),
        sequence=st.integers(0, 2**53 - 1),
        writer=st.binary(min_size=8, max_size=8).map(bytes.hex),
    )
)
def test_an_entry_in_json_is_in_its_canonical_form_and_the_chain_takes_that_and_nothing_else(entry):
    line = encode(entry)
    assert line == canonical(entry)
    assert _LINE.fullmatch(line)
    for other in (line + b"\n", line.replace(b",", b", ", 1), line.replace(b'"tenant":"default",', b""), b" " + line):
        assert _LINE.fullmatch(other) is None


@given(st.integers(0, 300), st.binary(max_size=2))
def test_whatever_the_chain_takes_for_an_entry_reads_as_one_and_is_written_so(at, put):
    line = encode(ENTRY)
    changed = line[:at] + put + line[at + len(put) :]
    try:
        same = encode(decode(changed, Entry)) == changed
    except Malformed:
        same = False
    assert same == (_LINE.fullmatch(changed) is not None)
