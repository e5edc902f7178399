# SPDX-License-Identifier: Apache-2.0
"""A client's stream: an honest one hardly ever grows its capital, a strange one soon does."""

import numpy as np
import pytest

from hauberk.core.errors import CannotLook
from hauberk.detect.stream import Stream, gauge

CHANCE = np.random.default_rng(11)


def _gauge(scores, rate, **facts):
    return gauge(scores, np.zeros(len(scores), dtype=np.int64), 1, rate, **facts)


def _alarm(known, scores, labels=None):
    stream = Stream(known)
    labels = np.zeros(len(scores), dtype=np.int64) if labels is None else labels
    sent = zip(scores, labels, strict=True)
    return next((at for at, (score, label) in enumerate(sent) if stream.take(float(score), int(label))), None)


@pytest.mark.parametrize("rows", [100, 1000])
def test_honest_clients_raise_alarms_at_the_rate_at_most(rows):
    """60 gauges and a client each, since clients of one gauge share its error."""
    alarms = 0
    for _ in range(60):
        known = _gauge(CHANCE.normal(size=rows), 0.05, horizon=500)
        alarms += _alarm(known, CHANCE.normal(size=500)) is not None
    assert alarms <= 8


CLASSES = np.array([[0.0, 1.0], [5.0, 3.0], [-4.0, 0.2], [1.0, 2.0]])
"""Middle and spread of the scores of each class."""


def _classed(count, labels=None):
    labels = CHANCE.integers(0, 4, count) if labels is None else np.full(count, labels)
    return CLASSES[labels, 0] + CLASSES[labels, 1] * CHANCE.normal(size=count), labels


@pytest.mark.parametrize("label", range(4))
def test_a_burst_of_one_class_is_as_quiet_as_any_mixture_and_strange_rows_of_a_quiet_class_are_seen(label):
    alarms = []
    for _ in range(15):
        scores, labels = _classed(600)
        known = gauge(scores, labels, 4, 0.01)
        alarms.append(_alarm(known, *_classed(3000, label)))
        strange, given = _classed(200, label)
        assert _alarm(known, strange + 3 * CLASSES[label, 1], given) is not None
    assert alarms.count(None) >= 14


def test_a_scanner_that_is_a_little_worse_and_repeats_rows_is_no_alarm():
    known = _gauge(CHANCE.normal(size=600), 0.001)
    worse = np.repeat(CHANCE.normal(size=400) + 0.3, 2) + 0.1 * CHANCE.normal(size=800)
    assert _alarm(known, worse) is None


@pytest.mark.parametrize(("shift", "most"), [(3.0, 20), (2.0, 40), (1.0, 400)])
def test_a_stream_from_elsewhere_is_seen_the_sooner_the_stranger_it_is(shift, most):
    known = _gauge(CHANCE.normal(size=1000), 0.01)
    alarms = [_alarm(known, CHANCE.normal(size=5000) + shift) for _ in range(20)]
    assert None not in alarms
    assert np.median(alarms) <= most


def test_an_honest_past_buys_no_credit():
    known = _gauge(CHANCE.normal(size=1000), 0.01)
    at_once = np.median([_alarm(known, CHANCE.normal(size=500) + 1.5) for _ in range(20)])
    later = [
        _alarm(known, np.concatenate([CHANCE.normal(size=1000), CHANCE.normal(size=500) + 1.5])) for _ in range(20)
    ]
    assert np.median(later) - 1000 <= 2 * at_once


def test_rows_that_are_less_strange_than_usual_are_no_alarm():
    known = _gauge(CHANCE.normal(size=500), 0.01)
    assert _alarm(known, np.full(5000, -9.0)) is None


def test_a_class_without_held_in_rows_is_taken_for_all_of_them():
    scores = CHANCE.normal(size=500)
    known = gauge(scores, np.zeros(500, dtype=np.int64), 3, 0.01)
    assert _alarm(known, CHANCE.normal(size=500), np.full(500, 2)) is None
    assert _alarm(known, CHANCE.normal(size=500) + 3, np.full(500, 2)) is not None


def test_too_few_rows_carry_no_gauge():
    with pytest.raises(CannotLook, match="100 would"):
        _gauge(np.zeros(99), 0.01)
    for rate, horizon in ((0.0, 10), (1.0, 10), (0.1, 0)):
        with pytest.raises(ValueError, match="rate"):
            _gauge(np.zeros(100), rate, horizon=horizon)
