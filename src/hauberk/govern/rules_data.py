# SPDX-License-Identifier: Apache-2.0
"""Threats to data and to the people in it.

Poisoning after NIST AI 100-2 (2025); labels that do not say what they are taken for after Obermeyer et al. (Science
2019) and Northcutt et al. (NeurIPS Datasets 2021); people after LINDDUN.
"""

import re

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect
from hauberk.govern import ways
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank

_WHEN = frozenset(
    [
        "time",
        "timestamp",
        "hour",
        "date",
        "route",
        "location",
        "position",
        "gps",
        "place",
        "trip",
        "trips",
        "visit",
        "visits",
    ]
)
"""Words of a column that says when or where somebody was."""


def _people(graph: Graph, data: Declared) -> bool:
    return bool(graph.private(data))


def _worth_taking(graph: Graph, data: Declared) -> bool:
    """Ours, not about people, and not for everybody either."""
    carried = {word for flow in (*graph.into(data), *graph.out_of(data)) for word in flow.carries}
    ours = not graph.private(data) and not graph.in_other_hands(data)
    return ours and bool(carried & {"internal", "secret"}) and "public" not in carried


def _passed_on(graph: Graph, data: Declared) -> bool:
    """Used by more than whoever collected it: trained on, or sent on."""
    return _people(graph, data) and (graph.teaches(data) or bool(graph.out_of(data)))


def _put_together(graph: Graph, data: Declared) -> bool:
    """Several facts about a person that came from another place, or from several."""
    columns = data.facts.columns
    several = len(columns) > 1 and any(column.personal for column in columns)
    known = sum(column.personal for column in columns) > 1
    lesson = (graph.teaches(data) and bool(graph.into(data))) or (known and bool(graph.out_of(data)))
    fetched = graph.teaches(data) and (_fetched(graph, data) or not blank(data.facts.source))
    together = (several and (lesson or _joined(graph, data))) or len(graph.into(data)) > 1
    return _people(graph, data) and (together or fetched)


def _joined(graph: Graph, data: Declared) -> bool:
    """Goes to work that gets data about people from somewhere else too."""
    ends = [one for flow in graph.out_of(data) if (one := graph.asset(flow.target)) is not None]
    work = [one for one in ends if one.kind is Kind.PROCESS]
    return any(len({flow.source for flow in graph.into(one) if PRIVATE & set(flow.carries)}) > 1 for one in work)


def _teaches_what_matters(graph: Graph, data: Declared) -> bool:
    return graph.teaches(data) and (graph.system.effect is not Effect.NONE or graph.hands_on)


def _drawn_from_people(graph: Graph, data: Declared) -> bool:
    """Made by a model that learned from people."""
    makers = [one for flow in graph.into(data) if (one := graph.asset(flow.source)) is not None]
    return any(
        one.kind is Kind.MODEL and graph.generates(one) and any(graph.private(two) for two in graph.learned_from(one))
        for one in makers
    )


def _watches(graph: Graph, data: Declared) -> bool:
    """Sound, measurements, times or places of people, again and again: from their rhythm it is read what they do."""
    when = any(_WHEN & set(re.findall(r"[a-z]+", column.name.casefold())) for column in data.facts.columns)
    if when and _people(graph, data) and len(data.facts.columns) > 1 and graph.teaches(data):
        return True
    models = [one for one in graph.system.assets if one.facts.modality in {"audio", "series"}]
    taught = any(data in graph.learned_from(one) for one in models)
    doors = {one.id for model in models for one in (model, *graph.endpoints(model))}
    return _people(graph, data) and (taught or any(flow.target in doors for flow in graph.out_of(data)))


def _without_basis(graph: Graph, data: Declared) -> bool:
    columns = [column for column in data.facts.columns if column.personal or column.sensitive]
    unsaid = blank(data.facts.lawful_basis) and (not columns or any(blank(column.basis) for column in columns))
    return graph.teaches(data) and _people(graph, data) and unsaid


def _kept_for_ever(graph: Graph, data: Declared) -> bool:
    """Once, where it is first kept: a copy goes with what it was copied from."""
    sources = [one for flow in graph.into(data) if (one := graph.asset(flow.source)) is not None]
    copied = any(one.kind in DATA and graph.private(one) for one in sources)
    lesson = graph.teaches(data) or data.facts.split in {"test", "validation"}
    return (
        _people(graph, data)
        and not lesson
        and not copied
        and (blank(data.facts.retention) or blank(data.facts.lawful_basis))
    )


def _collected_unseen(graph: Graph, data: Declared) -> bool:
    """Nothing says that those whom the rows are about agreed that a model learns from them."""
    return graph.teaches(data) and _people(graph, data) and blank(data.facts.consent)


def _said_and_kept(graph: Graph, data: Declared) -> bool:
    """What known people asked or said, written down where the endpoint leaves it."""
    doors = [one for flow in graph.into(data) if (one := graph.asset(flow.source)) is not None]
    asked = [one for one in doors if one.kind is Kind.ENDPOINT and graph.outsiders(one)]
    known = [one for one in asked if not blank(one.facts.authentication)]
    return bool(known) and _people(graph, data)


def _judged_by(graph: Graph, data: Declared) -> bool:
    """Shows how good a model is that people depend on."""
    tests = {name for one in graph.system.assets for name in one.facts.tested_on}
    used = data.facts.split in {"test", "validation"} or data.id in tests
    return used and graph.system.effect is not Effect.NONE


def _asks(graph: Graph, data: Declared) -> bool:
    """Rows from which a model that judges is asked, on a way that is itself protected."""
    if data.facts.split in {"test", "validation"}:
        return False
    if not graph.teaches(data) and _on_the_way_to_a_judgement(graph, data):
        return True
    ends = [one for flow in graph.out_of(data) if graph.sealed(flow) and (one := graph.asset(flow.target)) is not None]
    models = [graph.asset(one.facts.serves) if one.kind is Kind.ENDPOINT else one for one in ends]
    return any(one is not None and one.kind is Kind.MODEL and not graph.generates(one) for one in models)


def _on_the_way_to_a_judgement(graph: Graph, data: Declared) -> bool:
    """Read by work that asks a model which judges, or that goes by what one said."""
    judging = [one for one in graph.system.assets if one.kind is Kind.MODEL and not graph.generates(one)]
    asked = {name for one in judging for name in ways.questions(graph, one)}
    ends = [(flow, graph.asset(flow.target)) for flow in graph.out_of(data)]
    work = [flow for flow, end in ends if end is not None and end.kind is Kind.PROCESS]
    told = {graph.asset(flow.source) for flow in graph.into(data)}
    said = graph.felt and any(one is not None and one.kind in {Kind.MODEL, Kind.ENDPOINT} for one in told)
    return any(said or flow.name in asked for flow in work)


def _has_what_to_leak(graph: Graph, data: Declared) -> bool:
    """A generating model reads from it what is not for everybody."""
    open_to_all = all(set(flow.carries) <= {"public"} for flow in (*graph.into(data), *graph.out_of(data)))
    return data.kind is Kind.DATASET and graph.read_by(data) and not (open_to_all and not graph.private(data))


def _remembers(graph: Graph, data: Declared) -> bool:
    """A generating model reads here what it, or whoever talks with it, wrote before."""
    sources = {flow.source for flow in graph.into(data)}
    talked = {flow.source for one in graph.system.assets if graph.generates(one) for flow in graph.into(one)}
    own = {one.id for one in graph.system.assets if graph.generates(one) or graph.hand(one)}
    people = {one for one in talked if graph.is_outside(one)}
    return graph.feeds(data) and bool(sources & (own | people))


def _fetched(graph: Graph, data: Declared) -> bool:
    """Rows come straight from outside parties whom the system does not serve, such as the web or other firms."""
    served = {
        name for one in graph.system.assets if one.kind is Kind.MODEL for name in graph.told(one) | graph.askers(one)
    }
    return any(graph.is_stranger(flow.source) and flow.source not in served for flow in graph.into(data))


DATA_ROWS: tuple[Row[Declared], ...] = (
    Row(
        rule="poisoning",
        category=Category.TAMPERING,
        title="Rows or labels of {name} are changed so that the model learns what somebody wants",
        techniques=("AML.T0020", "AML.T0059", "AML.T0010.002", "OWASP-ML:2023:ML02", "CWE-345", "AML.T0019"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, data: graph.teaches(data) and not _fetched(graph, data),
        cards=("HBK-TRN-001",),
        partial=True,
        along=ways.lessons,
        answer="inputs of training pinned by digest, sources known, outliers and shared rows looked for",
    ),
    Row(
        rule="fetched-lessons",
        category=Category.TAMPERING,
        title="Whoever can write where {name} comes from decides what the model learns",
        techniques=("AML.T0010.002", "AML.T0019", "AML.T0020", "AML.T0059", "OWASP-ML:2023:ML02", "CWE-345"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, data: graph.teaches(data) and _fetched(graph, data),
        cards=("HBK-TRN-001",),
        partial=True,
        along=ways.lessons,
        answer="fetched rows pinned by digest, their sources known, their labels checked by sample",
    ),
    Row(
        rule="wrong-lessons",
        category=Category.HAZARD,
        title="Labels of {name} do not say what they are taken for, or its rows leave out some of those it is used on",
        techniques=("AI-Act:Art.10", "GDPR:Art.5(1)(d)"),
        touches=(Touch.PEOPLE,),
        when=_teaches_what_matters,
        cards=("HBK-DAT-003", "HBK-TRN-011"),
        partial=True,
        along=ways.together,
        once=True,
        answer="labels checked by sample by somebody else; rows counted by group and by place against those it is for",
        attack=False,
    ),
    Row(
        rule="flattering-test",
        category=Category.HAZARD,
        title="{name} flatters the model: rows that it learned from, or others than it will meet",
        techniques=("AI-Act:Art.15", "AI-Act:Art.10"),
        touches=(Touch.PEOPLE,),
        when=_judged_by,
        cards=("HBK-DAT-002", "HBK-TRN-010", "HBK-TRN-013"),
        answer="no row and no person in both; a test from another place or a later time",
        attack=False,
    ),
    Row(
        rule="bent-input",
        category=Category.TAMPERING,
        title="Rows of {name} are changed before the model is asked about them",
        techniques=("AML.T0043", "AML.T0015", "CWE-345"),
        touches=(Touch.PEOPLE,),
        when=_asks,
        along=ways.sent,
        answer="who may write rows is few and recorded; values outside the contract refused",
    ),
    Row(
        rule="poisoned-store",
        category=Category.TAMPERING,
        title="Entries of {name}, made to be retrieved, bend what the model answers",
        techniques=("AML.T0070", "AML.T0071", "AML.T0066", "OWASP-LLM:2025:LLM04"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, data: graph.read_by(data) and not _remembers(graph, data),
        along=ways.lessons,
        answer="each entry with its source; sources of different trust kept apart",
    ),
    Row(
        rule="planted-memory",
        category=Category.TAMPERING,
        title="Somebody leaves in {name} what the model takes for its own memory later",
        techniques=("AML.T0080.000", "AML.T0080", "AML.T0094", "AML.T0092", "OWASP-ASI:2026:ASI06"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_remembers,
        along=ways.lessons,
        answer="memories kept by person, shown to them, and never read as instructions",
    ),
    Row(
        rule="store-leak",
        category=Category.DISCLOSURE,
        title="Texts are rebuilt from vectors of {name}, or reached by those whom they do not belong to",
        techniques=("OWASP-LLM:2025:LLM08", "AML.T0082", "AML.T0085.000"),
        touches=(Touch.PRIVACY,),
        when=_has_what_to_leak,
        along=ways.carried,
        answer="rights checked at retrieval, vectors guarded like the texts themselves",
    ),
    Row(
        rule="breach",
        category=Category.DISCLOSURE,
        title="{name} is broken into and carried off",
        techniques=(
            "AML.T0025",
            "AML.T0035",
            "AML.T0036",
            "AML.T0037",
            "CWE-359",
            "GDPR:Art.32",
            "GDPR:Art.5(1)(f)",
            "CWE-200",
            "CWE-732",
        ),
        touches=(Touch.PRIVACY,),
        when=_people,
        cards=("HBK-SEC-001",),
        partial=True,
        along=ways.held,
        once=True,
        answer="access by role with a record, encryption at rest, no credential lying open",
    ),
    Row(
        rule="data-theft",
        category=Category.DISCLOSURE,
        title="{name}, which is not for everybody, is gathered and carried off",
        techniques=("AML.T0035", "AML.T0025", "AML.T0036", "AML.T0048.004"),
        touches=(Touch.PROPERTY,),
        when=_worth_taking,
        cards=("HBK-SEC-001",),
        partial=True,
        answer="access by role with a record, no credential lying open",
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
        along=ways.together,
        once=True,
        answer="columns that name or single out a person left out or replaced, and what is left tested for uniqueness",
    ),
    Row(
        rule="drawn-from-people",
        category=Category.IDENTIFYING,
        title="Rows of {name}, drawn by a model that learned from people, are theirs or all but theirs",
        techniques=("AML.T0024.001", "LINDDUN:identifying", "AML.T0024.000"),
        touches=(Touch.PRIVACY,),
        when=_drawn_from_people,
        answer="nearest rows and membership measured before anything leaves; training with differential privacy",
        attack=False,
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
        along=ways.together_and_carried,
        once=True,
        answer="no common key across sources, only the columns that the task needs",
    ),
    Row(
        rule="watched",
        category=Category.DETECTING,
        title="When somebody is there, and what they do, is read off {name}",
        techniques=("LINDDUN:detecting", "LINDDUN:linking"),
        touches=(Touch.PRIVACY,),
        when=_watches,
        along=ways.together_and_carried,
        answer="coarser or fewer values than show a habit, added up over people before they are kept",
    ),
    Row(
        rule="held-against-them",
        category=Category.NONREPUDIATION,
        title="What people asked or said is kept in {name} under their name and can be held against them",
        techniques=("LINDDUN:nonrepudiation", "GDPR:Art.5(1)(e)"),
        touches=(Touch.PRIVACY,),
        when=_said_and_kept,
        answer="no more kept than is needed, apart from the name, with an end",
        attack=False,
    ),
    Row(
        rule="other-purpose",
        category=Category.NONCOMPLIANCE,
        title="{name} is trained on, and nothing says on what basis its personal columns are held for that",
        techniques=(
            "GDPR:Art.5(1)(b)",
            "GDPR:Art.6",
            "GDPR:Art.9",
            "GDPR:Art.5(1)(c)",
            "LINDDUN:noncompliance",
            "GDPR:Art.25",
        ),
        touches=(Touch.PRIVACY,),
        when=lambda graph, data: _without_basis(graph, data) and "sensitive" not in graph.private(data),
        cards=("HBK-DAT-001",),
        along=ways.together_and_taken,
        answer="a stated basis for each personal column",
        attack=False,
    ),
    Row(
        rule="no-exception",
        category=Category.NONCOMPLIANCE,
        title="{name} is trained on, and nothing says which exception allows its data on bodies, beliefs or origin",
        techniques=(
            *("GDPR:Art.9", "GDPR:Art.6", "GDPR:Art.5(1)(b)", "GDPR:Art.5(1)(c)"),
            *("AI-Act:Art.10", "GDPR:Art.25", "LINDDUN:noncompliance"),
        ),
        touches=(Touch.PRIVACY,),
        when=lambda graph, data: _without_basis(graph, data) and "sensitive" in graph.private(data),
        cards=("HBK-DAT-001",),
        along=ways.together_and_taken,
        answer="a stated exception of Art. 9(2) and a basis for each personal column",
        attack=False,
    ),
    Row(
        rule="kept-for-ever",
        category=Category.NONCOMPLIANCE,
        title="Nothing says on what ground {name} is kept, or until when",
        techniques=(
            "GDPR:Art.5(1)(e)",
            "GDPR:Art.6",
            "GDPR:Art.9",
            "GDPR:Art.17",
            "LINDDUN:noncompliance",
            "GDPR:Art.5(1)(c)",
            "GDPR:Art.5(1)(b)",
        ),
        touches=(Touch.PRIVACY,),
        when=_kept_for_ever,
        along=ways.held_and_taken,
        once=True,
        answer="a stated ground and time, and a deletion that is seen to happen",
        attack=False,
        indirect=True,
    ),
    Row(
        rule="collected-unseen",
        category=Category.UNAWARENESS,
        title="The people in {name} do not know that a model learned from them",
        techniques=("LINDDUN:unawareness", "GDPR:Art.14", "GDPR:Art.13", "GDPR:Art.12"),
        touches=(Touch.PRIVACY,),
        when=lambda graph, data: _collected_unseen(graph, data) and not _fetched(graph, data),
        cards=("HBK-GOV-003",),
        partial=True,
        along=ways.lessons_of_people,
        answer="where the rows came from stated as a flow, and a notice to those whom they are about",
        attack=False,
    ),
    Row(
        rule="taken-unseen",
        category=Category.UNAWARENESS,
        title="The people in {name} never gave it to this system, and nobody told them that a model learns from it",
        techniques=("GDPR:Art.14", "LINDDUN:unawareness", "GDPR:Art.13", "GDPR:Art.12"),
        touches=(Touch.PRIVACY,),
        when=lambda graph, data: _collected_unseen(graph, data) and _fetched(graph, data),
        cards=("HBK-GOV-003",),
        partial=True,
        along=ways.lessons_of_people,
        answer="a notice within a month that names the source, or rows of nobody who was not told",
        attack=False,
    ),
)
