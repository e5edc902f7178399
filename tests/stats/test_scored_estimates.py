# SPDX-License-Identifier: Apache-2.0
"""Intervals of measures of scores hold their values, leave small groups out and cover what is true."""

import numpy as np
import pytest

from hauberk.stats.scored import NUMERIC, SCORED, gap, numeric, scored
from hauberk.stats.scored_estimates import CELLS, estimate_numbers, estimate_scores


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


def test_weights_enter_values_and_widen_intervals():
    scores, truth, groups = draw(np.random.default_rng(0), 900)
    weights = np.where(np.arange(900) % 10 == 0, 20.0, 0.5)
    plain, found = (
        {
            (one.name, one.group): one
            for one in estimate_scores(scores, truth, groups, "abc", np.random.default_rng(1), weights=w)
        }
        for w in (None, weights)
    )
    direct = scored(scores, truth, groups, 3, weights)
    for (name, group), one in found.items():
        if group:
            assert one.value == pytest.approx(direct[name]["abc".index(group)], abs=1e-12)
    width = {key: one.high - one.low for key, one in found.items()}
    assert all(width[key] > 1.5 * (one.high - one.low) for key, one in plain.items() if key[0] == "mean_score")


def predicted(rng, n, off=0.0):
    """Numbers of three groups; those of the last are predicted too high."""
    groups, truth = rng.integers(0, 3, n), rng.normal(50, 5, n)
    return truth + rng.normal(0, 2, n) + off * (groups == 2), truth, groups


@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_lie_in_their_intervals_and_are_those_of_the_rows(weighted):
    rng = np.random.default_rng(3)
    given, truth, groups = predicted(rng, 600, 1.5)
    weights = rng.integers(1, 5, 600).astype(float) if weighted else None
    found = list(estimate_numbers(given, truth, groups, "abc", np.random.default_rng(1), weights=weights))
    direct = numeric(given, truth, groups, 3, weights)
    assert {one.name for one in found} == {*NUMERIC, *(f"{name}_gap" for name in NUMERIC)}
    for one in found:
        assert one.low <= one.value <= one.high
        expected = direct[one.name]["abc".index(one.group)] if one.group else gap(direct[one.name.removesuffix("_gap")])
        assert one.value == pytest.approx(expected, abs=1e-12)
    (error,) = (one for one in found if one.name == "mean_error_gap")
    assert error.more == "c"
    assert error.low > 0.5


def test_a_group_under_thirty_is_left_out_of_numbers_and_one_truth_has_no_r2():
    given, truth, groups = predicted(np.random.default_rng(3), 200)
    groups[groups == 1] = 0
    groups[:20], groups[20:] = 1, np.where(groups[20:] == 2, 2, 0)
    truth[groups == 2] = 50.0
    found = list(estimate_numbers(given, truth, groups, "abc", np.random.default_rng(1)))
    assert {one.group for one in found} == {"", "a", "c"}
    assert {one.group for one in found if one.name == "r2"} == {"a"}
    assert "r2_gap" not in {one.name for one in found}


def test_bags_of_many_rows_are_as_wide_as_the_formula():
    n = 5 * CELLS
    given, truth, groups = predicted(np.random.default_rng(3), n)
    (one,) = (
        each
        for each in estimate_numbers(given, truth, groups, "abc", np.random.default_rng(1))
        if (each.name, each.group) == ("mean_error", "a")
    )
    # three groups at once: about 2.39 standard errors either side
    assert one.high - one.low == pytest.approx(2 * 2.39 * 2 / np.sqrt(n / 3), rel=0.15)


@pytest.mark.slow
def test_intervals_of_gaps_cover_what_is_true():
    rng = np.random.default_rng(2)
    runs, held = 150, 0
    for _ in range(runs):
        scores, truth, groups = draw(rng, 450)
        found = estimate_scores(scores, truth, groups, "abc", rng, replicates=200)
        held += next(one.low for one in found if one.name == "calibration_in_the_large_gap") == 0
    assert held / runs > 0.91
