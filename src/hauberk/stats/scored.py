# SPDX-License-Identifier: Apache-2.0
"""Fairness of scores, of predicted numbers and towards single people: measures that counts of decisions cannot give.

Each function takes one value a row and gives one value a group (NaN where a group has no such row); ``gap`` makes a
difference of them. Weights are sums, so a weight of 2 is the same row twice; that is the law of every measure here
but ``unlike``.

Sources: calibration within groups and balance for both classes (Kleinberg, Mullainathan and Raghavan, ITCS 2017);
expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015); consistency (Zemel et al., ICML 2013).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

BINS = 10
"""Bins of equal width over scores from 0 to 1."""
NEIGHBOURS = 5
_BLOCK = 512
"""Rows whose distances are held at once."""

SCORED: Mapping[str, str] = {
    "mean_score": "E[S | A]",
    "calibration_in_the_large": "E[S | A] - E[Y | A]",
    "expected_calibration_error": f"sum over {BINS} bins of P(bin | A) |E[S | bin, A] - E[Y | bin, A]|",
    "positive_class_balance": "E[S | Y=1, A]",
    "negative_class_balance": "E[S | Y=0, A]",
    "brier_score": "E[(S - Y)^2 | A]",
    "ranking": "P(S of a row with Y=1 > S of a row with Y=0 | A), ties by half",
}
"""Measures of scores by name, each of one group."""
NUMERIC: Mapping[str, str] = {
    "mean_prediction": "E[D | A]",
    "mean_error": "E[D - Y | A]",
    "mean_absolute_error": "E[|D - Y| | A]",
    "root_mean_squared_error": "sqrt(E[(D - Y)^2 | A])",
    "r2": "1 - E[(D - Y)^2 | A] / Var[Y | A]",
}
"""Measures of predicted numbers by name; the gap of mean_prediction is statistical parity for regression."""


def scored(
    scores: Floats, deserved: Flags, groups: Places, size: int, weights: Floats | None = None
) -> dict[str, Floats]:
    """Every measure of ``SCORED`` for each of ``size`` groups; scores are those of the favourable label, in [0, 1]."""
    weight = np.ones(len(scores)) if weights is None else weights
    truth = deserved.astype(np.float64)
    score = _mean(scores, groups, size, weight)
    return {
        "mean_score": score,
        "calibration_in_the_large": score - _mean(truth, groups, size, weight),
        "expected_calibration_error": _calibration(scores, truth, groups, size, weight),
        "positive_class_balance": _mean(scores, groups, size, weight * truth),
        "negative_class_balance": _mean(scores, groups, size, weight * (1 - truth)),
        "brier_score": _mean((scores - truth) ** 2, groups, size, weight),
        "ranking": np.array(
            [_ranking(scores[groups == g], truth[groups == g], weight[groups == g]) for g in range(size)]
        ),
    }


def numeric(
    predicted: Floats, truth: Floats, groups: Places, size: int, weights: Floats | None = None
) -> dict[str, Floats]:
    """Every measure of ``NUMERIC`` for each of ``size`` groups."""
    weight = np.ones(len(predicted)) if weights is None else weights
    error = predicted - truth
    squared = _mean(error**2, groups, size, weight)
    centred = truth - np.nan_to_num(_mean(truth, groups, size, weight))[groups]
    variance = _mean(centred**2, groups, size, weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(variance > 0, 1 - squared / variance, np.nan)
    return {
        "mean_prediction": _mean(predicted, groups, size, weight),
        "mean_error": _mean(error, groups, size, weight),
        "mean_absolute_error": _mean(np.abs(error), groups, size, weight),
        "root_mean_squared_error": np.sqrt(squared),
        "r2": explained,
    }


def moments(predicted: Floats, truth: Floats, weight: Floats) -> Floats:
    """What the measures of ``NUMERIC`` are functions of once it is summed over rows: (rows, 6)."""
    error = predicted - truth
    return (
        np.stack([np.ones_like(error), predicted, np.abs(error), error**2, truth, truth**2], axis=1) * weight[:, None]
    )


def of_moments(sums: Floats, centre: float) -> dict[str, Floats]:
    """Every measure of ``NUMERIC`` from sums of ``moments`` (..., 6) of numbers that ``centre`` was taken from.

    Less exact than ``numeric`` where a group's numbers lie far from the centre: for replicates.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        given, off, squared, true, square = np.moveaxis(sums[..., 1:] / sums[..., :1], -1, 0)
        variance = square - true**2
        explained = np.where(variance > 0, 1 - squared / variance, np.nan)
    return {
        "mean_prediction": given + centre,
        "mean_error": given - true,
        "mean_absolute_error": off,
        "root_mean_squared_error": np.sqrt(squared),
        "r2": explained,
    }


def gap(values: Floats) -> float:
    """The widest difference between two groups that have a value; NaN where fewer than two do."""
    known = values[np.isfinite(values)]
    return float(known.max() - known.min()) if known.size > 1 else float("nan")


def unlike(features: Floats, decided: Floats, neighbours: int = NEIGHBOURS) -> Floats:
    """|D - mean of D over the row's nearest neighbours| of each row, each row its own first: 0 where all are alike.

    1 less its mean is consistency, by which alike people are decided alike. Distances are Euclidean over features
    scaled to unit variance, so that no unit rules; of equally far rows the earlier one counts. O(rows squared): draw
    rows first. Raises ValueError unless there are more rows than neighbours.
    """
    n = len(features)
    if n <= neighbours:
        raise ValueError("consistency needs more rows than neighbours")
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    lengths = (scaled**2).sum(axis=1)
    apart = np.empty(n)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        distances = lengths[block, None] - 2 * scaled[block] @ scaled.T + lengths
        nearest = np.argsort(distances.round(9), axis=1, kind="stable")[:, :neighbours]
        apart[block] = np.abs(decided[block] - decided[nearest].mean(axis=1))
    return apart


def _mean(values: Floats, groups: Places, size: int, weight: Floats) -> Floats:
    """The weighted mean of each group."""
    total = np.bincount(groups, weight, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.where(total > 0, np.bincount(groups, weight * values, minlength=size) / total, np.nan)
    return mean


def _calibration(scores: Floats, truth: Floats, groups: Places, size: int, weight: Floats) -> Floats:
    """Expected calibration error of each group."""
    cell = groups * BINS + np.minimum((scores * BINS).astype(np.intp), BINS - 1)
    off = np.bincount(cell, weight * (scores - truth), minlength=size * BINS).reshape(size, BINS)
    total = np.bincount(groups, weight, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        error: Floats = np.where(total > 0, np.abs(off).sum(axis=1) / total, np.nan)
    return error


def _ranking(scores: Floats, truth: Floats, weight: Floats) -> float:
    """Weighted area under the ROC curve."""
    values, inverse = np.unique(scores, return_inverse=True)
    positive = np.bincount(inverse, weight * truth, minlength=len(values))
    negative = np.bincount(inverse, weight * (1 - truth), minlength=len(values))
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    return float((positive * (negative.cumsum() - negative / 2)).sum() / pairs)
