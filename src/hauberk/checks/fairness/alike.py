# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-007: people who are alike are decided alike."""

from collections.abc import Iterator

import numpy as np

from hauberk.assets.table import missing
from hauberk.checks.fairness.decisions import MOST_ROWS, Decisions, decide, touches_people
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.model import Floats
from hauberk.models.trial import MOST_GROUPS, open_for
from hauberk.stats.intervals import mean_difference
from hauberk.stats.scored import NEIGHBOURS, unlike

CONSISTENCY = "individual_consistency"
BEYOND = "individual_consistency_beyond_chance"
ROWS = 2000
"""Rows that are compared, drawn at random where there are more."""
LEAST = 30


@check(
    "HBK-FAI-007",
    stage="govern",
    kinds=("model",),
    severity=Severity.MEDIUM,
    needs=("system", "ml"),
    applies=touches_people,
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement=CONSISTENCY, at_least=0.7, severity=Severity.MEDIUM),
        Limit(measurement=BEYOND, at_least=0.25, severity=Severity.MEDIUM),
    ),
    seconds=60,
    remedy="look at pairs of neighbours that are decided unlike: a model that follows chance has learnt too much of "
    "its training rows; fit a simpler one, or one that does not change between people who are nearly the same",
    references=("AI-Act:Art.15", "doi:10.48550/arXiv.1104.3913", "NIST-AI-100-1:MEASURE-2.11"),
)
def alike(target: Target) -> Iterator[Measurement]:
    """People who are alike are decided unlike.

    Groups can fare alike while two people who differ in nothing that matters get opposite decisions. Measured is how
    far each decision lies from those of the five nearest rows, over the columns that the model reads and that are not
    declared sensitive (Zemel, Wu, Swersky, Pitassi and Dwork 2013): 1 where all neighbours are decided alike. A coin
    reaches 0.6 at even odds, and more where it favours few or nearly all; so the part beyond what a coin of the same
    share would reach is measured too: 0 for that coin, 1 where all neighbours are decided alike.
    """
    decisions = decide(target)
    features = _features(decisions, target)
    parameters: dict[str, Parameter] = {
        "data": decisions.sheet.id,
        "columns": features.shape[1],
        "neighbours": NEIGHBOURS,
        "interval": "bootstrap over rows",
        **decisions.told,
    }
    rng = np.random.default_rng(decisions.seed)
    rows = np.sort(rng.permutation(len(features))[:ROWS])
    if len(rows) < LEAST or features.shape[1] == 0:
        note = f"not estimable at n={len(rows)}: {LEAST} rows and a column that is not sensitive are needed"
        yield Measurement(name=CONSISTENCY, value=None, n=len(rows), parameters=parameters, note=note)
        return
    held = 1 - unlike(features[rows], decisions.chosen[rows].astype(np.float64))
    low, high = mean_difference(held, rng)
    value, share = float(held.mean()), float(decisions.chosen[rows].mean())
    ends = min(low, value), value, max(high, value)
    by_chance = 1 - 2 * share * (1 - share) * (NEIGHBOURS - 1) / NEIGHBOURS
    unlike_by_chance = 1 - by_chance
    beyond = [(end - by_chance) / unlike_by_chance if unlike_by_chance else 1.0 for end in ends]
    for name, (lower, middle, upper), more in ((CONSISTENCY, ends, {}), (BEYOND, beyond, {"by_chance": by_chance})):
        yield Measurement(
            name=name, value=middle, low=lower, high=upper, n=len(rows), parameters={**parameters, **more}
        )


def _features(decisions: Decisions, target: Target) -> Floats:
    """Columns that the model reads and that are not sensitive: numbers as they are, categories as indicators.

    A missing number counts as the middle one; free text, with more values than make groups, is left out.
    """
    sheet = decisions.sheet
    sensitive = {column.name for column in sheet.facts.columns if column.sensitive}
    parts = []
    for name in open_for(target, sheet, budget=MOST_ROWS).features:
        if name in sensitive:
            continue
        numbers = sheet.table.number(name)
        if numbers is not None:
            known = numbers[np.isfinite(numbers)]
            parts.append(np.where(np.isfinite(numbers), numbers, np.median(known) if known.size else 0.0)[:, None])
            continue
        cells = sheet.table.column(name)
        values, place = np.unique(np.where(missing(cells), "", cells.astype(object).astype(str)), return_inverse=True)
        if len(values) <= MOST_GROUPS:
            parts.append(np.eye(len(values))[place])
    return np.concatenate(parts, axis=1) if parts else np.empty((sheet.table.n, 0))
