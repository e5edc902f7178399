# SPDX-License-Identifier: Apache-2.0
"""The smallest change of a forest's decision: equal to brute force on small ones, proven bounds on a short budget."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

from hauberk.attacks.trees import TreeSearch, anywhere
from hauberk.models.forest_fitted import fitted_forest

MODELS = [
    RandomForestClassifier(7, max_depth=3, random_state=1),
    GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=1),
]


def brute(model, forest, reach, x):
    """The smallest change by asking scikit-learn itself about the nearest point of every cell of the grid of splits."""
    choices = []
    for feature in range(forest.features):
        cuts = np.unique(forest.last[forest.feature == feature])
        after = np.nextafter(cuts.astype(np.float32), np.float32(np.inf)).astype(float)
        low, high = np.concatenate([[-np.inf], after]), np.concatenate([cuts, [np.inf]])
        low, high = np.maximum(low, reach.low[feature]), np.minimum(high, reach.high[feature])
        if reach.whole[feature]:
            low, high = np.ceil(low), np.floor(high)
        points = np.clip(x[feature], low, high)[low <= high]
        if not reach.movable[feature]:
            points = x[feature : feature + 1]
        choices.append(np.unique(points))
    points = np.array(list(itertools.product(*choices)))
    distance = (np.abs(points - x) / reach.scale).max(axis=1)
    other = model.predict(points) != model.predict(x[None])[0]
    return distance[other].min() if other.any() else np.inf


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("law", ["anywhere", "bounded"])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_smallest_change_is_that_of_brute_force(model, law, classes):
    x, y = load_iris(return_X_y=True)
    if classes == 2:
        y = (y > 1).astype(int)
    x = x.astype(np.float32).astype(float)
    model.fit(x, y)
    forest = fitted_forest(model)
    reach = replace(anywhere(4), scale=np.ptp(x, axis=0))
    if law == "bounded":
        x = np.rint(x)
        reach = replace(
            reach,
            whole=np.array([True, True, False, True]),
            movable=np.array([True, True, True, False]),
            low=x.min(axis=0),
            high=x.max(axis=0),
        )
    search = TreeSearch(forest, reach)
    for row in x[::15]:
        found, true = search.nearest(row), brute(model, forest, reach, row)
        assert found.exact
        assert found.upper == pytest.approx(true, abs=1e-12)
        if found.point is not None:
            assert model.predict(found.point[None])[0] != model.predict(row[None])[0]
            assert (found.point[~reach.movable] == row[~reach.movable]).all()
            assert (found.point[reach.whole] == np.rint(found.point[reach.whole])).all()


def test_a_forest_that_says_one_thing_is_never_fooled():
    x, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(x, np.where(y < 9, 0, 1))
    forest = fitted_forest(model)
    two = replace(forest, values=np.column_stack([forest.values[:, 0], 0 * forest.values[:, 0]]), base=np.zeros(2))
    bound = TreeSearch(two).nearest(x[0])
    assert bound.exact
    assert bound.point is None
    assert bound.lower == np.inf


def test_a_short_budget_leaves_proven_bounds_around_the_truth():
    x, y = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(30, max_depth=5, random_state=0).fit(x[:400], y[:400])
    forest, reach = fitted_forest(model), replace(anywhere(30), scale=np.ptp(x, axis=0))
    wide = 0
    for row in x[400:408]:
        true, short = TreeSearch(forest, reach).nearest(row), TreeSearch(forest, reach, budget=40).nearest(row)
        assert short.parts <= 41
        assert short.lower <= true.upper
        assert true.lower <= short.upper
        wide += not short.exact
        if short.point is not None:
            assert model.predict(short.point[None])[0] != model.predict(row[None])[0]
    assert wide > 0, "the budget was not short"
