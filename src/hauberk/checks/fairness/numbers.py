# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-005: fairness of predicted numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hauberk.checks.fairness.decisions import MOST_ROWS, concerns_people, sensitive_groups
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.model import Floats
from hauberk.models.trial import REGRESS, Sheet, open_for, rows_of, tested_on
from hauberk.stats.scored import NUMERIC
from hauberk.stats.scored_estimates import FLOOR, REPLICATES, Scored, estimate_numbers

ERROR_GAP = "standardised_mean_error_gap"
SIZE_GAP = "standardised_mean_absolute_error_gap"
_STANDARDISED = {"mean_error_gap": ERROR_GAP, "mean_absolute_error_gap": SIZE_GAP}


def predicts(target: Target) -> bool:
    """Whether fairness of numbers is a question: a declared regression that concerns people."""
    declared = target.declared
    return declared is not None and declared.facts.task == REGRESS and concerns_people(target)


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What the model predicts for its test rows."""

    sheet: Sheet
    predicted: Floats
    truth: Floats
    told: dict[str, Parameter]
    """Which columns the model was given, where not all were."""
    spread: float
    """Standard deviation of the true numbers, weighted where the rows are."""
    seed: int


def predict(target: Target) -> Predictions:
    """Ask the model about its test data; raises CannotLook saying what the manifest lacks."""
    sheet = tested_on(target)
    if not any(column.sensitive for column in sheet.facts.columns):
        raise CannotLook(f"{sheet.id}: the manifest names no sensitive column", remedy="mark them with sensitive: true")
    truth = sheet.numbers
    model = open_for(target, sheet, budget=MOST_ROWS)
    spread = float(np.sqrt(np.cov(truth, ddof=0, aweights=sheet.weights)))
    return Predictions(
        sheet=sheet,
        predicted=model.numbers(rows_of(sheet, model)),
        truth=truth,
        told=model.told,
        spread=spread,
        seed=target.seed,
    )


@check(
    "HBK-FAI-005",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=predicts,
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement=ERROR_GAP, at_most=0.2),
        Limit(measurement=SIZE_GAP, at_most=0.2, severity=Severity.MEDIUM),
    ),
    seconds=60,
    remedy="look at the rows of the group that is rated too high or too low, or told least exactly: collect more of "
    "them, repair the inputs that carry the difference, or fit again with that group weighted up",
    references=("AI-Act:Art.10(2)(f)", "AI-Act:Art.15", "doi:10.48550/arXiv.1905.12843", "NIST-AI-100-1:MEASURE-2.11"),
)
def numbers(target: Target) -> Iterator[Measurement]:
    """A predicted number is further off for some groups of people.

    A rent, a dose or a score that is too high for one group and too low for another is as unfair as a refusal. Measured
    for each group are mean prediction, mean error with its sign, mean absolute and root mean squared error, and the
    share of variance explained; then the widest gap of each. Limits are on the gaps in standard deviations of the true
    numbers, where 0.2 is what Cohen (1988) calls small.
    """
    told = predict(target)
    sheet, spread, weights = told.sheet, told.spread, told.sheet.weights
    for column, groups in sensitive_groups(sheet):
        shared: dict[str, Parameter] = {"column": column, "data": sheet.id, "floor": FLOOR, "replicates": REPLICATES}
        shared |= {"interval": "bootstrap, studentised, all groups at once", "spread": spread, **told.told}
        shared |= {"weight": sheet.facts.weight} if sheet.facts.weight else {}
        names, number = np.unique(groups, return_inverse=True)
        named = [str(name)[:80] for name in names]
        rng = np.random.default_rng(told.seed)
        found = estimate_numbers(told.predicted, told.truth, number, named, rng, weights=weights)
        gaps = set()
        for one in found:
            yield _measured(one, shared)
            if one.name in _STANDARDISED and spread > 0:
                gaps.add(one.name)
                yield _measured(one, shared, spread)
        for name in sorted(_STANDARDISED.keys() - gaps):
            sizes = ", ".join(map(str, np.bincount(number)[:10]))
            note = f"not estimable at n={sizes}: fewer than two groups have {FLOOR} rows, or all true numbers are one"
            yield Measurement(name=_STANDARDISED[name], value=None, n=sheet.table.n, parameters=shared, note=note)


def _measured(one: Scored, shared: dict[str, Parameter], spread: float = 0.0) -> Measurement:
    """As it is, or divided by the spread of true numbers."""
    ends = {"group": one.group, "more": one.more, "less": one.less}
    given = shared | {end: name for end, name in ends.items() if name}
    given |= {"formula": NUMERIC[one.name.removesuffix("_gap")] + (" / sd(Y)" if spread else "")}
    name, by = (_STANDARDISED[one.name], spread) if spread else (one.name, 1.0)
    return Measurement(name=name, value=one.value / by, low=one.low / by, high=one.high / by, n=one.n, parameters=given)
