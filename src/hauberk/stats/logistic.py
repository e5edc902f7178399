# SPDX-License-Identifier: Apache-2.0
"""Logistic regression for any number of classes, small and exact enough to serve as a reference learner."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

RIDGE = 1.0
"""Weight of the penalty on squared weights, in the units of scikit-learn's 1 / C; the intercept bears none."""
_ITERATIONS = 300
_STEADY = 1e-5


def fit(features: Floats, labels: Places, classes: int, ridge: float = RIDGE, start: Floats | None = None) -> Floats:
    """Weights, one column a class and the intercept in the first row, that minimise the penalised loss.

    Majorisation by the fixed bound X'X / 2 on the curvature (Boehning, Annals of the Institute of Statistical
    Mathematics 1992): each step is one product, and needs no step size. Steps carry momentum (Beck and Teboulle, SIAM
    Journal on Imaging Sciences 2009) that is dropped where it points uphill. ``start`` are weights to begin from.
    """
    design = _with_intercept(features)
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-8
    step = np.linalg.inv(design.T @ design / 2 + np.diag(penalty))
    wanted = np.eye(classes)[labels]
    weights = np.zeros((design.shape[1], classes)) if start is None else start
    ahead, pace = weights, 1.0
    for _ in range(_ITERATIONS):
        slope = design.T @ (np.exp(_log_shares(design @ ahead)) - wanted) + penalty[:, None] * ahead
        moved = ahead - step @ slope
        change = moved - weights
        weights = moved
        if np.abs(change).max() < _STEADY:
            break
        pace, before = (1.0, 1.0) if (slope * change).sum() > 0 else ((1 + math.sqrt(1 + 4 * pace**2)) / 2, pace)
        ahead = weights + (before - 1) / pace * change
    return weights


def losses(features: Floats, labels: Places, weights: Floats) -> Floats:
    """Cross-entropy loss of each row under these weights, in nats."""
    logs = _log_shares(_with_intercept(features) @ weights)
    result: Floats = -logs[np.arange(len(labels)), labels]
    return result


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossFit:
    """Losses of rows under weights that were fitted without them."""

    losses: Floats
    weights: tuple[Floats, ...]
    """One for each fold, in order."""

    def without(self, columns: Places) -> tuple[Floats, ...]:
        """The weights less those of some columns of the features: a start for a fit without them."""
        return tuple(np.delete(weights, columns + 1, axis=0) for weights in self.weights)


def cross_fit(
    features: Floats, labels: Places, folds: Places, ridge: float = RIDGE, starts: Sequence[Floats] = ()
) -> CrossFit:
    """Fit on all folds but one and judge that one, for each fold; without features, by the classes' shares.

    ``folds`` gives each row's fold; equal rows in two folds would make the loss too small.
    """
    classes = int(labels.max()) + 1
    result, kept = np.empty(len(labels)), []
    for index, fold in enumerate(np.unique(folds)):
        out = folds == fold
        weights = fit(features[~out], labels[~out], classes, ridge, starts[index] if starts else None)
        result[out] = losses(features[out], labels[out], weights)
        kept.append(weights)
    return CrossFit(losses=result, weights=tuple(kept))


def _with_intercept(features: Floats) -> Floats:
    return np.concatenate((np.ones((len(features), 1)), features), axis=1)


def _log_shares(scores: Floats) -> Floats:
    raised = scores - scores.max(axis=1, keepdims=True)
    result: Floats = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
    return result
