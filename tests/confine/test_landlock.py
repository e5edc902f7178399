# SPDX-License-Identifier: Apache-2.0
"""Landlock by itself, without the filter that refuses much of the same."""

import os
import socket

import pytest

from hauberk.confine.landlock import abi
from tests.confine.probing import unconfined

pytestmark = pytest.mark.skipif(abi() == 0, reason="no Landlock here")

ONLY_LANDLOCK = """
from pathlib import Path
from hauberk.confine import landlock, kernel
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict([Path(path) for path in {readable!r}])
"""


def confined(name, payload, *readable):
    lines = ONLY_LANDLOCK.format(readable=[str(path) for path in readable])
    return unconfined(name, payload, before=lines)


@pytest.mark.parametrize("name", ["append", "truncate", "make_folder", "link", "rename", "unlink"])
def test_landlock_alone_refuses_writing_where_reading_is_allowed(tmp_path, name):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert b"Permission denied" in confined(name, os.fsencode(path), tmp_path)
    assert path.read_bytes() == b"content"
    assert unconfined(name, os.fsencode(path)) == b"done"


def test_landlock_alone_allows_reading_only_what_was_named(tmp_path):
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    inside, outside = tmp_path / "open" / "file", tmp_path / "shut" / "file"
    assert confined("read", os.fsencode(inside), tmp_path / "open") == b"done"
    assert confined("read", os.fsencode(inside), inside) == b"done"
    assert b"Permission denied" in confined("read", os.fsencode(outside), tmp_path / "open", tmp_path / "missing")
    assert unconfined("read", os.fsencode(outside)) == b"done"


def test_landlock_alone_refuses_programs(tmp_path):
    assert b"Permission denied" in confined("execute", b"", "/bin", "/usr", "/lib", "/lib64")
    assert unconfined("execute") == b"done"


@pytest.mark.skipif(abi() < 4, reason="TCP is confined from ABI 4")
def test_landlock_alone_refuses_tcp(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1]).encode()
        assert unconfined("connect", port) == b"done"
        assert b"Permission denied" in confined("connect", port)


@pytest.mark.skipif(abi() < 6, reason="signals are scoped from ABI 6")
def test_landlock_alone_refuses_signals_to_the_parent():
    assert unconfined("signal_parent") == b"done"
    assert b"Operation not permitted" in confined("signal_parent", b"")
