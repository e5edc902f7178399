# SPDX-License-Identifier: Apache-2.0
"""A posture as one self-contained page without script: a matrix that reads in a minute, then every duty."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.govern.pages import environment
from hauberk.govern.posture import Duty, Posture, State
from hauberk.govern.posture_text import APPLIES, ORDER, ordered, share, tally

SIGN = {
    State.CLEAN: ("+", "clean"),
    State.HUMAN: ("H", "human"),
    State.PARTLY: ("~", "partly"),
    State.GAP: ("\N{EN DASH}", "gap"),
    State.UNVERIFIED: ("?", "unverified"),
    State.FOUND: ("!", "found"),
    State.BROKEN: ("X", "found"),
}
"""A sign and a class of each state, so that the page reads without colour too."""
SAYS = {
    State.CLEAN: "its checks ran and found nothing; what a person adds is attested",
    State.HUMAN: "people who may have attested it; no check decides it",
    State.PARTLY: "its checks found nothing; a person's part is missing",
    State.GAP: "something that must back it is missing",
    State.UNVERIFIED: "nobody has read the source of the row; it never passes",
    State.FOUND: "a check found something",
    State.BROKEN: "the record does not verify",
}
_GROUP = re.compile(r"Art\.\d+[A-Z]?|[A-Z]{3,}(?= )|[A-Z]\.\d+|[A-Z]{2}(?=\d)|[^.(:]+")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the matrix: the duties of one article, function or clause."""

    name: str
    duties: tuple[Duty, ...]


def matrix(duties: Sequence[Duty]) -> tuple[Line, ...]:
    """Duties by the first part of their clause's id, in the order of the framework."""
    groups: dict[str, list[Duty]] = {}
    for duty in duties:
        clause = duty.id.partition(":")[2]
        found = _GROUP.match(clause)
        groups.setdefault(found[0] if found else clause, []).append(duty)
    return tuple(Line(name=name, duties=tuple(members)) for name, members in groups.items())


def rest(duty: Duty, line: str) -> str:
    """What of a clause's id its line does not say already."""
    return duty.id.partition(":")[2].removeprefix(line).strip(" .-") or "\N{MIDDLE DOT}"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One framework in a section."""

    one: Posture
    tally: str
    lines: tuple[Line, ...]
    states: tuple[tuple[State, int, str], ...]


def _part(one: Posture) -> Part:
    states = [state for state in ORDER if any(duty.state is state for duty in one.duties)]
    return Part(
        one=one,
        tally=tally(one),
        lines=matrix(one.duties),
        states=tuple((state, sum(duty.state is state for duty in one.duties), SAYS[state]) for state in states),
    )


def html(one: Posture) -> str:
    """The page."""
    part = _part(one)
    return (
        environment()
        .get_template("posture.html")
        .render(
            one=one,
            tally=part.tally,
            share=share(one),
            applies=APPLIES[one.applies],
            lines=part.lines,
            rest=rest,
            sign=SIGN,
            states=part.states,
            duties=ordered(one.duties),
            linked=True,
        )
    )


def section(found: Sequence[Posture], as_of: str) -> str:
    """A section for the report: the matrix of each law that applies or may."""
    parts = [_part(one) for one in found if one.binding and one.applies is not False]
    template = environment().get_template("posture_section.html")
    return template.render(parts=parts, as_of=as_of, rest=rest, sign=SIGN)
