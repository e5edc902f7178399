# SPDX-License-Identifier: Apache-2.0
"""Which part of a container a value is: literal keys and places, what was added since, parts of answers."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tree_sitter import Node

from hauberk.analysis.calls import Unknown, constant, dotted, reaching
from hauberk.analysis.flow_calls import part
from hauberk.analysis.flow_values import Value, merged
from hauberk.analysis.paths import forks
from hauberk.assets.scopes import Binding, Call, Scope, name_of, text_of

if TYPE_CHECKING:
    from hauberk.analysis.flow import Flow

_MOST = 64
_GROWING = frozenset({"append", "insert", "pop", "extend", "remove", "clear", "sort", "reverse"})


def changes(name: str, scope: Scope, owner: Scope, use: Node) -> list[Binding]:
    """What may have been added to a name's value before a use."""
    loop = any(fork.control.type in ("for_statement", "while_statement") for fork in forks(use, scope))
    found = [one for one in scope.changes.get(name, ()) if loop or one.at < use.start_byte or scope.parent is None]
    while scope is not owner and scope.parent is not None:
        scope = scope.parent
        found.extend(scope.changes.get(name, ()))
    return found[:_MOST]


def element(flow: "Flow", binding: Binding, name: str) -> "Value | None":
    """The part of a written-out answer that a target takes: ``a, b = both(x)``; None where that cannot be told."""
    node = binding.node
    if node is None or node.type != "call" or node.parent is None or node.parent.type != "assignment":
        return None
    left, function = node.parent.child_by_field_name("left"), node.child_by_field_name("function")
    names = [text_of(one) for one in left.named_children] if left is not None else []
    if name not in names or function is None or any(name_.startswith("*") for name_ in names):
        return None
    targets = flow.definitions.targets(function, binding.scope)
    parts = [answer.named_children[0] for one in targets for answer in one.returns if answer.named_children]
    written = [
        part for part in parts if part.type in ("expression_list", "tuple") and len(part.named_children) == len(names)
    ]
    if not written or len(written) != len(parts) or len(targets) != 1:
        return None
    at = names.index(name)
    return part(flow, node, targets[0], [part.named_children[at] for part in written], binding.scope)


def item(flow: "Flow", node: Node, scope: Scope) -> "Value | None":
    """Those who decide ``owner[key]`` for a literal key; None where the container is not plain to see."""
    owner, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
    if owner is None or len(keys) != 1:
        return None
    key = constant(keys[0], scope)
    if isinstance(key, Unknown):
        return None
    values = nodes_at(owner, key, scope, node)
    if values is None:
        return None
    return merged(flow.of(one, where) for one, where in values)


def nodes_at(  # noqa: PLR0911  one answer for each kind of container
    owner: Node, key: object, scope: Scope, use: Node
) -> list[tuple[Node, Scope]] | None:
    """Nodes of the values at a key of a container that is built in this scope; None where that cannot be told."""
    if owner.type == "subscript":
        inner, keys = owner.child_by_field_name("value"), owner.children_by_field_name("subscript")
        outer = constant(keys[0], scope) if len(keys) == 1 else Unknown()
        held = nodes_at(inner, outer, scope, use) if inner is not None and not isinstance(outer, Unknown) else None
        found = [_literal(one, key, where) for one, where in held] if held else []
        return [pair for part in found for pair in part or ()] if found and all(f is not None for f in found) else None
    if owner.type != "identifier":
        return _literal(owner, key, scope)
    seen = scope.look(name_of(owner))
    if seen is None or seen[0] is not scope:
        return None
    made = reaching(seen[1], owner, scope, same=True)
    if len(made) != 1 or made[0].node is None or made[0].how != "assign":
        return None
    if made[0].node.type in ("list", "tuple", "expression_list"):
        items = _grown(made[0], owner, scope, use)
        if items is None or not isinstance(key, int) or not -len(items) <= key < len(items):
            return None
        return [(items[key], scope)]
    base = [] if text_of(made[0].node) == "dict()" else _literal(made[0].node, key, made[0].scope)
    if base is None:
        return None
    shown = repr(key)
    added = [one for one in changes(name_of(owner), scope, scope, use) if one.target in ("", shown)]
    return [*base, *((one.node, one.scope) for one in added if one.node is not None)]


def _literal(node: Node, key: object, scope: Scope) -> list[tuple[Node, Scope]] | None:
    if node.type in ("list", "tuple") and isinstance(key, int):
        items = [one for one in node.named_children if one.type != "comment"]
        plain = -len(items) <= key < len(items) and not any("splat" in one.type for one in items)
        return [(items[key], scope)] if plain else None
    if node.type != "dictionary":
        return None
    values = []
    for pair in node.named_children:
        name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type == "comment":
            continue
        known = constant(name, scope) if name is not None else Unknown()
        if value is None or isinstance(known, Unknown):
            return None
        if known == key:
            values.append((value, scope))
    return values


def _grown(made: Binding, owner: Node, scope: Scope, use: Node) -> list[Node] | None:
    """The items of a list after the calls on it in a straight line; None where a branch or a loop is between."""
    if made.node is None or any("splat" in one.type for one in made.node.named_children):
        return None
    items = [one for one in made.node.named_children if one.type != "comment"]
    name, here = name_of(owner), forks(use, scope)
    for call in _calls_on(made, name, scope, use):
        if forks(call, scope) != here[: len(forks(call, scope))]:
            return None
        verb = _verb(call)
        given = call.child_by_field_name("arguments")
        nodes = given.named_children if given is not None else []
        if verb == "append" and len(nodes) == 1:
            items.append(nodes[0])
        elif verb == "pop" and len(nodes) <= 1:
            at = constant(nodes[0], scope) if nodes else -1
            if not isinstance(at, int) or not -len(items) <= at < len(items):
                return None
            items.pop(at)
        else:
            return None
    return items


def _calls_on(made: Binding, name: str, scope: Scope, use: Node) -> list[Node]:
    """Calls of methods that change a list, between where it is made and a use, in order."""
    key = ("calls", scope.node.id)
    known = scope.memory.get(key)
    if known is None:
        known = scope.memory[key] = list(_inside(scope.node))
    calls: list[Node] = known  # type: ignore[assignment]  # only this function writes the key
    return [one for one in calls if made.at < one.start_byte < use.start_byte and _owner(one) == name]


def _inside(node: Node) -> Iterator[Node]:
    """Calls below a scope's node that may change a list, in order of the source; inner functions are left out."""
    pending = list(reversed(node.named_children))
    while pending:
        one = pending.pop()
        if one.type in ("function_definition", "class_definition", "lambda"):
            continue
        if one.type == "call" and _verb(one) in _GROWING:
            yield one
        pending.extend(reversed(one.named_children))


def _verb(call: Node) -> str:
    function = call.child_by_field_name("function")
    method = function.child_by_field_name("attribute") if function is not None else None
    return name_of(method) if method is not None else ""


def _owner(call: Node) -> str:
    function = call.child_by_field_name("function")
    owner = function.child_by_field_name("object") if function is not None else None
    return text_of(owner) if owner is not None else ""


def keyed(flow: "Flow", node: Node, verb: str, function: Node, scope: Scope) -> "Value | None":
    """``settings.get("part", "key")`` gives what was set under the same keys; so does ``dictionary.get("key")``."""
    owner, arguments = function.child_by_field_name("object"), node.child_by_field_name("arguments")
    if owner is None or arguments is None or owner.type != "identifier" or not arguments.named_children:
        return None
    keys = [constant(one, scope) for one in arguments.named_children if one.type != "keyword_argument"]
    if any(isinstance(key, Unknown) for key in keys):
        return None
    if any(name.startswith("configparser.") for name in dotted(owner, scope)):
        return _configured(flow, owner, keys, scope)
    if verb != "get":
        return None
    values = nodes_at(owner, keys[0], scope, node)
    if values is None:
        return None
    default = [(one, scope) for one in arguments.named_children[1:2]]
    return merged(flow.of(one, where) for one, where in [*values, *default])


def _configured(flow: "Flow", owner: Node, keys: Sequence[object], scope: Scope) -> "Value | None":
    unit = flow.project.home(scope)
    calls: list[Call] = unit.index().called.get("set", []) if unit else []
    values = []
    for call in calls:
        if call.scope is not scope or text_of(call.function.child_by_field_name("object") or call.function) != text_of(
            owner
        ):
            continue
        if len(call.positional) != 3:  # noqa: PLR2004  section, key, value
            return None
        if [constant(one, scope) for one in call.positional[:2]] == keys[:2]:
            values.append(flow.of(call.positional[2], scope))
    return merged(values) if calls else None
