# SPDX-License-Identifier: Apache-2.0
"""A client's stream: an honest one hardly ever grows its capital, a strange one soon does."""

import numpy as np
import pytest

from hauberk.core.errors import CannotLook
from hauberk.detect.stream import Stream, gauge

CHANCE = np.random.default_rng(11)


def _alarm(known, scores):
    stream = Stream(known)
    return next((at for at, score in enumerate(scores) if stream.take(float(score))), None)


@pytest.mark.parametrize("rows", [100, 1000])
def test_honest_clients_raise_alarms_at_the_rate_at_most(rows):
    """60 gauges and a client each, since clients of one gauge share its error."""
    alarms = 0
    for _ in range(60):
        known = gauge(CHANCE.normal(size=rows), 0.05, horizon=500)
        alarms += _alarm(known, CHANCE.normal(size=500)) is not None
    assert alarms <= 8


@pytest.mark.parametrize(("shift", "most"), [(2.0, 25), (1.0, 80), (0.5, 400)])
def test_a_stream_from_elsewhere_is_seen_the_sooner_the_stranger_it_is(shift, most):
    known = gauge(CHANCE.normal(size=1000), 0.01)
    alarms = [_alarm(known, CHANCE.normal(size=5000) + shift) for _ in range(20)]
    assert None not in alarms
    assert np.median(alarms) <= most


def test_an_honest_past_buys_no_credit():
    known = gauge(CHANCE.normal(size=1000), 0.01)
    at_once = np.median([_alarm(known, CHANCE.normal(size=500) + 1.5) for _ in range(20)])
    later = [
        _alarm(known, np.concatenate([CHANCE.normal(size=1000), CHANCE.normal(size=500) + 1.5])) for _ in range(20)
    ]
    assert np.median(later) - 1000 <= 2 * at_once


def test_rows_that_are_less_strange_than_usual_are_no_alarm():
    known = gauge(CHANCE.normal(size=500), 0.01)
    assert _alarm(known, np.full(5000, -9.0)) is None


def test_too_few_rows_carry_no_gauge():
    with pytest.raises(CannotLook, match="100 would"):
        gauge(np.zeros(99), 0.01)
    for rate, horizon in ((0.0, 10), (1.0, 10), (0.1, 0)):
        with pytest.raises(ValueError, match="rate"):
            gauge(np.zeros(100), rate, horizon)
