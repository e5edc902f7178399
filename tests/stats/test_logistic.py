# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hauberk.stats.logistic import cross_fit, fit, losses


def draw(rng, n, classes):
    features = rng.normal(0, 1, (n, 5))
    scores = features @ rng.normal(0, 1.5, (5, classes)) + rng.gumbel(0, 1, (n, classes))
    return features, scores.argmax(axis=1)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("ridge", [0.3, 5.0])
def test_the_shares_are_those_of_scikit_learn(classes, ridge):
    from sklearn.linear_model import LogisticRegression  # the oracle

    features, labels = draw(np.random.default_rng(classes), 400, classes)
    # two classes: scikit-learn penalises one weight vector, we penalise two that mirror each other
    strength = 2 / ridge if classes == 2 else 1 / ridge
    oracle = LogisticRegression(C=strength, tol=1e-10, max_iter=5000).fit(features, labels)
    ours = losses(features, labels, fit(features, labels, classes, ridge))
    theirs = -oracle.predict_log_proba(features)[np.arange(400), labels]
    assert ours == pytest.approx(theirs, abs=2e-3)


def test_without_features_the_loss_is_that_of_the_shares():
    labels = np.array([0] * 30 + [1] * 70)
    weights = fit(np.empty((100, 0)), labels, 2)
    assert losses(np.empty((100, 0)), labels, weights).mean() == pytest.approx(
        -(0.3 * np.log(0.3) + 0.7 * np.log(0.7)), abs=1e-5
    )


def test_cross_fitting_never_sees_the_row_that_it_judges():
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(0, 1, (60, 50)), np.arange(60) % 2
    fold = np.arange(60) // 2 % 5
    seen = losses(noise, labels, fit(noise, labels, 2)).mean()
    assert seen < 0.5 < cross_fit(noise, labels, fold).losses.mean()


def test_a_class_that_a_fold_never_shows_costs_much_and_breaks_nothing():
    labels = np.array([0, 1] * 10 + [2])
    result = cross_fit(np.zeros((21, 1)), labels, np.array([0, 0, 1, 1] * 5 + [2])).losses
    assert np.isfinite(result).all()
    assert result[-1] > result[:-1].max()


def test_a_fit_from_other_weights_ends_at_the_same_losses():
    features, labels = draw(np.random.default_rng(1), 300, 3)
    fold = np.arange(300) % 4
    full = cross_fit(features, labels, fold)
    cold = cross_fit(features[:, :4], labels, fold)
    warm = cross_fit(features[:, :4], labels, fold, starts=full.without(np.array([4])))
    assert warm.losses == pytest.approx(cold.losses, abs=2e-3)
