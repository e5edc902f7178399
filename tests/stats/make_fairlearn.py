# SPDX-License-Identifier: Apache-2.0
"""Writes fairlearn.json: what fairlearn says of fixed counts. Run it with a Python that has fairlearn 0.15.0.

python tests/stats/make_fairlearn.py
"""

import json
from pathlib import Path

import fairlearn
import fairlearn.metrics as fm
import numpy as np
import sklearn
import sklearn.metrics as sm

RATES = {
    "selection_rate": fm.selection_rate,
    "true_positive_rate": fm.true_positive_rate,
    "false_positive_rate": fm.false_positive_rate,
    "true_negative_rate": fm.true_negative_rate,
    "false_negative_rate": fm.false_negative_rate,
    "accuracy": sm.accuracy_score,
    "error_rate": sm.zero_one_loss,
    "positive_predictive_value": sm.precision_score,
    "balanced_accuracy": sm.balanced_accuracy_score,
    "f1": sm.f1_score,
    "threat_score": sm.jaccard_score,
}
GAPS = {
    "demographic_parity_difference": fm.demographic_parity_difference,
    "demographic_parity_ratio": fm.demographic_parity_ratio,
    "equalized_odds_difference": fm.equalized_odds_difference,
    "equalized_odds_ratio": fm.equalized_odds_ratio,
    "equal_opportunity_difference": fm.equal_opportunity_difference,
    "equal_opportunity_ratio": fm.equal_opportunity_ratio,
}
NUMBERS = {
    "mean_prediction": fm.mean_prediction,
    "mean_absolute_error": sm.mean_absolute_error,
    "root_mean_squared_error": sm.root_mean_squared_error,
    "r2": sm.r2_score,
}
CASES = ((0, 2, 60), (1, 3, 200), (2, 5, 1000), (3, 12, 4000))


def decisions(seed, size, n):
    """One case: counts of groups, and what fairlearn makes of the rows, with and without weights."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, size, n)
    truth = (rng.random(n) < rng.uniform(0.3, 0.7, size)[group]).astype(int)
    given = (
        rng.random(n) < np.where(truth, rng.uniform(0.5, 0.9, size)[group], rng.uniform(0.1, 0.4, size)[group])
    ).astype(int)
    weight = rng.integers(1, 9, n) / 4
    cell = group * 4 + (1 - given) * 2 + 1 - truth
    counts = [np.bincount(cell, weights, size * 4).reshape(size, 4).tolist() for weights in (None, weight)]
    return [
        {"counts": one, "values": measured(truth, given, group, weights)}
        for one, weights in zip(counts, (None, weight), strict=True)
    ]


def measured(truth, given, group, weights):
    """Rates of groups, gaps and ratios."""
    shared = {} if weights is None else {"sample_params": {name: {"sample_weight": weights} for name in RATES}}
    frame = fm.MetricFrame(metrics=RATES, y_true=truth, y_pred=given, sensitive_features=group, **shared)
    values = {name: frame.by_group[name].tolist() for name in RATES}
    values |= {f"{name}_difference": value for name, value in frame.difference().items()}
    values |= {f"{name}_ratio": value for name, value in frame.ratio().items()}
    more = {name: gap(truth, given, sensitive_features=group, sample_weight=weights) for name, gap in GAPS.items()}
    return {name: value if isinstance(value, list) else float(value) for name, value in {**values, **more}.items()}


def numbers(seed, size, n):
    """One case of regression: rows, and what each group's errors are, with and without weights."""
    rng = np.random.default_rng(seed)
    group, truth = rng.integers(0, size, n), rng.normal(10, 3, n).round(3)
    given = (truth + rng.normal(0.2, 1, n)).round(3)
    weight = rng.integers(1, 9, n) / 4
    rows = {"group": group.tolist(), "truth": truth.tolist(), "given": given.tolist()}
    for weights in (None, weight):
        shared = {} if weights is None else {"sample_params": {name: {"sample_weight": weights} for name in NUMBERS}}
        frame = fm.MetricFrame(metrics=NUMBERS, y_true=truth, y_pred=given, sensitive_features=group, **shared)
        values = {name: frame.by_group[name].tolist() for name in NUMBERS}
        differences = {name: float(one) for name, one in frame.difference().items()}
        kept = None if weights is None else weights.tolist()
        yield {**rows, "weights": kept, "values": values, "differences": differences}


if __name__ == "__main__":
    document = {
        "made_by": f"fairlearn {fairlearn.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        "decisions": [one for case in CASES for one in decisions(*case)],
        "numbers": list(numbers(4, 3, 60)),
    }
    Path(__file__).with_name("fairlearn.json").write_text(json.dumps(document, indent=1) + "\n")
