# SPDX-License-Identifier: Apache-2.0
"""Streams of git fast-export: every version is read, and what is none is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.repository import Built

from hauberk.assets.fast_export import Version, read
from hauberk.assets.recognise import recognise
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.scales import Kind

STREAM = (
    b"feature done\nblob\nmark :1\noriginal-oid aa\ndata 4\na\nb\n\nreset refs/heads/main\ncommit refs/heads/main\nmark :2\n"
    b'original-oid bb\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\ndata <<END\nsaid\nEND\nM 100644 :1 "x y"\n'
    b"M 100755 inline z\ndata 1\nq\nM 120000 :1 link\nD gone\n\ntag v1\nfrom :2\ntagger a <a@b> 1 +0000\ndata 3\ntag\ndone\n"
)


def test_versions_and_messages_come_in_order():
    assert list(read(STREAM)) == [
        Version("bb", "", b"said"),
        Version("bb", "x y", b"a\nb\n"),
        Version("bb", "z", b"q"),
        Version("", "", b"tag"),
    ]


def test_what_git_writes_is_recognised_and_read(tmp_path):
    built = Built(tmp_path / "tree")
    built.commit("first", a="x = 1\n")
    built.git("mv", "a.py", "b.py")
    last = built.commit("second", b="x = 2\n")
    data = built.git("fast-export", "--all", "--show-original-ids", "-M").encode()
    assert recognise("history", data) == (Kind.OTHER, "git-export")
    assert Version(last, "b.py", b"x = 2\n") in list(read(data))


@pytest.mark.parametrize(
    "data",
    [
        b"blob\nmark :1\ndata 9\nab",
        b"blob\nmark :1\ndata <<END\nab\n",
        b"blob\nmark :1\ndata -1\nab",
        b"commit refs/heads/a\nmark :1\nM 100644 :7 x\n",
        b"commit refs/heads/a\nmark :1\nM 100644 x\n",
        b"commit refs/heads/a\nmark :1\nPASSWORD = 1\n",
    ],
)
def test_what_git_does_not_write_is_refused(data):
    with pytest.raises(Malformed):
        list(read(data))


@given(st.integers(0, len(STREAM)), st.binary(max_size=6), st.integers(0, 6))
def test_only_core_errors_escape(at, put, cut):
    with contextlib.suppress(CannotLook):
        list(read(STREAM[:at] + put + STREAM[at + cut :]))
