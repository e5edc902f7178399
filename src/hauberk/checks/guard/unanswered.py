# SPDX-License-Identifier: Apache-2.0
"""Attacks that are seen and answered as if they were not."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target

_PASSIVE = frozenset({"off", "allow"})


@check(
    "HBK-GRD-002",
    stage="guard",
    kinds=("endpoint",),
    severity=Severity.MEDIUM,
    remedy="let a detection of a campaign or an extraction act: set facts.guard.detect.campaign and .extraction to "
    "label, throttle, quarantine or block, and run hauberk guard learn",
    references=("ATLAS:AML.T0024", "ATLAS:AML.T0043", "OWASP-ML:2023:ML05", "NIST-AI-RMF:MANAGE-2.4"),
    needs=("system",),
    applies=lambda target: target.facts.guard is not None,
    basis=Basis.DECLARED,
)
def unanswered_attack(target: Target) -> Iterator[Hit]:
    """Attacks on the endpoint are at most written down.

    Attacks by queries take hundreds to thousands of them. A guard that sees the series and goes on answering gives the
    attacker everything but the surprise.
    """
    guard = target.facts.guard
    if guard is not None and {guard.detect.campaign, guard.detect.extraction} <= _PASSIVE:
        message = "the guard answers campaigns of queries and extraction as if nothing were seen"
        yield Hit(message=message, place=target.stated("facts.guard"), context="detect")
