# SPDX-License-Identifier: Apache-2.0
"""Scopes, bindings and calls of Python, as a walk over a syntax tree leaves them.

They are structs and not data classes: a large tree makes millions, and these are made eight times as fast.
"""

import unicodedata
from typing import cast

from msgspec import Struct, field
from msgspec.structs import force_setattr
from tree_sitter import Node

COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)


def text_of(node: Node) -> str:
    """Source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def name_of(node: Node) -> str:
    """An identifier in the normal form that CPython compares (NFKC)."""
    text = node.text or b""
    return text.decode("ascii") if text.isascii() else unicodedata.normalize("NFKC", text.decode("utf-8", "replace"))


class Binding(Struct, frozen=True, eq=False):
    """One place that gives a name its value."""

    how: str
    """import, star, assign, element (of what is bound), add (augmented or mutated), parameter, def, class or opaque."""
    node: Node | None
    """The value; for a parameter its whole declaration; for def and class the definition."""
    scope: "Scope"
    """Where the value is evaluated."""
    target: str = ""
    """import: the dotted name; add: the literal key that is assigned to, if there is one."""
    certain: bool = False
    """Runs whenever its scope runs."""
    at: int = 0
    """Byte offset."""


class Scope(Struct, frozen=True, eq=False):
    """A module, class, function, lambda or comprehension."""

    kind: str
    name: str
    parent: "Scope | None"
    node: Node
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outward: dict[str, str] = field(default_factory=dict)
    """Names declared global or nonlocal."""
    changes: dict[str, list[Binding]] = field(default_factory=dict)
    """What is added to a name's value here, such as by ``append``; does not bind the name."""
    inner: dict[int, "Scope"] = field(default_factory=dict)
    """Comprehensions evaluated here, by the id of their node."""
    decorators: tuple[Node, ...] = ()
    returns: list[Node] = field(default_factory=list)
    """``return`` and ``yield`` nodes of a function."""
    memory: dict[tuple[str, int], object] = field(default_factory=dict)
    """What analyses have worked out about nodes evaluated here, by question and node id; each is asked once."""

    def change(self, name: str, binding: Binding) -> None:
        """Note an addition to a name's value."""
        self.changes.setdefault(name, []).append(binding)

    def fields(self, name: str) -> list[Binding]:
        """Bindings of ``self.name`` in the class around here; empty where there are none."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return scope.bindings.get(f"self.{name}", []) if scope is not None else []

    @property
    def root(self) -> "Scope":
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def look(self, name: str) -> tuple["Scope", list[Binding]] | None:
        """The scope that binds a name as seen from here, and its bindings; None for a builtin or an unknown name."""
        scope: Scope | None = self
        while scope is not None:
            if (scope is self or scope.kind != "class") and name in scope.bindings:
                return scope, scope.bindings[name]
            scope = scope.parent
        return None


Arguments = tuple[tuple[Node, ...], dict[str, Node], bool]
"""Positional arguments, those by name, and whether there are ``*args`` or ``**kwargs``."""


class Call(Struct, frozen=True, eq=False):
    """A call as written; its arguments are sorted when they are first asked for."""

    node: Node
    function: Node
    scope: Scope
    arguments: Node
    """As written; of a statement that is read as a call, what it is given."""
    sorted: Arguments | None = None
    """The arguments, once they were asked for."""

    @property
    def positional(self) -> tuple[Node, ...]:
        """Arguments without a name, in order."""
        return self._arguments()[0]

    @property
    def keywords(self) -> dict[str, Node]:
        """Values by the names of their arguments."""
        return self._arguments()[1]

    @property
    def spread(self) -> bool:
        """Has ``*args`` or ``**kwargs``: arguments that are not seen here."""
        return self._arguments()[2]

    def _arguments(self) -> Arguments:
        if self.sorted is None:
            force_setattr(self, "sorted", _sorted(self.arguments))
        return cast("Arguments", self.sorted)

    @property
    def line(self) -> int:
        """Line of the call, counted from 1."""
        return int(self.node.start_point[0]) + 1

    @property
    def column(self) -> int:
        """Column of the call, counted from 1 in bytes of UTF-8."""
        return int(self.node.start_point[1]) + 1

    def argument(self, position: int, name: str) -> Node | None:
        """An argument by position or name; None where it is absent."""
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[position] if 0 <= position < len(self.positional) else None


def _sorted(arguments: Node) -> Arguments:
    """The arguments of a call by how they are given."""
    if arguments.type != "argument_list":  # a generator, or what a statement of Python 2 is given
        return (arguments,), {}, False
    positional: list[Node] = []
    keywords: dict[str, Node] = {}
    spread = False
    for child in arguments.named_children:
        kind = child.type
        if kind == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is not None and value is not None:
                keywords[name_of(name)] = value
        elif kind in ("list_splat", "dictionary_splat"):
            spread = True
        elif kind != "comment":
            positional.append(child)
    return tuple(positional), keywords, spread
