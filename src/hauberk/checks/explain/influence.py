# SPDX-License-Identifier: Apache-2.0
"""HBK-EXP-001: what the decisions rest on."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hauberk.checks.explain.subject import Subject, groups, is_explained, subject
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.explained import Explained, chosen, explain, removed, score_of, trees_of
from hauberk.models.model import open_model
from hauberk.models.onnx_random import shuffled
from hauberk.stats.explaining import Share, agreement, influences, joint
from hauberk.stats.intervals import mean_difference

SENSITIVE = "sensitive_influence"
INFLUENCE = "influence"
MOST_COLUMNS = 12
"""Columns whose influence is sealed: those with most of it."""
FLOOR = 10
"""Rows of a group below which its influences are not estimated."""
REPEATED = 12
"""Rows that the randomised model is explained on."""

Floats = NDArray[np.float64]
Shared = dict[str, Parameter]


@check(
    "HBK-EXP-001",
    stage="govern",
    kinds=("model",),
    severity=Severity.MEDIUM,
    needs=("system", "ml"),
    applies=is_explained,
    basis=Basis.MEASURED,
    limits=(Limit(measurement=SENSITIVE, at_most=0.05, severity=Severity.MEDIUM),),
    seconds=120,
    remedy="train without the sensitive columns named and measure again, or record in the policy why the decision may "
    "rest on them",
    references=("AI-Act:Art.13", "AI-Act:Art.86", "GDPR:Art.22", "doi:10.48550/arXiv.1705.07874", "arXiv:1810.03292"),
)
def influence(target: Target) -> Iterator[Measurement]:
    """Decisions rest on a protected attribute.

    What a model reads it may decide by, whatever its accuracy. Measured is each column's share of all Shapley values
    over test rows, for everybody and for each group, exact for linear models and small ones; and whether the
    explanation can be believed: stable under another background, faithful when the columns named are removed, and gone
    when the model's weights are shuffled. It says what the model uses, not what causes the outcome.
    """
    asked = subject(target)
    trees = trees_of(target.data, asked.model, asked.label)
    halves = [
        explain(
            asked.score, asked.rows, one, budget=asked.budget, rng=asked.rng, trees=trees, number=asked.label is None
        )
        for one in asked.backgrounds
    ]
    found = np.mean([one.contributions for one in halves], axis=0)
    shared: Shared = {
        "data": asked.sheet.id,
        "label": asked.said,
        "method": halves[0].method,
        "scale": halves[0].unit,
        "background": sum(len(one[asked.features[0]]) for one in asked.backgrounds),
        "seed": target.seed,
        **asked.model.told,
    }
    yield _sensitive(asked, found, shared)
    order = np.argsort(-np.abs(found).mean(axis=0), kind="stable")[:MOST_COLUMNS]
    yield from _influences(asked, found, order, "", "", shared)
    for column, names in groups(asked):
        for name in np.unique(names):
            mine = names == name
            if mine.sum() >= FLOOR:
                yield from _influences(asked, found[mine], order, column, str(name)[:80], shared)
    yield from _quality(target, asked, halves, found, shared)


def _sensitive(asked: Subject, found: Floats, shared: Shared) -> Measurement:
    places = np.array([asked.features.index(name) for name in asked.sensitive], dtype=np.intp)
    given = shared | {"columns": ", ".join(asked.sensitive)[:300], "interval": "bootstrap over rows"}
    one = joint(found, places, asked.rng)
    note = (
        "" if asked.sensitive else "the model reads no column that is declared sensitive; proxies are not judged here"
    )
    return Measurement(
        name=SENSITIVE, value=one.value, low=one.low, high=one.high, n=len(found), parameters=given, note=note
    )


def _influences(
    asked: Subject, found: Floats, order: NDArray[np.intp], column: str, group: str, shared: Shared
) -> Iterator[Measurement]:
    shares = influences(found, asked.rng)
    for place in map(int, order):
        given = shared | {"feature": asked.features[place], "interval": "bootstrap over rows"}
        given |= {"column": column, "group": group} if group else {}
        yield _measured(shares[place], len(found), given)


def _measured(one: Share, n: int, parameters: Shared) -> Measurement:
    given = parameters | {"error": one.error}
    return Measurement(name=INFLUENCE, value=one.value, low=one.low, high=one.high, n=n, parameters=given)


def _quality(
    target: Target, asked: Subject, halves: list[Explained], found: Floats, shared: Shared
) -> Iterator[Measurement]:
    both = agreement(halves[0].contributions, halves[1].contributions)
    yield _mean("explanation_stability", both, asked, shared, "every row has one contribution only")
    top = max(len(asked.features) // 4, 1)
    ranked = np.argsort(-np.abs(found), axis=1, kind="stable")
    random = np.argsort(asked.rng.random(found.shape), axis=1)
    behind = asked.backgrounds[0]
    lost = [removed(asked.score, asked.rows, behind, one[:, :top]) for one in (ranked, random)]
    given = shared | {"removed": top}
    yield _mean("explanation_faithfulness", lost[0] - lost[1], asked, given, "")
    data = shuffled(target.data, asked.rng)
    if data is None:
        note = "not estimable: the file holds no learnt numbers that could be shuffled"
        yield Measurement(name="explanation_randomisation", value=None, parameters=shared, note=note)
        return
    model = open_model(data, asked.sheet.columns, asked.known, budget=asked.budget * 4, spare=asked.sheet.spare)
    few = np.arange(min(REPEATED, len(found)))
    trees = trees_of(data, model, asked.label)
    mixed, rows = score_of(model, asked.label), chosen(asked.rows, few)
    other = explain(mixed, rows, behind, budget=asked.budget, rng=asked.rng, trees=trees, number=asked.label is None)
    apart = agreement(found[few], other.contributions)
    yield _mean("explanation_randomisation", apart, asked, shared, "the shuffled model gives all rows one score")


def _mean(name: str, values: Floats, asked: Subject, shared: Shared, why: str) -> Measurement:
    known = values[np.isfinite(values)]
    if not known.size:
        return Measurement(name=name, value=None, n=len(values), parameters=shared, note=f"not estimable: {why}")
    low, high = mean_difference(known, asked.rng)
    value = float(known.mean())
    given = shared | {"interval": "bootstrap over rows"}
    return Measurement(
        name=name, value=value, low=min(low, value), high=max(high, value), n=known.size, parameters=given
    )
