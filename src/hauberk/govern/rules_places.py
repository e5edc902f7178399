# SPDX-License-Identifier: Apache-2.0
"""Threats to where things run: endpoints, notebooks, images, deployments, clouds."""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared
from hauberk.govern import ways
from hauberk.govern.graph import PRIVATE, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank


def _needed(graph: Graph, endpoint: Declared) -> bool:
    """Reached from outside, or people depend on it."""
    return bool(graph.outsiders(endpoint)) or graph.felt


def _costly(graph: Graph, endpoint: Declared) -> bool:
    """Generates, or starts work that no model stands before."""
    return graph.generates(endpoint) or (graph.asset(endpoint.facts.serves) is None and _starts_work(graph, endpoint))


def _starts_work(graph: Graph, endpoint: Declared) -> bool:
    targets = [graph.asset(flow.target) for flow in graph.out_of(endpoint)]
    return any(one is not None and one.kind is Kind.PROCESS for one in targets)


def _open(endpoint: Declared) -> bool:
    return blank(endpoint.facts.authentication)


def _should_know_callers(graph: Graph, endpoint: Declared) -> bool:
    """Lets anyone in to people's data, to a decision about them, or to work that it starts."""
    guarded = graph.private(endpoint) or graph.felt or _starts_work(graph, endpoint)
    return _open(endpoint) and bool(guarded)


def _asked_about_others(graph: Graph, endpoint: Declared) -> bool:
    """Known users send data about others: sensitive data, or on a way that does not end at whoever it is about."""
    model = graph.asset(endpoint.facts.serves)
    told = graph.told(model) if model is not None else frozenset()
    asked = any(
        graph.is_outside(one.source)
        and ("sensitive" in one.carries or (PRIVATE & set(one.carries) and one.source not in told))
        for one in graph.into(endpoint)
    )
    judges = model is not None and not graph.generates(model)
    return asked and judges and not _open(endpoint) and graph.felt


def _seen_or_heard(graph: Graph, endpoint: Declared) -> bool:
    """Serves a model that judges pictures of whoever sends them; what is sensed is a threat of its flow."""
    model = graph.asset(endpoint.facts.serves)
    if model is None or not graph.outsiders(endpoint) or graph.senses(model):
        return False
    return model.facts.modality in {"image", "audio"} and bool(graph.private(endpoint))


ENDPOINTS: tuple[Row[Declared], ...] = (
    Row(
        rule="stolen-account",
        category=Category.SPOOFING,
        title="Somebody reaches {name} by another's account",
        techniques=("AML.T0012", "AML.T0091", "AML.T0073", "AML.T0021", "CWE-287"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=lambda _graph, endpoint: not _open(endpoint),
        cards=("HBK-SEC-001",),
        partial=True,
        along=ways.entered,
        once=True,
        answer="short-lived credentials bound to a person or machine, and sign-ins that do not fit looked at",
    ),
    Row(
        rule="nobody-known",
        category=Category.SPOOFING,
        title="Anyone reaches {name} in anyone's name: it does not ask who calls",
        techniques=("CWE-306", "AML.T0012", "AML.T0040", "AML.T0073", "CWE-287", "CWE-862"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=_should_know_callers,
        cards=("HBK-DEP-005", "HBK-DEP-003", "HBK-DEP-014"),
        along=ways.entered,
        once=True,
        answer="callers identified before the model is asked",
    ),
    Row(
        rule="forged-media",
        category=Category.SPOOFING,
        title="{name} is shown a forged picture, film or voice of another",
        techniques=("AML.T0088", "AML.T0041"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_seen_or_heard,
        along=ways.entered,
        answer="tests of liveness, attacked at every release; a second way to show who one is",
    ),
    Row(
        rule="broken-into",
        category=Category.ELEVATION,
        title="{name} is broken into from outside",
        techniques=("AML.T0049", "AML.T0050", "AML.T0105", "CWE-862", "CWE-434"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda graph, endpoint: bool(graph.outsiders(endpoint)),
        cards=("HBK-COD-002", "HBK-DEP-001", "HBK-DEP-004"),
        partial=True,
        along=ways.entered,
        once=True,
        answer="no code made of input, a container without rights to lose",
    ),
    Row(
        rule="flood",
        category=Category.DENIAL,
        title="{name} is flooded or stopped, and whoever needs it waits",
        techniques=("AML.T0029", "AML.T0046", "CWE-770", "CWE-400"),
        touches=(Touch.SERVICE,),
        when=_needed,
        cards=("HBK-DEP-007", "HBK-DEP-002", "HBK-DEP-012"),
        along=ways.behind,
        once=True,
        answer="a limit for each caller and for each container",
    ),
    Row(
        rule="bill",
        category=Category.DENIAL,
        title="The bill of {name} is driven up by many or costly requests",
        techniques=(
            "AML.T0034",
            "AML.T0034.000",
            "AML.T0034.001",
            "AML.T0034.002",
            "OWASP-LLM:2025:LLM10",
            "CWE-400",
            "CWE-770",
        ),
        touches=(Touch.PROPERTY,),
        when=_costly,
        cards=("HBK-DEP-007",),
        along=ways.behind,
        once=True,
        answer="a budget for each caller and for the whole",
    ),
    Row(
        rule="own-ends",
        category=Category.MISUSE,
        title="Those who may ask {name} ask about people for reasons of their own",
        techniques=("AML.T0048.003", "AML.T0048.002", "AML.T0047", "AI-Act:Art.26"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_asked_about_others,
        along=ways.asked_at,
        answer="each question with its reason and its asker, and some of them looked at by somebody else",
    ),
)

NOTEBOOKS: tuple[Row[Declared], ...] = (
    Row(
        rule="notebook",
        category=Category.TAMPERING,
        title="{name} is changed so that it does harm when somebody runs it",
        techniques=("AML.T0011.000", "AML.T0050", "AML.T0055"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda _graph, _notebook: True,
        cards=("HBK-NBK-001", "HBK-NBK-002", "HBK-COD-002"),
        partial=True,
        answer="notebooks reviewed like code, without secrets, run where nothing is to be lost",
    ),
)

IMAGES: tuple[Row[Declared], ...] = (
    Row(
        rule="image-swapped",
        category=Category.TAMPERING,
        title="What {name} is built on or named by is replaced in its registry",
        techniques=("AML.T0010.004", "AML.T0010.001", "CWE-494", "CWE-829"),
        touches=(Touch.SERVICE,),
        when=lambda _graph, _image: True,
        cards=("HBK-DEP-006",),
        within=("libraries",),
        answer="images pinned by digest",
        supplied=True,
    ),
)

DEPLOYMENTS: tuple[Row[Declared], ...] = (
    Row(
        rule="escape",
        category=Category.ELEVATION,
        title="Whoever gets into a container of {name} gets onto its host",
        techniques=("AML.T0105", "CWE-250"),
        touches=(Touch.SERVICE,),
        when=lambda _graph, _manifest: True,
        cards=("HBK-DEP-004", "HBK-DEP-001"),
        answer="no root, no privileges, no mounts of the host",
    ),
)

CLOUDS: tuple[Row[Declared], ...] = (
    Row(
        rule="open-store",
        category=Category.DISCLOSURE,
        title="What is kept in {name} lies open, or is read by a stolen key",
        techniques=("AML.T0036", "AML.T0025", "AML.T0035", "CWE-732"),
        touches=(Touch.PRIVACY, Touch.PROPERTY),
        when=lambda _graph, _cloud: True,
        cards=("HBK-SEC-001",),
        partial=True,
        within=("breach",),
        answer="nothing public, keys short-lived and by role, every read recorded",
    ),
    Row(
        rule="changed-store",
        category=Category.TAMPERING,
        title="What {name} holds for others to go by is changed by whoever gets at it",
        techniques=("CWE-345", "AML.T0020", "AML.T0043", "CWE-732"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, cloud: any(not graph.brings(flow) for flow in graph.out_of(cloud)),
        cards=("HBK-SEC-001",),
        partial=True,
        along=ways.sent,
        answer="who may write is few and recorded; digests of what was put there checked where it is read",
    ),
    Row(
        rule="cloud-account",
        category=Category.SPOOFING,
        title="With somebody's account everything in {name} can be changed",
        techniques=("AML.T0012", "AML.T0055", "AML.T0075"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda _graph, _cloud: True,
        cards=("HBK-SEC-001",),
        partial=True,
        within=("stolen-account",),
        answer="a second factor, rights by task, and an alarm on what nobody does by day",
    ),
)
