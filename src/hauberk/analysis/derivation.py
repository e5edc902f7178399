# SPDX-License-Identifier: Apache-2.0
"""What a value was made of within its function: the calls behind a name, through assignments and additions."""

from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import reaching
from hauberk.assets.scopes import Scope, name_of

MOST = 400
"""Nodes that are looked at for one value."""


def made_of(node: Node, scope: Scope) -> Iterator[tuple[Node, Scope]]:
    """Calls that took part in a value, the nearest first, each with the scope in which it stands."""
    pending = [(node, scope)]
    seen: set[int] = set()
    while pending and len(seen) < MOST:
        one, where = pending.pop(0)
        if one.id in seen:
            continue
        seen.add(one.id)
        if one.type == "call":
            yield one, where
        if one.type == "identifier":
            pending.extend(_bound(one, where))
            continue
        children = one.named_children
        if one.type == "attribute":
            children = children[:1]
        elif one.type == "keyword_argument":
            children = children[1:]
        pending.extend((child, where) for child in children)


def _bound(node: Node, scope: Scope) -> Iterator[tuple[Node, Scope]]:
    """Values of a name before this use, and what was put into it since."""
    found = scope.look(name_of(node))
    near = reaching(found[1], node, scope, same=found[0] is scope) if found else []
    for binding in (*near, *scope.changes.get(name_of(node), ())):
        before = binding.at < node.start_byte or (found is not None and found[0] is not scope)
        if binding.how in ("assign", "element", "add") and binding.node is not None and before:
            yield binding.node, binding.scope


def value_of(node: Node, scope: Scope) -> tuple[Node, Scope]:
    """The expression behind a name that has only one value; the name itself where it has several or none."""
    for _ in range(8):
        found = scope.look(name_of(node)) if node.type == "identifier" else None
        near = reaching(found[1], node, scope, same=found[0] is scope) if found else []
        if len(near) != 1 or near[0].how != "assign" or near[0].node is None:
            break
        node, scope = near[0].node, near[0].scope
    return node, scope
