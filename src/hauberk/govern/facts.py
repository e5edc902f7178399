# SPDX-License-Identifier: Apache-2.0
"""What a manifest states that laws ask about, as sets of words; an empty set is told apart from a plain no."""

from collections.abc import Iterable, Iterator, Mapping

from hauberk.checks.design.jurisdiction import EEA, country
from hauberk.checks.design.zones import regions
from hauberk.core.scales import Kind
from hauberk.core.system import Effect, Flow, System
from hauberk.govern.graph import PRIVATE, Graph
from hauberk.manifest.blank import blank

FACTS: dict[str, str] = {
    "runs": "where it runs and where its data is kept: countries, states, EEA",
    "people": "where those are who send it personal data or get its answers",
    "sector": "its sector",
    "uses": "what it is used for",
    "effect": "what it does to people",
    "data": "personal, sensitive",
    "tasks": "what its models do",
    "serves": "endpoint",
    "shares": "outside parties that get personal data",
    "abroad": "ways of personal data out of a legal area, such as DE>US; unsaid where nobody says where it goes",
    "origin": "foreign, own: who made its models",
    "learns": "users: outside parties write to what it is trained on",
}
"""Facts by name, with what their values are."""
STATED = frozenset({"runs", "people", "sector", "uses"})
"""Facts that only the manifest can tell: where it tells nothing, nobody knows."""


def facts(system: System) -> Mapping[str, frozenset[str]]:
    """Every fact of ``FACTS``."""
    graph = Graph(system)
    models = [one for one in system.assets if one.kind is Kind.MODEL]
    endpoints = any(one.kind is Kind.ENDPOINT for one in system.assets)
    held = frozenset(word for asset in system.assets for word in graph.private(asset))
    return {
        "runs": _areas((*system.regions, *(one.region for one in system.assets))),
        "people": _areas(_people(graph)),
        "sector": frozenset() if blank(system.sector) else frozenset({system.sector.strip().casefold()}),
        "uses": frozenset(system.uses),
        "effect": frozenset({system.effect.value} - {Effect.NONE.value}),
        "data": held | frozenset(word for flow in system.flows for word in PRIVATE & set(flow.carries)),
        "tasks": frozenset(one.facts.task for one in models if one.facts.task),
        "serves": frozenset({"endpoint"} if endpoints else ()),
        "shares": frozenset(flow.target for flow in _given_away(graph)),
        "abroad": frozenset(_abroad(graph)),
        "origin": frozenset("foreign" if graph.foreign(one) else "own" for one in models),
        "learns": frozenset({"users"} if any(_taught_by_users(graph, one.id) for one in models) else ()),
    }


def _areas(named: Iterable[str]) -> frozenset[str]:
    """Each region, its country, and EEA where the country is in it."""
    found: set[str] = set()
    for region in filter(None, named):
        found |= {region, country(region)}
        if country(region) in EEA:
            found.add("EEA")
    return frozenset(found)


def _people(graph: Graph) -> Iterator[str]:
    """Regions of outside parties that send personal data or ask an endpoint; a mere recipient is not taken for one."""
    asking = {flow.source for flow in graph.system.flows if PRIVATE & set(flow.carries) or _at_endpoint(graph, flow)}
    for flow in graph.system.flows:
        for end, region in zip((flow.source, flow.target), regions(graph.system, flow), strict=True):
            if end in asking and graph.is_outside(end):
                yield region


def _at_endpoint(graph: Graph, flow: Flow) -> bool:
    ends = (graph.asset(flow.source), graph.asset(flow.target))
    return any(one is not None and one.kind is Kind.ENDPOINT for one in ends)


def _abroad(graph: Graph) -> Iterator[str]:
    for flow in graph.system.flows:
        if PRIVATE & set(flow.carries):
            way = graph.abroad(flow)
            if way:
                yield f"{way[0]}>{way[1]}"
            elif graph.is_outside(flow.target) and not regions(graph.system, flow)[1]:
                yield "unsaid"


def _given_away(graph: Graph) -> Iterator[Flow]:
    return (flow for flow in graph.system.flows if graph.is_outside(flow.target) and PRIVATE & set(flow.carries))


def _taught_by_users(graph: Graph, model_id: str) -> bool:
    model = graph.asset(model_id)
    data = graph.learned_from(model) if model else []
    return any(graph.is_outside(flow.source) for one in data for flow in graph.into(one))
