# SPDX-License-Identifier: Apache-2.0
"""Where values of a personal column go: to print, a log, an address, a file.

Backward from each sink to a column that is taken out of a table, in the same function and through functions of the
project that it calls or that call on: what a function makes of its parameters is worked out once, as a summary. What
counts, averages, compares, hashes or masks ends the way, and so does any function that is not known to hand its
argument on: a miss rather than a false alarm.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import re2
from tree_sitter import Node

from hauberk.analysis.callers import first, parameters
from hauberk.analysis.calls import constant, dotted, reaching
from hauberk.analysis.definitions import Definitions
from hauberk.analysis.flow_values import Step
from hauberk.analysis.personal_names import Nature, meaning
from hauberk.analysis.personal_sinks import HANDS_ON, Sink, sink_of
from hauberk.analysis.project import Unit
from hauberk.assets.python import Module
from hauberk.assets.scopes import COMPREHENSIONS, Call, Scope, name_of, text_of

MOST = 300
"""Expressions that are followed for one argument."""
_DEEP = 4
"""Functions that are followed one within the other."""
_TABLES = re.compile(
    r"(?:pandas|polars|dask\.dataframe|modin\.pandas|cudf|geopandas|pyspark|duckdb|vaex|datasets)\.\S+"
    r"|csv\.DictReader\(\)"
)
_TABLE_LIKE = re2.compile(
    rb"pandas|polars|dask|modin|cudf|pyspark|duckdb|vaex|datasets|DictReader|\b(?:df|\w+_df|frame|\w+_frame)\d?\b"
    rb"|dataframe|table|\brows?\b|_row\b|\brecords?\b|patients|customers|applicants|users"
)
"""What a module must hold for anything in it to be surely a table."""
_NAMED = re.compile(
    r"(?:\w+_)?(?:df|frame|dataframe|table)\d?|row|record|rows|records|patients|customers|applicants|users"
)
_NOT_A_TABLE = re.compile(
    r"os\.environ|os\.getenv|.*(?:config|settings|args|params|schema|columns|mapping|labels|headers)\b.*", re.IGNORECASE
)
_KEY = re.compile(rb"[\"']([\w .()/-]{2,60})[\"']|\.([A-Za-z_]\w{1,40})")
_READS = re.compile(r"(?:pandas|polars|dask\.dataframe|modin\.pandas|cudf)\.(?:read|scan)_\w+")


class Column(NamedTuple):
    """A personal column whose values are followed."""

    name: str
    holds: str
    """Whose or what, in a few words."""


class Parameter(NamedTuple):
    """A parameter of the function under way."""

    name: str


Way = tuple[Step, ...]
Reached = dict[Column | Parameter, Way]


class Leak(NamedTuple):
    """A column's values at a sink."""

    call: Call
    sink: Sink
    column: Column
    way: Way


@dataclass(frozen=True)
class Declared:
    """What a manifest declares as personal."""

    columns: dict[str, str]
    """Column, and the data set that it is of."""
    files: dict[str, str]
    """Names of files that hold such columns, and the data set that each is."""


@dataclass
class PersonalFlow:
    """Questions about one module: which columns reach which sink."""

    definitions: Callable[[], Definitions]
    declared: Declared
    _known: dict[int, dict[str, tuple[Sink, Way]]] = field(default_factory=dict)
    _root: Scope | None = None

    def leaks(self, module: Module) -> Iterator[Leak]:
        """Every way of a personal column to a sink that begins in this module."""
        if not self._mentions(module):
            return
        self._root = module.root
        for call in module.calls:
            sink = sink_of(call)
            held = [(node, one, way) for node in _arguments(call) for one, way in self._columns(node, call.scope)]
            if sink is not None:
                yield from (Leak(call, sink, one, way) for _, one, way in held)
                continue
            for node, found, step in self._handed(call) if held else ():
                for at, one, way in held:
                    if at.id == node.id:
                        yield Leak(call, found[0], one, (*way, step, *found[1]))

    def _columns(self, node: Node, scope: Scope) -> Iterator[tuple[Column, Way]]:
        yield from ((one, way) for one, way in self._of(node, scope).items() if isinstance(one, Column))

    def _home(self, scope: Scope) -> Unit | None:
        """The unit of a scope; None for the module under examination."""
        return None if scope.root is self._root else self.definitions().project.home(scope)

    def _mentions(self, module: Module) -> bool:
        """Whether anything in the module may name a personal column or a file of such."""
        text = module.source
        if not (self.declared.columns or _TABLE_LIKE.search(text)):
            return False
        if any(name.encode() in text for name in self.declared.files):
            return True
        return any(self._holds((a or b).decode(), sure=True) for a, b in set(_KEY.findall(text)))

    def _holds(self, name: str, *, sure: bool) -> Column | None:
        """The personal column that a name is; what nobody declared counts only for what is surely a table."""
        if name in self.declared.columns:
            return Column(name, f"personal data of {self.declared.columns[name]!r} by the manifest")
        return Column(name, said) if sure and (said := _said(name)) else None

    def _handed(self, call: Call, deep: int = _DEEP) -> Iterator[tuple[Node, tuple[Sink, Way], Step]]:
        """Arguments that a function of the project hands to a sink."""
        if deep <= 0 or not _is_named(call.function, call.scope):
            return
        definitions = self.definitions()
        for function in definitions.targets(call.function, call.scope)[:2]:
            if function.kind != "function":
                continue
            step = Step(self._home(call.scope), call.node, f"passed to {function.name}")
            for name, found in self._summary(function, deep - 1).items():
                node = _argument(call, function, name)
                if node is not None:
                    yield node, found, step

    def _summary(self, function: Scope, deep: int) -> dict[str, tuple[Sink, Way]]:
        """Parameters of a function that reach a sink."""
        if id(function) in self._known:
            return self._known[id(function)]
        found = self._known[id(function)] = {}
        home = self.definitions().project.home(function)
        begin, end = function.node.start_byte, function.node.end_byte
        calls: Sequence[Call] = home.module.calls if home is not None else ()
        for call in (
            one for one in calls if begin <= one.node.start_byte < end and len(found) < len(parameters(function))
        ):
            sink = sink_of(call)
            if sink is not None:
                last = Step(home, call.node, sink.words)
                for node in _arguments(call):
                    for one, way in self._of(node, call.scope).items():
                        if isinstance(one, Parameter):
                            found.setdefault(one.name, (sink, (*way, last)))
                continue
            for node, (inner, rest), step in self._handed(call, deep):
                for one, way in self._of(node, call.scope).items():
                    if isinstance(one, Parameter):
                        found.setdefault(one.name, (inner, (*way, step, *rest)))
        return found

    def _of(self, node: Node, scope: Scope, deep: int = _DEEP) -> Reached:
        """Columns and parameters whose values an expression holds."""
        reached: Reached = {}
        pending: list[tuple[Node, Scope, Way]] = [(node, scope, ())]
        seen: set[int] = set()
        while pending and len(seen) < MOST:
            one, where, way = pending.pop(0)
            if one.id in seen:
                continue
            seen.add(one.id)
            column = self._column(one, where)
            if column is not None:
                home = self._home(where)
                reached.setdefault(column, (Step(home, one, f"column {column.name!r} is taken out"), *way))
                continue
            pending.extend(self._next(one, where, way, reached, deep))
        return reached

    def _column(self, node: Node, scope: Scope) -> Column | None:
        """The personal column that an expression takes out of a table."""
        if node.type == "subscript":
            owner = node.child_by_field_name("value")
            keys = [constant(one, scope) for one in node.children_by_field_name("subscript")]
            names = [one for key in keys for one in (key if isinstance(key, tuple) else (key,)) if isinstance(one, str)]
            return self._first(owner, names, scope) if owner is not None else None
        if node.type == "attribute":
            owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
            around = node.parent
            called = around is not None and around.type == "call" and around.child_by_field_name("function") == node
            if owner is None or name is None or called or not _is_table(owner, scope):
                return None
            return self._first(owner, [name_of(name)], scope)
        if node.type == "call":
            function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            owner = function.child_by_field_name("object") if function is not None else None
            verb = function.child_by_field_name("attribute") if function is not None else None
            if (
                owner is None
                or verb is None
                or arguments is None
                or name_of(verb) not in ("get", "pop", "select", "get_column")
            ):
                return None
            keys = [constant(one, scope) for one in arguments.named_children[:8]]
            return self._first(owner, [one for one in keys if isinstance(one, str)], scope)
        return self._table(node, scope) if node.type == "identifier" else None

    def _first(self, owner: Node, names: list[str], scope: Scope) -> Column | None:
        if not names or any(_NOT_A_TABLE.match(name) for name in (*dotted(owner, scope), text_of(owner)[:80])):
            return None
        sure = _is_table(owner, scope)
        return next((found for name in names if (found := self._holds(name, sure=sure)) is not None), None)

    def _table(self, node: Node, scope: Scope) -> Column | None:
        """A whole table that was read from a file whose personal columns the manifest declares."""
        found = scope.look(name_of(node)) if self.declared.files else None
        for binding in reaching(found[1], node, scope, same=found[0] is scope) if found else ():
            one = binding.node
            arguments = one.child_by_field_name("arguments") if one is not None and one.type == "call" else None
            function = one.child_by_field_name("function") if one is not None and one.type == "call" else None
            if function is None or arguments is None or not any(map(_READS.fullmatch, dotted(function, binding.scope))):
                continue
            path = constant(arguments.named_children[0], binding.scope) if arguments.named_children else None
            name = path.rpartition("/")[2] if isinstance(path, str) else ""
            if name in self.declared.files:
                return Column(
                    "all rows", f"of {self.declared.files[name]!r}, in which the manifest declares personal columns"
                )
        return None

    def _next(
        self, node: Node, scope: Scope, way: Way, reached: Reached, deep: int
    ) -> Iterator[tuple[Node, Scope, Way]]:
        """Expressions whose values one expression holds."""
        match node.type:
            case "identifier":
                yield from self._bound(node, scope, way, reached)
            case "call":
                yield from self._called(node, scope, way, reached, deep)
            case "attribute" | "subscript":
                yield from ((one, scope, way) for one in _owner(node, scope))
            case "comparison_operator" | "not_operator" | "boolean_operator" | "lambda" | "string_content":
                return
            case "keyword_argument" | "pair":
                yield from ((one, scope, way) for one in node.children_by_field_name("value"))
            case kind if kind in COMPREHENSIONS:
                yield from ((one, scope.inner.get(node.id, scope), way) for one in node.children_by_field_name("body"))
            case "conditional_expression":
                yield from ((one, scope, way) for one in node.named_children[::2])
            case _:
                yield from ((one, scope, way) for one in node.named_children)

    def _bound(self, node: Node, scope: Scope, way: Way, reached: Reached) -> Iterator[tuple[Node, Scope, Way]]:
        found = scope.look(name_of(node))
        near = reaching(found[1], node, scope, same=found[0] is scope) if found else []
        for binding in near:
            if binding.how == "parameter" and found is not None and found[0].kind == "function":
                reached.setdefault(Parameter(name_of(node)), way)
            elif binding.how in ("assign", "element", "add") and binding.node is not None:
                step = Step(self._home(binding.scope), binding.node, f"becomes {name_of(node)}")
                yield binding.node, binding.scope, (step, *way)

    def _called(
        self, node: Node, scope: Scope, way: Way, reached: Reached, deep: int
    ) -> Iterator[tuple[Node, Scope, Way]]:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return
        last = function.child_by_field_name("attribute") or function
        owner = function.child_by_field_name("object")
        if name_of(last) in HANDS_ON:
            if owner is not None:
                yield owner, scope, way
            yield from ((one, scope, way) for one in arguments.named_children)
            return
        definitions = self.definitions()
        targets = definitions.targets(function, scope)[:2] if deep > 0 and _is_named(function, scope) else ()
        for target in targets:
            if target.kind != "function":
                continue
            step = Step(self._home(scope), node, f"returned by {target.name}")
            for returned in target.returns[:8]:
                for one, before in self._of(returned, target, deep - 1).items():
                    if isinstance(one, Column):
                        reached.setdefault(one, (*before, step, *way))
                    elif (given := _given(node, target, one.name)) is not None:
                        yield given, scope, (step, *way)


@lru_cache(maxsize=1 << 16)
def _said(name: str) -> str:
    """What a column that nobody declared surely holds, by its name; empty where it does not identify a person."""
    found = meaning(name)
    return found.type if found is not None and found.nature is Nature.DIRECT else ""


def _is_table(owner: Node, scope: Scope) -> bool:
    """Whether an expression is surely a table or a row of one."""
    for _ in range(6):
        names = dotted(owner, scope)
        if any(_TABLES.fullmatch(name) for name in names):
            return True
        if owner.type == "identifier":
            found = scope.look(name_of(owner))
            near = reaching(found[1], owner, scope, same=found[0] is scope) if found else []
            inner = next((one for one in near if one.how in ("assign", "element") and one.node is not None), None)
            if inner is None or inner.node is None or inner.node.id == owner.id:
                return _NAMED.fullmatch(name_of(owner)) is not None
            owner, scope = inner.node, inner.scope
        elif owner.type in ("subscript", "attribute", "call"):
            below = (
                owner.child_by_field_name("value")
                or owner.child_by_field_name("object")
                or owner.child_by_field_name("function")
            )
            if below is None:
                return False
            owner = below
        else:
            return False
    return False


def _owner(node: Node, scope: Scope) -> Iterator[Node]:
    """What an attribute or a part is taken of, where it holds the same values: not another column of a table."""
    owner = node.child_by_field_name("object") or node.child_by_field_name("value")
    name = node.child_by_field_name("attribute")
    keys = (constant(one, scope) for one in node.children_by_field_name("subscript"))
    other = any(isinstance(key, str) or (isinstance(key, tuple) and key) for key in keys)
    if owner is not None and not other and (name is None or name_of(name) in HANDS_ON):
        yield owner


def _is_named(function: Node, scope: Scope) -> bool:
    """Whether a function is told by its name, its module or ``self``: a method of an unknown object is not guessed."""
    owner = function.child_by_field_name("object")
    if owner is None:
        return function.type == "identifier"
    return text_of(owner) in ("self", "cls") or any("(" not in name for name in dotted(owner, scope))


def _arguments(call: Call) -> tuple[Node, ...]:
    return (*call.positional, *call.keywords.values())


def _argument(call: Call, function: Scope, name: str) -> Node | None:
    """What a call passes for a parameter."""
    if name in call.keywords:
        return call.keywords[name]
    at = next((at for at, (one, _) in enumerate(parameters(function)) if one == name), -1) - first(function)
    return call.positional[at] if 0 <= at < len(call.positional) else None


def _given(node: Node, function: Scope, name: str) -> Node | None:
    """The same for a call that is known by its node alone."""
    arguments = node.child_by_field_name("arguments")
    given = [one for one in arguments.named_children if one.type != "comment"] if arguments is not None else []
    for one in given:
        key = one.child_by_field_name("name") if one.type == "keyword_argument" else None
        if key is not None and name_of(key) == name:
            return one.child_by_field_name("value")
    plain = [one for one in given if one.type != "keyword_argument"]
    at = next((at for at, (one, _) in enumerate(parameters(function)) if one == name), -1) - first(function)
    return plain[at] if 0 <= at < len(plain) else None
