# SPDX-License-Identifier: Apache-2.0
"""Conflicts between definitions are said where the base rates force them, and not where they do not."""

import numpy as np

from hauberk.stats.conflicts import conflicts
from hauberk.stats.fairness import rates
from hauberk.stats.fairness_estimates import Table, estimate


def said(rows):
    counts = np.array(rows, dtype=float)
    names = tuple("ab"[: len(rows)])
    table = Table(names=names, counts=counts, rows=counts, squares=counts)
    return conflicts(table, list(estimate(table, np.random.default_rng(0))))


def test_different_base_rates_force_the_conflicts_and_say_which_groups():
    found = said([[160, 40, 40, 160], [280, 20, 70, 30]])
    assert {one.between for one in found if one.forced} == {
        ("calibration within groups", "equalized odds"),
        ("demographic parity", "equalized odds"),
        ("demographic parity", "conditional use accuracy"),
        ("predictive parity", "equalized odds"),
    }
    assert found[0].words.startswith("base rates differ ('b' 0.875, 'a' 0.500; gap 0.375 [")


def test_the_false_positive_rates_that_would_be_forced_obey_the_identity():
    rows = [[160, 40, 40, 160], [280, 20, 70, 30]]
    pooled = rates(np.array([np.sum(rows, axis=0)], dtype=float))
    value, opportunity = pooled["positive_predictive_value"][0], pooled["true_positive_rate"][0]
    words = said(rows)[-1].words
    for base in (0.5, 0.875):
        forced = min(1.0, base / (1 - base) * (1 - value) / value * opportunity)
        assert f"{forced:.3f}" in words


def test_alike_base_rates_force_nothing():
    found = said([[160, 40, 40, 160], [150, 45, 50, 155]])
    assert found
    assert not any(one.forced for one in found)
    assert "not shown to differ" in found[0].words


def test_a_decision_that_is_always_right_only_conflicts_with_equal_selection():
    forced = {one.between for one in said([[200, 0, 0, 200], [300, 0, 0, 100]]) if one.forced}
    assert {first for first, _ in forced} == {"demographic parity"}


def test_one_group_has_no_conflicts():
    assert said([[160, 40, 40, 160]]) == ()
    assert said([[160, 40, 40, 160], [1, 0, 0, 1]]) == ()
