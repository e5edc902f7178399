# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hauberk.stats.groups import count, widest_gap
from hauberk.stats.intervals import newcombe


def test_outcomes_are_counted_by_group():
    groups = np.array(["b", "a", "b", "b", "c"])
    assert count(np.array([True, False, True, False, False]), groups) == {"a": (0, 1), "b": (2, 3), "c": (0, 1)}


# by hand: rates .30, .50, .45 -> .20; in fairlearn's words demographic_parity_difference (max minus min over groups)
def test_the_widest_gap_of_several_groups_is_highest_minus_lowest():
    gap = widest_gap([{"x": (30, 100), "y": (40, 80), "z": (90, 200)}])
    assert gap.value == pytest.approx(0.2)
    assert (gap.more, gap.less, gap.n, gap.pairs) == ("y", "x", 380, 3)


# by hand: true positive rates .9 and .7, false positive rates .1 and .4 -> max(.2, .3), fairlearn's "worst_case"
def test_the_gap_over_two_families_is_the_wider_one():
    gap = widest_gap([{"f": (45, 50), "m": (35, 50)}, {"f": (5, 50), "m": (20, 50)}])
    assert gap.value == pytest.approx(0.3)
    assert (gap.more, gap.less, gap.n, gap.pairs) == ("m", "f", 200, 2)


def test_two_groups_have_newcombes_interval_cut_at_zero():
    gap = widest_gap([{"x": (56, 70), "y": (48, 80)}])
    assert (gap.low, gap.high) == newcombe((56, 70), (48, 80))
    near = widest_gap([{"x": (50, 100), "y": (51, 100)}])
    assert near.low == 0
    assert near.high > 0.1


@pytest.mark.parametrize("rates", [[], [{}], [{"x": (3, 10)}], [{"x": (3, 10)}, {"y": (3, 10)}]])
def test_one_group_has_no_gap(rates):
    assert widest_gap(rates) is None


def test_the_interval_of_equal_groups_covers_zero_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        gap = widest_gap([{str(group): (int(rng.binomial(60, 0.6)), 60) for group in range(4)}])
        covered += gap.low == 0
        assert gap.low <= gap.value <= gap.high
    assert covered / 400 >= 0.93


def test_the_interval_covers_a_true_gap_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    gaps = [
        widest_gap([{name: (int(rng.binomial(80, p)), 80) for name, p in (("a", 0.3), ("b", 0.5), ("c", 0.6))}])
        for _ in range(400)
    ]
    assert np.mean([gap.low <= 0.3 <= gap.high for gap in gaps]) >= 0.93
