# SPDX-License-Identifier: Apache-2.0
"""What the ledger says of each threat: evidence of the rules that answer it, on the things that it is about.

Where a rule looks at things of the subject's own kind, only its evidence on the subject counts, or on what the manifest
links to it (its code, its maker, what serves it); else its evidence anywhere in the system. Rules of the design stage
judge the manifest element by element, so a finding counts only against the element that it names.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.scales import Basis, Kind, Outcome, Stage
from hauberk.core.system import Declared, System
from hauberk.govern.find import rank
from hauberk.govern.graph import Graph
from hauberk.govern.threat import Proof, Standing, Threat, ThreatModel


def weigh(model: ThreatModel, system: System, scan: Scan, cards: Mapping[str, Card]) -> ThreatModel:
    """The same threats, each with the evidence for and against it; worst first again."""
    graph = Graph(system)
    weighed = [_weighed(threat, graph, scan.evidence, cards) for threat in model.threats]
    return msgspec.structs.replace(model, ledger=scan.integrity, threats=tuple(sorted(weighed, key=rank)))


def _weighed(threat: Threat, graph: Graph, evidence: Sequence[Evidence], cards: Mapping[str, Card]) -> Threat:
    linked = _linked(threat, graph)
    proofs: list[Proof] = []
    for card_id in threat.cards:
        card = cards.get(card_id)
        if card is None:
            continue
        own = {one.id for one in linked if one.kind in card.kinds and one.kind is not Kind.MANIFEST}
        proofs.extend(
            _proof(one, threat) for one in evidence if one.card == card_id and (not own or one.asset.id in own)
        )
    partial = threat.partial or _unseen(threat, graph, proofs)
    return msgspec.structs.replace(threat, proofs=tuple(proofs), standing=stand(proofs, partial=partial))


def _unseen(threat: Threat, graph: Graph, proofs: Sequence[Proof]) -> bool:
    """Whether a place of the subject's own kind was not looked at, though the subject or another such place was."""
    subject = graph.asset(threat.subject)
    same = [
        one.id for name in (threat.subject, *threat.places) if (one := graph.asset(name)) and one.kind == _kind(subject)
    ]
    seen = {proof.asset for proof in proofs} & set(same)
    return bool(seen) and bool(set(same) - seen)


def _kind(asset: Declared | None) -> Kind | None:
    return asset.kind if asset is not None else None


def _linked(threat: Threat, graph: Graph) -> list[Declared]:
    """The subject, and what the manifest says belongs to it."""
    return list(_links(threat, graph))


def _links(threat: Threat, graph: Graph) -> Iterator[Declared]:
    for name in (threat.subject, *threat.places):
        asset = graph.asset(name)
        if asset is not None:
            yield from _own(asset, graph)


def _own(asset: Declared, graph: Graph) -> Iterator[Declared]:
    yield asset
    for named in (asset.facts.code, asset.facts.serves, asset.facts.trained_by):
        other = graph.asset(named)
        if other is not None:
            yield other
    if asset.kind is Kind.MODEL:
        yield from graph.endpoints(asset)


def _proof(evidence: Evidence, threat: Threat) -> Proof:
    return Proof(
        card=evidence.card,
        evidence=evidence.id,
        asset=evidence.asset.id,
        outcome=_outcome(evidence, threat),
        basis=evidence.basis.value,
        note=unestimated(evidence),
    )


def _outcome(evidence: Evidence, threat: Threat) -> str:
    if evidence.outcome is Outcome.FOUND and evidence.stage is Stage.DESIGN:
        names = (threat.subject, *threat.places)
        named = any(repr(name) in finding.message for finding in evidence.findings for name in names)
        return Outcome.FOUND.value if named else Outcome.CLEAN.value
    return shown(evidence)


def shown(evidence: Evidence) -> str:
    """How an evidence ended; unable where nothing could be estimated, since then nothing was shown."""
    values = [measurement.value for measurement in evidence.measurements]
    if evidence.outcome is Outcome.CLEAN and values and all(value is None for value in values):
        return Outcome.UNABLE.value
    return evidence.outcome.value


def unestimated(evidence: Evidence) -> str:
    """How many measurements could not be estimated, in words; empty where all could."""
    missing = sum(measurement.value is None for measurement in evidence.measurements)
    return f"{missing} of {len(evidence.measurements)} measurements not estimable" if missing else ""


def stand(proofs: Sequence[Proof], *, partial: bool = False) -> Standing:
    """What all proofs together say: the worst of them; clean proofs count by what they rest on."""
    outcomes = {proof.outcome for proof in proofs}
    if Outcome.FOUND.value in outcomes:
        return Standing.FOUND
    if Outcome.UNABLE.value in outcomes:
        return Standing.UNABLE
    if not proofs:
        return Standing.GAP
    if partial:
        return Standing.PARTLY
    declared = all(proof.basis == Basis.DECLARED.value for proof in proofs)
    return Standing.DECLARED if declared else Standing.TESTED
