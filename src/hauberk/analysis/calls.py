# SPDX-License-Identifier: Apache-2.0
"""What the names in Python code stand for, and which values are plain constants."""

import builtins
import operator
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, cast

from tree_sitter import Node

from hauberk.analysis import paths
from hauberk.analysis.unpicklers import restricts
from hauberk.assets.scopes import Binding, Scope, name_of, text_of

BUILTINS = frozenset(dir(builtins)) | {"raw_input", "unicode", "execfile", "reload", "file", "basestring", "xrange"}
DEPTH = 24
"""Longest chain of aliases and attributes that is followed."""
WIDTH = 64
"""Most bindings and alternatives that are weighed for one name."""
LONGEST = 400
"""Longest dotted name, in characters."""


class Unknown:
    """The type of UNKNOWN."""


UNKNOWN: Final = Unknown()
"""Not a constant, or not one that can be told."""

Constant = str | bytes | int | float | bool | None | tuple["Constant", ...] | Unknown

_WRAPS = ("Optional[", "typing.Optional[", "Union[", "typing.Union[", "Annotated[", "typing.Annotated[", "Final[")
"""Annotations around the type that counts."""
_KEPT = (".artifacts", "multiprocessing.Pipe()")
"""What holds things by key that are asked for what they are, as a task's artifacts are."""
_INSIDE = frozenset({"parenthesized_expression", "await", "named_expression"})
_NAMESPACES = frozenset({"builtins.globals()", "builtins.vars()", "builtins.__builtins__", "builtins.__dict__"})


def dotted(node: Node, scope: Scope, depth: int = DEPTH) -> tuple[str, ...]:
    """Dotted names that an expression may stand for, aliases and imports resolved; empty where it is local or unknown.

    ``np.load`` is ``numpy.load`` after ``import numpy as np``; what a call returns is its name and ``()``; a builtin is
    ``builtins.eval``; a relative import keeps its leading dots.
    """
    key = ("dotted", node.id)
    known = scope.memory.get(key)
    if known is None:
        follow = _FOLLOW.get(node.type) if depth > 0 else None
        scope.memory[key] = ()  # a name defined by itself is unknown
        found = follow(node, scope, depth - 1) if follow else iter(())
        known = scope.memory[key] = tuple(dict.fromkeys(name for name in islice(found, WIDTH) if len(name) < LONGEST))
    return cast("tuple[str, ...]", known)


def _identifier(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    name = name_of(node)
    found = scope.look(name)
    if found is None:
        star = scope.look("*")
        for binding in star[1] if star else ():
            yield binding.target + name
        if name in BUILTINS or name == "__builtins__":
            yield f"builtins.{name}"
        return
    owner, bindings = found
    for binding in reaching(bindings, node, scope, same=owner is scope):
        yield from _bound(binding, depth)


def _bound(binding: Binding, depth: int) -> Iterator[str]:
    if binding.how == "import":
        yield binding.target
    elif binding.how == "assign" and binding.node is not None:
        yield from dotted(binding.node, binding.scope, depth)
        if binding.node.parent is not None and binding.node.parent.type == "assignment":
            yield from _declared(binding.node.parent, binding.scope, depth)
    elif binding.how == "parameter" and binding.node is not None:
        yield from _declared(binding.node, binding.scope, depth)
    elif binding.how == "class" and binding.node is not None and not restricts(binding.scope):
        # a subclass acts like its base, unless it restricts what an unpickler may find
        bases = binding.node.child_by_field_name("superclasses")
        for base in bases.named_children if bases is not None else ():
            yield from dotted(base, binding.scope.parent or binding.scope, depth)


def _declared(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    """What a parameter or a name is by its annotation: ``X``, ``"X"``, ``Optional[X]``, ``X | None``."""
    annotation = node.child_by_field_name("type")
    todo = list(annotation.named_children[:1]) if annotation is not None else []
    while todo:
        one = todo.pop()
        if one.type == "string":
            first, _, rest = text_of(one).strip("'\"").partition(".")
            for binding in (scope.look(first) or (scope, []))[1][:WIDTH]:
                yield from (f"{name}{'.' if rest else ''}{rest}()" for name in _bound(binding, depth))
        elif one.type == "binary_operator":
            todo.extend(one.named_children)
        elif one.type == "generic_type" and text_of(one).startswith(_WRAPS):
            parts = [part for child in one.named_children[1:] for part in child.named_children]
            todo.extend(inner for part in parts for inner in part.named_children)
        elif one.type == "subscript" and text_of(one).startswith(_WRAPS):
            todo.extend(one.children_by_field_name("subscript"))
        else:
            yield from (f"{name}()" for name in dotted(one, scope, depth))


def _attribute(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or name is None:
        return
    for prefix in dotted(owner, scope, depth):
        yield f"{prefix}.{name_of(name)}"
    if text_of(owner) == "self":
        for binding in scope.fields(name_of(name))[:WIDTH]:
            yield from _bound(binding, depth)


def _call(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    for name in dotted(function, scope, depth) if function is not None else ():
        if name in ("importlib.import_module", "builtins.__import__") and given:
            module = constant(given[0], scope)
            yield str(module) if isinstance(module, str) else f"{name}()"
        elif name == "builtins.getattr" and len(given) > 1:
            attribute = constant(given[1], scope)
            if isinstance(attribute, str):
                yield from (f"{owner}.{attribute}" for owner in dotted(given[0], scope, depth))
        else:
            yield f"{name}()"


def _subscript(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    owner, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
    key = constant(keys[0], scope) if len(keys) == 1 else UNKNOWN
    if owner is not None and owner.type == "identifier":
        yield from _dispatched(owner, scope, depth)
    for name in dotted(owner, scope, depth) if owner is not None else ():
        if name in _NAMESPACES and isinstance(key, str):
            yield f"builtins.{key}"
        elif name == "sys.modules" and isinstance(key, str):
            yield key
        elif name.endswith(_KEPT):
            yield f"{name}[]"


def _dispatched(owner: Node, scope: Scope, depth: int) -> Iterator[str]:
    """What a table of functions may give: ``{"pkl": pickle.load}[suffix]``."""
    found = scope.look(name_of(owner))
    for binding in reaching(found[1], owner, scope, same=found[0] is scope) if found else ():
        if binding.how == "assign" and binding.node is not None and binding.node.type == "dictionary":
            for pair in binding.node.named_children[:WIDTH]:
                value = pair.child_by_field_name("value")
                if value is not None and value.type in ("identifier", "attribute"):
                    yield from dotted(value, binding.scope, depth)


def _inside(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    inner = node.child_by_field_name("value") or (node.named_children[0] if node.named_children else None)
    if inner is not None:
        yield from dotted(inner, scope, depth)


def _either(node: Node, scope: Scope, depth: int) -> Iterator[str]:
    children = node.named_children
    for child in (children[0], children[-1]) if children else ():
        yield from dotted(child, scope, depth)


_FOLLOW: dict[str, Callable[[Node, Scope, int], Iterator[str]]] = {
    "identifier": _identifier,
    "exec": lambda *_: iter(("builtins.exec",)),
    "attribute": _attribute,
    "call": _call,
    "subscript": _subscript,
    "conditional_expression": _either,
    "boolean_operator": _either,
    **dict.fromkeys(_INSIDE, _inside),
}


def reaching(bindings: list[Binding], use: Node, scope: Scope, *, same: bool) -> list[Binding]:
    """Bindings whose value a use may see, last first; see ``paths``."""
    return paths.reaching(bindings, use, scope, same=same, alive=alive)


def alive(binding: Binding) -> bool:
    """Whether no constant condition around a binding keeps it from ever running."""
    child, scope = binding.node, binding.scope
    if child is None or binding.how not in ("assign", "element", "add"):
        return True
    parent = child.parent
    while parent is not None and parent.type not in ("function_definition", "class_definition", "module"):
        if parent.type in ("if_statement", "elif_clause"):
            condition = parent.child_by_field_name("condition")
            held = constant(condition, scope) if condition is not None and child != condition else UNKNOWN
            taken = child == parent.child_by_field_name("consequence")
            if not isinstance(held, Unknown) and bool(held) != taken:
                return False
        elif parent.type == "case_clause" and not _may_match(parent, scope):
            return False
        child, parent = parent, parent.parent
    return True


def _may_match(clause: Node, scope: Scope) -> bool:
    """Whether a case with literal patterns may be the one that a constant subject takes."""
    match = clause.parent.parent if clause.parent is not None else None
    subject = match.child_by_field_name("subject") if match is not None else None
    known = constant(subject, scope) if subject is not None else UNKNOWN
    if isinstance(known, Unknown) or clause.parent is None:
        return True
    for other in clause.parent.named_children:
        if other.type != "case_clause":
            continue
        verdict = _matches(other, known, scope)
        if other == clause:
            return verdict is not False
        if verdict:
            return False
    return True


def _matches(clause: Node, known: Constant, scope: Scope) -> bool | None:
    """Whether a case takes a constant; None where that cannot be told."""
    patterns = [child for child in clause.named_children if child.type == "case_pattern"]
    if clause.child_by_field_name("guard") is not None or len(patterns) != 1:
        return None
    inner = patterns[0].named_children
    if not inner:
        return True if text_of(patterns[0]) == "_" else None
    literals = inner[0].named_children if inner[0].type == "union_pattern" else [inner[0]]
    values = [constant(literal, scope) for literal in literals]
    return None if any(isinstance(value, Unknown) for value in values) else known in values


_OPERATORS: dict[str, Callable[..., Constant]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_LITERALS: dict[str, Constant] = {"true": True, "false": False, "none": None}
_WIDEST = 1 << 64
_LONGEST_TEXT = 1 << 16


def constant(node: Node, scope: Scope, depth: int = DEPTH) -> Constant:
    """The value of an expression made of literals and of names only ever bound to them; UNKNOWN otherwise."""
    if node.type in _LITERALS:
        return _LITERALS[node.type]
    key = ("constant", node.id)
    known = scope.memory.get(key, scope)
    if known is scope:
        fold = _FOLD.get(node.type) if depth > 0 else None
        scope.memory[key] = UNKNOWN  # a name defined by itself is no constant
        known = scope.memory[key] = fold(node, scope, depth - 1) if fold else UNKNOWN
    return cast("Constant", known)


def _number(node: Node, _: Scope, __: int) -> Constant:
    try:
        return int(text_of(node), 0) if node.type == "integer" else float(text_of(node))
    except ValueError:
        return UNKNOWN


def _string(node: Node, _: Scope, __: int) -> Constant:
    if any(child.type == "interpolation" for child in node.named_children):
        return UNKNOWN
    prefix = text_of(node.children[0]).rstrip("'\"").lower() if node.children else ""
    text = "".join(text_of(child) for child in node.named_children if child.type == "string_content")
    if "\\" in text and "r" not in prefix:
        try:
            text = text.encode("latin-1", "backslashreplace").decode("unicode_escape")
        except ValueError:
            return UNKNOWN
    return text.encode("latin-1", "replace") if "b" in prefix else text


def _joined(node: Node, scope: Scope, depth: int) -> Constant:
    parts = [constant(child, scope, depth) for child in node.named_children if child.type == "string"]
    words = [part for part in parts if isinstance(part, str)]
    return "".join(words) if len(words) == len(parts) else UNKNOWN


def _sequence(node: Node, scope: Scope, depth: int) -> Constant:
    items = tuple(constant(child, scope, depth) for child in node.named_children if child.type != "comment")
    return UNKNOWN if any(isinstance(item, Unknown) for item in items) else items


def _operation(node: Node, scope: Scope, depth: int) -> Constant:
    parts = node.named_children
    signs = node.children_by_field_name("operators") or node.children_by_field_name("operator")
    values = [constant(part, scope, depth) for part in parts]
    if len(values) != 2 or len(signs) != 1 or text_of(signs[0]) not in _OPERATORS:  # noqa: PLR2004  two sides
        return UNKNOWN
    left, right = values
    numeric = all(isinstance(v, (int, float)) and abs(v) < _WIDEST for v in values)
    textual = isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < _LONGEST_TEXT
    if not (numeric or (textual and text_of(signs[0]) in ("+", "==", "!="))):
        return UNKNOWN
    try:
        return _OPERATORS[text_of(signs[0])](left, right)
    except (ArithmeticError, TypeError):
        return UNKNOWN


def _negation(node: Node, scope: Scope, depth: int) -> Constant:
    inner = node.child_by_field_name("argument")
    value = constant(inner, scope, depth) if inner is not None else UNKNOWN
    if isinstance(value, Unknown):
        return UNKNOWN
    if node.type == "not_operator":
        return not value
    return -value if isinstance(value, (int, float)) and text_of(node).startswith("-") else UNKNOWN


def _wrapped(node: Node, scope: Scope, depth: int) -> Constant:
    return constant(node.named_children[0], scope, depth) if len(node.named_children) == 1 else UNKNOWN


def _named(node: Node, scope: Scope, depth: int) -> Constant:
    found = scope.look(name_of(node))
    if found is None or name_of(node) in scope.changes:
        return UNKNOWN
    owner, bindings = found
    seen = reaching(bindings, node, scope, same=owner is scope)
    if len(seen) != 1 or seen[0].how != "assign" or seen[0].node is None:
        return UNKNOWN
    return constant(seen[0].node, seen[0].scope, depth)


def _indexed(node: Node, scope: Scope, depth: int) -> Constant:
    owner, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
    whole = constant(owner, scope, depth) if owner is not None else UNKNOWN
    key = constant(keys[0], scope, depth) if len(keys) == 1 else UNKNOWN
    if isinstance(whole, (str, tuple)) and isinstance(key, int) and -len(whole) <= key < len(whole):
        return whole[key]
    return UNKNOWN


_FOLD: dict[str, Callable[[Node, Scope, int], Constant]] = {
    "integer": _number,
    "float": _number,
    "string": _string,
    "concatenated_string": _joined,
    "tuple": _sequence,
    "list": _sequence,
    "binary_operator": _operation,
    "comparison_operator": _operation,
    "unary_operator": _negation,
    "not_operator": _negation,
    "parenthesized_expression": _wrapped,
    "case_pattern": _wrapped,
    "identifier": _named,
    "subscript": _indexed,
}
