# SPDX-License-Identifier: Apache-2.0
"""Threats to what works: processes and code.

What a machine does before a person can step in: Parasuraman and Riley, Humans and Automation (1997), AI Act Art. 14.
"""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank


def _acts_for_model(graph: Graph, process: Declared) -> bool:
    """Set to work by a model that generates, or by what stands around one."""
    ends = (graph.asset(flow.source) for flow in graph.into(process))
    return not graph.hand(process) and any(graph.generates(one) or graph.hand(one) for one in ends)


def _acts_on_answers(graph: Graph, process: Declared) -> bool:
    """Does something with what a model said, where people or bodies feel it."""
    sources = [one for flow in graph.into(process) if (one := graph.asset(flow.source)) is not None]
    judged = any(one.kind in {Kind.MODEL, Kind.ENDPOINT} for one in sources)
    felt = graph.system.effect is not Effect.NONE or graph.hands_on
    return process.kind is Kind.PROCESS and judged and felt and not graph.trains(process)


def _runs_libraries(graph: Graph, one: Declared) -> bool:
    """Code that serves or trains; or a process that trains and has no such code here."""
    if one.kind is Kind.CODE:
        return graph.run_to_train(one) or graph.serves_anything
    code = graph.asset(one.facts.code)
    if code is not None and code.kind is Kind.CODE:
        return False
    return graph.trains(one)


def _leaves_no_trace(graph: Graph, one: Declared) -> bool:
    """Acts for a model, or puts together what others sent."""
    return _acts_for_model(graph, one) or _acts_on_answers(graph, one) or _merges(graph, one)


def _merges(graph: Graph, one: Declared) -> bool:
    return any(graph.update(flow) for flow in graph.into(one))


def _started_by_others(graph: Graph, one: Declared) -> bool:
    """By an outside party, through an endpoint that serves no model, or by what a model wrote."""
    if one.kind is not Kind.PROCESS:
        return False
    ends = [(flow.source, graph.asset(flow.source)) for flow in graph.into(one)]
    doors = any(end is not None and end.kind is Kind.ENDPOINT and not graph.answers(end) for _, end in ends)
    return doors or _acts_for_model(graph, one) or _told_what_to_do(graph, one)


def _told_what_to_do(graph: Graph, one: Declared) -> bool:
    """By an outside party whose flow is no question that is passed on to a model."""
    models = [other for other in graph.system.assets if other.kind is Kind.MODEL]
    asked = [flow for other in models for flow in graph.asking(other)]
    return any(graph.is_stranger(flow.source) and flow not in asked for flow in graph.into(one))


def _needs_keys(graph: Graph, one: Declared) -> bool:
    """Code of a system in which something is kept by a credential: people's data, known callers, another's model."""
    if one.kind is not Kind.CODE:
        return False
    assets = graph.system.assets
    people = any(graph.private(other) for other in assets if other.kind is not Kind.CODE)
    known = any(other.kind is Kind.ENDPOINT and not blank(other.facts.authentication) for other in assets)
    return people or known or any(graph.generates(other) and graph.foreign(other) for other in assets)


def _kept_busy(graph: Graph, process: Declared) -> bool:
    """Acts on what a model makes of what outside parties send."""
    return _acts_on_answers(graph, process) and bool(graph.outsiders(process))


WORK: tuple[Row[Declared], ...] = (
    Row(
        rule="libraries",
        category=Category.TAMPERING,
        title="A library or tool that {name} uses is poisoned",
        techniques=(
            "AML.T0010.001",
            "AML.T0011.001",
            "OWASP-ML:2023:ML06",
            "OWASP-LLM:2025:LLM03",
            "CWE-829",
            "CWE-1357",
        ),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_runs_libraries,
        along=ways.runners,
        once=True,
        answer="versions pinned by hash, advisories looked up, builds without network",
        supplied=True,
    ),
    Row(
        rule="poisoned-tool",
        category=Category.TAMPERING,
        title="{name}, a tool that others made, does another thing than it says once the model calls it",
        techniques=("AML.T0010.005", "AML.T0104", "AML.T0110", "AML.T0011.002", "OWASP-ASI:2026:ASI04"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda graph, one: _acts_for_model(graph, one) and not blank(one.facts.source),
        along=ways.orders,
        answer="tools pinned by digest, read before they are let in, with rights of their own",
        supplied=True,
    ),
    Row(
        rule="job-secrets",
        category=Category.DISCLOSURE,
        title="Credentials that {name} runs with are taken by whoever starts it",
        techniques=("AML.T0055", "AML.T0090", "AML.T0098", "AML.T0083", "CWE-522"),
        touches=(Touch.PROPERTY, Touch.PRIVACY),
        when=_started_by_others,
        cards=("HBK-SEC-001",),
        partial=True,
        within=("keys-in-code",),
        answer="short-lived credentials for each job, with the rights of whoever started it",
    ),
    Row(
        rule="deed-record",
        category=Category.REPUDIATION,
        title="Nobody can show who, or what, caused {name} to act",
        techniques=("CWE-778", "AI-Act:Art.12", "STRIDE:repudiation"),
        touches=(Touch.PEOPLE, Touch.PROPERTY),
        when=_leaves_no_trace,
        along=ways.orders,
        within=("no-record",),
        answer="each act recorded with the question, the model's call and the right it used",
        indirect=True,
    ),
    Row(
        rule="false-alarms",
        category=Category.DENIAL,
        title="Inputs made to cause alarms or work keep {name}, and the people behind it, from what matters",
        techniques=("AML.T0046", "AML.T0029", "STRIDE:denial"),
        touches=(Touch.SERVICE,),
        when=_kept_busy,
        within=("flood", "blinded"),
        along=ways.orders,
        answer="work for each sender bounded, alike cases put together, and a count of alarms that came to nothing",
    ),
    Row(
        rule="stalled-round",
        category=Category.DENIAL,
        title="Participants hold up or break the rounds of {name}",
        techniques=("AML.T0029", "AML.T0046", "STRIDE:denial"),
        touches=(Touch.SERVICE,),
        when=_merges,
        along=ways.brought,
        answer="rounds that end without those who are late, and updates checked before they are put together",
    ),
    Row(
        rule="merger-sees",
        category=Category.DISCLOSURE,
        title="Whoever runs {name} draws out of single updates what the participants learned from",
        techniques=("AML.T0024.001", "AML.T0024.000", "LINDDUN:disclosure"),
        touches=(Touch.PRIVACY, Touch.PROPERTY),
        when=_merges,
        within=("update-tells",),
        answer="updates that only their sum can be read of, with noise added at the participants",
    ),
    Row(
        rule="runs-commands",
        category=Category.ELEVATION,
        title="What the model writes runs as a command of {name}",
        techniques=("AML.T0050", "AML.T0112.000", "AML.T0102", "CWE-94", "OWASP-ASI:2026:ASI05"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_acts_for_model,
        cards=("HBK-COD-002",),
        partial=True,
        along=ways.orders,
        answer="no interpreter behind the model, or one in a box with nothing in it and no network",
    ),
    Row(
        rule="too-fast-to-stop",
        category=Category.HAZARD,
        title="{name} acts on a wrong answer before anybody can step in",
        techniques=("AI-Act:Art.14", "AML.T0048.003", "ISO-14971:2019", "OWASP-ASI:2026:ASI08"),
        touches=(Touch.PEOPLE,),
        when=_acts_on_answers,
        cards=("HBK-GOV-002",),
        partial=True,
        along=ways.orders,
        within=("blind-trust",),
        answer="bounds outside the model on what it may cause, a stop that works, and a safe state",
        attack=False,
    ),
    Row(
        rule="keys-in-code",
        category=Category.DISCLOSURE,
        title="Credentials lie open in {name} or its history",
        techniques=("AML.T0055", "AML.T0095.000", "CWE-798", "CWE-522"),
        touches=(Touch.PROPERTY, Touch.PRIVACY),
        when=_needs_keys,
        cards=("HBK-SEC-001", "HBK-SEC-004"),
        along=ways.runners,
        once=True,
        answer="no credential in code; those that were there withdrawn",
    ),
)
