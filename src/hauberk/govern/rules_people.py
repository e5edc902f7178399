# SPDX-License-Identifier: Apache-2.0
"""What flows do to the people whom they are about, after LINDDUN and the General Data Protection Regulation."""

from hauberk.checks.design.jurisdiction import EEA, country
from hauberk.checks.design.zones import regions
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect, Flow
from hauberk.govern import ways
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank

_OTHERS = ("vendor", "provider", "partner", "supplier", "contract", "outsourc", "processor", "third", "saas")
"""Beginnings of words by which a zone is named that belongs to another firm."""


def _private(flow: Flow) -> bool:
    return bool(PRIVATE & set(flow.carries))


def _to_third_party(graph: Graph, flow: Flow) -> bool:
    """Personal data to a party that is neither the person nor the one who reviews, to another's model or work."""
    if not _private(flow) or graph.is_outside(flow.source):
        return False
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is not None and target is not None:
        theirs = target.kind is Kind.MODEL and graph.foreign(target)
        ours = source.kind in DATA and not graph.in_other_hands(source)
        given = ours and target.kind is Kind.PROCESS and not graph.trains(target)
        work = target.kind is Kind.CLOUD or given or _to_others(graph, flow)
        return (theirs or work) and graph.apart(flow.source, flow.target)
    senders = {one.source for one in graph.system.flows if _private(one)}
    return flow.target not in senders and graph.is_stranger(flow.target)


def _to_others(graph: Graph, flow: Flow) -> bool:
    """Into a zone whose name says that it is another firm's, or into another country, and not to be learned from."""
    target = graph.asset(flow.target)
    source = graph.asset(flow.source)
    if source is None or target is None or graph.brings(flow) or graph.update(flow):
        return False
    one, other = regions(graph.system, flow)
    moved = bool(one and other) and country(one) != country(other)
    home = (
        _theirs(graph, source) or graph.in_other_hands(source) or (source.kind is Kind.MODEL and graph.foreign(source))
    )
    return not home and (moved or _theirs(graph, target))


def _theirs(graph: Graph, asset: Declared) -> bool:
    """In a zone whose name says that it is another firm's, and in which not most of the system is."""
    words = asset.zone.casefold().replace("-", " ").replace("_", " ").split()
    return asset.zone != graph.home and any(word.startswith(_OTHERS) for word in words)


def _abroad(graph: Graph, flow: Flow) -> bool:
    """Out of a legal area; into the European one, or one that it holds adequate and that has the like, is none here."""
    way = graph.abroad(flow)
    return _private(flow) and way is not None and country(way[1]) not in EEA | {"GB", "CH"}


def _unaware(graph: Graph, flow: Flow) -> bool:
    """A machine reads what somebody else sends about people, or answers them as if it were somebody."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    asks = target is not None and target.kind is Kind.ENDPOINT and (source is None or source.kind in DATA)
    heard = source is None and any(flow in graph.asking(one) for one in graph.system.assets if one.kind is Kind.MODEL)
    reads = (asks or heard) and not graph.brings(flow) and _private(flow)
    return reads and (graph.system.effect is not Effect.NONE or graph.generates(target) or _seen_or_heard(graph, flow))


def _seen_or_heard(graph: Graph, flow: Flow) -> bool:
    """Somebody is seen or heard who may only have passed by."""
    models = (one for one in graph.system.assets if one.kind is Kind.MODEL and one.facts.modality in {"image", "audio"})
    return any(flow in graph.asking(one) for one in models)


def _from_somebody_else(graph: Graph, flow: Flow) -> bool:
    """One of several senders of data about people with which a model is asked that has an effect on them."""
    if not (_private(flow) and graph.is_outside(flow.source)) or graph.system.effect is Effect.NONE:
        return False
    target = graph.asset(flow.target)
    stored = target is not None and target.kind in DATA
    asked = [graph.asking(one) for one in graph.system.assets if one.kind is Kind.MODEL]
    senders = [{one.source for one in flows if _private(one)} for flows in asked if flow in flows]
    return any(stored or len(one) > 1 for one in senders)


def _said_by_others(graph: Graph, flow: Flow) -> bool:
    """The same, or records that others keep, with which a model is asked that has an effect on those in them."""
    asked = {name for one in graph.system.assets if one.kind is Kind.MODEL for name in ways.questions(graph, one)}
    return _from_somebody_else(graph, flow) or (graph.felt and flow.name in asked and _told_by_others(graph, flow))


def _learned_from_unaware(graph: Graph, flow: Flow) -> bool:
    """Taken from outside into lessons, by whoever sends it or by a device of the system's own."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    ways = graph.into(source) if source is not None and source.kind not in DATA else []
    taken = graph.is_stranger(flow.source) or any(graph.is_outside(one.source) for one in ways)
    return taken and target is not None and graph.teaches(target) and _private(flow)


def _told_by_others(graph: Graph, flow: Flow) -> bool:
    """Records that others keep about people, taken into lessons or into what a model is asked with."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    theirs = source is not None and source.kind in DATA and graph.in_other_hands(source)
    return theirs and target is not None and _private(flow) and graph.apart(flow.source, flow.target)


def _reused(graph: Graph, flow: Flow) -> bool:
    """From use, or another collection, into lessons or others' work, and nothing says that it is for the same."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is None or not _private(flow):
        return False
    if source.kind not in DATA:
        return target is not None and graph.teaches(target) and blank(flow.purpose)
    if target is None or target.kind is Kind.PROCESS:
        work = target is not None and graph.apart(flow.source, flow.target) and not graph.trains(target)
        return (work or graph.is_stranger(flow.target)) and (blank(source.facts.purpose) or blank(flow.purpose))
    one, other = source.facts.purpose, target.facts.purpose
    return target.kind in DATA and (blank(one) or blank(other) or one.casefold() != other.casefold())


PEOPLE_FLOWS: tuple[Row[Flow], ...] = (
    Row(
        rule="third-party",
        category=Category.DISCLOSURE,
        title="By {name} a third party gets more about people than it needs",
        techniques=("LINDDUN:disclosure", "GDPR:Art.5(1)(c)", "CWE-359"),
        touches=(Touch.PRIVACY,),
        when=_to_third_party,
        along=ways.same_party,
        once=True,
        answer="only counts, or only the columns that the receiver needs",
        attack=False,
    ),
    Row(
        rule="abroad",
        category=Category.NONCOMPLIANCE,
        title="{name} takes personal data where another law lets others look at it",
        techniques=("GDPR:Art.44", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_abroad,
        cards=("HBK-DES-002",),
        along=ways.same_way,
        once=True,
        answer="a stated basis, or no such flow",
        attack=False,
    ),
    Row(
        rule="unaware",
        category=Category.UNAWARENESS,
        title="Those whom {name} is about do not know that a machine reads it, or what it does with it",
        techniques=(
            "LINDDUN:unawareness",
            "GDPR:Art.13",
            "AI-Act:Art.26",
            "AI-Act:Art.50",
            "GDPR:Art.14",
            "GDPR:Art.12",
        ),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=_unaware,
        cards=("HBK-GOV-003",),
        partial=True,
        along=ways.read_by,
        once=True,
        within=("passes-for-a-person",),
        answer="a notice in plain words before the data is given, and a way to contest",
        attack=False,
    ),
    Row(
        rule="learned-from-unaware",
        category=Category.UNAWARENESS,
        title="Those whose data {name} takes in do not know that a model learns from it, and were not asked",
        techniques=("LINDDUN:unawareness", "GDPR:Art.13", "GDPR:Art.14"),
        touches=(Touch.PRIVACY,),
        when=_learned_from_unaware,
        cards=("HBK-GOV-003",),
        partial=True,
        along=ways.ends,
        within=("collected-unseen", "taken-unseen"),
        answer="a notice before the data is given, and a way to say no that keeps the service",
        attack=False,
    ),
    Row(
        rule="told-by-others",
        category=Category.UNAWARENESS,
        title="People do not know that what others keep about them comes here by {name}",
        techniques=("GDPR:Art.14", "LINDDUN:unawareness"),
        touches=(Touch.PRIVACY,),
        when=_told_by_others,
        cards=("HBK-GOV-003",),
        partial=True,
        within=("collected-unseen", "taken-unseen"),
        along=ways.ends,
        answer="a notice within a month that names the source, and a way to have it put right there",
        attack=False,
    ),
    Row(
        rule="said-by-others",
        category=Category.HAZARD,
        title="What comes by {name} about somebody is wrong, old or about another, and counts all the same",
        techniques=("AI-Act:Art.10", "GDPR:Art.5(1)(d)", "GDPR:Art.14", "GDPR:Art.16"),
        touches=(Touch.PEOPLE,),
        along=ways.ends,
        when=_said_by_others,
        once=True,
        answer="people see what others say of them before it counts, and can have it put right",
        attack=False,
    ),
    Row(
        rule="reused",
        category=Category.NONCOMPLIANCE,
        title="By {name} data about people serves another purpose than the one it was given for",
        techniques=("GDPR:Art.5(1)(b)", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_reused,
        within=("other-purpose", "no-exception"),
        once=True,
        answer="a purpose stated for both ends that is the same, or a basis for the change",
        attack=False,
    ),
)
