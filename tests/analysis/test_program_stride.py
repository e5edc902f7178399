# SPDX-License-Identifier: Apache-2.0
"""The quick way through a pickle does exactly what the handlers of single operations do."""

import io
import pickle
import random

import joblib
import numpy as np
import pytest

from hauberk.analysis import program
from hauberk.analysis.program_files import pieces
from hauberk.analysis.program_judge import Judge
from hauberk.assets.pickles import SHORT, Stream
from hauberk.core.content import PIECE
from tests.analysis.attacks import ATTACKS
from tests.fuzz.mutations import mutate, touch


def _joblib(value):
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


VALUES = (
    {
        "a": [1, -2, 300, 70000, 2.5, "x", "gA", "800", b"y", b"\x80", True, False, None],
        "b": ((1,), (1, 2), (1, 2, 3), ()),
    },
    [f"{number}" * 30 for number in range(300)],
    [{"k": number, number: "v"} for number in range(300)],
    ["long " * 2000, b"long " * 2000, bytearray(b"x" * 9000), "\u00e4\udc80"],
    [np.arange(4.0), np.array(["a", 1], dtype=object), np.float64(2), np.zeros(3, dtype=[("a", "i4"), ("b", "U2")])],
)
HONEST = [pickle.dumps(value, protocol) for value in VALUES for protocol in range(6)] + [_joblib(VALUES[-1])]
SEEDS = [*HONEST, *ATTACKS.values()]


def slowly(monkeypatch, data):
    """What is seen of a file where no operation takes the quick way."""
    with monkeypatch.context() as patch:
        patch.setattr(program, "stride", lambda _: False)
        return list(pieces(data))


@pytest.mark.parametrize("data", SEEDS, ids=range(len(SEEDS)))
def test_both_ways_see_the_same(data, monkeypatch):
    assert list(pieces(data)) == slowly(monkeypatch, data)


def test_both_ways_see_the_same_in_mutated_programs(monkeypatch):
    chance = random.Random(8)
    for _ in range(1500):
        data = chance.choice((mutate, touch))(chance.choice(SEEDS), SEEDS, chance)
        assert list(pieces(data)) == slowly(monkeypatch, data), data.hex()


def test_honest_programs_take_the_quick_way(monkeypatch):
    seen = []
    handlers = [
        lambda machine, one, known=known: (seen.append(one), known(machine, one)) for known in program._HANDLERS
    ]
    monkeypatch.setattr(program, "_HANDLERS", handlers)
    for data in HONEST[:12]:
        seen.clear()
        stream = Stream(data)
        assert not program.run(stream, Judge())
        assert len(seen) < stream.operations / 5


@pytest.mark.parametrize("shift", range(12))
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_operations_that_cross_the_end_of_a_window_are_read_once(shift, protocol, monkeypatch):
    head = pickle.dumps("x" * (PIECE - 150 - shift), 4)[:-1] + b"0"
    data = head + pickle.dumps([*VALUES[0]["a"], *range(0, 90_000, 1000), "t" * SHORT], protocol)
    assert list(pieces(data)) == slowly(monkeypatch, data)


def test_an_error_of_a_contract_is_not_taken_for_the_end_of_the_window(monkeypatch):
    monkeypatch.setattr(Judge, "call", lambda *_: list[int]().pop())
    with pytest.raises(IndexError):
        program.run(Stream(b"cos\nsystem\n(tR."), Judge())
