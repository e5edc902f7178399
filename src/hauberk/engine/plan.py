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
from hauberk.engine.discover import RECOGNISED, Discovery
from hauberk.engine.source import FolderSource


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

    @property
    def digest(self) -> str:
        """Digest over cards, their versions and the assets with their digests."""
        rows = [
            [job.card.id, job.card.version, job.asset.id, job.asset.uri, job.asset.digest or ""] for job in self.jobs
        ]
        return digest(canonical(rows))


def plan(
    cards: Mapping[str, Card],
    discovery: Discovery,
    system: System | None,
    *,
    measure: bool,
    only: Iterable[str] = (),
    partial: bool = False,
) -> Plan:
    """Pair cards with assets; ``measure`` includes the cards that run a model.

    Raises Misuse for an empty plan: nothing examined is not a pass. It is one only where ``partial`` says that these
    assets are what changed: then there may be nothing to look at.
    """
    chosen = set(only)
    ready = [card for card in cards.values() if _ready(card, system, measure=measure) and card.id in (chosen or cards)]
    source = FolderSource(discovery.root)
    claims: dict[tuple[frozenset[Kind], str], list[Card]] = {}
    jobs: list[Job] = []
    examined: set[str] = set()
    for asset in discovery.assets:
        known = kinds(asset), asset.format
        if known not in claims:
            claims[known] = [card for card in ready if any(card.claims(kind, asset.format) for kind in known[0])]
        target = Target(asset=asset, source=source, system=system)
        claimed = [card for card in claims[known] if card.applies(target)]
        jobs.extend(Job(card=card, asset=asset) for card in claimed)
        if any(examines(card, asset) for card in claimed):
            examined.add(asset.uri)
    if not jobs and not partial:
        raise _nothing(chosen)
    met = {asset.uri: asset.format for asset in discovery.assets if asset.is_file}
    unclaimed = {uri: name for uri, name in met.items() if uri not in examined}
    return Plan(jobs=tuple(jobs), no_rule=tuple(NoRule(uri=uri, format=name) for uri, name in unclaimed.items()))


def kinds(asset: Asset) -> frozenset[Kind]:
    """What an asset is: as declared and as its content shows, so that no declaration hides what a file is."""
    recognised = asset.labels.get(RECOGNISED)
    return frozenset({asset.kind, Kind(recognised)} if recognised else {asset.kind})


def examines(card: Card, asset: Asset) -> bool:
    """Whether running the card makes the file count as examined.

    A byte-level card examines only what its content shows to be prose; a card about what is declared examines nothing
    but the manifest itself.
    """
    if card.basis is Basis.DECLARED:
        return asset.format == "hauberk"
    return not card.bytewise or asset.labels.get(RECOGNISED, asset.kind.value) == Kind.DOCUMENT.value


def _ready(card: Card, system: System | None, *, measure: bool) -> bool:
    if "system" in card.needs and system is None:
        return False
    return measure or card.basis is not Basis.MEASURED


def _nothing(chosen: set[str]) -> Misuse:
    if chosen:
        return Misuse("nothing to examine: no chosen rule claims any file here", remedy="choose other rules")
    return Misuse("nothing to examine: no rule claims any file here", remedy="name a folder that holds the system")
