# SPDX-License-Identifier: Apache-2.0
"""Ours and fairlearn's mitigations on the same folds of the same real data: accuracy and equalized-odds difference.

Run by bench/trust_models.py in .venvs/explainers with hauberk's sources on the path; prints one JSON line a point. Every
decision is made by a rule that never saw the row (five folds, pooled); a draw counts by its chance. The plain rule is
the same logistic regression for both sides.
"""

import argparse
import csv
import json
import warnings

import numpy as np
from scaffolds import GERMAN, compas

from hauberk.stats.mitigation import exponentiated, logistic, quality, reweighed, thresholds

warnings.filterwarnings("ignore")
RIDGE, FOLDS = 10.0, 5
PRICES, SLACKS = (0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0), (0.1, 0.05, 0.03, 0.01)


def german(by):
    """German credit with every column but the sensitive one, one-hot and standardised."""
    rows = list(csv.DictReader(GERMAN.open()))
    women = np.array([row["personal_status_and_sex"] in {"A92", "A95"} for row in rows])
    young = np.array([float(row["age_in_years"]) < 30 for row in rows])
    columns = []
    for name in rows[0]:
        if name == "credit_risk":
            continue
        cells = [row[name] for row in rows]
        try:
            number = np.array(cells, float)
            columns.append(((number - number.mean()) / number.std())[:, None])
        except ValueError:
            names, place = np.unique(cells, return_inverse=True)
            columns.append(np.eye(len(names))[place][:, 1:])
    return (
        np.concatenate(columns, 1),
        np.array([row["credit_risk"] == "1" for row in rows]),
        (women if by == "sex" else young).astype(int),
    )


def recidivism(wheel):
    """COMPAS: not to be taken for somebody who reoffends is what is good for the person; by race."""
    x, y, place = compas(wheel)
    spread = np.where(x.std(0) > 0, x.std(0), 1)
    return (x - x.mean(0)) / spread, y == 0, (x[:, place] > 0.5).astype(int)


def learner(x, y, w):
    return logistic(x, y, w, RIDGE)


def inner(x, y):
    """Scores of training rows by regressions that did not see them."""
    scores, fold = np.zeros(len(y)), np.random.default_rng(1).permutation(len(y)) % FOLDS
    for one in range(FOLDS):
        scores[fold == one] = learner(x[fold != one], y[fold != one] * 1.0, np.ones((fold != one).sum()))(
            x[fold == one]
        )
    return scores


def ours(x, y, g, z, h):
    """Name, chances of the held-out rows, and quality on training rows, of each of our rules."""
    plain, scores = learner(x, y * 1.0, np.ones(len(y))), inner(x, y)
    yield "plain", (plain(z) >= 0.5) * 1.0, quality((scores >= 0.5) * 1.0, y, g)
    fair = learner(x, y * 1.0, reweighed(y, g))
    yield "reweighed", (fair(z) >= 0.5) * 1.0, quality((fair(x) >= 0.5) * 1.0, y, g)
    for price in PRICES:
        cuts = thresholds(scores, y, g, price)
        yield f"thresholds {price:g}", (plain(z) >= cuts[h]) * 1.0, quality((scores >= cuts[g]) * 1.0, y, g)
    for slack in SLACKS:
        rule = exponentiated(learner, x, y, g, slack)
        yield f"exponentiated {slack:g}", rule(z), quality(rule(x), y, g)


def theirs(x, y, g, z, h):
    """The same of fairlearn: its thresholds and its reduction, over the same regression from scikit-learn."""
    from fairlearn.postprocessing import ThresholdOptimizer
    from fairlearn.reductions import EqualizedOdds, ExponentiatedGradient
    from sklearn.linear_model import LogisticRegression

    base = LogisticRegression(C=1 / RIDGE, max_iter=500)
    for goal in ("accuracy_score", "balanced_accuracy_score"):
        rule = ThresholdOptimizer(
            estimator=base, constraints="equalized_odds", objective=goal, predict_method="predict_proba"
        )
        rule.fit(x, y.astype(int), sensitive_features=g)
        yield f"ThresholdOptimizer {goal}", rule._pmf_predict(z, sensitive_features=h)[:, 1], None  # noqa: SLF001  the chances behind its draws
    for slack in SLACKS:
        rule = ExponentiatedGradient(base, EqualizedOdds(difference_bound=slack), max_iter=20)
        rule.fit(x, y.astype(int), sensitive_features=g)
        yield f"ExponentiatedGradient {slack:g}", rule._pmf_predict(z)[:, 1], None  # noqa: SLF001  the chances behind its draws


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--wheel", default="")
    asked = parser.parse_args()
    makers = {
        "german-sex": lambda: german("sex"),
        "german-age": lambda: german("age"),
        "compas": lambda: recidivism(asked.wheel),
    }
    x, y, g = makers[asked.data]()
    fold = np.random.default_rng(0).permutation(len(y)) % FOLDS
    for side, rules in (("hauberk", ours), ("fairlearn", theirs)):
        chances, trained = {}, {}
        for one in range(FOLDS):
            held = fold == one
            for name, given, seen in rules(x[~held], y[~held], g[~held], x[held], g[held]):
                chances.setdefault(name, np.zeros(len(y)))[held] = given
                trained.setdefault(name, []).append((seen.accuracy, seen.equalized_odds) if seen else (np.nan, np.nan))
        for name, given in chances.items():
            found = quality(given, y, g)
            print(
                json.dumps(
                    {
                        "data": asked.data,
                        "n": len(y),
                        "side": side,
                        "rule": name,
                        "accuracy": found.accuracy,
                        "odds": found.equalized_odds,
                        "parity": found.parity,
                        "trained": np.mean(trained[name], 0).tolist() if side == "hauberk" else None,
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
