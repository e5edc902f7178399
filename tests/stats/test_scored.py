# SPDX-License-Identifier: Apache-2.0
"""Measures of scores, of numbers and of single people: by hand, as fairlearn and scikit-learn have them, by their laws."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from hauberk.stats.scored import NUMERIC, SCORED, gap, moments, numeric, of_moments, scored, unlike

FAIRLEARN = json.loads((Path(__file__).with_name("fairlearn.json")).read_text())

SCORES = np.array([0.9, 0.8, 0.3, 0.2, 0.95, 0.65, 0.6, 0.1])
TRUTH = np.array([1, 0, 1, 0, 1, 1, 0, 0], dtype=bool)
GROUPS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
BY_HAND = {
    "mean_score": (0.55, 0.575),
    "calibration_in_the_large": (0.05, 0.075),
    # bins of a: .9 alone (-.1), .8 alone (.8), .3 alone (-.7), .2 alone (.2); of b: .95 (-.05), .65 and .6 (.25), .1 (.1)
    "expected_calibration_error": (1.8 / 4, 0.4 / 4),
    "positive_class_balance": (0.6, 0.8),
    "negative_class_balance": (0.5, 0.35),
    "brier_score": ((0.01 + 0.64 + 0.49 + 0.04) / 4, (0.0025 + 0.1225 + 0.36 + 0.01) / 4),
    "ranking": (0.75, 1.0),
}


@pytest.mark.parametrize("name", SCORED)
def test_a_measure_of_scores_is_what_the_hand_computes(name):
    assert scored(SCORES, TRUTH, GROUPS, 2)[name] == pytest.approx(BY_HAND[name], abs=1e-12)


@pytest.mark.parametrize("case", FAIRLEARN["numbers"], ids=["people", "weights"])
def test_predicted_numbers_are_judged_as_fairlearn_judges_them(case):
    given_, truth, groups = (np.array(case[name]) for name in ("given", "truth", "group"))
    weights = None if case["weights"] is None else np.array(case["weights"])
    found = numeric(given_, truth, groups, 3, weights)
    assert set(found) == set(NUMERIC)
    for name, values in case["values"].items():
        assert found[name] == pytest.approx(values, abs=1e-12)
        assert gap(found[name]) == pytest.approx(case["differences"][name], abs=1e-12)


def test_sums_of_moments_give_the_same_measures():
    (case,) = (one for one in FAIRLEARN["numbers"] if one["weights"])
    given_, truth, groups, weights = (np.array(case[name]) for name in ("given", "truth", "group", "weights"))
    rows = moments(given_ - 10, truth - 10, weights)
    sums = np.stack([rows[groups == group].sum(axis=0) for group in range(3)])
    expected = numeric(given_, truth, groups, 3, weights)
    for name, values in of_moments(sums, 10.0).items():
        assert values == pytest.approx(expected[name], abs=1e-9)


def test_the_mean_error_has_a_sign():
    found = numeric(np.array([1.0, 3.0, 5.0]), np.array([2.0, 2.0, 2.0]), np.array([0, 1, 1]), 3)
    assert found["mean_error"][:2].tolist() == [-1, 2]
    assert np.isnan(found["mean_error"][2])
    assert np.isnan(found["r2"]).all()


def test_ranking_is_the_area_under_the_curve():
    rng = np.random.default_rng(0)
    scores, truth = rng.random(300).round(1), rng.random(300) < 0.4
    weights = rng.integers(1, 5, 300).astype(float)
    found = scored(scores, truth, np.zeros(300, dtype=np.intp), 1, weights)["ranking"][0]
    assert found == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights), abs=1e-12)


rows = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 2), st.integers(1, 4)), min_size=1, max_size=40
)


@given(rows)
def test_a_weight_of_two_is_the_same_row_twice(table):
    scores, truth, groups, weights = (np.array(one) for one in zip(*table, strict=True))
    scores, again = scores.astype(float), np.repeat(np.arange(len(table)), weights)
    for measures in (scored, numeric):
        second = truth if measures is scored else truth.astype(float)
        one = measures(scores, second, groups, 3, weights.astype(float))
        other = measures(scores[again], second[again], groups[again], 3)
        for name, value in one.items():
            np.testing.assert_allclose(value, other[name], rtol=0, atol=1e-9)


def test_scores_that_are_true_shares_are_calibrated():
    rng = np.random.default_rng(1)
    scores = rng.random(400_000)
    groups = rng.integers(0, 2, 400_000)
    found = scored(scores, rng.random(400_000) < scores, groups, 2)
    assert (found["expected_calibration_error"] < 0.01).all()
    assert gap(found["calibration_in_the_large"]) < 0.01


def test_consistency_is_that_of_the_nearest_neighbours():
    rng = np.random.default_rng(2)
    features, decided = rng.normal(size=(700, 4)) * [1, 10, 100, 1], rng.integers(0, 2, 700).astype(float)
    scaled = features / features.std(axis=0)
    nearest = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(scaled).kneighbors(scaled, return_distance=False)
    expected = 1 - np.abs(decided - decided[nearest].mean(axis=1)).mean()
    assert 1 - unlike(features, decided).mean() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("decided", "value"), [([1, 1, 1, 0, 0, 0], 1.0), ([1, 0, 1, 0, 1, 0], 1 - 4 / 9)])
def test_consistency_of_two_clusters_is_the_hand_computed_one(decided, value):
    # each of two points holds three people: those alike are decided alike, or two of three against one
    features = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
    assert 1 - unlike(features, np.array(decided, dtype=float), neighbours=3).mean() == pytest.approx(value)


def test_consistency_needs_neighbours():
    with pytest.raises(ValueError, match="more rows"):
        unlike(np.zeros((5, 1)), np.zeros(5))


def test_a_gap_needs_two_groups():
    assert np.isnan(gap(np.array([0.5, np.nan])))
    assert gap(np.array([0.5, np.nan, 0.75])) == 0.25
