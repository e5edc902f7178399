# SPDX-License-Identifier: Apache-2.0
"""Finds the threats of a system: tables of rules applied to each asset and flow, duplicates merged, worst first."""

from collections.abc import Iterable, Iterator

import msgspec

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow, System
from hauberk.core.system import Threat as Considered
from hauberk.govern import stakes
from hauberk.govern.catalogues import covers, lists
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row
from hauberk.govern.rules_agents import AGENT_FLOWS
from hauberk.govern.rules_answers import ANSWERING
from hauberk.govern.rules_data import DATA_ROWS
from hauberk.govern.rules_devices import DEVICES
from hauberk.govern.rules_flows import FLOWS
from hauberk.govern.rules_generators import GENERATORS
from hauberk.govern.rules_harms import HARMS
from hauberk.govern.rules_models import MODELS
from hauberk.govern.rules_people import PEOPLE_FLOWS
from hauberk.govern.rules_places import CLOUDS, DEPLOYMENTS, ENDPOINTS, IMAGES, NOTEBOOKS
from hauberk.govern.rules_work import WORK
from hauberk.govern.threat import Threat, ThreatModel, threat_id
from hauberk.manifest.blank import blank

TABLES: dict[Kind, tuple[Row[Declared], ...]] = {
    Kind.MODEL: (*MODELS, *GENERATORS, *HARMS, *ANSWERING),
    Kind.DATASET: DATA_ROWS,
    Kind.DOCUMENT: DATA_ROWS,
    Kind.ENDPOINT: (*ENDPOINTS, *ANSWERING),
    Kind.PROCESS: WORK,
    Kind.CODE: WORK,
    Kind.NOTEBOOK: NOTEBOOKS,
    Kind.IMAGE: IMAGES,
    Kind.MANIFEST: DEPLOYMENTS,
    Kind.CLOUD: CLOUDS,
    Kind.OTHER: DEVICES,
}
"""Rows by what an asset is."""
FLOW_ROWS: tuple[Row[Flow], ...] = (*FLOWS, *AGENT_FLOWS, *PEOPLE_FLOWS)
_LEARNING = (*MODELS, *GENERATORS, *HARMS, *ANSWERING, *DATA_ROWS)
_MACHINES = (*ENDPOINTS, *WORK, *NOTEBOOKS, *IMAGES, *DEPLOYMENTS, *CLOUDS, *DEVICES)
_RULES = (*(row.rule for row in (*_LEARNING, *_MACHINES)), *(row.rule for row in FLOW_ROWS))
_WITHIN = {row.rule: row.within for row in (*_LEARNING, *_MACHINES)} | {row.rule: row.within for row in FLOW_ROWS}
"""Rules that a rule is a part of."""
_ONCE = {row.rule for row in (*_LEARNING, *_MACHINES) if row.once} | {row.rule for row in FLOW_ROWS if row.once}
_PLACE = {rule: place for place, rule in enumerate(_RULES)}
"""Where a rule stands in its table: what is peculiar to learning comes before what every machine suffers."""


def find(system: System) -> ThreatModel:
    """The threats that a manifest alone implies; nothing but the manifest is read."""
    graph = Graph(system)
    threats = sorted(_merged(_all(graph)), key=rank)
    left = [one for one in system.threats if not any(_considers(one, threat) for threat in threats)]
    return ThreatModel(
        system=system.name,
        purpose="" if blank(system.purpose) else system.purpose,
        lists=lists(),
        threats=tuple(_treated(threat, system) for threat in threats),
        sealed=tuple(flow.name for flow in system.flows if graph.crosses(flow) and graph.sealed(flow)),
        unmatched=tuple(f"{one.id} on {one.asset or 'no asset'}" for one in left),
    )


def rank(threat: Threat) -> tuple[int, int, int, str, str]:
    """Sort key: most severe first, then what stands worst in the ledger, one kind together; the same in every run."""
    place = _PLACE.get(threat.rule, len(_PLACE))
    return (-threat.severity.rank, -threat.standing.rank, place, threat.subject, threat.rule)


def _all(graph: Graph) -> Iterator[Threat]:
    for asset in graph.system.assets:
        for row in TABLES.get(asset.kind, ()):
            if row.when(graph, asset):
                yield _asset_threat(graph, row, asset)
    for flow in graph.system.flows:
        for flow_row in FLOW_ROWS:
            if flow_row.when(graph, flow):
                yield _flow_threat(graph, flow_row, flow)


def _asset_threat(graph: Graph, row: Row[Declared], asset: Declared) -> Threat:
    severity, why = stakes.judge(graph, row, asset)
    return Threat(
        id=threat_id(asset.id, row.category, row.rule),
        rule=row.rule,
        subject=asset.id,
        of="asset",
        places=_places(graph, row.along(graph, asset), asset.id),
        category=row.category,
        title=row.title.format(name=asset.id),
        techniques=row.techniques,
        severity=severity,
        why=why,
        harmed=stakes.harmed(graph, row, asset),
        cards=row.cards,
        partial=row.partial,
        answer=row.answer,
    )


def _flow_threat(graph: Graph, row: Row[Flow], flow: Flow) -> Threat:
    severity, why = stakes.judge(graph, row, flow)
    return Threat(
        id=threat_id(flow.name, row.category, row.rule),
        rule=row.rule,
        subject=flow.name,
        of="flow",
        places=_places(graph, row.along(graph, flow), flow.name),
        category=row.category,
        title=row.title.format(name=flow.name),
        techniques=row.techniques,
        severity=severity,
        why=why,
        harmed=stakes.harmed(graph, row, flow),
        cards=row.cards,
        partial=row.partial,
        answer=row.answer,
    )


def _places(graph: Graph, named: Iterable[str], subject: str) -> tuple[str, ...]:
    """Names of the manifest's own assets and flows, in its order, without the subject."""
    wanted = set(named) - {subject}
    known = (*(one.id for one in graph.system.assets), *(one.name for one in graph.system.flows))
    return tuple(one for one in dict.fromkeys(known) if one in wanted)


def _merged(threats: Iterable[Threat]) -> list[Threat]:
    """One threat for each subject, category and first technique; then one for the same deed at several places."""
    kept: dict[tuple[str, object, str], Threat] = {}
    for threat in threats:
        other = kept.get(threat.key)
        if other is None or threat.severity > other.severity:
            kept[threat.key] = threat
    joined: list[Threat] = []
    for threat in sorted(kept.values(), key=lambda one: bool(_WITHIN.get(one.rule))):
        wholes = {threat.rule, *_WITHIN.get(threat.rule, ())}
        at = next((at for at, one in enumerate(joined) if one.rule in wholes and _reaches(one, threat)), None)
        if at is None:
            joined.append(threat)
        else:
            joined[at] = _with(joined[at], threat)
    return joined


def _reaches(one: Threat, other: Threat) -> bool:
    """Whether a threat names the other's subject, is named by one of its own rule, or has one answer for all."""
    if one.rule in _ONCE or other.subject in (one.subject, *one.places):
        return True
    return one.rule == other.rule and one.subject in other.places


def _with(one: Threat, part: Threat) -> Threat:
    """A threat that takes in another: as severe as the worse, at the places of both."""
    worse = part if part.severity > one.severity else one
    places = tuple(name for name in dict.fromkeys((*one.places, part.subject, *part.places)) if name != one.subject)
    same = one.rule == part.rule
    return msgspec.structs.replace(
        one,
        places=places,
        severity=worse.severity,
        why=worse.why,
        techniques=tuple(dict.fromkeys((*one.techniques, *part.techniques))),
        cards=tuple(dict.fromkeys((*one.cards, *part.cards))),
        partial=one.partial or part.partial or not (same or (one.cards and part.cards)),
        answer=one.answer if same else f"{one.answer}; {part.answer}",
    )


def _considers(considered: Considered, threat: Threat) -> bool:
    asked = considered.id.upper().removeprefix("ATLAS:") if "AML." in considered.id.upper() else considered.id
    return considered.asset == threat.subject and any(covers(one, asked) for one in threat.techniques)


def _treated(threat: Threat, system: System) -> Threat:
    said = [one.treatment for one in system.threats if _considers(one, threat) and not blank(one.treatment)]
    return msgspec.structs.replace(threat, treatment="; ".join(said)) if said else threat
