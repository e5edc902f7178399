# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-006: what an outsider does who sees scores, within a budget of queries."""

from collections.abc import Iterator

from hauberk.attacks.campaign import attack_file
from hauberk.checks.robustness.samples import ordered
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.trial import is_tested

ROWS = 200
"""Samples that are attacked, drawn at random where there are more."""
EPS = 8 / 255
"""Largest change of a value, as a share of the range that values have."""
BUDGET = 600
"""Queries for each sample."""


@check(
    "HBK-ATK-006",
    stage="attack",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=lambda target: is_tested(target) and target.facts.modality in ("image", "audio", "series"),
    basis=Basis.MEASURED,
    limits=(Limit(measurement="robust_accuracy", at_least=0.5),),
    seconds=600,
    remedy="answer with labels or rounded scores, limit and watch queries (hauberk guard), train against the attack "
    "(hauberk protect harden)",
    references=("ATLAS:AML.T0040", "ATLAS:AML.T0043", "OWASP-ML:2023:ML01", "AI-Act:Art.15", "arXiv:1912.00049"),
)
def scores(target: Target) -> Iterator[Measurement]:
    """Whoever may ask for scores finds changes that flip the answer.

    No weights are needed: Square tries changes within 8/255 of the range and keeps those that lower the score of the
    true class. Beside robust accuracy stands what the attack costs: queries until a sample falls, which a policy may
    put a limit on. HBK-ATK-003 looks with slopes, which find more; this is what a stranger with a key can do.
    """
    outcome = attack_file(ordered(target, rows=ROWS, eps=EPS, budget=BUDGET, black_box=True), lambda *_: None)
    yield from outcome.measurements
    if not outcome.valid:
        raise CannotLook(f"the evaluation is {outcome.verdict}", remedy="hauberk attack --black-box shows all checks")
