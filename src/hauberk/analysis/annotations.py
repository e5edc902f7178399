# SPDX-License-Identifier: Apache-2.0
"""What a type annotation names: the class of a value, or of what a container of them holds."""

from collections.abc import Iterator
from typing import cast

from tree_sitter import Node

from hauberk.assets.scopes import Scope, name_of

DEEPEST = 8
"""Deepest nesting of an annotation that is read."""
_SAME = frozenset({"Optional", "Union", "Annotated", "Required", "NotRequired", "ReadOnly", "Final"})
"""Heads after which a value is one of what stands between the brackets."""
_MAPS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})


def last(node: Node) -> str:
    """The last part of a dotted name."""
    return name_of(node.child_by_field_name("attribute") or node)


def split(node: Node) -> tuple[Node, list[Node]]:
    """``Head[one, other]`` as its head and what stands between the brackets; other types have nothing there."""
    if node.type not in ("generic_type", "subscript") or not node.named_children:
        return node, []
    head, *rest = node.named_children
    return head, list(rest[0].named_children) if rest and rest[0].type == "type_parameter" else rest


def named(annotation: Node | None, *, inside: bool = False, depth: int = DEEPEST) -> Iterator[Node]:
    """Names, quoted or not, of the classes that a value may be of; ``inside``: that a container's items are of."""
    if annotation is None or depth <= 0:
        return
    head, parts = split(annotation)
    known = last(head)
    if annotation.type in ("type", "binary_operator", "union_type"):
        parts = annotation.named_children
    elif parts and known in _SAME:
        parts = parts[:1] if known == "Annotated" else parts
    elif parts:
        parts = parts[known in _MAPS :] if inside else []
        inside = False
    elif not inside and annotation.type in ("identifier", "attribute", "string"):
        yield annotation
    for part in parts:
        yield from named(part, inside=inside, depth=depth - 1)


def lines(cls: Scope) -> dict[str, Node]:
    """``name: type`` lines of a class body by their names, in order: fields that a data class is made with."""
    key = ("lines", cls.node.id)
    known = cls.memory.get(key)
    if known is None:
        known = cls.memory[key] = dict(_lines(cls))
    return cast("dict[str, Node]", known)


def declared(cls: Scope) -> dict[str, Node]:
    """The types of these fields."""
    return {name: kind for name, line in lines(cls).items() if (kind := line.child_by_field_name("type")) is not None}


def _lines(cls: Scope) -> Iterator[tuple[str, Node]]:
    body = cls.node.child_by_field_name("body")
    for statement in body.named_children if body is not None else ():
        inner = statement.named_children[0] if statement.named_children else None
        if statement.type == "expression_statement" and inner is not None and inner.type == "assignment":
            left = inner.child_by_field_name("left")
            if left is not None and left.type == "identifier" and inner.child_by_field_name("type") is not None:
                yield name_of(left), inner
