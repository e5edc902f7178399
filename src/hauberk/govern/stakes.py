# SPDX-License-Identifier: Apache-2.0
"""How severe a threat is, from what the manifest says is at stake; every step is named, nothing is weighed in secret.

The level starts at what is touched: people by the system's effect (decides high, advises medium, none low; in a sector
where a wrong answer hurts bodies or land, advises high and none medium), privacy by the data (sensitive high, personal
medium), service one level lower than people, property low. The highest counts. An attack is one level more severe where
an outside party reaches the subject and nothing identifies them, and one less where no outside party reaches it, unless
its door is a flow from outside. Where the door is how a model is made or kept, only ways to there count; parts come
from outside whatever the flows say. What harms only together with something else is one level less.
"""

from collections.abc import Iterator

from hauberk.core.scales import Kind, Severity
from hauberk.core.system import Declared, Effect, Flow
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.govern.row import Row, Touch

_EFFECT = {Effect.DECIDES: Severity.HIGH, Effect.ADVISES: Severity.MEDIUM, Effect.NONE: Severity.LOW}
_WORDS = {
    Effect.DECIDES: "the system decides about people",
    Effect.ADVISES: "the system advises on people",
    Effect.NONE: "the system affects nobody directly",
}


def judge(graph: Graph, row: Row[Declared] | Row[Flow], subject: Declared | Flow) -> tuple[Severity, tuple[str, ...]]:
    """Severity, and the reasons in words."""
    levels = [_level(graph, touch, subject) for touch in row.touches]
    if row.reaches and isinstance(subject, Flow):
        levels += [_level(graph, Touch.PRIVACY, end) for end in _read_by(graph, subject)]
    highest = max(level for level, _ in levels)
    reasons = list(dict.fromkeys(words for level, words in levels if level is highest))
    step, words = _exposure(graph, row, subject) if row.attack else (0, "")
    if words:
        reasons.append(words)
    if row.indirect:
        reasons.append("by itself it harms nobody")
    return _moved(highest, step - row.indirect), tuple(reasons)


def _read_by(graph: Graph, flow: Flow) -> list[Declared]:
    """Generating models that read what a flow brings."""
    target = graph.asset(flow.target)
    if target is None or not (graph.informs(target) or graph.generates(target)):
        return []
    return [one for one in graph.system.assets if one.kind is Kind.MODEL and graph.generates(one)]


def _effect(graph: Graph) -> tuple[Severity, str]:
    """What a wrong answer does to people, and why."""
    effect = graph.system.effect
    level = _EFFECT[effect]
    if graph.hands_on and level < Severity.HIGH:
        return _moved(level, 1), f"{_WORDS[effect]}, in a sector where a wrong answer hurts"
    return level, _WORDS[effect]


def _level(graph: Graph, touch: Touch, subject: Declared | Flow) -> tuple[Severity, str]:
    if touch is Touch.PEOPLE:
        return _effect(graph)
    if touch is Touch.PRIVACY:
        held = PRIVATE & set(subject.carries) if isinstance(subject, Flow) else graph.private(subject)
        if "sensitive" in held:
            return Severity.HIGH, "sensitive data about people"
        return (Severity.MEDIUM, "personal data") if held else (Severity.LOW, "no personal data is declared")
    if touch is Touch.SERVICE:
        level, words = _effect(graph)
        return _moved(level, -1), f"it must be there and right: {words}"
    return Severity.LOW, "property"


def _exposure(graph: Graph, row: Row[Declared] | Row[Flow], subject: Declared | Flow) -> tuple[int, str]:
    if isinstance(subject, Flow):
        return _on_the_way(graph, subject)
    if row.supplied:
        return 0, "what it is put together from comes from outside"
    if row.made:
        return _made(graph, subject)
    reach = graph.outsiders(subject)
    if not reach:
        return -1, "no outside party reaches it by a declared flow"
    who = " and ".join(reach)
    if graph.unauthenticated(subject):
        return 1, f"{who} reaches it, and nothing identifies them"
    return 0, f"{who} reaches it"


def _on_the_way(graph: Graph, flow: Flow) -> tuple[int, str]:
    if graph.is_outside(flow.source):
        return (0 if "authenticated" in flow.protection else 1), f"{flow.source} sends it"
    crossing, writes = graph.crosses(flow), _writers(graph, flow)
    if crossing or writes:
        return 0, f"it crosses {crossing}" if crossing else f"what {writes} writes decides what it carries"
    return -1, "it stays inside"


def _writers(graph: Graph, flow: Flow) -> str:
    """Outside parties whose words a generating model turns into what a flow carries."""
    source = graph.asset(flow.source)
    return " and ".join(graph.outsiders(source)) if source is not None and _writes(graph, source) else ""


def _writes(graph: Graph, source: Declared) -> bool:
    return graph.generates(source) or graph.hand(source)


def _made(graph: Graph, model: Declared) -> tuple[int, str]:
    """Whether somebody outside has a way into what a model is made from, or to where it is kept."""
    near = sorted({party for one in graph.ingredients(model) for party in graph.outsiders(one)})
    if near:
        return 0, f"{' and '.join(near)} reaches what it is made from"
    if graph.foreign(model):
        return 0, "others make it"
    if graph.embedded(model):
        return 0, "others hold it"
    if graph.exposed(model):
        return 0, "somebody outside has a way into where it is kept" if model.zone else "nothing says where it is kept"
    return -1, "no outside party has a declared way to where it is made or kept"


def _moved(severity: Severity, step: int) -> Severity:
    order = list(Severity)
    return order[min(max(severity.rank + step, Severity.LOW.rank), Severity.CRITICAL.rank)]


def harmed(graph: Graph, row: Row[Declared] | Row[Flow], subject: Declared | Flow) -> str:
    """Who is harmed, as the manifest names them."""
    return "; ".join(dict.fromkeys(filter(None, _harmed(graph, row, subject))))


def _harmed(graph: Graph, row: Row[Declared] | Row[Flow], subject: Declared | Flow) -> Iterator[str]:
    for touch in row.touches:
        if touch is Touch.PEOPLE:
            yield graph.people() or "whoever relies on it"
        elif touch is Touch.PRIVACY:
            yield _whose(graph, subject)
        elif touch is Touch.SERVICE:
            yield "whoever relies on it"
        else:
            owners = graph.system.owners
            yield owners[0].name if owners else "its owner, whom the manifest does not name"


def _whose(graph: Graph, subject: Declared | Flow) -> str:
    """Whom the data is about: of a data set those in it, of a model those it learned from and who ask it."""
    if isinstance(subject, Flow):
        return graph.people()
    if subject.kind in DATA:
        return f"the people in {subject.id}" if graph.private(subject) else ""
    learned = (
        [one.id for one in graph.learned_from(subject) if graph.private(one)] if subject.kind is Kind.MODEL else []
    )
    return f"the people in {' and '.join(learned)}" if learned else graph.people(subject)
