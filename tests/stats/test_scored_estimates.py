# SPDX-License-Identifier: Apache-2.0
"""Intervals of measures of scores hold their values, leave small groups out and cover what is true."""

import numpy as np
import pytest

from hauberk.stats.scored import SCORED, gap, scored
from hauberk.stats.scored_estimates import estimate_scores


def draw(rng, n):
    """Scores that are true shares, of three groups."""
    scores = rng.random(n)
    return scores, rng.random(n) < scores, rng.integers(0, 3, n)


def test_values_are_those_of_the_rows_and_lie_in_their_intervals():
    scores, truth, groups = draw(np.random.default_rng(0), 600)
    found = list(estimate_scores(scores, truth, groups, "abc", np.random.default_rng(1)))
    direct = scored(scores, truth, groups, 3)
    assert {one.name for one in found} == {*SCORED, *(f"{name}_gap" for name in SCORED)}
    for one in found:
        assert one.low <= one.value <= one.high
        if one.group:
            assert one.value == pytest.approx(direct[one.name]["abc".index(one.group)], abs=1e-12)
        else:
            assert one.value == pytest.approx(gap(direct[one.name.removesuffix("_gap")]), abs=1e-12)


def test_groups_without_thirty_of_either_truth_are_left_out():
    scores, truth, groups = draw(np.random.default_rng(0), 600)
    truth[groups == 2] = False
    found = list(estimate_scores(scores, truth, groups, "abc", np.random.default_rng(1)))
    assert {one.group for one in found} == {"", "a", "b"}
    assert list(estimate_scores(scores[:20], truth[:20], groups[:20], "abc", np.random.default_rng(1))) == []


@pytest.mark.slow
def test_intervals_of_gaps_cover_what_is_true():
    rng = np.random.default_rng(2)
    runs, held = 150, 0
    for _ in range(runs):
        scores, truth, groups = draw(rng, 450)
        found = estimate_scores(scores, truth, groups, "abc", rng, replicates=200)
        held += next(one.low for one in found if one.name == "calibration_in_the_large_gap") == 0
    assert held / runs > 0.91
