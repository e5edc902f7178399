# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import stats

from hauberk.stats.ranking import auc


@pytest.mark.parametrize("decimals", [1, 6])
def test_the_area_is_the_mann_whitney_statistic_also_with_ties(decimals):
    rng = np.random.default_rng(0)
    above, below = rng.normal(0.5, 1, 80).round(decimals), rng.normal(0, 1, 120).round(decimals)
    expected = stats.mannwhitneyu(above, below).statistic / (80 * 120)
    area, low, high = auc(above, below)
    assert area == pytest.approx(expected)
    assert low < area < high


def test_the_interval_covers_the_true_area_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    ends = [auc(rng.normal(1, 1, 60), rng.normal(0, 1, 90))[1:] for _ in range(500)]
    assert np.mean([low <= truth <= high for low, high in ends]) == pytest.approx(0.95, abs=0.025)


def test_the_same_score_everywhere_is_a_coin():
    assert auc(np.zeros(5), np.zeros(7))[0] == 0.5


def test_an_area_needs_two_scores_on_each_side():
    with pytest.raises(ValueError, match="two scores"):
        auc(np.zeros(1), np.zeros(7))
