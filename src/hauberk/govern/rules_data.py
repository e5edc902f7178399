# SPDX-License-Identifier: Apache-2.0
"""Threats to data and to the people in it."""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared
from hauberk.govern.graph import DATA, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank


def _people(graph: Graph, data: Declared) -> bool:
    return "personal" in graph.private(data)


def _passed_on(graph: Graph, data: Declared) -> bool:
    """Used by more than whoever collected it: trained on, or sent on."""
    return _people(graph, data) and (graph.teaches(data) or bool(graph.out_of(data)))


def _put_together(graph: Graph, data: Declared) -> bool:
    """Several facts about a person that came from another place, or from several."""
    columns = [column for column in data.facts.columns if column.personal]
    return len(columns) > 1 and bool(graph.into(data))


def _without_basis(graph: Graph, data: Declared) -> bool:
    columns = [column for column in data.facts.columns if column.personal]
    return graph.teaches(data) and bool(columns) and any(blank(column.basis) for column in columns)


DATA_ROWS: tuple[Row[Declared], ...] = (
    Row(
        rule="poisoning",
        category=Category.TAMPERING,
        title="Rows or labels of {name} are changed so that the model learns what somebody wants",
        techniques=("AML.T0020", "AML.T0059", "OWASP-ML:2023:ML02"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, data: graph.teaches(data),
        cards=("HBK-TRN-001",),
        partial=True,
        answer="inputs of training pinned by digest, sources known, outliers and shared rows looked for",
    ),
    Row(
        rule="poisoned-store",
        category=Category.TAMPERING,
        title="Entries of {name}, made to be retrieved, bend what the model answers",
        techniques=("AML.T0070", "AML.T0071", "AML.T0066", "OWASP-LLM:2025:LLM04"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, data: data.kind is Kind.DATASET and graph.feeds(data),
        answer="each entry with its source; sources of different trust kept apart",
    ),
    Row(
        rule="store-leak",
        category=Category.DISCLOSURE,
        title="Texts are rebuilt from vectors of {name}, or reached by those whom they do not belong to",
        techniques=("OWASP-LLM:2025:LLM08", "AML.T0082", "AML.T0085.000"),
        touches=(Touch.PRIVACY,),
        when=lambda graph, data: data.kind is Kind.DATASET and graph.feeds(data) and bool(graph.out_of(data)),
        answer="rights checked at retrieval, vectors guarded like the texts themselves",
    ),
    Row(
        rule="breach",
        category=Category.DISCLOSURE,
        title="{name} is broken into and carried off",
        techniques=("AML.T0025", "AML.T0036", "AML.T0037"),
        touches=(Touch.PRIVACY,),
        when=_people,
        cards=("HBK-SEC-001",),
        partial=True,
        answer="access by role with a record, encryption at rest, no credential lying open",
    ),
    Row(
        rule="identifying",
        category=Category.IDENTIFYING,
        title="People are recognised in {name}",
        techniques=("LINDDUN:identifying", "AML.T0087"),
        touches=(Touch.PRIVACY,),
        when=_passed_on,
        cards=("HBK-DAT-001", "HBK-DAT-004"),
        partial=True,
        answer="columns that name or single out a person left out or replaced, and what is left tested for uniqueness",
    ),
    Row(
        rule="linking",
        category=Category.LINKING,
        title="Facts about one person in {name} are put together with others about them",
        techniques=("LINDDUN:linking",),
        touches=(Touch.PRIVACY,),
        when=_put_together,
        cards=("HBK-DAT-004",),
        partial=True,
        answer="no common key across sources, only the columns that the task needs",
    ),
    Row(
        rule="other-purpose",
        category=Category.NONCOMPLIANCE,
        title="{name} is trained on, and nothing says on what basis its personal columns are held for that",
        techniques=("GDPR:Art.5(1)(b)", "GDPR:Art.6", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_without_basis,
        cards=("HBK-DAT-001",),
        answer="a stated basis for each personal column",
        attack=False,
    ),
)


def is_data(asset: Declared) -> bool:
    """Whether the rows of this table apply."""
    return asset.kind in DATA
