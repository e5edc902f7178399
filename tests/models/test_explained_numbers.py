# SPDX-License-Identifier: Apache-2.0
"""Explanations of predicted numbers: exact for linear models and trees, in the number's own unit."""

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVR

from hauberk.models.explained import explain, game, score_of, trees_of
from hauberk.models.model import open_model
from hauberk.stats.shapley import exact

X, Y = load_diabetes(return_X_y=True)
X = X[:, :5].astype(np.float32)
NAMES = tuple("abcde")


def opened(estimator):
    fitted = estimator.fit(X, Y)
    data = to_onnx(fitted, X[:1]).SerializeToString()
    return data, open_model(data, NAMES), fitted


def rows(part):
    return {name: X[part, index].astype(float) for index, name in enumerate(NAMES)}


ROWS, BEHIND = rows(slice(0, 6)), rows(slice(100, 108))


def explained(estimator, budget=0):
    data, model, fitted = opened(estimator)
    rng, trees = np.random.default_rng(0), trees_of(data, model, None)
    return explain(score_of(model, None), ROWS, BEHIND, budget=budget, rng=rng, trees=trees, number=True), fitted


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestRegressor(8, max_depth=4, random_state=0),
        GradientBoostingRegressor(n_estimators=12, random_state=0),
    ],
)
def test_treeshap_of_a_number_is_what_enumeration_of_all_coalitions_gives(estimator):
    found, fitted = explained(estimator)
    assert (found.method, found.unit) == ("trees", "number")
    brute = exact(game(lambda cells: fitted.predict(np.stack([cells[name] for name in NAMES], 1)), ROWS, BEHIND), 5)
    np.testing.assert_allclose(found.contributions, brute, atol=2e-3)
    assert found.base == pytest.approx(fitted.predict(X[100:108]).mean(), rel=1e-5)


def test_a_linear_model_brings_its_weight_times_the_distance_from_the_background():
    found, fitted = explained(LinearRegression())
    assert (found.method, found.unit) == ("linear", "number")
    np.testing.assert_allclose(found.contributions, fitted.coef_ * (X[:6] - X[100:108].mean(axis=0)), atol=1e-2)


def test_what_is_neither_is_explained_by_all_coalitions_or_by_the_kernel():
    curved = SVR(C=1000.0)
    whole, fitted = explained(curved, 48 * 32)
    drawn, _ = explained(curved, 48 * 31)
    assert (whole.method, drawn.method, whole.unit) == ("exact", "kernel", "number")
    brute = exact(game(lambda cells: fitted.predict(np.stack([cells[name] for name in NAMES], 1)), ROWS, BEHIND), 5)
    np.testing.assert_allclose(whole.contributions, brute, atol=1e-2)
    assert np.abs(drawn.contributions - brute).mean() < 0.1 * np.abs(brute).max()
