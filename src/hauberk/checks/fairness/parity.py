# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-001: demographic parity."""

from collections.abc import Iterator

from hauberk.checks.fairness.decisions import compared, decide, sensitive_groups, touches_people
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target


@check(
    "HBK-FAI-001",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=touches_people,
    basis=Basis.MEASURED,
    limits=(Limit(measurement="demographic_parity_difference", at_most=0.1),),
    seconds=60,
    remedy="find which inputs carry the difference, drop or repair them, set thresholds by group where the law "
    "allows it, or record in the policy why a wider gap is justified",
    references=("AI-Act:Art.10(2)(f)", "AI-Act:Art.15", "GDPR:Art.5(1)(a)", "NIST-AI-100-1:MEASURE-2.11"),
)
def parity(target: Target) -> Iterator[Measurement]:
    """Groups of people get the favourable decision at different rates.

    Where a group is turned down more often, the burden lies on the operator to show why. Measured on the test data are
    each group's selection rate and the widest gap between two groups of one sensitive column. Base rates that differ
    can explain a gap; they do not make it vanish, so the limit is the policy's to set.
    """
    decisions = decide(target)
    for column, groups in sensitive_groups(decisions.sheet):
        facts = decisions.sheet.facts
        shared = {"column": column, "data": decisions.sheet.id, "favourable": facts.favourable, **decisions.told}
        yield from compared(decisions, groups, ("selection_rate",), "demographic_parity_difference", shared)
