# SPDX-License-Identifier: Apache-2.0
"""HBK-EXP-002: a model that behaves otherwise where explainers ask."""

from collections.abc import Iterator

import numpy as np

from hauberk.attacks.scaffold import MOST_ROWS, QUERIES, Regimes, regimes
from hauberk.attacks.space import Flags, Floats, Space, learn_space
from hauberk.checks.explain.subject import Subject, is_explained, subject
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.model import Rows
from hauberk.models.trial import rows_of
from hauberk.stats.intervals import newcombe

GAP = "two_rules_gap"
LEAST = 100
"""Rows without gaps that a surrogate needs."""


@check(
    "HBK-EXP-002",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=is_explained,
    basis=Basis.MEASURED,
    limits=(Limit(measurement=GAP, at_most=0.1),),
    seconds=120,
    remedy="ask whoever made the model why it answers made-up rows by another rule; do not show explanations of it to "
    "anybody, and judge its fairness from decisions on real rows only (HBK-FAI-001 to 003)",
    references=("doi:10.1145/3375627.3375830", "AI-Act:Art.13", "ATLAS:AML.T0015", "doi:10.48550/arXiv.1911.02508"),
)
def scaffold(target: Target) -> Iterator[Measurement]:
    """The model obeys another rule where explainers ask than where people do.

    SHAP and LIME ask about rows that nobody has. A model that tells those apart can decide people by race and show an
    explainer something harmless. Measured is how much worse surrogates do that learnt the model's rule on real rows and
    on rows as explainers make them, each on the other's rows: little, where there is one rule.
    """
    asked = subject(target)
    rows = rows_of(asked.sheet, asked.model)
    space = learn_space(rows, {})
    codes = space.codes(rows)
    codes = codes[np.isfinite(codes).all(axis=1)]
    shared: dict[str, Parameter] = {
        "data": asked.sheet.id,
        "label": asked.said,
        "queries": QUERIES,
        "seed": target.seed,
        **asked.model.told,
    }
    if len(codes) < LEAST:
        note = f"not estimable at n={len(codes)}: {LEAST} rows without missing cells are needed"
        yield Measurement(name=GAP, value=None, n=len(codes), parameters=shared, note=note)
        return
    found = regimes(_Ask(asked, space, rows), codes, space.categories, asked.rng)
    worst = max(found, key=lambda one: one.gap)
    yield _measured(worst, shared)


class _Ask:
    """Whether the model gives the label to rows given as codes; refuses a model that answers by chance.

    Of a model that predicts a number: whether it is above the median of what it predicts for real rows.
    """

    def __init__(self, asked: Subject, space: Space, rows: Rows) -> None:
        self._model, self._space, self._label = asked.model, space, asked.label
        self._median = float(np.median(asked.model.numbers(rows))) if asked.label is None else 0.0
        self._first = True

    def __call__(self, codes: Floats) -> Flags:
        whole = np.clip(np.rint(codes), self._space.low, self._space.high)
        rows = self._space.rows(np.where(self._space.categories | self._space.integers, whole, codes))
        given = self._given(rows)
        if self._first and (self._given(rows) != given).any():
            raise CannotLook("the model answers the same rows differently, so that no rule can be learnt")
        self._first = False
        return given

    def _given(self, rows: Rows) -> Flags:
        found: Flags = (
            self._model.numbers(rows) > self._median if self._label is None else self._model.labels(rows) == self._label
        )
        return found


def _measured(worst: Regimes, shared: dict[str, Parameter]) -> Measurement:
    """The gap with the smaller ends of both surrogates' intervals."""
    made = QUERIES - 2 * QUERIES // 3
    pairs = (
        ((worst.real_on_made, QUERIES), (worst.real_on_real, worst.n)),
        ((worst.made_on_real, worst.n), (worst.made_on_made, made)),
    )
    ends = [newcombe((round(more * n), n), (round(less * m), m)) for (more, n), (less, m) in pairs]
    low, high = (min(end[index] for end in ends) for index in (0, 1))
    given = shared | {
        "perturbation": worst.kind,
        "rows": min(worst.n, MOST_ROWS),
        "real_on_real": worst.real_on_real,
        "real_on_made": worst.real_on_made,
        "made_on_made": worst.made_on_made,
        "made_on_real": worst.made_on_real,
        "interval": "newcombe, of the smaller loss",
    }
    low, high = min(low, worst.gap), max(high, worst.gap)
    return Measurement(name=GAP, value=worst.gap, low=low, high=high, n=worst.n, parameters=given)
