# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-004: calibration within groups."""

from collections.abc import Iterator

import numpy as np

from hauberk.checks.fairness.decisions import MOST_ROWS, Decisions, decide, sensitive_groups, touches_people
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.model import Floats, label_text
from hauberk.models.trial import open_for, rows_of
from hauberk.stats.scored import SCORED
from hauberk.stats.scored_estimates import FLOOR, REPLICATES, estimate_scores

GAP = "calibration_in_the_large_gap"
_BY_GROUP = frozenset(
    {"calibration_in_the_large", "expected_calibration_error", "positive_class_balance", "negative_class_balance"}
)
"""Measures of which each group's own is sealed; of the others only the gap is, so that many groups leave room."""


@check(
    "HBK-FAI-004",
    stage="govern",
    kinds=("model",),
    severity=Severity.MEDIUM,
    needs=("system", "ml"),
    applies=touches_people,
    basis=Basis.MEASURED,
    limits=(Limit(measurement=GAP, at_most=0.1, severity=Severity.MEDIUM),),
    seconds=60,
    remedy="recalibrate on rows of the group whose score is off (isotonic or Platt scaling), find what its score rests "
    "on, or do not show the score to those who decide",
    references=("AI-Act:Art.15", "doi:10.48550/arXiv.1609.05807", "NIST-AI-100-1:MEASURE-2.11"),
)
def calibration(target: Target) -> Iterator[Measurement]:
    """The same score means another chance for another group of people.

    Who reads 70 % and knows nothing else trusts it alike for everybody. Measured are how far each group's mean score is
    from its share of favourable outcomes, the expected calibration error, the balance of both classes, Brier score and
    ranking, and the widest gap of each. A model that gives labels alone has no score to be read.
    """
    decisions = decide(target)
    sheet = decisions.sheet
    scores = _scores(target, decisions)
    for column, groups in sensitive_groups(sheet):
        shared: dict[str, Parameter] = {"column": column, "data": sheet.id, "favourable": sheet.facts.favourable}
        shared |= decisions.told
        if scores is None:
            note = "not estimable: the model gives no score of the favourable label"
            yield Measurement(name=GAP, value=None, n=sheet.table.n, parameters=shared, note=note)
            continue
        names, number = np.unique(groups, return_inverse=True)
        shared |= {"floor": FLOOR, "interval": "bootstrap, studentised, all groups at once", "replicates": REPLICATES}
        shared |= {"weight": sheet.facts.weight} if sheet.facts.weight else {}
        rng = np.random.default_rng(decisions.seed)
        seen = False
        told = [str(name)[:80] for name in names]
        for one in estimate_scores(scores, decisions.deserved, number, told, rng, weights=decisions.weights):
            if one.group and one.name not in _BY_GROUP:
                continue
            ends = {"group": one.group, "more": one.more, "less": one.less}
            given = shared | {"formula": SCORED[one.name.removesuffix("_gap")]}
            given |= {end: name for end, name in ends.items() if name}
            seen |= one.name == GAP
            yield Measurement(name=one.name, value=one.value, low=one.low, high=one.high, n=one.n, parameters=given)
        if not seen:
            sizes = ", ".join(map(str, np.bincount(number)[:10]))
            note = f"not estimable at n={sizes}: fewer than two groups have {FLOOR} rows of either truth"
            yield Measurement(name=GAP, value=None, n=sheet.table.n, parameters=shared, note=note)


def _scores(target: Target, decisions: Decisions) -> Floats | None:
    """What the model gives the favourable label in each row; None where it scores no such label."""
    sheet = decisions.sheet
    model = open_for(target, sheet, budget=MOST_ROWS)
    if not model.scored:
        return None
    scores = model.scores(rows_of(sheet, model))
    good = label_text(np.asarray([sheet.facts.favourable]))
    return scores.of(np.broadcast_to(good, sheet.table.n)) if good[0] in scores.classes else None
