# SPDX-License-Identifier: Apache-2.0
"""Measures of fairness that are functions of how often each group is decided how: definitions and values.

A count is (..., groups, 4): true positives, false positives, false negatives, true negatives, where positive is what is
good for the person. Leading axes (replicates of a bootstrap) are carried through; a value that the counts do not define
(no one of a group deserves it, all errors are of one kind) is NaN. Law: renaming groups changes no gap.

Definitions: Verma and Rubin, FairWare 2018; Hardt, Price and Srebro, NeurIPS 2016; Berk et al., Sociological Methods
and Research 2021; Speicher et al., KDD 2018 (indices of inequality of benefits).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = ("true_positive", "false_positive", "false_negative", "true_negative")


class Form(Enum):
    """What a measure is over: each group, the widest difference of groups, the smallest ratio of groups, all people."""

    RATE = "rate"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    INDEX = "index"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A row of the table of measures."""

    name: str
    formula: str
    """As text, with Y the truth, D the decision, A the group; gap is the widest difference between two groups."""
    form: Form
    needs: str
    """``decisions``, or ``labels`` where the truth is needed as well."""
    of: tuple[str, ...] = ()
    """Rates whose gaps it is the widest of (the smallest of ratios)."""


_ALL = (1, 1, 1, 1)
_LINEAR: Mapping[str, tuple[tuple[int, int, int, int], tuple[int, int, int, int], str]] = {
    "selection_rate": ((1, 1, 0, 0), _ALL, "P(D=1 | A)"),
    "base_rate": ((1, 0, 1, 0), _ALL, "P(Y=1 | A)"),
    "true_positive_rate": ((1, 0, 0, 0), (1, 0, 1, 0), "P(D=1 | Y=1, A)"),
    "false_positive_rate": ((0, 1, 0, 0), (0, 1, 0, 1), "P(D=1 | Y=0, A)"),
    "true_negative_rate": ((0, 0, 0, 1), (0, 1, 0, 1), "P(D=0 | Y=0, A)"),
    "false_negative_rate": ((0, 0, 1, 0), (1, 0, 1, 0), "P(D=0 | Y=1, A)"),
    "positive_predictive_value": ((1, 0, 0, 0), (1, 1, 0, 0), "P(Y=1 | D=1, A)"),
    "negative_predictive_value": ((0, 0, 0, 1), (0, 0, 1, 1), "P(Y=0 | D=0, A)"),
    "false_discovery_rate": ((0, 1, 0, 0), (1, 1, 0, 0), "P(Y=0 | D=1, A)"),
    "false_omission_rate": ((0, 0, 1, 0), (0, 0, 1, 1), "P(Y=1 | D=0, A)"),
    "accuracy": ((1, 0, 0, 1), _ALL, "P(D=Y | A)"),
    "error_rate": ((0, 1, 1, 0), _ALL, "P(D!=Y | A)"),
    "f1": ((2, 0, 0, 0), (2, 1, 1, 0), "2 TP / (2 TP + FP + FN)"),
    "threat_score": ((1, 0, 0, 0), (1, 1, 1, 0), "TP / (TP + FP + FN)"),
    "missed_share_of_errors": ((0, 0, 1, 0), (0, 1, 1, 0), "FN / (FN + FP)"),
    "treatment_ratio": ((0, 0, 1, 0), (0, 1, 0, 0), "FN / FP"),
}
"""Ratios of sums of cells: numerator, denominator, formula."""
SHARES = frozenset(_LINEAR) - {"f1", "treatment_ratio"}
"""Rates that are k people of n."""
_NUMERATORS = np.array([top for top, _, _ in _LINEAR.values()], dtype=np.float64).T
_DENOMINATORS = np.array([bottom for _, bottom, _ in _LINEAR.values()], dtype=np.float64).T
_COMBINED: Mapping[str, tuple[str, str, float, str]] = {
    "balanced_accuracy": ("true_positive_rate", "true_negative_rate", 0.5, "(TPR + TNR) / 2"),
    "informedness": ("true_positive_rate", "false_positive_rate", -1.0, "TPR - FPR"),
    "mean_odds": ("true_positive_rate", "false_positive_rate", 0.5, "(TPR + FPR) / 2"),
    "half_informedness": ("true_positive_rate", "false_positive_rate", -0.5, "(TPR - FPR) / 2"),
}
"""a of the first rate plus b of the second: |a| is 1 for informedness and a half for all others, b is given."""
_FORMULAS = {name: row[2] for name, row in _LINEAR.items()} | {name: row[3] for name, row in _COMBINED.items()}
_HIDDEN = frozenset({"mean_odds", "half_informedness"})
"""Rates that only serve a gap."""

_GAPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "demographic_parity_difference": (("selection_rate",), "gap of P(D=1 | A)"),
    "equal_opportunity_difference": (("true_positive_rate",), "gap of TPR"),
    "predictive_equality_difference": (("false_positive_rate",), "gap of FPR"),
    "true_negative_rate_difference": (("true_negative_rate",), "gap of TNR"),
    "false_negative_rate_difference": (("false_negative_rate",), "gap of FNR"),
    "equalized_odds_difference": (("true_positive_rate", "false_positive_rate"), "max(gap of TPR, gap of FPR)"),
    "average_odds_difference": (
        ("mean_odds", "half_informedness"),
        "widest (|TPR_a - TPR_b| + |FPR_a - FPR_b|) / 2 of two groups",
    ),
    "predictive_parity_difference": (("positive_predictive_value",), "gap of PPV"),
    "negative_predictive_value_difference": (("negative_predictive_value",), "gap of NPV"),
    "conditional_use_accuracy_difference": (
        ("positive_predictive_value", "negative_predictive_value"),
        "max(gap of PPV, gap of NPV)",
    ),
    "false_discovery_rate_difference": (("false_discovery_rate",), "gap of FDR"),
    "false_omission_rate_difference": (("false_omission_rate",), "gap of FOR"),
    "accuracy_difference": (("accuracy",), "gap of P(D=Y | A)"),
    "error_rate_difference": (("error_rate",), "gap of P(D!=Y | A)"),
    "balanced_accuracy_difference": (("balanced_accuracy",), "gap of (TPR + TNR) / 2"),
    "informedness_difference": (("informedness",), "gap of TPR - FPR"),
    "f1_difference": (("f1",), "gap of F1"),
    "threat_score_difference": (("threat_score",), "gap of TP / (TP + FP + FN)"),
    "treatment_equality_difference": (("treatment_ratio",), "gap of FN / FP"),
    "missed_share_difference": (("missed_share_of_errors",), "gap of FN / (FN + FP)"),
    "base_rate_difference": (("base_rate",), "gap of P(Y=1 | A)"),
}
_RATIOS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "demographic_parity_ratio": (("selection_rate",), "min / max of P(D=1 | A) (four-fifths rule)"),
    "equal_opportunity_ratio": (("true_positive_rate",), "min / max of TPR"),
    "predictive_equality_ratio": (("false_positive_rate",), "min / max of FPR"),
    "true_negative_rate_ratio": (("true_negative_rate",), "min / max of TNR"),
    "false_negative_rate_ratio": (("false_negative_rate",), "min / max of FNR"),
    "equalized_odds_ratio": (("true_positive_rate", "false_positive_rate"), "min(ratio of TPR, ratio of FPR)"),
    "predictive_parity_ratio": (("positive_predictive_value",), "min / max of PPV"),
    "negative_predictive_value_ratio": (("negative_predictive_value",), "min / max of NPV"),
    "false_discovery_rate_ratio": (("false_discovery_rate",), "min / max of FDR"),
    "false_omission_rate_ratio": (("false_omission_rate",), "min / max of FOR"),
    "accuracy_ratio": (("accuracy",), "min / max of P(D=Y | A)"),
    "error_rate_ratio": (("error_rate",), "min / max of P(D!=Y | A)"),
}
_INDICES: Mapping[str, str] = {
    "theil_index": "mean of (b/m) ln(b/m), benefit b = D - Y + 1, m its mean",
    "generalised_entropy_index": "mean of ((b/m)^2 - 1) / 2",
    "coefficient_of_variation": "standard deviation of b / m",
    "between_group_theil_index": "the same with each person's benefit replaced by the group's mean",
    "between_group_generalised_entropy_index": "the same with each person's benefit replaced by the group's mean",
}


def _needs(names: tuple[str, ...]) -> str:
    return "decisions" if names == ("selection_rate",) else "labels"


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(
            Metric(name=name, formula=formula, form=Form.RATE, needs=_needs((name,)), of=(name,))
            for name, formula in _FORMULAS.items()
            if name not in _HIDDEN
        ),
        *(
            Metric(name=name, formula=formula, form=form, needs=_needs(of), of=of)
            for form, table in ((Form.DIFFERENCE, _GAPS), (Form.RATIO, _RATIOS))
            for name, (of, formula) in table.items()
        ),
        *(Metric(name=name, formula=text, form=Form.INDEX, needs="labels") for name, text in _INDICES.items()),
    )
}
"""Every measure by name: rates of groups, differences, ratios, indices."""


def tally(
    chosen: NDArray[np.bool_],
    deserved: NDArray[np.bool_],
    groups: NDArray[np.integer],
    size: int,
    weights: Floats | None = None,
) -> Floats:
    """Counts (or sums of weights) of ``size`` groups, given by number: shape (size, 4)."""
    cell = groups.astype(np.intp) * 4 + (~chosen) * 2 + ~deserved
    return np.bincount(cell, weights, minlength=size * 4).reshape(size, 4).astype(np.float64)


def rates(counts: Floats) -> dict[str, Floats]:
    """Each rate of each group, (..., groups)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bottom = counts @ _DENOMINATORS
        share = np.where(bottom > 0, (counts @ _NUMERATORS) / bottom, np.nan)
    found: dict[str, Floats] = {name: share[..., index] for index, name in enumerate(_LINEAR)}
    for name, (first, second, weight, _) in _COMBINED.items():
        found[name] = (1.0 if name == "informedness" else 0.5) * found[first] + weight * found[second]
    return found


def bases(counts: Floats) -> dict[str, Floats]:
    """How many people each rate of each group rests on, (..., groups)."""
    bottom = counts @ (_DENOMINATORS > 0)
    found: dict[str, Floats] = {name: bottom[..., index] for index, name in enumerate(_LINEAR)}
    for name, (first, second, _, _) in _COMBINED.items():
        found[name] = np.minimum(found[first], found[second])
    return found


def indices(counts: Floats) -> dict[str, Floats]:
    """Inequality of benefits over all people, (...); a benefit is 0 (missed), 1 (right) or 2 (undeserved)."""
    by_group = np.stack([counts[..., 2], counts[..., 0] + counts[..., 3], counts[..., 1]], axis=-1)
    people = by_group.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(people > 0, by_group @ np.array([0.0, 1.0, 2.0]) / people, 0.0)
        within = _entropies(np.array([0.0, 1.0, 2.0]), by_group.sum(axis=-2))
        between = _entropies(means, people)
    theil, entropy = within
    return {
        "theil_index": theil,
        "generalised_entropy_index": entropy,
        "coefficient_of_variation": np.sqrt(2 * np.maximum(entropy, 0)),
        "between_group_theil_index": between[0],
        "between_group_generalised_entropy_index": between[1],
    }


def _entropies(benefits: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Theil's index and the generalised entropy of order 2 of benefits that so many people have."""
    share = people / people.sum(axis=-1, keepdims=True)
    relative = benefits / (share * benefits).sum(axis=-1, keepdims=True)
    logs = np.log(np.where(relative > 0, relative, 1.0))
    return (share * relative * logs).sum(axis=-1), (share * (relative**2 - 1)).sum(axis=-1) / 2


def evaluate(counts: Floats) -> dict[str, Floats]:
    """Every measure: (..., groups) for rates, (...) for the others; no floor, and groups without a rate left out."""
    channels = rates(counts)
    found: dict[str, Floats] = {}
    for metric in METRICS.values():
        if metric.form is Form.RATE:
            found[metric.name] = channels[metric.name]
        elif metric.form is not Form.INDEX:
            spread = [_spread(channels[name], metric.form) for name in metric.of]
            extreme = np.fmax if metric.form is Form.DIFFERENCE else np.fmin
            found[metric.name] = extreme.reduce(np.stack(spread))
    return {**found, **indices(counts)}


def _spread(values: Floats, form: Form) -> Floats:
    """Highest less lowest, or lowest by highest; NaN where fewer than two groups have a value."""
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=-1)
    high = np.where(known, values, -np.inf).max(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = high - low if form is Form.DIFFERENCE else low / high
    return np.where(known.sum(axis=-1) > 1, spread, np.nan)
