# SPDX-License-Identifier: Apache-2.0
"""Reads a Python syntax tree once, without recursion, and notes its scopes, bindings and calls.

A tree without errors is skimmed: a query finds the few kinds of node that matter, and their scopes follow from their
byte ranges. A tree with errors, or one that may exceed a limit, is walked node by node. Law: both note the same.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tree_sitter
import tree_sitter_python
from msgspec.structs import replace
from tree_sitter import Node

from hauberk.assets.scopes import COMPREHENSIONS, Binding, Call, Scope, name_of, text_of
from hauberk.core.errors import TooLarge

DEEPEST = 3000
"""Deepest nesting of syntax nodes; a sum of so many terms is as deep as it is long."""
MOST_NODES = 2_000_000

MUTATORS = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "write", "appendleft"})
"""Methods whose arguments become part of what they are called on."""
TUPLES = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"})
_CERTAIN = frozenset(
    {"module", "block", "expression_statement", "decorated_definition", "with_statement", "with_clause", "with_item"}
)
_WRAPPERS = frozenset(
    {"list_splat_pattern", "dictionary_splat_pattern", "parenthesized_expression", "as_pattern_target"}
)
_BRANCHING = ("if_statement", "while_statement", "try_statement", "match_statement")
"""Statements with no visitor of their own, inside which nothing is certain to run."""
_MATTERS = (
    *_BRANCHING,
    *("import_statement", "import_from_statement", "assignment", "augmented_assignment", "named_expression"),
    *("for_statement", "for_in_clause", "as_pattern", "case_clause", "global_statement", "nonlocal_statement"),
    *("call", "exec_statement", "return_statement", "yield", "function_definition", "lambda", "class_definition"),
    *sorted(COMPREHENSIONS),
)
"""Kinds of node that have a visitor or an opener, and the branching ones."""
LANGUAGE = tree_sitter.Language(tree_sitter_python.language())
_IDS = {kind: LANGUAGE.id_for_node_kind(kind, True) for kind in _MATTERS}  # noqa: FBT003  taken by its place alone
_VISITED = tree_sitter.Query(LANGUAGE, "[" + " ".join(f"({kind})" for kind in _MATTERS) + "] @node")


@dataclass(slots=True)
class _Region:
    """Bytes that belong to one scope."""

    start: int
    end: int
    scope: Scope
    unsure: int
    """Up to this byte nothing is certain to run whenever the scope runs."""


class Reader:
    """One reading of a tree; ``root``, ``calls`` and ``broken`` hold what it met."""

    def __init__(self, root: Node) -> None:
        """Prepare the reading; ``run`` does it."""
        self.root = Scope("module", "", None, root)
        self.calls: list[Call] = []
        self.broken: list[tuple[int, int]] = []
        self.scopes: dict[int, Scope] = {root.id: self.root}
        self._certain, self._done = True, False
        self._todo: list[tuple[Node, Scope, int, bool]] = [(root, self.root, 0, True)]
        self._visitors = {
            "import_statement": self._import,
            "import_from_statement": self._import_from,
            "assignment": self._assignment,
            "augmented_assignment": self._augmented,
            "named_expression": self._named,
            "for_statement": self._loop,
            "for_in_clause": self._loop,
            "as_pattern": self._as,
            "case_clause": self._case,
            "global_statement": self._outward,
            "nonlocal_statement": self._outward,
            "call": self._call,
            "exec_statement": self._exec,
            "return_statement": self._return,
            "yield": self._return,
        }
        self._openers = {
            "function_definition": self._function,
            "lambda": self._function,
            "class_definition": self._class,
            **dict.fromkeys(COMPREHENSIONS, self._comprehension),
        }

    @functools.cached_property
    def skims(self) -> bool:
        """Whether a query is enough: the tree has no errors and exceeds no limit."""
        node = self.root.node
        return not (node.has_error or node.descendant_count > MOST_NODES or may_be_deep(node))

    def run(self) -> None:
        """Visit every node that matters in order of the source, once; raises TooLarge where it does not skim."""
        if self._done:
            return
        self._done = True
        if self.skims:
            self._skim()
        else:
            self.walk()

    def _skim(self) -> None:
        """Visit only what a visitor or an opener takes; scopes by byte ranges."""
        regions = [_Region(0, self.root.node.end_byte + 1, self.root, 0)]
        table = {_IDS[kind]: (kind, self._visitors.get(kind), self._openers.get(kind)) for kind in _MATTERS}
        for start, end, node in self._met():
            while regions[-1].end <= start:
                regions.pop()
            at = -1
            while regions[at].start > start:
                at -= 1
            region = regions[at]
            scope = region.scope
            kind, visit, opener = table[node.kind_id]
            self._certain = start >= region.unsure
            if visit:
                if kind == "as_pattern" and self._certain:
                    self._certain = node.parent is not None and node.parent.type in _CERTAIN
                visit(node, scope)
            region.unsure = max(region.unsure, end)
            if opener:
                body, inner = opener(node, scope)
                if body is not None:
                    unsure = end if inner.kind == "comprehension" else 0
                    regions.append(_Region(body.start_byte, body.end_byte, inner, unsure))

    def _met(self) -> list[tuple[int, int, Node]]:
        """Nodes that matter with their first and last bytes, outer before inner."""
        captured = tree_sitter.QueryCursor(_VISITED).captures(self.root.node).get("node", [])
        met = [(node.start_byte, node.end_byte, node) for node in captured]
        at, end = 0, self.root.node.end_byte
        for row in met:  # a query tells them in this order, which nobody promises
            if row[0] < at or (row[0] == at and row[1] > end):
                return sorted(met, key=lambda row: (row[0], -row[1]))
            at, end, _ = row
        return met

    def walk(self) -> None:
        """Visit every node; raises TooLarge."""
        count = 0
        while self._todo:
            node, scope, depth, certain = self._todo.pop()
            count += 1
            if depth > DEEPEST or count > MOST_NODES:
                raise TooLarge("nested too deeply to be read" if depth > DEEPEST else "too many syntax nodes")
            kind = node.type
            if node.is_error or node.is_missing:
                self.broken.append((node.start_point[0] + 1, node.end_point[0] + 1))
            self._certain = certain
            visit = self._visitors.get(kind)
            if visit:
                visit(node, scope)
            opener = self._openers.get(kind)
            if opener:
                self._enter(node, scope, depth, opener)
                continue
            inside = certain and kind in _CERTAIN
            self._todo.extend((child, scope, depth + 1, inside) for child in reversed(node.named_children))
            if node.has_error:
                self._todo.extend(
                    (child, scope, depth + 1, False)
                    for child in node.children
                    if child.is_missing and not child.is_named
                )

    def _enter(
        self, node: Node, scope: Scope, depth: int, opener: Callable[[Node, Scope], tuple[Node | None, Scope]]
    ) -> None:
        """Go on inside a scope that a node opens, and with what of the node belongs to the scope around."""
        body, inner = opener(node, scope)
        if body == node:
            self._todo.extend((child, inner, depth + 1, False) for child in reversed(node.named_children))
            return
        if body is not None:
            self._todo.append((body, inner, depth + 1, True))
        outside = [child for child in node.named_children if child != body]
        self._todo.extend((child, scope, depth + 1, False) for child in reversed(outside))

    def _bind(self, scope: Scope, name: str, binding: Binding) -> None:
        where = scope.outward.get(name) if scope.outward else None
        if where:  # nobody knows whether this function runs
            binding = replace(binding, certain=False)
        while where and scope.parent is not None:
            scope = scope.parent
            if (where == "nonlocal" and scope.kind == "function") or scope.kind == "module":
                break
        scope.bindings.setdefault(name, []).append(binding)

    def _bind_target(self, target: Node, value: Node | None, scope: Scope, how: str, *, certain: bool) -> None:
        """Bind every name of a target pattern; pairs go name by name."""
        if target.type == "identifier":
            self._bind(scope, name_of(target), Binding(how, value, scope, "", certain, target.start_byte))
            return
        todo = [(target, value, how)]
        while todo:
            node, given, manner = todo.pop()
            if node.type == "identifier":
                self._bind(scope, name_of(node), Binding(manner, given, scope, "", certain, node.start_byte))
            elif node.type in TUPLES:
                todo.extend(_pairs(node, given, manner))
            elif node.type in _WRAPPERS:
                todo.extend((child, given, manner) for child in node.named_children)
            elif node.type in ("subscript", "attribute"):
                root = _root(node)
                self._bind_field(node, given, scope, manner)
                if root is not None and given is not None:
                    scope.change(name_of(root), Binding("add", given, scope, _key(node), at=node.start_byte))

    def _bind_field(self, node: Node, given: Node | None, scope: Scope, how: str) -> None:
        """``self.name = value`` in a method binds ``self.name`` in its class."""
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        method: Scope | None = scope
        while method is not None and method.kind != "function":
            method = method.parent
        if owner is None or name is None or method is None or text_of(owner) != "self":
            return
        if method.parent is not None and method.parent.kind == "class":
            binding = Binding(how, given, scope, at=node.start_byte)
            method.parent.bindings.setdefault(f"self.{name_of(name)}", []).append(binding)

    def _import(self, node: Node, scope: Scope) -> None:
        for item in node.children_by_field_name("name"):
            dotted = item.child_by_field_name("name") if item.type == "aliased_import" else item
            alias = item.child_by_field_name("alias")
            name = _dotted(dotted)
            bound, target = (name_of(alias), name) if alias else (name.partition(".")[0],) * 2
            self._bind(scope, bound, Binding("import", None, scope, target, self._certain, node.start_byte))

    def _import_from(self, node: Node, scope: Scope) -> None:
        module = _dotted(node.child_by_field_name("module_name"))
        base = module if module.endswith(".") else module + "."
        for item in node.children_by_field_name("name"):
            dotted = item.child_by_field_name("name") if item.type == "aliased_import" else item
            alias = item.child_by_field_name("alias")
            name = _dotted(dotted)
            binding = Binding("import", None, scope, base + name, self._certain, node.start_byte)
            self._bind(scope, name_of(alias) if alias else name, binding)
        if any(child.type == "wildcard_import" for child in node.named_children):
            self._bind(scope, "*", Binding("star", None, scope, base, self._certain, node.start_byte))

    def _assignment(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        while right is not None and right.type == "assignment":
            right = right.child_by_field_name("right")
        if left is not None and right is not None:
            self._bind_target(left, right, scope, "assign", certain=self._certain)

    def _augmented(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None:
            self._bind_target(left, right, scope, "add", certain=False)

    def _named(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            self._bind_target(name, node.child_by_field_name("value"), scope, "assign", certain=False)

    def _loop(self, node: Node, scope: Scope) -> None:
        left = node.child_by_field_name("left")
        if left is not None:
            self._bind_target(left, node.child_by_field_name("right"), scope, "element", certain=self._certain)

    def _as(self, node: Node, scope: Scope) -> None:
        alias = node.child_by_field_name("alias")
        if alias is not None and node.named_children:
            caught = node.parent is not None and node.parent.type == "except_clause"
            self._bind_target(
                alias, node.named_children[0], scope, "opaque" if caught else "assign", certain=self._certain
            )

    def _case(self, node: Node, scope: Scope) -> None:
        match = node.parent.parent if node.parent else None
        subject = match.child_by_field_name("subject") if match is not None else None
        todo = [child for child in node.named_children if child.type == "case_pattern"]
        while todo:
            pattern = todo.pop()
            if pattern.type == "dotted_name" and len(pattern.named_children) == 1:
                self._bind_target(pattern.named_children[0], subject, scope, "element", certain=False)
            elif pattern.type == "identifier" and pattern.parent is not None and pattern.parent.type != "dotted_name":
                self._bind_target(pattern, subject, scope, "element", certain=False)
            else:
                todo.extend(child for child in pattern.named_children if child.type not in ("call", "attribute"))

    def _outward(self, node: Node, scope: Scope) -> None:
        for child in node.named_children:
            scope.outward[name_of(child)] = node.type.partition("_")[0]

    def _call(self, node: Node, scope: Scope) -> None:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None or node.has_error:
            return
        call = Call(node, function, scope, arguments)
        self.calls.append(call)
        if function.type == "attribute":
            self._mutation(call)

    def _mutation(self, call: Call) -> None:
        """``name.append(value)`` adds to what the name holds."""
        method = call.function.child_by_field_name("attribute")
        if method is None or name_of(method) not in MUTATORS:
            return
        root, scope = call.function.child_by_field_name("object"), call.scope
        if root is not None and root.type == "identifier":
            for value in call.positional:
                scope.change(name_of(root), Binding("add", value, scope, at=call.function.start_byte))

    def _exec(self, node: Node, scope: Scope) -> None:
        """Python 2's statement is read as a call of the builtin."""
        code = node.child_by_field_name("code")
        if code is not None and not node.has_error:
            self.calls.append(Call(node, node.children[0], scope, code, ((code,), {}, False)))

    def _return(self, node: Node, scope: Scope) -> None:
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        scope.returns.append(node)

    def _function(self, node: Node, scope: Scope) -> tuple[Node | None, Scope]:
        name = node.child_by_field_name("name")
        label = name_of(name) if name is not None else "<lambda>"
        if name is not None:
            self._bind(scope, label, Binding("def", node, scope, "", self._certain, node.start_byte))
        inner = self.scopes[node.id] = Scope("function", label, scope, node, decorators=_decorators(node))
        parameters = node.child_by_field_name("parameters")
        for parameter in parameters.named_children if parameters is not None else ():
            for identifier in _parameter_names(parameter):
                binding = Binding("parameter", parameter, scope, "", certain=True, at=parameter.start_byte)
                self._bind(inner, name_of(identifier), binding)
        return node.child_by_field_name("body"), inner

    def _class(self, node: Node, scope: Scope) -> tuple[Node | None, Scope]:
        name = node.child_by_field_name("name")
        label = name_of(name) if name is not None else ""
        inner = self.scopes[node.id] = Scope("class", label, scope, node, decorators=_decorators(node))
        self._bind(scope, label, Binding("class", node, inner, "", self._certain, node.start_byte))
        return node.child_by_field_name("body"), inner

    def _comprehension(self, node: Node, scope: Scope) -> tuple[Node | None, Scope]:
        inner = scope.inner[node.id] = Scope("comprehension", "", scope, node)
        return node, inner


def may_be_deep(root: Node) -> bool:
    """Whether a node may lie deeper than DEEPEST, judged by how many nodes there are below each."""
    todo = [(root, 0)]
    while todo:
        node, depth = todo.pop()
        if depth > DEEPEST:
            return True
        todo.extend((child, depth + 1) for child in node.children if depth + child.descendant_count >= DEEPEST)
    return False


def _pairs(target: Node, given: Node | None, how: str) -> Iterator[tuple[Node, Node | None, str]]:
    """Targets with their values: name by name where both sides are written out, else elements of the whole."""
    targets = target.named_children
    values = given.named_children if given is not None and given.type in TUPLES and how == "assign" else []
    if len(targets) == len(values) and not any("splat" in node.type for node in (*targets, *values)):
        for name, value in zip(targets, values, strict=True):
            yield name, value, "assign"
        return
    for name in targets:
        yield name, given, "opaque" if how == "opaque" else "element"


def _root(node: Node) -> Node | None:
    """The name at the start of ``a.b[c].d``; None where it starts with something else."""
    while node.type in ("attribute", "subscript"):
        inner = node.child_by_field_name("object") or node.child_by_field_name("value")
        if inner is None:
            return None
        node = inner
    return node if node.type == "identifier" else None


def _key(node: Node) -> str:
    """Source of the literal key in ``name["key"] = ...``; ``.name`` for an attribute."""
    inner, field = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if node.type == "attribute" and inner is not None and field is not None:
        return f".{name_of(field)}" if inner.type == "identifier" else ""
    keys = node.children_by_field_name("subscript")
    owner = node.child_by_field_name("value")
    if owner is None or owner.type != "identifier" or len(keys) != 1 or keys[0].type not in ("string", "integer"):
        return ""
    return text_of(keys[0]).replace('"', "'")


def _dotted(node: Node | None) -> str:
    return "".join(name_of(node).split()) if node is not None else ""


def _decorators(node: Node) -> tuple[Node, ...]:
    parent = node.parent
    if parent is None or parent.type != "decorated_definition":
        return ()
    return tuple(child for child in parent.named_children if child.type == "decorator")


def _parameter_names(parameter: Node) -> Iterator[Node]:
    """Identifiers that a parameter's declaration binds."""
    todo = [parameter]
    while todo:
        node = todo.pop()
        if node.type == "identifier":
            yield node
        elif node.type in ("default_parameter", "typed_default_parameter"):
            named = node.child_by_field_name("name")
            todo.extend([named] if named is not None else [])
        elif node.type == "typed_parameter":
            todo.extend(node.named_children[:1])
        elif node.type in _WRAPPERS or node.type in TUPLES:
            todo.extend(node.named_children)
