# SPDX-License-Identifier: Apache-2.0
"""JSON from strangers is read in one way or refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import Malformed
from hauberk.wire import strict

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_whatever_json_writes_is_read_back(value, ascii_only, indent):
    assert strict.read(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "strict")) == value


@given(VALUES.filter(lambda value: isinstance(value, dict) and value), st.data())
def test_a_key_that_is_written_twice_is_refused_wherever_it_is(value, data):
    key = data.draw(st.sampled_from(sorted(value)))
    text = json.dumps(value, ensure_ascii=False)
    doubled = f"{text[:-1]}, {json.dumps(key, ensure_ascii=False)} : 1}}"
    for written in (doubled, f"[[1], {doubled}]", f'{{"a:b": [0, {doubled}]}}'):
        with pytest.raises(Malformed):
            strict.read(written.encode())


REFUSED = (
    b"NaN", b"[-Infinity]", b"1e400", b'["\\n", 1e400]', b'{"a":1,"a":1}', b'{"a":1,"\\u0061":1}', b'"\xff"', b'"\\ud800"',
    b"\xef\xbb\xbf1", b"01", b"1.", b"+1", b"'a'", b"[1,]", b"", b"1 2", b"[" * 100000, b'["\\n",' * 100000, b'"\\n' + b"1" * 5000,
    b'["\\n",' + b"1" * 5000 + b"]", b'"a\x00"', b"\x00", b"1e5000", b"-1e400",
)  # fmt: skip


@pytest.mark.parametrize("data", REFUSED)
def test_what_two_readers_may_read_differently_is_refused(data):
    with pytest.raises(Malformed):
        strict.read(data)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(data):
    with contextlib.suppress(Malformed):
        strict.read(data)
