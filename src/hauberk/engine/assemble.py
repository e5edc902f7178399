# SPDX-License-Identifier: Apache-2.0
"""Puts evidence, coverage and verdict together into the document that every surface prints."""

from collections.abc import Iterable, Mapping, Sequence

from hauberk.core.card import Card
from hauberk.core.document import Coverage
from hauberk.core.evidence import Evidence
from hauberk.core.limit import Limit
from hauberk.core.scales import Outcome
from hauberk.core.system import Policy
from hauberk.engine.discover import Discovery
from hauberk.engine.plan import Plan, examines
from hauberk.engine.source import REQUESTS


def coverage(discovery: Discovery, plan: Plan, evidence: Iterable[Evidence], cards: Mapping[str, Card]) -> Coverage:
    """Every file met, counted once: unable before examined before without a rule."""
    unable: set[str] = set()
    examined: set[str] = set()
    for one in evidence:
        if one.outcome is Outcome.UNABLE:
            unable.add(one.asset.uri)
        elif examines(cards[one.card], one.asset):
            examined.add(one.asset.uri)
    files = {asset.uri: int(asset.labels.get(REQUESTS, "0")) for asset in discovery.assets if asset.is_file}
    return Coverage(
        files=len(files),
        examined=len((examined - unable) & files.keys()),
        unable=len(unable & files.keys()),
        no_rule=tuple(one for one in plan.no_rule if one.uri not in unable),
        pruned=discovery.pruned,
        excluded=discovery.excluded,
        suppressions_requested=sum(files.values()),
    )


def in_order(evidence: Iterable[Evidence], plan: Plan) -> tuple[Evidence, ...]:
    """Evidence in the order of the plan, whatever the order in which children finished."""
    place = {(job.card.id, job.asset.id): index for index, job in enumerate(plan.jobs)}
    return tuple(sorted(evidence, key=lambda one: place.get((one.card, one.asset.id), len(place))))


def policy_limits(policy: Policy | None) -> tuple[Limit, ...]:
    """The limits that a policy draws."""
    return tuple(rule.limit for rule in policy.rules if rule.limit) if policy else ()


def count_findings(evidence: Sequence[Evidence]) -> int:
    """Findings in all evidence."""
    return sum(len(one.findings) for one in evidence)
