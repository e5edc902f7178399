# SPDX-License-Identifier: Apache-2.0
"""Explanations of models: exact where they can be, the same as brute force, gone when the model is randomised."""

import numpy as np
import onnx
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from hauberk.core.errors import CannotLook
from hauberk.core.seams import seam
from hauberk.models.explained import chosen, explain, game, log_odds, removed, score_of, trees_of
from hauberk.models.model import open_model
from hauberk.models.onnx_random import shuffled
from hauberk.stats.shapley import exact

X, Y = load_breast_cancer(return_X_y=True)
X = ((X - X.mean(axis=0)) / X.std(axis=0))[:, :5].astype(np.float32)
NAMES = tuple("abcde")


def opened(estimator):
    fitted = estimator.fit(X, Y)
    data = to_onnx(fitted, X[:1], options={id(fitted): {"zipmap": False}}).SerializeToString()
    return data, open_model(data, NAMES, ("0", "1")), fitted


def test_a_file_that_does_more_than_add_up_its_trees_is_explained_in_another_way():
    fitted = RandomForestRegressor(4, max_depth=3, random_state=0).fit(X, X[:, 0])
    made = to_onnx(fitted, X[:1])
    last = made.graph.output[0].name
    made.graph.node.append(onnx.helper.make_node("Exp", [last], ["raised"]))
    made.graph.output[0].name = "raised"
    for data, method in ((to_onnx(fitted, X[:1]).SerializeToString(), "trees"), (made.SerializeToString(), "exact")):
        model = open_model(data, NAMES, ())
        found = explain(
            model.numbers, ROWS, BEHIND, budget=10**6, rng=np.random.default_rng(0), trees=trees_of(data, model, None),
            number=True,
        )  # fmt: skip
        assert found.method == method


def rows(part):
    return {name: X[part, index].astype(float) for index, name in enumerate(NAMES)}


ROWS, BEHIND = rows(slice(0, 6)), rows(slice(100, 108))


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(8, max_depth=4, random_state=0),
        GradientBoostingClassifier(n_estimators=12, random_state=0),
    ],
)
def test_treeshap_is_what_enumeration_of_all_coalitions_gives(estimator):
    data, model, fitted = opened(estimator)
    found = explain(
        score_of(model, "1"), ROWS, BEHIND, budget=0, rng=np.random.default_rng(0), trees=trees_of(data, model, "1")
    )
    assert (found.method, found.unit) == ("trees", "margin")
    plain = isinstance(fitted, RandomForestClassifier)
    raw = (lambda z: fitted.predict_proba(z)[:, 1]) if plain else fitted.decision_function
    brute = exact(game(lambda cells: raw(np.stack([cells[name] for name in NAMES], 1)), ROWS, BEHIND), 5)
    other = explain(
        score_of(model, "0"), ROWS, BEHIND, budget=0, rng=np.random.default_rng(0), trees=trees_of(data, model, "0")
    )
    np.testing.assert_allclose(found.contributions, -other.contributions, atol=1e-6)
    scale = found.contributions.sum() / brute.sum()  # a margin of two shares counts twice, or once where one is 0
    np.testing.assert_allclose(found.contributions, scale * brute, atol=2e-6)
    assert scale == pytest.approx(1, abs=1e-4) or scale == pytest.approx(2, abs=1e-4)


def test_a_logistic_regression_is_exact_and_its_numbers_are_weight_times_distance():
    _, model, fitted = opened(LogisticRegression(C=0.01, max_iter=5000))
    found = explain(score_of(model, "1"), ROWS, BEHIND, budget=0, rng=np.random.default_rng(0))
    assert (found.method, found.unit) == ("linear", "log-odds")
    wanted = fitted.coef_[0] * (X[:6] - X[100:108].mean(axis=0))
    np.testing.assert_allclose(found.contributions, wanted, rtol=1e-3, atol=1e-4)


def test_the_budget_chooses_between_all_coalitions_and_draws_and_refuses_too_little():
    _, model, _ = opened(RandomForestClassifier(8, max_depth=4, random_state=0))
    score, rng = score_of(model, "1"), np.random.default_rng(0)
    full = explain(score, ROWS, BEHIND, budget=48 * 32, rng=rng)
    assert full.method == "exact"
    np.testing.assert_allclose(full.contributions.sum(axis=1), score(ROWS) - score(BEHIND).mean(), atol=1e-6)
    drawn = explain(score, ROWS, BEHIND, budget=48 * 31, rng=rng)
    assert drawn.method == "kernel"
    assert np.abs(drawn.contributions - full.contributions).max() < 0.15
    with pytest.raises(CannotLook, match="the budget is 100"):
        explain(score, ROWS, BEHIND, budget=100, rng=rng)


def test_a_model_without_scores_is_explained_by_its_labels_and_an_unknown_label_is_refused():
    _, model, _ = opened(LogisticRegression(max_iter=5000))
    with pytest.raises(CannotLook, match="no such label"):
        score_of(model, "7")(ROWS)
    assert np.isfinite(log_odds(lambda _: np.array([0.0, 1.0]))({})).all()


def test_what_matters_moves_the_score_when_it_is_removed():
    _, model, _ = opened(RandomForestClassifier(8, max_depth=4, random_state=0))
    score = score_of(model, "1")
    found = explain(score, ROWS, BEHIND, budget=48 * 32, rng=np.random.default_rng(0)).contributions
    order = np.argsort(-np.abs(found), axis=1)
    most, least = (removed(score, ROWS, BEHIND, order[:, part]).mean() for part in (slice(0, 1), slice(4, 5)))
    assert most > least


@pytest.mark.parametrize(
    "estimator", [RandomForestClassifier(8, max_depth=4, random_state=0), LogisticRegression(max_iter=5000)]
)
def test_a_shuffled_model_loads_and_answers_otherwise(estimator):
    data, model, _ = opened(estimator)
    mixed = shuffled(data, np.random.default_rng(1))
    assert mixed != data
    assert len(mixed) == len(data)
    other = open_model(mixed, NAMES, ("0", "1"))
    assert np.abs(score_of(other, "1")(ROWS) - score_of(model, "1")(ROWS)).max() > 0.01
    assert chosen(ROWS, np.array([1]))["a"] == ROWS["a"][1]


def test_integrated_gradients_are_complete_and_exact_for_a_product():
    torch = pytest.importorskip("torch")
    road = seam("hauberk.models.gradient.integrated", extra="torch")
    x = np.random.default_rng(0).normal(size=(4, 3))
    found, missing = road.integrated_gradients(lambda z: z[:, 0] * z[:, 1] + torch.sin(z[:, 2]), x, np.zeros(3))
    np.testing.assert_allclose(missing, 0, atol=1e-9)
    np.testing.assert_allclose(found[:, 0], x[:, 0] * x[:, 1] / 2, atol=1e-9)
    np.testing.assert_allclose(found[:, 2], np.sin(x[:, 2]), atol=1e-9)
