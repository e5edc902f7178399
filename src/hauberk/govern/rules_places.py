# SPDX-License-Identifier: Apache-2.0
"""Threats to where things run: endpoints, processes, code, notebooks, images, deployments, clouds.

What a machine does before a person can step in: Parasuraman and Riley, Humans and Automation (1997), AI Act Art. 14.
"""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank


def _acts_for_model(graph: Graph, process: Declared) -> bool:
    return any(graph.generates(graph.asset(flow.source)) for flow in graph.into(process))


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


def _affects(graph: Graph, _: Declared) -> bool:
    return graph.system.effect is not Effect.NONE


def _answers_people(graph: Graph, one: Declared) -> bool:
    """Somebody asks here or hears what is answered; where only a process does, what it does has rows of its own."""
    model = graph.asset(one.facts.serves) if one.kind is Kind.ENDPOINT else one
    heard = model is not None and any(graph.is_outside(name) for name in graph.told(model))
    asked = one.kind is Kind.ENDPOINT and bool(graph.outsiders(one))
    return _affects(graph, one) and graph.answers(one) and (heard or asked)


def _leaves_no_trace(graph: Graph, one: Declared) -> bool:
    """Acts for a model, or puts together what others sent."""
    return _acts_for_model(graph, one) or _acts_on_answers(graph, one) or _merges(graph, one)


def _merges(graph: Graph, one: Declared) -> bool:
    return any(graph.update(flow) for flow in graph.into(one))


def _needed(graph: Graph, endpoint: Declared) -> bool:
    """Reached from outside, or people depend on it."""
    return bool(graph.outsiders(endpoint)) or _affects(graph, endpoint)


def _costly(graph: Graph, endpoint: Declared) -> bool:
    """Generates, or starts work."""
    return graph.generates(endpoint) or _starts_work(graph, endpoint)


def _starts_work(graph: Graph, endpoint: Declared) -> bool:
    targets = [graph.asset(flow.target) for flow in graph.out_of(endpoint)]
    return any(one is not None and one.kind is Kind.PROCESS for one in targets)


def _open(endpoint: Declared) -> bool:
    return blank(endpoint.facts.authentication)


def _should_know_callers(graph: Graph, endpoint: Declared) -> bool:
    """Lets anyone in to people's data, to a decision about them, or to work that it starts."""
    guarded = graph.private(endpoint) or _affects(graph, endpoint) or _starts_work(graph, endpoint)
    return _open(endpoint) and bool(guarded)


def _asked_about_others(graph: Graph, endpoint: Declared) -> bool:
    """Known users send sensitive data about people and are told something about them."""
    model = graph.asset(endpoint.facts.serves)
    asked = any(graph.is_outside(one.source) and "sensitive" in one.carries for one in graph.into(endpoint))
    judges = model is not None and not graph.generates(model)
    return asked and judges and not _open(endpoint) and _affects(graph, endpoint)


def _no_way_to_contest(graph: Graph, one: Declared) -> bool:
    oversight = graph.system.oversight
    return (
        graph.answers(one) and graph.system.effect is Effect.DECIDES and (oversight is None or blank(oversight.contest))
    )


def _seen_or_heard(graph: Graph, endpoint: Declared) -> bool:
    """Serves a model that judges pictures of whoever sends them; what is sensed is a threat of its flow."""
    model = graph.asset(endpoint.facts.serves)
    if model is None or not graph.outsiders(endpoint) or graph.senses(model):
        return False
    return model.facts.modality in {"image", "audio"} and bool(graph.private(endpoint))


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
    known = any(other.kind is Kind.ENDPOINT and not _open(other) for other in assets)
    return people or known or any(graph.generates(other) and graph.foreign(other) for other in assets)


ANSWERING: tuple[Row[Declared], ...] = (
    Row(
        rule="no-record",
        category=Category.REPUDIATION,
        title="Nobody can show which answer {name} gave to whom, and with which model",
        techniques=("CWE-778", "AI-Act:Art.12", "STRIDE:repudiation"),
        touches=(Touch.PEOPLE,),
        when=_answers_people,
        answer="each answer recorded with its model's digest, where the record cannot be rewritten",
        indirect=True,
    ),
    Row(
        rule="blind-trust",
        category=Category.HAZARD,
        title="People follow {name} although they would have known better, or cannot step in",
        techniques=("AI-Act:Art.14", "GDPR:Art.22"),
        touches=(Touch.PEOPLE,),
        when=_answers_people,
        cards=("HBK-GOV-002", "HBK-GOV-004"),
        partial=True,
        answer="a person who may overturn and stop, and cases planted to see whether they do",
        attack=False,
    ),
    Row(
        rule="no-appeal",
        category=Category.UNAWARENESS,
        title="Those about whom {name} decides cannot learn why, or contest it",
        techniques=("AI-Act:Art.86", "GDPR:Art.22", "GDPR:Art.15", "LINDDUN:unawareness"),
        touches=(Touch.PEOPLE,),
        when=_no_way_to_contest,
        cards=("HBK-GOV-002",),
        answer="reasons with each decision, and a person who may overturn it",
        attack=False,
    ),
)
"""Of an endpoint that serves a model, or of a model that is asked without one."""

ENDPOINTS: tuple[Row[Declared], ...] = (
    Row(
        rule="stolen-account",
        category=Category.SPOOFING,
        title="Somebody reaches {name} by another's account",
        techniques=("AML.T0012", "AML.T0091", "AML.T0073", "AML.T0021"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=lambda _graph, endpoint: not _open(endpoint),
        cards=("HBK-SEC-001",),
        partial=True,
        answer="short-lived credentials bound to a person or machine, and sign-ins that do not fit looked at",
    ),
    Row(
        rule="nobody-known",
        category=Category.SPOOFING,
        title="Anyone reaches {name} in anyone's name: it does not ask who calls",
        techniques=("CWE-306", "AML.T0012", "AML.T0040", "AML.T0073"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=_should_know_callers,
        cards=("HBK-DEP-005", "HBK-DEP-003", "HBK-DEP-014"),
        answer="callers identified before the model is asked",
    ),
    Row(
        rule="forged-media",
        category=Category.SPOOFING,
        title="{name} is shown a forged picture, film or voice of another",
        techniques=("AML.T0088", "AML.T0041"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_seen_or_heard,
        answer="tests of liveness, attacked at every release; a second way to show who one is",
    ),
    Row(
        rule="broken-into",
        category=Category.ELEVATION,
        title="{name} is broken into from outside",
        techniques=("AML.T0049", "AML.T0050", "AML.T0105"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda graph, endpoint: bool(graph.outsiders(endpoint)),
        cards=("HBK-COD-002", "HBK-DEP-001", "HBK-DEP-004"),
        partial=True,
        answer="no code made of input, a container without rights to lose",
    ),
    Row(
        rule="flood",
        category=Category.DENIAL,
        title="{name} is flooded or stopped, and whoever needs it waits",
        techniques=("AML.T0029", "AML.T0046", "CWE-770"),
        touches=(Touch.SERVICE,),
        when=_needed,
        cards=("HBK-DEP-007", "HBK-DEP-002", "HBK-DEP-012"),
        answer="a limit for each caller and for each container",
    ),
    Row(
        rule="bill",
        category=Category.DENIAL,
        title="The bill of {name} is driven up by many or costly requests",
        techniques=("AML.T0034", "AML.T0034.000", "AML.T0034.001", "AML.T0034.002", "OWASP-LLM:2025:LLM10"),
        touches=(Touch.PROPERTY,),
        when=_costly,
        cards=("HBK-DEP-007",),
        answer="a budget for each caller and for the whole",
    ),
    Row(
        rule="own-ends",
        category=Category.MISUSE,
        title="Those who may ask {name} ask about people for reasons of their own",
        techniques=("AML.T0048.003", "AML.T0048.002", "AML.T0047", "AI-Act:Art.26"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_asked_about_others,
        answer="each question with its reason and its asker, and some of them looked at by somebody else",
    ),
)

WORK: tuple[Row[Declared], ...] = (
    Row(
        rule="libraries",
        category=Category.TAMPERING,
        title="A library or tool that {name} uses is poisoned",
        techniques=("AML.T0010.001", "AML.T0011.001", "OWASP-ML:2023:ML06", "OWASP-LLM:2025:LLM03"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_runs_libraries,
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
        answer="tools pinned by digest, read before they are let in, with rights of their own",
        supplied=True,
    ),
    Row(
        rule="job-secrets",
        category=Category.DISCLOSURE,
        title="Credentials that {name} runs with are taken by whoever starts it",
        techniques=("AML.T0055", "AML.T0090", "AML.T0098", "AML.T0083"),
        touches=(Touch.PROPERTY, Touch.PRIVACY),
        when=_started_by_others,
        cards=("HBK-SEC-001",),
        partial=True,
        answer="short-lived credentials for each job, with the rights of whoever started it",
    ),
    Row(
        rule="deed-record",
        category=Category.REPUDIATION,
        title="Nobody can show who, or what, caused {name} to act",
        techniques=("CWE-778", "AI-Act:Art.12", "STRIDE:repudiation"),
        touches=(Touch.PEOPLE, Touch.PROPERTY),
        when=_leaves_no_trace,
        answer="each act recorded with the question, the model's call and the right it used",
        indirect=True,
    ),
    Row(
        rule="merger-sees",
        category=Category.DISCLOSURE,
        title="Whoever runs {name} draws out of single updates what the participants learned from",
        techniques=("AML.T0024.001", "AML.T0024.000", "LINDDUN:disclosure"),
        touches=(Touch.PRIVACY, Touch.PROPERTY),
        when=_merges,
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
        answer="bounds outside the model on what it may cause, a stop that works, and a safe state",
        attack=False,
    ),
    Row(
        rule="keys-in-code",
        category=Category.DISCLOSURE,
        title="Credentials lie open in {name} or its history",
        techniques=("AML.T0055", "AML.T0095.000", "CWE-798"),
        touches=(Touch.PROPERTY, Touch.PRIVACY),
        when=_needs_keys,
        cards=("HBK-SEC-001", "HBK-SEC-004"),
        answer="no credential in code; those that were there withdrawn",
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
        techniques=("AML.T0010.004", "CWE-494"),
        touches=(Touch.SERVICE,),
        when=lambda _graph, _image: True,
        cards=("HBK-DEP-006",),
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
        answer="nothing public, keys short-lived and by role, every read recorded",
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
        answer="a second factor, rights by task, and an alarm on what nobody does by day",
    ),
)
