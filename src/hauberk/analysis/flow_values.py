# SPDX-License-Identifier: Apache-2.0
"""What a value is worth to the analysis of flows: those who decide it, each with the way from there."""

import enum
import re
from collections.abc import Iterable
from typing import NamedTuple

from tree_sitter import Node

from hauberk.analysis.flow_names import Origin
from hauberk.analysis.project import Unit
from hauberk.assets.scopes import Scope

LEADING = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#{}]+[/?#]|/(?!/)")
"""The start of an address whose host, or whose being of this site, is fixed."""
WAY = 40
"""Longest way that is kept, in steps."""


class Step(NamedTuple):
    """One step of a value's way."""

    unit: Unit | None
    node: Node
    words: str


class Parameter(NamedTuple):
    """A parameter of a function, or a field that a data class is made with, that is not yet asked of its callers."""

    function: Scope
    name: str
    key: str = ""
    """Of a parameter that holds a mapping, which entry; empty for all of it."""


class Mark(enum.Enum):
    """What else is known of a value."""

    DECODED = "it went through base64, zlib or the like"
    OWN = "it is what pickle.dumps made"


Way = tuple[Step, ...]
Value = dict[Origin | Parameter | Mark, Way]
"""Those who decide a value, each with the way from there; empty for what is fixed in the code."""


class Source(NamedTuple):
    """Where a value comes from."""

    origin: Origin
    """The highest among all that it is made of."""
    decoded: bool
    """It went through base64, zlib or the like."""
    own: bool
    """It is what ``pickle.dumps`` made in the same place."""
    way: Way = ()
    """From where it enters to the expression that was asked about."""


def merged(values: Iterable[Value]) -> Value:
    """All that decide any of the values; the first way of each is kept."""
    whole: Value = {}
    for value in values:
        for atom, way in value.items():
            whole.setdefault(atom, way)
    return whole
