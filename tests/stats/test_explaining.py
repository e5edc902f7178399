# SPDX-License-Identifier: Apache-2.0
"""Influences, agreement of explanations, and changes that are shown or not."""

import numpy as np

from hauberk.stats.explaining import agreement, changes, influences, joint


def test_influences_are_shares_and_columns_together_have_their_sum():
    found = np.random.default_rng(0).normal(0, [3.0, 1.0, 0.0], (80, 3))
    shares = influences(found, np.random.default_rng(1))
    assert abs(sum(one.value for one in shares) - 1) < 1e-12
    assert shares[2].value == shares[2].high == 0
    assert all(one.low <= one.value <= one.high for one in shares)
    both = joint(found, np.array([0, 1]), np.random.default_rng(1))
    assert abs(both.value - 1) < 1e-12
    assert influences(np.zeros((5, 2)), np.random.default_rng(0))[0].value == 0


def test_intervals_of_influences_cover():
    rng, hit = np.random.default_rng(3), 0
    truth = 3 / 4
    for _ in range(120):
        one = influences(rng.normal(0, [3.0, 1.0], (100, 2)), rng)[0]
        hit += one.low <= truth <= one.high
    assert hit >= 0.88 * 120


def test_agreement_is_of_ranks_and_ignores_signs():
    one = np.array([[1.0, -2.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    other = np.array([[-10.0, 20.0, 30.0], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    found = agreement(one, other)
    np.testing.assert_allclose(found[:2], [1, -1])
    assert np.isnan(found[2])


def test_a_change_is_shown_only_where_its_interval_excludes_none():
    before = {("age", ""): (0.10, 0.01), ("sex", ""): (0.20, 0.01), ("gone", ""): (0.1, 0.01)}
    after = {("age", ""): (0.11, 0.01), ("sex", ""): (0.30, 0.01), ("new", ""): (0.1, 0.01)}
    sex, age = changes(before, after)
    assert (sex.column, sex.shown, age.shown) == ("sex", True, False)
    assert sex.low < 0.1 < sex.high
    wider = changes(
        {**before, **{(str(i), ""): (0.0, 0.01) for i in range(50)}},
        {**after, **{(str(i), ""): (0.0, 0.01) for i in range(50)}},
    )
    assert wider[0].low < sex.low
