# SPDX-License-Identifier: Apache-2.0
"""Threats to models that generate: assistants and agents, after OWASP's lists for them and NIST AI 100-2 (2025)."""

from hauberk.core.system import Declared
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category

_MADE = frozenset({"chat", "synthetic-media", "deepfake"})
"""Uses in which people meet what a machine made."""


def _generating(graph: Graph, model: Declared) -> bool:
    return graph.generates(model) and graph.asked(model)


def _instructed(graph: Graph, model: Declared) -> bool:
    """Follows instructions of its owner: one that writes down sound, or draws rows, has none."""
    return _generating(graph, model) and model.facts.modality not in {"audio", "series", "table"}


def _has_something_to_tell(graph: Graph, model: Declared) -> bool:
    """People's data passes through it, or it reads from a store."""
    stores = any(graph.feeds(one) for one in graph.system.assets)
    return _instructed(graph, model) and bool(graph.private(model) or stores)


def _read_by_people(graph: Graph, model: Declared) -> bool:
    told = graph.endpoints(model) or any(graph.is_outside(one) for one in graph.told(model))
    return graph.generates(model) and bool(told)


def _passes_for_a_person(graph: Graph, model: Declared) -> bool:
    """Strangers read, see or hear what it makes; what only writes down what they said passes for nobody."""
    strangers = any(graph.is_stranger(one) for one in graph.told(model) | graph.askers(model))
    return _read_by_people(graph, model) and strangers and _speaks(graph, model)


def _speaks(graph: Graph, model: Declared) -> bool:
    """Answers in words, pictures or sound: one that is asked by sound does where whoever asks hears what it makes."""
    if model.facts.modality in {"series", "table"}:
        return False
    heard = bool(graph.askers(model) & graph.told(model)) or bool(_MADE & set(graph.system.uses))
    return model.facts.modality != "audio" or heard


GENERATORS: tuple[Row[Declared], ...] = (
    Row(
        rule="direct-injection",
        category=Category.ELEVATION,
        title="What a user writes overrides the instructions of {name}",
        techniques=("AML.T0051.000", "AML.T0065", "OWASP-LLM:2025:LLM01", "OWASP-ASI:2026:ASI01", "CWE-1427"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_instructed,
        along=ways.questions,
        answer="instructions and data kept apart; what the answer may cause is decided elsewhere",
    ),
    Row(
        rule="jailbreak",
        category=Category.ELEVATION,
        title="{name} is talked out of its restraints",
        techniques=("AML.T0054", "OWASP-LLM:2025:LLM01"),
        touches=(Touch.SERVICE,),
        when=_instructed,
        along=ways.questions,
        answer="restraints tested by attack at every release, and answers filtered outside the model",
    ),
    Row(
        rule="hidden-instructions",
        category=Category.DISCLOSURE,
        title="The hidden instructions of {name} are drawn out",
        techniques=("AML.T0056", "AML.T0069.002", "OWASP-LLM:2025:LLM07"),
        touches=(Touch.PROPERTY,),
        when=_instructed,
        along=ways.shown,
        answer="instructions that hold no secret and carry no rule that only they enforce",
    ),
    Row(
        rule="told-to-others",
        category=Category.DISCLOSURE,
        title="{name} tells one person what belongs to another",
        techniques=("AML.T0057", "AML.T0085.000", "OWASP-LLM:2025:LLM02", "CWE-200"),
        touches=(Touch.PRIVACY,),
        when=_has_something_to_tell,
        along=ways.shown,
        answer="retrieval by the asker's own rights, and planted records that must never come back",
    ),
    Row(
        rule="untrue",
        category=Category.HAZARD,
        title="{name} states what is not so, and somebody acts on it",
        techniques=("OWASP-LLM:2025:LLM09", "AML.T0067", "AI-Act:Art.15", "OWASP-ASI:2026:ASI09"),
        touches=(Touch.PEOPLE,),
        when=_read_by_people,
        along=ways.answers,
        answer="answers measured against their sources, and a way to a person",
        attack=False,
    ),
    Row(
        rule="passes-for-a-person",
        category=Category.UNAWARENESS,
        title="Those who read, see or hear what {name} makes do not know that a machine made it",
        techniques=("AI-Act:Art.50", "GDPR:Art.13", "LINDDUN:unawareness"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_passes_for_a_person,
        cards=("HBK-GOV-003",),
        partial=True,
        along=ways.spoken_with,
        answer="said before the first answer, and marked in what leaves so that a machine can tell",
        attack=False,
    ),
    Row(
        rule="turned-on-others",
        category=Category.MISUSE,
        title="{name} is used to write or make what harms others",
        techniques=("AML.T0048", "AML.T0048.002", "AML.T0048.003", "AML.T0052.000", "AML.T0088", "AML.T0016.002"),
        touches=(Touch.PEOPLE,),
        when=lambda graph, model: _read_by_people(graph, model) and _speaks(graph, model),
        along=ways.shown,
        answer="a stated use, accounts that can be closed, and answers sampled for misuse",
    ),
)
