# SPDX-License-Identifier: Apache-2.0
"""Ours and fairlearn's mitigations of predicted numbers on the same folds of the same real data.

Run by bench/trust_models.py in .venvs/explainers with hauberk's sources on the path; prints one JSON line a point. Every
number is told by a rule that never saw the row (five folds, pooled). The plain rule is the same ridge regression for
both sides. fairlearn bounds each group's squared loss (BoundedGroupLoss); a draw of its counts by its chance, so that
its number is the mean of its rules.
"""

import argparse
import json
import warnings

import numpy as np
from sklearn.datasets import load_diabetes

from hauberk.stats.mitigation_numbers import alike, bounded, lines, ridge, shifts

warnings.filterwarnings("ignore")
FOLDS, PARTS, CUTS = 5, (0.75, 0.5, 0.25, 0.0), (45, 55)


def diabetes(by):
    """Eight measurements, standardised; age and sex are kept apart."""
    table = load_diabetes(scaled=False)
    x = table.data[:, 2:]
    group = np.digitize(table.data[:, 0], CUTS) if by == "age" else (table.data[:, 1] > 1).astype(int)
    return (x - x.mean(0)) / x.std(0), table.target, group


def losses(told, truth, groups):
    """Mean squared error of each group."""
    return np.bincount(groups, (told - truth) ** 2) / np.bincount(groups)


def ours(x, y, g, z, h):
    """Name and numbers of the held-out rows, of each of our rules."""
    ones = np.ones(len(y))
    plain = ridge(x, y, ones)
    seen = np.zeros(len(y))
    fold = np.random.default_rng(1).permutation(len(y)) % FOLDS
    for one in range(FOLDS):
        out = fold == one
        seen[out] = ridge(x[~out], y[~out], ones[~out])(x[out])
    yield "plain", plain(z)
    yield "shift by group", plain(z) + shifts(seen, y, g, ones)[h]
    fitted = lines(seen, y, g, ones)
    yield "line by group", fitted[h, 0] + fitted[h, 1] * plain(z)
    yield "groups weighed alike", ridge(x, y, alike(g, ones))(z)
    for part in PARTS:
        yield f"bounded group loss {part:g}", bounded(ridge, x, y, g, ones, part=part)(z)


def theirs(x, y, g, z, _):
    """fairlearn's reduction over the same regression from scikit-learn, under the same bounds."""
    from fairlearn.reductions import BoundedGroupLoss, ExponentiatedGradient, SquareLoss
    from sklearn.linear_model import Ridge

    first = losses(Ridge(alpha=1.0).fit(x, y).predict(x), y, g)
    everybody = float(np.average(first, weights=np.bincount(g)))
    for part in PARTS:
        bound = everybody + part * (first.max() - everybody)
        limit = BoundedGroupLoss(SquareLoss(float(y.min()), float(y.max())), upper_bound=float(bound))
        rule = ExponentiatedGradient(Ridge(alpha=1.0), limit, max_iter=50)
        rule.fit(x, y, sensitive_features=g)
        told = [weight * one.predict(z) for weight, one in zip(rule.weights_, rule.predictors_, strict=True) if weight]
        yield f"BoundedGroupLoss {part:g}", np.sum(told, axis=0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--wheel", default="")
    asked = parser.parse_args()
    x, y, g = diabetes(asked.data.removeprefix("diabetes-"))
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    for side, rules in (("hauberk", ours), ("fairlearn", theirs)):
        told = {}
        for one in range(FOLDS):
            held = fold == one
            for name, given in rules(x[~held], y[~held], g[~held], x[held], g[held]):
                told.setdefault(name, np.zeros(len(y)))[held] = given
        for name, given in told.items():
            by_group = losses(given, y, g) / y.var()
            means = np.bincount(g, given - y) / np.bincount(g) / y.std()
            point = {
                "data": asked.data,
                "n": len(y),
                "side": side,
                "rule": name,
                "r2": float(1 - ((given - y) ** 2).mean() / y.var()),
                "worst_loss": float(by_group.max()),
                "loss_gap": float(np.ptp(by_group)),
                "error_gap": float(np.ptp(means)),
            }
            print(json.dumps(point), flush=True)


if __name__ == "__main__":
    main()
