# SPDX-License-Identifier: Apache-2.0
"""Threats to where answers are given: an endpoint that serves a model, or a model that is asked without one."""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank


def _answers_people(graph: Graph, one: Declared) -> bool:
    """Somebody asks here or hears what is answered; where only a process does, what it does has rows of its own."""
    model = graph.asset(one.facts.serves) if one.kind is Kind.ENDPOINT else one
    heard = model is not None and any(graph.is_outside(name) for name in graph.told(model))
    asked = one.kind is Kind.ENDPOINT and bool(graph.outsiders(one))
    return graph.felt and graph.answers(one) and (heard or asked)


def _answers_or_makes(graph: Graph, one: Declared) -> bool:
    """The same, or makes for somebody outside what can be turned on others."""
    return _answers_people(graph, one) or (graph.generates(one) and graph.answers(one) and bool(graph.outsiders(one)))


def _no_way_to_contest(graph: Graph, one: Declared) -> bool:
    oversight = graph.system.oversight
    return graph.answers(one) and graph.felt and (oversight is None or blank(oversight.contest))


ANSWERING: tuple[Row[Declared], ...] = (
    Row(
        rule="no-record",
        category=Category.REPUDIATION,
        title="Nobody can show which answer {name} gave to whom, and with which model",
        techniques=("CWE-778", "AI-Act:Art.12", "STRIDE:repudiation"),
        touches=(Touch.PEOPLE,),
        when=_answers_or_makes,
        along=ways.recorded,
        answer="each answer recorded with its model's digest, where the record cannot be rewritten",
        indirect=True,
    ),
    Row(
        rule="blind-trust",
        category=Category.HAZARD,
        title="People follow {name} although they would have known better, or cannot step in",
        techniques=("AI-Act:Art.14", "GDPR:Art.22", "AI-Act:Art.26", "AI-Act:Art.4"),
        touches=(Touch.PEOPLE,),
        when=_answers_people,
        cards=("HBK-GOV-002", "HBK-GOV-004"),
        partial=True,
        along=ways.answered,
        answer="a person who may overturn and stop, and cases planted to see whether they do",
        attack=False,
    ),
    Row(
        rule="no-appeal",
        category=Category.UNAWARENESS,
        title="Those in whose case {name} decides or advises cannot learn why, or contest it",
        techniques=("AI-Act:Art.86", "GDPR:Art.22", "GDPR:Art.15", "LINDDUN:unawareness", "AI-Act:Art.13"),
        touches=(Touch.PEOPLE,),
        when=_no_way_to_contest,
        cards=("HBK-GOV-002",),
        along=ways.answered,
        answer="reasons with each decision, and a person who may overturn it",
        attack=False,
    ),
)
