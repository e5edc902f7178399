# SPDX-License-Identifier: Apache-2.0
"""Answers of an upstream, in whatever pieces they come."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.guard.reply import MOST_ANSWER, MOST_HEAD, Broken, Reply

PLAIN = b"HTTP/1.1 200 OK\r\ndate: x\r\ncontent-length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2 \r\nlo\r\n0\r\n\r\n"


def fed(data, cuts):
    """Body, and the reply, of bytes that come in pieces."""
    reply, body, places = Reply(), None, [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    for start, end in itertools.pairwise(places):
        if end > start:
            assert body is None, "it was whole before its end"
            body = reply.feed(data[start:end])
    return body, reply


@given(st.sampled_from([(PLAIN, 200), (CHUNKED, 503)]), st.lists(st.integers(1, 120), max_size=8))
def test_however_it_is_cut_the_answer_is_the_same(case, cuts):
    data, status = case
    body, reply = fed(data, cuts)
    assert (body, reply.status, reply.keep, reply.is_over) == (b"hello", status, True, False)


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_bytes_beyond_the_end_are_told(data):
    body, reply = fed(data + b"HTTP/1.1 200 OK\r\n", [])
    assert body == b"hello"
    assert reply.is_over


def test_a_connection_that_the_upstream_closes_is_not_kept():
    assert not fed(PLAIN.replace(b"date: x", b"connection: Close"), [])[1].keep
    assert not fed(PLAIN.replace(b"1.1", b"1.0"), [])[1].keep


CHUNK = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
BROKEN = {
    "another version": PLAIN.replace(b"1.1", b"2.0"),
    "status in other digits": PLAIN.replace(b"200", "²00".encode("latin-1")),
    "a line without a colon": PLAIN.replace(b"date: x", b"date"),
    "a blank before the colon": PLAIN.replace(b"date:", b"date :"),
    "length twice": PLAIN.replace(b"date: x", b"content-length: 5"),
    "length and chunks": PLAIN.replace(b"date: x", b"transfer-encoding: chunked"),
    "length in other digits": PLAIN.replace(b": 5", b": \xb2"),
    "a signed length": PLAIN.replace(b": 5", b": +5"),
    "a length beyond the limit": PLAIN.replace(b": 5", b": %d" % (MOST_ANSWER + 1)),
    "a length with a thousand zeros": PLAIN.replace(b": 5", b": 5" + b"0" * 1000),
    "a head without end": PLAIN[:-9].replace(b"x", b"x" * (MOST_HEAD + 9)),
    "a chunk of -1": CHUNK + b"-1\r\n",
    "a chunk of 1_0": CHUNK + b"1_0\r\n",
    "a chunk of 0x5": CHUNK + b"0x5\r\nhello\r\n",
    "a chunk without a size": CHUNK + b"\r\n",
    "a chunk beyond the limit": CHUNK + b"%x\r\n" % (MOST_ANSWER + 1),
    "a chunk that is longer than it says": CHUNK + b"3\r\nhello\r\n0\r\n\r\n",
    "a line of a chunk without end": CHUNK + b"1" * (MOST_HEAD + 9),
    "trailers": CHUNK + b"0\r\nx: y\r\n\r\n",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_two_readers_may_read_differently_is_broken(data):
    with pytest.raises(Broken):
        fed(data, [])


@given(st.binary(max_size=400), st.integers(0, len(CHUNKED)), st.booleans())
def test_no_bytes_raise_anything_else(noise, at, chunked):
    data = CHUNKED if chunked else PLAIN
    reply = Reply()
    try:
        reply.feed(data[:at] + noise + data[at:])
    except Broken:
        return
    assert len(reply._held) <= len(data) + len(noise)
