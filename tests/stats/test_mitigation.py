# SPDX-License-Identifier: Apache-2.0
"""Mitigations do what they promise on data whose unfairness is known."""

import numpy as np
import pytest

from hauberk.stats.mitigation import exponentiated, logistic, quality, reweighed, thresholds

RNG = np.random.default_rng(0)
GROUPS = RNG.integers(0, 2, 4000)
SKILL = RNG.normal(0, 1, 4000)
DESERVED = SKILL + RNG.normal(0, 0.7, 4000) > 0
PROXY = GROUPS + RNG.normal(0, 0.3, 4000)
LABELS = np.where(RNG.random(4000) < 0.6 * GROUPS, False, DESERVED)  # past decisions were hard on group 1
X = np.column_stack([SKILL, PROXY])
TRAIN, TEST = slice(0, 3000), slice(3000, 4000)


def learner(features, outcome, weights):
    return logistic(features, outcome, weights)


def plain():
    return learner(X[TRAIN], LABELS[TRAIN] * 1.0, np.ones(3000))


def test_weights_make_truth_and_group_independent():
    weights = reweighed(LABELS, GROUPS)
    rates = [weights[(g == GROUPS) & LABELS].sum() / weights[g == GROUPS].sum() for g in (0, 1)]
    assert rates[0] == pytest.approx(rates[1])
    assert weights.sum() == pytest.approx(4000)


def test_a_weighted_row_counts_as_often_as_its_weight_says():
    once = logistic(np.repeat(X[:200], 3, axis=0), np.repeat(LABELS[:200] * 1.0, 3), np.ones(600))
    thrice = logistic(X[:200], LABELS[:200] * 1.0, np.full(200, 3.0))
    np.testing.assert_allclose(once(X[:9]), thrice(X[:9]), atol=1e-6)


def test_quality_is_that_of_a_count_by_hand():
    chosen = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    found = quality(chosen, np.array([1, 1, 0, 1, 1, 0], bool), np.array([0, 0, 0, 1, 1, 1]))
    assert (found.accuracy, found.equalized_odds) == (0.5, 1.0)
    assert found.parity == pytest.approx(1 / 3)


def test_reweighing_narrows_the_gap_of_selection():
    before = quality((plain()(X[TEST]) >= 0.5) * 1.0, LABELS[TEST], GROUPS[TEST])
    rule = learner(X[TRAIN], LABELS[TRAIN] * 1.0, reweighed(LABELS[TRAIN], GROUPS[TRAIN]))
    after = quality((rule(X[TEST]) >= 0.5) * 1.0, LABELS[TEST], GROUPS[TEST])
    assert after.parity < before.parity / 2


@pytest.mark.parametrize("slack", [0.1, 0.02])
def test_the_exponentiated_gradient_keeps_its_slack_on_the_rows_that_it_saw(slack):
    before = quality((plain()(X[TRAIN]) >= 0.5) * 1.0, LABELS[TRAIN], GROUPS[TRAIN])
    after = quality(
        exponentiated(learner, X[TRAIN], LABELS[TRAIN], GROUPS[TRAIN], slack)(X[TRAIN]), LABELS[TRAIN], GROUPS[TRAIN]
    )
    assert before.equalized_odds > 0.2
    assert after.equalized_odds <= 2 * slack + 0.01  # each group is held within the slack of all
    assert after.accuracy > before.accuracy - 0.1


def test_dearer_unfairness_buys_a_smaller_gap_and_none_asked_for_costs_no_error():
    scores = plain()(X[TRAIN])
    found = {}
    for price in (0.0, 0.5, 5.0):
        cuts = thresholds(scores, LABELS[TRAIN], GROUPS[TRAIN], price)
        found[price] = quality((scores >= cuts[GROUPS[TRAIN]]) * 1.0, LABELS[TRAIN], GROUPS[TRAIN])
    assert found[0.0].accuracy >= (((scores >= 0.5) == LABELS[TRAIN]).mean())
    assert found[5.0].equalized_odds <= found[0.5].equalized_odds <= found[0.0].equalized_odds
    assert found[5.0].equalized_odds < 0.03
