# SPDX-License-Identifier: Apache-2.0
"""Threats to what moves: flows between assets and outside parties."""

from hauberk.core.scales import Kind
from hauberk.core.system import Effect, Flow
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category


def _private(flow: Flow) -> bool:
    return bool(PRIVATE & set(flow.carries))


def _from_outside(graph: Graph, flow: Flow) -> bool:
    return graph.is_outside(flow.source) and not graph.is_outside(flow.target)


def _to_data(graph: Graph, flow: Flow) -> bool:
    target = graph.asset(flow.target)
    return target is not None and target.kind in DATA


def _read_on_the_way(graph: Graph, flow: Flow) -> bool:
    open_to_all = set(flow.carries) <= {"public"}
    return bool(flow.carries) and not open_to_all and bool(graph.crosses(flow)) and not graph.sealed(flow)


def _changed_on_the_way(graph: Graph, flow: Flow) -> bool:
    """Asks or feeds a model, or carries one, and a change would not show."""
    target = graph.asset(flow.target)
    if target is None or graph.sealed(flow):
        return False
    asks = target.kind in {Kind.ENDPOINT, Kind.MODEL}
    return asks or graph.feeds(target) or graph.teaches(target)


def _taught_from_outside(graph: Graph, flow: Flow) -> bool:
    target = graph.asset(flow.target)
    return target is not None and _from_outside(graph, flow) and graph.teaches(target)


def _read_by_generator(graph: Graph, flow: Flow) -> bool:
    """Something that strangers write and a generating model reads: not the question itself."""
    target = graph.asset(flow.target)
    return target is not None and _from_outside(graph, flow) and _to_data(graph, flow) and graph.feeds(target)


def _releases(graph: Graph, flow: Flow) -> bool:
    return "model" in flow.carries and bool(graph.crosses(flow)) and not graph.is_outside(flow.source)


def _acts(graph: Graph, flow: Flow) -> bool:
    """A generating model calls something that acts."""
    target = graph.asset(flow.target)
    return _of_generator(graph, flow) and target is not None and target.kind in {Kind.PROCESS, Kind.CLOUD}


def _of_generator(graph: Graph, flow: Flow) -> bool:
    source = graph.asset(flow.source)
    return source is not None and graph.generates(source)


def _answers(graph: Graph, flow: Flow) -> bool:
    """What a generating model wrote, on its way to whoever reads it; once, where it leaves the model."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is None or not graph.generates(source):
        return False
    shown = target is None or target.kind is Kind.ENDPOINT
    model = graph.asset(source.facts.serves)
    return shown and not (model is not None and graph.out_of(model))


def _to_third_party(graph: Graph, flow: Flow) -> bool:
    """Personal data to a party that is neither the person nor named as the one who reviews."""
    if not (_private(flow) and graph.is_outside(flow.target) and not graph.is_outside(flow.source)):
        return False
    senders = {one.source for one in graph.system.flows if _private(one)}
    reviews = graph.system.oversight.by if graph.system.oversight else ""
    return flow.target not in senders and flow.target != reviews


def _unaware(graph: Graph, flow: Flow) -> bool:
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    asks = target is not None and target.kind is Kind.ENDPOINT and (source is None or source.kind in DATA)
    return asks and _private(flow) and (graph.system.effect is not Effect.NONE or graph.generates(target))


def _reused(graph: Graph, flow: Flow) -> bool:
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    return bool(source and target and source.kind in DATA and target.kind in DATA and _private(flow))


FLOWS: tuple[Row[Flow], ...] = (
    Row(
        rule="read-on-the-way",
        category=Category.DISCLOSURE,
        title="What {name} carries is read on the way",
        techniques=("CWE-319", "STRIDE:disclosure"),
        touches=(Touch.PRIVACY,),
        when=_read_on_the_way,
        cards=("HBK-DES-001",),
        answer="TLS, or an encrypted and signed file",
    ),
    Row(
        rule="changed-on-the-way",
        category=Category.TAMPERING,
        title="What {name} carries is changed on the way, and nobody sees it",
        techniques=("AML.T0043", "CWE-345", "OWASP-ML:2023:ML09"),
        touches=(Touch.PEOPLE,),
        when=_changed_on_the_way,
        cards=("HBK-DES-001",),
        answer="TLS with authentication, or a signature checked at the end",
    ),
    Row(
        rule="foreign-data",
        category=Category.TAMPERING,
        title="Whoever writes what {name} fetches decides what the model learns",
        techniques=("AML.T0019", "AML.T0010.002", "OWASP-ML:2023:ML02"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_taught_from_outside,
        cards=("HBK-TRN-001",),
        partial=True,
        answer="fetched data pinned, its sources known, its labels checked by sample",
    ),
    Row(
        rule="indirect-injection",
        category=Category.ELEVATION,
        title="What comes by {name} holds instructions that the model obeys",
        techniques=("AML.T0051.001", "AML.T0093", "AML.T0068", "OWASP-LLM:2025:LLM01"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_read_by_generator,
        answer="text from strangers never decides what is done; instructions planted to see whether it does",
    ),
    Row(
        rule="release-key",
        category=Category.SPOOFING,
        title="With a stolen key or account, somebody sends a model of their own by {name}",
        techniques=("AML.T0012", "AML.T0055", "AML.T0090"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_releases,
        cards=("HBK-SEC-001",),
        partial=True,
        answer="releases signed by a person, checked where the model is loaded",
    ),
    Row(
        rule="too-much-agency",
        category=Category.ELEVATION,
        title="By {name} the model does what nobody should have it do",
        techniques=("AML.T0053", "AML.T0086", "OWASP-LLM:2025:LLM06"),
        touches=(Touch.PEOPLE, Touch.PROPERTY),
        when=_acts,
        answer="rights of the asker, not of the model; limits and a person for what cannot be undone",
    ),
    Row(
        rule="unchecked-answer",
        category=Category.ELEVATION,
        title="What comes by {name} is shown or run as code",
        techniques=("OWASP-LLM:2025:LLM05", "CWE-79"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_answers,
        answer="answers treated as a stranger's text wherever they go",
    ),
    Row(
        rule="rendered-leak",
        category=Category.DISCLOSURE,
        title="An address in an answer that comes by {name} carries data out when it is displayed",
        techniques=("AML.T0077",),
        touches=(Touch.PRIVACY,),
        when=_answers,
        answer="no address outside a list is fetched on display",
    ),
    Row(
        rule="third-party",
        category=Category.DISCLOSURE,
        title="By {name} a third party gets more about people than it needs",
        techniques=("LINDDUN:disclosure", "GDPR:Art.5(1)(c)"),
        touches=(Touch.PRIVACY,),
        when=_to_third_party,
        answer="only counts, or only the columns that the receiver needs",
        attack=False,
    ),
    Row(
        rule="abroad",
        category=Category.NONCOMPLIANCE,
        title="{name} takes personal data where another law lets others look at it",
        techniques=("GDPR:Art.44", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=lambda graph, flow: _private(flow) and graph.abroad(flow) is not None,
        cards=("HBK-DES-002",),
        answer="a stated basis, or no such flow",
        attack=False,
    ),
    Row(
        rule="unaware",
        category=Category.UNAWARENESS,
        title="Those whom {name} is about do not know that a machine reads it, or what it does with it",
        techniques=("LINDDUN:unawareness", "GDPR:Art.13", "AI-Act:Art.26", "AI-Act:Art.50"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=_unaware,
        cards=("HBK-GOV-003",),
        partial=True,
        answer="a notice in plain words before the data is given, and a way to contest",
        attack=False,
    ),
    Row(
        rule="reused",
        category=Category.NONCOMPLIANCE,
        title="By {name} data about people serves another purpose than the one it was given for",
        techniques=("GDPR:Art.5(1)(b)", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_reused,
        answer="a purpose stated for both ends that is the same, or a basis for the change",
        attack=False,
    ),
)
