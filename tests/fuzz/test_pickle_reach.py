# SPDX-License-Identifier: Apache-2.0
"""A short run of ``bench/pickle_fuzz.py``: CPython under an audit hook finds no hole, and it does find a planted one."""

import sys

import pytest
from bench import pickle_fuzz
from bench.peers.reach import Work

from hauberk.analysis import allowlist

STREAMS = 3000


@pytest.mark.slow
def test_no_stream_called_clean_reaches_what_is_not_allowed():
    tally = pickle_fuzz.fuzz(STREAMS)
    sys.stdout.write(f"{tally.reached} of {tally.streams} reach a global, {tally.clean} called clean\n")
    assert tally.holes == []
    assert tally.reached >= pickle_fuzz.REACHED * tally.streams
    assert tally.clean_reached > 0


COMPARED = (
    b"\x80\x02csklearn.preprocessing._data\nStandardScaler\n)\x81}X\x10\0\0\0_sklearn_versioncnumpy\ndtype\n"
    b"X\x02\0\0\0i8\x89\x88\x87R(K\x03X\x01\0\0\0<NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\0tbsb."
)
"""scikit-learn compares the version in the state with its own; numpy makes a type of that and reads it as a literal."""
EVALUATED = b"\x80\x02c__builtin__\neval\nX\x01\0\0\x001\x85R."


@pytest.mark.slow
@pytest.mark.parametrize(("data", "holes"), [(COMPARED, []), (EVALUATED, ["compile", "exec"])])
def test_a_literal_that_is_only_parsed_is_told_from_code(data, holes):
    work = Work([data], [True], pickle_fuzz.allowed() | {"builtins.eval"})
    tally = pickle_fuzz.Tally()
    with pickle_fuzz.pool() as children:
        pickle_fuzz.collect(children, pickle_fuzz.Sent(children, work), tally)
    found = [what for _, seen in tally.holes for what in seen]
    assert bool(found) == bool(holes)
    assert all(one.startswith(tuple(holes)) for one in found)


@pytest.mark.slow
def test_a_planted_hole_in_the_allow_list_is_found(monkeypatch):
    planted, true = allowlist.Entry(uses=("call",), audit="planted"), allowlist.entry
    monkeypatch.setattr(
        allowlist, "entry", lambda module, name: planted if (module, name) == ("os", "system") else true(module, name)
    )
    found = {what for _, holes in pickle_fuzz.fuzz(STREAMS).holes for what in holes}
    assert "os.system by C unpickler" in found
