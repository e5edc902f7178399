# SPDX-License-Identifier: Apache-2.0
"""Threats to where things run: endpoints, processes, code, notebooks, images, deployments."""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category


def _acts_for_model(graph: Graph, process: Declared) -> bool:
    return any(graph.generates(graph.asset(flow.source)) for flow in graph.into(process))


def _serving_code(graph: Graph, code: Declared) -> bool:
    """Code that no training process runs, in a system that serves something."""
    return not graph.run_to_train(code) and graph.serves_anything


def _affects(graph: Graph, _: Declared) -> bool:
    return graph.system.effect is not Effect.NONE


def _costly(graph: Graph, endpoint: Declared) -> bool:
    """Generates, or starts work."""
    targets = [graph.asset(flow.target) for flow in graph.out_of(endpoint)]
    return graph.generates(endpoint) or any(one is not None and one.kind is Kind.PROCESS for one in targets)


def _seen_or_heard(graph: Graph, endpoint: Declared) -> bool:
    """Serves a model that judges pictures or sound of whoever asks."""
    model = graph.asset(endpoint.facts.serves)
    if model is None or not graph.outsiders(endpoint):
        return False
    return model.facts.modality in {"image", "audio"} and bool(graph.private(endpoint))


ENDPOINTS: tuple[Row[Declared], ...] = (
    Row(
        rule="stolen-account",
        category=Category.SPOOFING,
        title="Somebody reaches {name} in another's name, or in none",
        techniques=("AML.T0012", "AML.T0091", "CWE-306"),
        touches=(Touch.PRIVACY, Touch.PEOPLE),
        when=lambda _graph, _endpoint: True,
        cards=("HBK-DEP-005", "HBK-DEP-003"),
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
        title="{name} is flooded, and whoever needs it waits",
        techniques=("AML.T0029", "AML.T0046"),
        touches=(Touch.SERVICE,),
        when=lambda _graph, _endpoint: True,
        cards=("HBK-DEP-007", "HBK-DEP-002"),
        answer="a limit for each caller and for each container",
    ),
    Row(
        rule="bill",
        category=Category.DENIAL,
        title="The bill of {name} is driven up by many or costly requests",
        techniques=("AML.T0034", "AML.T0034.000", "AML.T0034.001", "OWASP-LLM:2025:LLM10"),
        touches=(Touch.PROPERTY,),
        when=_costly,
        cards=("HBK-DEP-007",),
        answer="a budget for each caller and for the whole",
    ),
    Row(
        rule="no-record",
        category=Category.REPUDIATION,
        title="Nobody can show which answer {name} gave to whom, and with which model",
        techniques=("CWE-778", "AI-Act:Art.12", "STRIDE:repudiation"),
        touches=(Touch.PEOPLE,),
        when=_affects,
        answer="each answer recorded with its model's digest, where the record cannot be rewritten",
    ),
    Row(
        rule="blind-trust",
        category=Category.HAZARD,
        title="People follow {name} although they would have known better, or cannot step in",
        techniques=("AI-Act:Art.14", "GDPR:Art.22"),
        touches=(Touch.PEOPLE,),
        when=_affects,
        cards=("HBK-GOV-002", "HBK-GOV-004"),
        partial=True,
        answer="a person who may overturn and stop, and cases planted to see whether they do",
        attack=False,
    ),
)

WORK: tuple[Row[Declared], ...] = (
    Row(
        rule="libraries",
        category=Category.TAMPERING,
        title="A library or tool that {name} uses is poisoned",
        techniques=("AML.T0010.001", "AML.T0011.001", "OWASP-ML:2023:ML06", "OWASP-LLM:2025:LLM03"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=lambda graph, one: graph.trains(one) if one.kind is Kind.PROCESS else _serving_code(graph, one),
        answer="versions pinned by hash, advisories looked up, builds without network",
    ),
    Row(
        rule="job-secrets",
        category=Category.DISCLOSURE,
        title="Credentials that {name} runs with are taken by whoever starts it",
        techniques=("AML.T0055", "AML.T0090"),
        touches=(Touch.PROPERTY, Touch.PRIVACY),
        when=lambda graph, one: one.kind is Kind.PROCESS and bool(graph.outsiders(one)),
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
        when=_acts_for_model,
        answer="each act recorded with the question, the model's call and the right it used",
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
