# SPDX-License-Identifier: Apache-2.0
"""Mitigations of predicted numbers do what they promise on data whose unfairness is known; weights are rows."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hauberk.stats.mitigation import exponentiated, logistic, reweighed, thresholds
from hauberk.stats.mitigation_numbers import alike, bounded, lines, ridge, shifts

RNG = np.random.default_rng(0)
GROUPS = (RNG.random(3000) < 0.2).astype(np.intp)
X = RNG.normal(0, 1, (3000, 3))
TRUTH = X @ [2.0, 1.0, 0.0] + GROUPS * (X[:, 2] * 3 - 1) + RNG.normal(0, 0.5, 3000)
ONES = np.ones(3000)


def errors(told):
    off = told - TRUTH
    return [np.mean(off[g == GROUPS]) for g in (0, 1)], [np.mean(off[g == GROUPS] ** 2) for g in (0, 1)]


def test_a_ridge_of_weighted_rows_is_that_of_scikit_learn():
    weights = RNG.uniform(0.2, 3, 3000)
    theirs = Ridge(alpha=7.0).fit(X, TRUTH, sample_weight=weights)
    np.testing.assert_allclose(ridge(X, TRUTH, weights, 7.0)(X[:50]), theirs.predict(X[:50]), atol=1e-9)


def test_a_shift_and_a_line_leave_no_mean_error_on_the_rows_that_they_saw():
    told = ridge(X, TRUTH, ONES)(X)
    assert abs(np.subtract(*errors(told)[0])) > 0.5
    shifted = told + shifts(told, TRUTH, GROUPS, ONES)[GROUPS]
    fitted = lines(told, TRUTH, GROUPS, ONES)
    lined = fitted[GROUPS, 0] + fitted[GROUPS, 1] * told
    np.testing.assert_allclose(errors(shifted)[0], 0, atol=1e-9)
    np.testing.assert_allclose(errors(lined)[0], 0, atol=1e-9)
    assert sum(errors(lined)[1]) <= sum(errors(shifted)[1]) + 1e-9


def test_every_group_weighs_as_much_as_any_other():
    weights = alike(GROUPS, RNG.uniform(1, 2, 3000))
    assert weights[GROUPS == 0].sum() == pytest.approx(weights[GROUPS == 1].sum())


@pytest.mark.parametrize("part", [0.5, 0.2])
def test_bounded_group_loss_takes_from_the_worst_group_what_it_promises(part):
    plain = errors(ridge(X, TRUTH, ONES)(X))[1]
    everybody = float(np.average(plain, weights=np.bincount(GROUPS)))
    bound = everybody + part * (max(plain) - everybody)
    after = errors(bounded(ridge, X, TRUTH, GROUPS, ONES, part=part)(X))[1]
    assert max(after) < max(plain)
    assert max(after) <= bound * 1.1


@pytest.mark.parametrize("rule", ["thresholds", "reweighed", "exponentiated", "shifts", "lines", "bounded"])
def test_a_weight_of_two_is_the_row_twice(rule):
    few = slice(0, 300)
    x, groups, truth = X[few], GROUPS[few], TRUTH[few]
    weights = np.where(np.arange(300) % 4 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(300), weights.astype(int))
    deserved, told = truth > 0, ridge(x, truth, weights)(x)
    scores = 1 / (1 + np.exp(-told))

    def found(rows, given):
        if rule == "thresholds":
            steps = np.round(scores, 1)
            cuts = thresholds(steps[rows], deserved[rows], groups[rows], 1.0, given)
            return steps >= cuts[groups]  # quantiles of repeated rows differ, what they decide does not
        if rule == "reweighed":
            weighed = reweighed(deserved[rows], groups[rows], given)
            return [weighed[(groups[rows] == g) & (deserved[rows] == d)].sum() for g in (0, 1) for d in (False, True)]
        if rule == "exponentiated":
            return exponentiated(logistic, x[rows], deserved[rows], groups[rows], 0.05, given)(x)
        if rule == "bounded":
            return bounded(ridge, x[rows], truth[rows], groups[rows], given, part=0.5)(x)
        correct = {"shifts": shifts, "lines": lines}[rule]
        return correct(told[rows], truth[rows], groups[rows], given)

    once, repeated = found(np.arange(300), weights), found(twice, np.ones(len(twice)))
    np.testing.assert_allclose(once, repeated, atol=1e-6)
