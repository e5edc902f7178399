# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hauberk.stats import intervals

COUNTS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.sampled_from([0.8, 0.95, 0.999])


@given(COUNTS, LEVELS)
@settings(deadline=None)
def test_both_share_intervals_agree_with_scipy(counts, level):
    k, n = counts
    oracle = stats.binomtest(k, n)
    for ours, method in ((intervals.wilson, "wilson"), (intervals.clopper_pearson, "exact")):
        expected = oracle.proportion_ci(level, method)
        assert ours(k, n, level) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(COUNTS)
@settings(deadline=None)
def test_a_share_lies_in_its_interval_and_the_exact_one_is_in_the_unit_range(counts):
    k, n = counts
    for interval in (intervals.wilson, intervals.clopper_pearson):
        low, high = interval(k, n)
        assert 0 <= low <= k / n <= high <= 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Newcombe 1998, table II, method 10, rows (a) to (h)
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_the_difference_interval_gives_the_published_values(first, second, expected):
    assert intervals.newcombe(first, second) == pytest.approx(expected, abs=6e-5)


def test_the_difference_interval_is_antisymmetric():
    low, high = intervals.newcombe((7, 31), (12, 29))
    assert intervals.newcombe((12, 29), (7, 31)) == pytest.approx((-high, -low))


def test_the_bootstrap_of_a_mean_is_near_the_t_interval_and_repeats_with_its_seed():
    values = np.random.default_rng(1).normal(3, 2, 400)
    once = intervals.mean_difference(values, np.random.default_rng(0))
    again = intervals.mean_difference(values, np.random.default_rng(0))
    expected = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert once == again
    assert once == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(k, n):
    with pytest.raises(ValueError, match="no share"):
        intervals.wilson(k, n)
    with pytest.raises(ValueError, match="no share"):
        intervals.clopper_pearson(k, n)


def test_nothing_has_no_interval():
    with pytest.raises(ValueError, match="replicates"):
        intervals.percentile(np.array([]))
    with pytest.raises(ValueError, match="rows"):
        intervals.mean_difference(np.array([]), np.random.default_rng(0))


def test_the_interval_of_a_median_covers_it_as_often_as_it_says_and_may_be_infinite():
    rng = np.random.default_rng(0)
    ends = [intervals.median(rng.exponential(1, 31))[1:] for _ in range(600)]
    assert np.mean([low <= np.log(2) <= high for low, high in ends]) >= 0.95
    middle, low, high = intervals.median(np.array([1.0, 2.0, 3.0] + [np.inf] * 3))
    assert (middle, low, high) == (3.0, 1.0, np.inf)


@pytest.mark.parametrize(("n", "ranks"), [(5, (0, 4)), (6, (0, 5)), (10, (1, 8)), (20, (5, 14)), (100, (39, 60))])
def test_the_ends_of_a_medians_interval_are_the_published_order_statistics(n, ranks):
    _, low, high = intervals.median(np.arange(float(n)))
    assert (low, high) == ranks


def test_a_median_of_nothing_is_refused():
    with pytest.raises(ValueError, match="values"):
        intervals.median(np.array([]))
