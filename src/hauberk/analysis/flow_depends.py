# SPDX-License-Identifier: Apache-2.0
"""What FastAPI puts into a parameter by ``Depends``: the answer of another function, or an object that it fills.

Source: FastAPI's documentation of dependencies; ``Depends()`` without a function means the class of the annotation.
"""

from tree_sitter import Node

from hauberk.analysis.annotations import named, split
from hauberk.analysis.calls import dotted
from hauberk.analysis.definitions import Definitions
from hauberk.assets.scopes import Scope, name_of

_MARKS = ("Depends()", "Security()")


def injected(declaration: Node, outer: Scope) -> tuple[Node, Node | None] | None:
    """The ``Depends(...)`` of a parameter, as default or in its annotation, and the annotation; None without one."""
    annotation, default = declaration.child_by_field_name("type"), declaration.child_by_field_name("value")
    if default is not None and _is_mark(default, outer):
        return default, annotation
    for inner in _written_out(annotation, outer):
        _, parts = split(inner)
        for part in parts[1:]:
            call = part.named_children[0] if part.type == "type" and part.named_children else part
            if _is_mark(call, outer):
                return call, parts[0]
    return None


def depended(declaration: Node, function: Scope, definitions: Definitions) -> tuple[Scope, ...] | None:
    """Functions and classes that fill a parameter by ``Depends``; empty for those of libraries, None without one."""
    outer = function.parent or function
    found = injected(declaration, outer)
    if found is None:
        return None
    call, annotation = found
    given = provider(call)
    if given is not None:
        return definitions.targets(given, outer)
    return tuple(one for node in named(annotation) for one in definitions.targets(node, outer) if one.kind == "class")


def provider(call: Node) -> Node | None:
    """What ``Depends`` is given."""
    arguments = call.child_by_field_name("arguments")
    for one in arguments.named_children if arguments is not None else ():
        key = one.child_by_field_name("name") if one.type == "keyword_argument" else None
        if key is None and one.type != "comment":
            return one
        if key is not None and name_of(key) == "dependency":
            return one.child_by_field_name("value")
    return None


def _is_mark(node: Node, scope: Scope) -> bool:
    return node.type == "call" and any(
        name.startswith("fastapi.") and name.endswith(_MARKS) for name in dotted(node, scope)
    )


def _written_out(annotation: Node | None, outer: Scope) -> list[Node]:
    """``Annotated[...]`` as written, or behind the name that it was given in the module."""
    inner = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    if inner is None or inner.type != "identifier":
        return [inner] if inner is not None else []
    found = outer.look(name_of(inner))
    return [one.node for one in (found[1][-2:] if found else ()) if one.how == "assign" and one.node is not None]
