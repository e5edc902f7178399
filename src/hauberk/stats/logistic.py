# SPDX-License-Identifier: Apache-2.0
"""Logistic regression for any number of classes, small and exact enough to serve as a reference learner."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

RIDGE = 1.0
"""Weight of the penalty on squared weights, in the units of scikit-learn's 1 / C; the intercept bears none."""
_ITERATIONS = 300
_STEADY = 1e-5


def fit(features: Floats, labels: Places, classes: int, ridge: float = RIDGE) -> Floats:
    """Weights, one column a class and the intercept in the first row, that minimise the penalised loss.

    Majorisation by the fixed bound X'X / 2 on the curvature (Boehning, Annals of the Institute of Statistical
    Mathematics 1992): each step is one solve, lowers the loss, and needs no step size.
    """
    design = _with_intercept(features)
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-8
    curvature = design.T @ design / 2 + np.diag(penalty)
    step = np.linalg.inv(curvature)
    wanted = np.eye(classes)[labels]
    weights = np.zeros((design.shape[1], classes))
    for _ in range(_ITERATIONS):
        slope = design.T @ (np.exp(_log_shares(design @ weights)) - wanted) + penalty[:, None] * weights
        change = step @ slope
        weights -= change
        if np.abs(change).max() < _STEADY:
            break
    return weights


def losses(features: Floats, labels: Places, weights: Floats) -> Floats:
    """Cross-entropy loss of each row under these weights, in nats."""
    logs = _log_shares(_with_intercept(features) @ weights)
    result: Floats = -logs[np.arange(len(labels)), labels]
    return result


def cross_fitted_losses(features: Floats, labels: Places, folds: Places, ridge: float = RIDGE) -> Floats:
    """Loss of each row under weights that were fitted on the other folds; without features, of the classes' shares.

    ``folds`` gives each row's fold; equal rows in two folds would make the loss too small.
    """
    classes = int(labels.max()) + 1
    result = np.empty(len(labels))
    for fold in np.unique(folds):
        out = folds == fold
        weights = fit(features[~out], labels[~out], classes, ridge)
        result[out] = losses(features[out], labels[out], weights)
    return result


def _with_intercept(features: Floats) -> Floats:
    return np.concatenate((np.ones((len(features), 1)), features), axis=1)


def _log_shares(scores: Floats) -> Floats:
    raised = scores - scores.max(axis=1, keepdims=True)
    result: Floats = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
    return result
