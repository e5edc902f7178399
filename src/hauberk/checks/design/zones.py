# SPDX-License-Identifier: Apache-2.0
"""Which trust boundary a flow crosses, and in which region its ends are, judged from the manifest."""

from hauberk.core.system import Boundary, Flow, System
from hauberk.manifest.blank import blank


def said(words: tuple[str, ...]) -> frozenset[str]:
    """The words that declare something, in lower case."""
    return frozenset(_plain(word) for word in words if not blank(word))


def _plain(word: str) -> str:
    return "-".join(word.casefold().replace("_", " ").replace("-", " ").split()) or word.strip()


def outside(system: System, end: str) -> bool:
    """Whether an end of a flow is an outside party: no asset, and no zone, goes by that name."""
    return system.declared(end) is None


def zone(system: System, end: str) -> str:
    """The zone that an end of a flow is in; empty where the manifest does not say."""
    asset = system.declared(end)
    if asset is not None:
        return _plain(asset.zone)
    zones = {_plain(name) for boundary in system.boundaries for name in boundary.between}
    zones |= {_plain(one.zone) for one in system.assets if one.zone}
    return _plain(end) if _plain(end) in zones else ""


def crossed(system: System, flow: Flow) -> str:
    """What a flow crosses, in words; empty where nothing says that it crosses anything.

    The boundaries that it names; else the two zones of its ends, where they differ; else the fact that one end is an
    outside party, which is by definition in somebody else's control.
    """
    if flow.crosses:
        return "the boundary " + " and ".join(repr(name) for name in flow.crosses)
    one, other = zone(system, flow.source), zone(system, flow.target)
    if one and other:
        between = _between(system.boundaries, one, other)
        return "" if one == other else between or f"from zone {one!r} to zone {other!r}"
    if outside(system, flow.source) != outside(system, flow.target):
        party = flow.source if outside(system, flow.source) else flow.target
        return f"to or from {party!r}, which is no asset of this system"
    return ""


def _between(boundaries: tuple[Boundary, ...], one: str, other: str) -> str:
    sides = {one, other}
    return next((f"the boundary {b.name!r}" for b in boundaries if {_plain(side) for side in b.between} == sides), "")


def regions(system: System, flow: Flow) -> tuple[str, str]:
    """Regions of the two ends: what the flow says, else what its asset says; empty where nobody says."""
    source, target = system.declared(flow.source), system.declared(flow.target)
    return (
        flow.source_region or (source.region if source else ""),
        flow.target_region or (target.region if target else ""),
    )
