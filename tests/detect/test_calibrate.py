# SPDX-License-Identifier: Apache-2.0
"""A threshold keeps its rate on fresh rows, whatever the scores look like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import CannotLook
from hauberk.detect.calibrate import surprise, threshold, threshold_beyond


@pytest.mark.parametrize("rate", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("draw", ["normal", "exponential", "integers"])
def test_fresh_rows_exceed_a_threshold_at_its_rate_at_most_and_not_much_below(rate, draw):
    chance = np.random.default_rng(7)

    def scores(count):
        if draw == "integers":
            return chance.integers(0, 12, count).astype(float)
        return getattr(chance, draw)(size=count)

    rates = [(scores(200) >= threshold(scores(500), rate)).mean() for _ in range(300)]
    assert np.mean(rates) <= rate + 3 * np.std(rates) / np.sqrt(len(rates))
    if draw != "integers":
        assert np.mean(rates) >= rate / 2


@pytest.mark.parametrize("draw", ["normal", "uniform", "exponential", "squares", "integers"])
def test_a_tail_drawn_out_keeps_its_rate_up_to_stretched_exponentials(draw):
    chance = np.random.default_rng(8)

    def scores(count):
        if draw == "squares":
            return chance.exponential(size=count) ** 2
        if draw == "integers":
            return chance.poisson(3.0, count).astype(float)
        return getattr(chance, draw)(size=count)

    rates = [(scores(20_000) >= threshold_beyond(scores(400), 0.0002)).mean() for _ in range(60)]
    assert np.mean(rates) <= 2 * 0.0002


def test_a_tail_drawn_out_does_not_run_away():
    chance = np.random.default_rng(8)
    found = [threshold_beyond(chance.normal(size=400), 0.0002) for _ in range(20)]
    assert max(found) < 12, "in standard deviations; 3.5 would do for a normal tail"


def test_enough_rows_need_no_model_and_too_few_calibrate_nothing():
    scores = np.random.default_rng(9).normal(size=1000)
    assert threshold_beyond(scores, 0.01) == threshold(scores, 0.01)
    with pytest.raises(CannotLook, match="40 would"):
        threshold_beyond(scores[:39], 0.001)


@given(st.lists(st.floats(-1e6, 1e6), min_size=9, max_size=60), st.randoms())
def test_a_threshold_does_not_depend_on_the_order_and_grows_as_the_rate_falls(scores, chance):
    shuffled = list(scores)
    chance.shuffle(shuffled)
    loose, tight = threshold(np.array(scores), 0.4), threshold(np.array(scores), 0.1)
    assert tight >= loose
    assert threshold(np.array(shuffled), 0.1) == tight


@pytest.mark.parametrize(("count", "rate"), [(0, 0.5), (8, 0.1), (998, 0.001)])
def test_too_few_rows_for_a_rate_are_said_to_be_too_few(count, rate):
    with pytest.raises(CannotLook, match="would"):
        threshold(np.zeros(count), rate)
    assert threshold(np.zeros(count + 1), rate) > 0.0


def test_surprise_rises_with_the_score_and_goes_on_beyond_the_largest():
    reference = np.arange(99.0)
    found = surprise(reference)(np.array([-1.0, 1.0, 50.0, 98.0, 200.0, 400.0]))
    assert found[0] == 0.0
    assert (np.diff(found) > 0).all()
    assert found[3] == pytest.approx(np.log(50))
