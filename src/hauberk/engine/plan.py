# SPDX-License-Identifier: Apache-2.0
"""What will be run on what: each card on each asset that it claims, and the files that nobody claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hauberk.core.asset import Asset
from hauberk.core.canonical import canonical, digest
from hauberk.core.card import Card
from hauberk.core.document import NoRule
from hauberk.core.errors import Misuse
from hauberk.core.scales import Basis, Kind
from hauberk.core.system import System
from hauberk.core.target import Target
from hauberk.engine.discover import Discovery
from hauberk.engine.source import FolderSource

UNSTRUCTURED = frozenset({Kind.DOCUMENT})
"""Kinds that count as examined when only a byte-level card looked at them."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One card on one asset."""

    card: Card
    asset: Asset


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All jobs in order of asset, then card."""

    jobs: tuple[Job, ...]
    no_rule: tuple[NoRule, ...]
    held_back: tuple[str, ...]
    """Cards that this verb does not run: those that measure, or that need a manifest."""

    @property
    def digest(self) -> str:
        """Digest over cards, their versions and the assets with their digests."""
        rows = [
            [job.card.id, job.card.version, job.asset.id, job.asset.uri, job.asset.digest or ""] for job in self.jobs
        ]
        return digest(canonical(rows))


def plan(
    cards: Mapping[str, Card], discovery: Discovery, system: System | None, *, measure: bool, only: Iterable[str] = ()
) -> Plan:
    """Pair cards with assets; ``measure`` includes the cards that run a model.

    Raises Misuse for an empty plan: nothing examined is not a pass.
    """
    chosen = set(only)
    ready = [
        card for card in cards.values() if _ready(card, system, measure=measure) and (not chosen or card.id in chosen)
    ]
    source = FolderSource(discovery.root)
    jobs: list[Job] = []
    no_rule: list[NoRule] = []
    for asset in discovery.assets:
        target = Target(asset=asset, source=source, system=system)
        claimed = [
            Job(card=card, asset=asset)
            for card in ready
            if card.claims(asset.kind, asset.format) and card.applies(target)
        ]
        jobs.extend(claimed)
        if not chosen and asset.is_file and not _structured(asset, claimed):
            no_rule.append(NoRule(uri=asset.uri, format=asset.format))
    if not jobs:
        raise Misuse("nothing to examine: no rule claims any file here", remedy="name a folder that holds the system")
    held_back = tuple(card.id for card in cards.values() if card not in ready and not chosen)
    return Plan(jobs=tuple(jobs), no_rule=tuple(no_rule), held_back=held_back)


def _ready(card: Card, system: System | None, *, measure: bool) -> bool:
    if "system" in card.needs and system is None:
        return False
    return measure or card.basis is not Basis.MEASURED


def _structured(asset: Asset, claimed: list[Job]) -> bool:
    """Whether some job examines the asset as what it is, and not only its bytes."""
    return any(not job.card.bytewise or asset.kind in UNSTRUCTURED for job in claimed)
