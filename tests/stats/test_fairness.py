# SPDX-License-Identifier: Apache-2.0
"""Measures of fairness: by hand, as fairlearn has them, and by the laws that they keep."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.stats.fairness import METRICS, Form, evaluate, tally

FAIRLEARN = json.loads((Path(__file__).with_name("fairlearn.json")).read_text())
ALIASES = {
    "selection_rate_difference": "demographic_parity_difference",
    "selection_rate_ratio": "demographic_parity_ratio",
    "true_positive_rate_difference": "equal_opportunity_difference",
    "true_positive_rate_ratio": "equal_opportunity_ratio",
    "false_positive_rate_difference": "predictive_equality_difference",
    "false_positive_rate_ratio": "predictive_equality_ratio",
    "positive_predictive_value_difference": "predictive_parity_difference",
    "positive_predictive_value_ratio": "predictive_parity_ratio",
}

# a: TP 20, FP 10, FN 30, TN 40 of 100; b: TP 48, FP 6, FN 12, TN 24 of 90
HAND = np.array([[20, 10, 30, 40], [48, 6, 12, 24]], dtype=float)
BY_HAND = {
    "selection_rate": (0.3, 0.6),
    "base_rate": (0.5, 60 / 90),
    "true_positive_rate": (0.4, 0.8),
    "false_positive_rate": (0.2, 0.2),
    "true_negative_rate": (0.8, 0.8),
    "false_negative_rate": (0.6, 0.2),
    "positive_predictive_value": (20 / 30, 48 / 54),
    "negative_predictive_value": (40 / 70, 24 / 36),
    "false_discovery_rate": (10 / 30, 6 / 54),
    "false_omission_rate": (30 / 70, 12 / 36),
    "accuracy": (0.6, 0.8),
    "error_rate": (0.4, 0.2),
    "balanced_accuracy": (0.6, 0.8),
    "informedness": (0.2, 0.6),
    "f1": (40 / 80, 96 / 114),
    "threat_score": (20 / 60, 48 / 66),
    "missed_share_of_errors": (0.75, 12 / 18),
    "treatment_ratio": (3.0, 2.0),
    "demographic_parity_difference": 0.3,
    "demographic_parity_ratio": 0.5,
    "equal_opportunity_difference": 0.4,
    "equal_opportunity_ratio": 0.5,
    "predictive_equality_difference": 0.0,
    "predictive_equality_ratio": 1.0,
    "true_negative_rate_difference": 0.0,
    "true_negative_rate_ratio": 1.0,
    "false_negative_rate_difference": 0.4,
    "false_negative_rate_ratio": 1 / 3,
    "equalized_odds_difference": 0.4,
    "equalized_odds_ratio": 0.5,
    "average_odds_difference": 0.2,
    "predictive_parity_difference": 48 / 54 - 20 / 30,
    "predictive_parity_ratio": 0.75,
    "negative_predictive_value_difference": 24 / 36 - 40 / 70,
    "negative_predictive_value_ratio": 40 / 70 * 1.5,
    "conditional_use_accuracy_difference": 48 / 54 - 20 / 30,
    "false_discovery_rate_difference": 10 / 30 - 6 / 54,
    "false_discovery_rate_ratio": 1 / 3,
    "false_omission_rate_difference": 30 / 70 - 12 / 36,
    "false_omission_rate_ratio": 7 / 9,
    "accuracy_difference": 0.2,
    "accuracy_ratio": 0.75,
    "error_rate_difference": 0.2,
    "error_rate_ratio": 0.5,
    "balanced_accuracy_difference": 0.2,
    "informedness_difference": 0.4,
    "f1_difference": 96 / 114 - 0.5,
    "threat_score_difference": 48 / 66 - 20 / 60,
    "treatment_equality_difference": 1.0,
    "missed_share_difference": 0.75 - 12 / 18,
    "base_rate_difference": 60 / 90 - 0.5,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_measure_is_what_the_hand_computes(name):
    assert evaluate(HAND)[name] == pytest.approx(BY_HAND[name], abs=1e-12)


def test_indices_of_inequality_are_their_definitions_over_people():
    people = np.repeat([1.0, 2.0, 0.0, 1.0] * 2, HAND.ravel().astype(int))
    groups = np.repeat([0] * 4 + [1] * 4, HAND.ravel().astype(int))
    means = np.array([people[groups == one].mean() for one in (0, 1)])[groups]
    found = evaluate(HAND)
    for prefix, benefits in (("", people), ("between_group_", means)):
        share = benefits / people.mean()
        logs = np.log(np.where(share > 0, share, 1))
        assert found[f"{prefix}theil_index"] == pytest.approx((share * logs).mean(), abs=1e-12)
        assert found[f"{prefix}generalised_entropy_index"] == pytest.approx(((share**2 - 1) / 2).mean(), abs=1e-12)
    assert found["coefficient_of_variation"] == pytest.approx(people.std() / people.mean(), abs=1e-12)


def test_every_measure_has_a_formula_and_is_computed_here():
    assert set(METRICS) == set(evaluate(HAND))
    assert set(METRICS) == set(BY_HAND) | {name for name, one in METRICS.items() if one.form is Form.INDEX}
    assert len(METRICS) >= 25
    assert all(one.formula and one.needs in {"decisions", "labels"} for one in METRICS.values())


@pytest.mark.parametrize("case", FAIRLEARN["decisions"], ids=lambda case: f"{len(case['counts'])} groups")
def test_what_fairlearn_defines_is_equal_to_it(case):
    found = evaluate(np.array(case["counts"]))
    compared = 0
    for name, value in case["values"].items():
        ours = ALIASES.get(name, name)
        if ours in found:
            assert found[ours] == pytest.approx(value, abs=1e-12), name
            compared += 1
    assert compared >= 30


def test_counts_are_of_people_or_of_weights():
    chosen, deserved = np.array([1, 1, 0, 0, 1], dtype=bool), np.array([1, 0, 1, 0, 1], dtype=bool)
    groups = np.array([1, 1, 1, 1, 0])
    assert tally(chosen, deserved, groups, 3).tolist() == [[1, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]]
    weighted = tally(chosen, deserved, groups, 3, np.array([1.0, 2.0, 3.0, 4.0, 0.5]))
    assert weighted.tolist() == [[0.5, 0, 0, 0], [1, 2, 3, 4], [0, 0, 0, 0]]


def test_what_the_counts_do_not_define_is_not_a_number():
    found = evaluate(np.array([[0, 10, 0, 10], [10, 0, 5, 0], [0, 0, 0, 0]], dtype=float))
    assert np.isnan(found["true_positive_rate"]).tolist() == [True, False, True]
    assert np.isnan(found["equal_opportunity_difference"])
    assert found["demographic_parity_difference"] == pytest.approx(10 / 15 - 0.5)


counts = st.lists(st.lists(st.integers(0, 200), min_size=4, max_size=4), min_size=2, max_size=5)


@given(counts, st.randoms(use_true_random=False))
def test_renaming_groups_changes_nothing(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    one, other = evaluate(np.array(rows, dtype=float)), evaluate(np.array(rows, dtype=float)[order])
    for name, metric in METRICS.items():
        value = one[name][order] if metric.form is Form.RATE else one[name]
        np.testing.assert_allclose(other[name], value, rtol=0, atol=1e-12)


@given(counts)
def test_replicates_are_evaluated_as_one_by_one(rows):
    table = np.array(rows, dtype=float)
    stacked = evaluate(np.stack([table, table + 1]))
    for index, one in enumerate((table, table + 1)):
        for name, value in evaluate(one).items():
            np.testing.assert_allclose(stacked[name][index], value, rtol=0, atol=1e-12)


@given(counts)
def test_groups_decided_alike_have_no_gap(rows):
    found = evaluate(np.array([rows[0], rows[0]], dtype=float))
    for name, metric in METRICS.items():
        if metric.form is Form.DIFFERENCE and np.isfinite(found[name]):
            assert found[name] == 0
        if metric.form is Form.RATIO and np.isfinite(found[name]):
            assert found[name] == 1
