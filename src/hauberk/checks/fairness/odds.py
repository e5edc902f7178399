# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-002: equalized odds."""

from collections.abc import Iterator

from hauberk.checks.fairness.decisions import compared, decide, sensitive_groups, touches_people
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target


@check(
    "HBK-FAI-002",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=touches_people,
    basis=Basis.MEASURED,
    limits=(Limit(measurement="equalized_odds_difference", at_most=0.1),),
    seconds=60,
    remedy="collect more and better labelled rows of the group that is decided wrongly more often, thresholds by group "
    "where the law allows it, or send that group's cases to a person",
    references=("AI-Act:Art.10(2)(f)", "AI-Act:Art.15", "doi:10.48550/arXiv.1610.02413", "NIST-AI-100-1:MEASURE-2.11"),
)
def odds(target: Target) -> Iterator[Measurement]:
    """The model errs more often about some groups of people.

    Of those who deserve the favourable decision, one group gets it less often; or of those who do not, one gets it more
    often. Measured are both rates of each group, and the wider of their widest gaps (Hardt, Price and Srebro 2016).
    """
    decisions = decide(target)
    for column, groups in sensitive_groups(decisions.sheet):
        facts = decisions.sheet.facts
        shared = {"column": column, "data": decisions.sheet.id, "favourable": facts.favourable, **decisions.told}
        yield from compared(
            decisions, groups, ("true_positive_rate", "false_positive_rate"), "equalized_odds_difference", shared
        )
