# SPDX-License-Identifier: Apache-2.0
"""Decisions about people that no person sees, and people who do not see what is wrong."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.codec import decode
from hauberk.core.finding import Hit
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.system import Effect
from hauberk.core.target import Target
from hauberk.store.cases import Measures


def _about_people(target: Target) -> bool:
    system = target.system
    return system is not None and system.effect is not Effect.NONE and target.facts.guard is not None


@check(
    "HBK-GRD-001",
    stage="guard",
    kinds=("endpoint",),
    severity=Severity.MEDIUM,
    remedy="say under facts.guard.review which decisions wait for a person (a band of scores, a group, an outcome), or "
    "which part of them a person sees afterwards (action: sample)",
    references=("AI-Act:Art.14", "GDPR:Art.22(3)", "NIST-AI-RMF:MANAGE-2.4"),
    needs=("system",),
    applies=_about_people,
    basis=Basis.DECLARED,
)
def unreviewed(target: Target) -> Iterator[Hit]:
    """No person sees any decision of the endpoint.

    The system acts on people, its guard could hold or sample decisions for a person, and none is marked. Oversight that
    starts only when somebody complains sees neither the borderline cases nor those who never complain.
    """
    guard = target.facts.guard
    if guard is not None and not any(one.share > 0 for one in guard.review):
        message = "the guard of this endpoint holds no decision for a person and samples none"
        yield Hit(message=message, place=target.stated("facts.guard"), context="review")


@check(
    "HBK-GRD-003",
    stage="guard",
    kinds=("document",),
    formats=("hauberk-review",),
    severity=Severity.HIGH,
    remedy="look at who decides unseen and how fast, give reviewers more time and fewer cases, then plant cases again: "
    "hauberk guard queue plant",
    references=("AI-Act:Art.14(4)(b)", "doi:10.1518/001872097778543886"),
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement="review_catch_rate", at_least=0.8),
        Limit(measurement="review_unseen_share", at_most=0.05, severity=Severity.MEDIUM),
    ),
)
def review_quality(target: Target) -> Iterator[Measurement]:
    """Reviewers let wrong decisions pass.

    People who mostly see right answers come to accept all of them. Planted cases whose right outcome is known tell
    how many wrong ones a reviewer catches; decisions by somebody who never opened the case are no oversight at all.
    """
    yield from decode(target.data, Measures).measurements
