# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-006: the subgroup whose predicted numbers are furthest off."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from hauberk.checks.fairness.decisions import columns_of
from hauberk.checks.fairness.numbers import Predictions, predict, predicts
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.stats.predicates import DEPTH, FLOOR
from hauberk.stats.subgroup_means import INTERVAL, Apart, furthest

ERROR = "worst_subgroup_standardised_mean_error"
SIZE = "worst_subgroup_standardised_absolute_error"
LONGEST = 300
"""Characters of a predicate that are kept."""
_MEDIUM, _LARGE = 0.5, 0.8


@check(
    "HBK-FAI-006",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=predicts,
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement=ERROR, at_most=_MEDIUM),
        Limit(measurement=ERROR, at_most=_LARGE, severity=Severity.MEDIUM, worse_end=True),
        Limit(measurement=SIZE, at_most=_MEDIUM, severity=Severity.MEDIUM),
    ),
    seconds=60,
    remedy="look at the rows of the subgroup named: collect more of them, repair the inputs that carry the difference, "
    "weigh it up when fitting, or send its numbers to a person until the interval is narrow enough to tell",
    references=("AI-Act:Art.10(2)(f)", "AI-Act:Art.15", "doi:10.48550/arXiv.1711.05144", "NIST-AI-100-1:MEASURE-2.11"),
)
def subgroup_numbers(target: Target) -> Iterator[Measurement]:
    """Some subgroup of people is told numbers that are further off than everybody else's.

    Each sensitive column alone can look even while old women are rated too low. Every subgroup that values of up to
    three sensitive columns describe is compared with everybody else, in mean error with its sign and in the size of
    errors, with intervals that allow for all of them. Limits are in standard deviations of the true numbers, where 0.5
    is what Cohen (1988) calls medium and 0.8 large: the furthest of many is off by something by chance alone.
    """
    predictions = predict(target)
    columns, unclear = columns_of(predictions.sheet)
    if columns:
        yield from _furthest(predictions, columns)
    if unclear is not None:
        raise unclear


def _furthest(predictions: Predictions, columns: Mapping[str, NDArray[np.str_]]) -> Iterator[Measurement]:
    sheet, error, spread = predictions.sheet, predictions.predicted - predictions.truth, predictions.spread
    for name, values, of in ((ERROR, error, "error with its sign"), (SIZE, np.abs(error), "size of the error")):
        rng = np.random.default_rng(predictions.seed)
        found = furthest(values, columns, rng, signed=name == ERROR, weights=sheet.weights)
        parameters: dict[str, Parameter] = {
            "data": sheet.id,
            "table": sheet.uri,
            "columns": ", ".join(sorted(columns))[:LONGEST],
            "of": of,
            "depth": DEPTH,
            "floor": FLOOR,
            "compared": found.compared,
            "too_small": found.small,
            "skipped": found.skipped,
            "spread": spread,
            **predictions.told,
        }
        parameters |= {"weight": sheet.facts.weight} if sheet.facts.weight else {}
        if not found.ranked or spread <= 0:
            note = f"not estimable at n={len(error)}: no subgroup and the others both have {FLOOR} people"
            note = note if spread > 0 else "not estimable: all true numbers are one"
            yield Measurement(name=name, value=None, n=len(error), parameters=parameters, note=note)
            continue
        note = f"the search stopped after {found.compared} subgroups" if found.skipped else ""
        yield _measured(name, found.ranked[0], spread, parameters, note)


def _measured(name: str, worst: Apart, spread: float, parameters: dict[str, Parameter], note: str) -> Measurement:
    """In standard deviations of the true numbers; of a signed error its size, the sign being told beside it."""
    value = abs(worst.difference) if name == ERROR else worst.difference
    low, high = value - worst.margin, value + worst.margin
    given = parameters | {
        "predicate": worst.predicate[:LONGEST],
        "mean": worst.mean,
        "others": worst.others,
        "direction": "higher" if worst.difference > 0 else "lower",
        "interval": INTERVAL,
    }
    low = max(low, 0.0) if name == ERROR else low
    return Measurement(
        name=name, value=value / spread, low=low / spread, high=high / spread, n=worst.n, parameters=given, note=note
    )
