# SPDX-License-Identifier: Apache-2.0
"""A short run of ``bench/pickle_fuzz.py``: CPython under an audit hook finds no hole, and it does find a planted one."""

import sys

import pytest
from bench import pickle_fuzz

from hauberk.analysis import allowlist

STREAMS = 3000


@pytest.mark.slow
def test_no_stream_called_clean_reaches_what_is_not_allowed():
    tally = pickle_fuzz.fuzz(STREAMS)
    sys.stdout.write(f"{tally.reached} of {tally.streams} reach a global, {tally.clean} called clean\n")
    assert tally.holes == []
    assert tally.reached >= pickle_fuzz.REACHED * tally.streams
    assert tally.clean_reached > 0


@pytest.mark.slow
def test_a_planted_hole_in_the_allow_list_is_found(monkeypatch):
    planted, true = allowlist.Entry(uses=("call",), audit="planted"), allowlist.entry
    monkeypatch.setattr(
        allowlist, "entry", lambda module, name: planted if (module, name) == ("os", "system") else true(module, name)
    )
    found = {what for _, holes in pickle_fuzz.fuzz(STREAMS).holes for what in holes}
    assert "os.system by C unpickler" in found
