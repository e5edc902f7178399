# SPDX-License-Identifier: Apache-2.0
"""Labels on personal data (purpose, lawful basis, consent, retention) followed along the flows of a manifest.

A data set with personal columns, and a flow that brings personal data in from outside, must state them. Whatever goes
on from there must carry the same: a flow that carries personal data by its own words, a model or endpoint by the
purpose among its facts. A label that is missing or differs is a break, and names where.
"""

from collections import deque
from collections.abc import Iterator, Mapping

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Facts, Flow, System
from hauberk.core.value import Value
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.manifest.blank import blank

Labels = Mapping[str, str]


class Break(Value, frozen=True, kw_only=True):
    """A place where a label is missing or says something else."""

    label: str
    where: str
    """Such as ``flow usage-statistics`` or ``credit-model``."""
    origin: str
    """Where the label comes from: a data set, or the flow that brings the data in."""
    why: str


def follow(system: System) -> tuple[Break, ...]:
    """Every break, in order of the manifest; none where no personal data is declared."""
    graph = Graph(system)
    found: dict[tuple[str, str], Break] = {}
    for one in _breaks(graph):
        found.setdefault((one.label, one.where), one)
    return tuple(found.values())


def _breaks(graph: Graph) -> Iterator[Break]:
    for asset in graph.system.assets:
        if asset.kind in DATA and any(column.personal for column in asset.facts.columns):
            stated = _stated(asset.facts)
            yield from _unstated(stated, asset.id, asset.id)
            yield from _onward(graph, asset, stated, asset.id)
    for flow in graph.system.flows:
        if graph.is_outside(flow.source) and PRIVATE & set(flow.carries):
            stated = _stated(flow)
            yield from _unstated(stated, f"flow {flow.name}", f"flow {flow.name}")
            target = graph.asset(flow.target)
            if target is not None:
                yield from _onward(graph, target, stated, f"flow {flow.name}")


def _stated(holder: Facts | Flow) -> dict[str, str]:
    """The labels that something states; consent only where the basis is consent."""
    said = {name: getattr(holder, name) for name in ("purpose", "lawful_basis", "retention")}
    if holder.lawful_basis == "consent":
        said["consent"] = holder.consent
    return said


def _unstated(stated: Labels, where: str, origin: str) -> Iterator[Break]:
    for name, value in stated.items():
        if blank(value):
            yield Break(label=name, where=where, origin=origin, why="is not stated")


def _onward(graph: Graph, start: Declared, stated: Labels, origin: str) -> Iterator[Break]:
    """Breaks behind an asset, wherever its data goes; each asset is visited once."""
    wanted = {name: value for name, value in stated.items() if not blank(value)}
    waiting, met = deque([start]), {start.id}
    while waiting and wanted:
        asset = waiting.popleft()
        for flow in graph.out_of(asset):
            if PRIVATE & set(flow.carries):
                yield from _compared(wanted, _stated(flow), f"flow {flow.name}", origin)
                _visit(graph.asset(flow.target), waiting, met)
        for other in _users(graph, asset):
            if other.kind in {Kind.MODEL, Kind.ENDPOINT}:
                purpose = {"purpose": wanted["purpose"]} if "purpose" in wanted else {}
                yield from _compared(purpose, {"purpose": other.facts.purpose}, other.id, origin)
            _visit(other, waiting, met)


def _visit(asset: Declared | None, waiting: "deque[Declared]", met: set[str]) -> None:
    if asset is not None and asset.id not in met:
        met.add(asset.id)
        waiting.append(asset)


def _users(graph: Graph, asset: Declared) -> Iterator[Declared]:
    """What uses an asset by the word of its facts: models trained on it, endpoints that serve it."""
    for other in graph.system.assets:
        if other.kind is Kind.MODEL and asset.kind in DATA and asset in graph.learned_from(other):
            yield other
        if other.kind is Kind.ENDPOINT and other.facts.serves == asset.id:
            yield other


def _compared(wanted: Labels, carried: Labels, where: str, origin: str) -> Iterator[Break]:
    for name, value in wanted.items():
        said = carried.get(name, "")
        if blank(said):
            yield Break(label=name, where=where, origin=origin, why=f"does not carry on the {_plain(name)} of {origin}")
        elif " ".join(said.split()).casefold() != " ".join(value.split()).casefold():
            yield Break(label=name, where=where, origin=origin, why=f"states another {_plain(name)} than {origin}")


def _plain(name: str) -> str:
    return name.replace("_", " ")
