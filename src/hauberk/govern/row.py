# SPDX-License-Identifier: Apache-2.0
"""One row of a table of rules: which threat an element of the graph has, and when."""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hauberk.core.system import Declared, Flow
from hauberk.govern.graph import Graph
from hauberk.govern.threat import Category

Subject = TypeVar("Subject", Declared, Flow)


class Touch(enum.Enum):
    """What a threat does harm to."""

    PEOPLE = "people"
    """Whom the system advises on or decides about."""
    PRIVACY = "privacy"
    """Whom the data is about."""
    SERVICE = "service"
    """Whoever needs the system to be there."""
    PROPERTY = "property"
    """Whom the model, the data and the machines belong to."""


def nowhere(_graph: Graph, _subject: Declared | Flow) -> Iterable[str]:
    """No other place than the subject itself."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Row(Generic[Subject]):
    """A rule of the threat model."""

    rule: str
    category: Category
    title: str
    """What may happen; ``{name}`` is the asset or flow."""
    techniques: tuple[str, ...]
    """The one that tells it from others first."""
    touches: tuple[Touch, ...]
    when: Callable[[Graph, Subject], bool]
    answer: str
    """What catches it."""
    cards: tuple[str, ...] = ()
    """Rules of hauberk that answer it; none where there is none yet."""
    partial: bool = False
    """The rules answer only a part of it."""
    attack: bool = True
    """Somebody means harm; then exposure matters."""
    indirect: bool = False
    """It harms only together with something else, such as a deed that nobody can prove; then one level less."""
    made: bool = False
    """Its door is how the thing is made, moved and kept, not how it is asked."""
    supplied: bool = False
    """Its door is where parts come from, which is outside whatever the flows say."""
    along: Callable[[Graph, Subject], Iterable[str]] = nowhere
    """Other assets and flows at which the same deed is met and the same answer holds: one finding, not several."""
    reaches: bool = False
    """Of a flow: what is at stake is what the asset at its end handles, not only what the flow carries."""
    once: bool = False
    """One answer goes for every subject that has it, and for what is within it: one finding for the whole system."""
    within: tuple[str, ...] = ()
    """Rules of which this one is a part: it goes up in such a threat that names its subject, or is said once."""
