# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-005: the smallest change of a row that flips an ensemble of trees, exact or proven."""

from collections.abc import Iterator

from hauberk.attacks.rows import RowsOrder, prove
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.tabular import READERS
from hauberk.models.trial import ONNX, classifies, tested_on

ROWS = 100
"""Rows that are proven, drawn at random where there are more."""
EPS = 0.05
"""Largest change of each number, as a share of its range."""
BUDGET = 30
"""Hundreds of parts of the space that are searched for each row."""


@check(
    "HBK-ATK-005",
    stage="attack",
    kinds=("model",),
    severity=Severity.MEDIUM,
    needs=("system", "ml"),
    applies=lambda target: (
        classifies(target) and target.facts.modality in ("", "table") and target.asset.format in (ONNX, *READERS)
    ),
    basis=Basis.MEASURED,
    limits=(Limit(measurement="attacked_accuracy", at_least=0.5, severity=Severity.MEDIUM),),
    seconds=600,
    remedy="fewer and shallower trees, larger leaves, monotone constraints where they are true; declare as immutable "
    "what is verified elsewhere, and what columns depend on one another as relations",
    references=("ATLAS:AML.T0015", "ATLAS:AML.T0043", "OWASP-ML:2023:ML01", "AI-Act:Art.15", "arXiv:1906.03849"),
)
def trees(target: Target) -> Iterator[Measurement]:
    """Small changes of a few numbers flip an ensemble of trees.

    For trees the smallest change can be found exactly, or bounded by proof where the budget ends, so that no stronger
    attack can change the answer. Certified accuracy is the share of test rows that are right and proven to stay so
    while each number moves by less than a twentieth of its range; attacked accuracy the share that was not flipped.
    A model that is no ensemble of trees is left to HBK-ATK-001.
    """
    sheet = tested_on(target)
    yield from prove(
        RowsOrder(
            model=target.data,
            format=target.asset.format,
            table=target.other(sheet.id).data,
            label=sheet.facts.label,
            columns=sheet.facts.columns,
            relations=sheet.facts.relations,
            eps=EPS,
            budget=BUDGET,
            rows=ROWS,
            seed=target.seed,
        )
    )
