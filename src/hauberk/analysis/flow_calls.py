# SPDX-License-Identifier: Apache-2.0
"""What calls give back: functions of the project by their answers, those of libraries by tables."""

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from hauberk.analysis import shapes
from hauberk.analysis.callers import Site, first, splats
from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_sources import METHODS, PURE
from hauberk.analysis.flow_names import STRANGERS, Origin, under
from hauberk.analysis.flow_values import LEADING, WAY, Parameter, Step, Value, merged
from hauberk.assets.scopes import Binding, Call, Scope, name_of, text_of

if TYPE_CHECKING:
    from hauberk.analysis.flow import Flow

_BEHIND = re.compile(r"[rfuRFU]{0,2}[\"'][/?&#]")
_SETTINGS = frozenset({"device", "dtype", "map_location", "device_map", "encoding", "timeout", "verbose", "mode"})


def begins(binding: Binding) -> bool:
    """Whether what is bound is the start of an address, so that more text does not change its host."""
    begin = binding.node if binding.how == "assign" else None
    return begin is not None and constant(begin, binding.scope) != ""


def is_behind(node: Node | None) -> bool:
    """Whether a text that is put behind an address begins after its host."""
    return node is not None and _BEHIND.match(text_of(node)) is not None


def library(flow: "Flow", names: tuple[str, ...], verb: str, function: Node, arguments: Node, scope: Scope) -> Value:
    """What a function that the project does not hold gives back."""
    owner = function.child_by_field_name("object")
    parts = [*arguments.named_children] if arguments.type == "argument_list" else [arguments]
    held = flow.of(owner, scope) if owner is not None and not _is_module(owner, scope) else {}
    if owner is not None and verb in ("get", "pop", "setdefault", "get_or_default"):
        parts = parts[1:]  # a key chooses among the values and is none of them
    if owner is not None and verb in ("to", "astype"):
        parts = []  # where a value is kept and how wide its numbers are
    if flow.kind == "url" and verb == "format" and owner is not None and owner.type == "string":
        prefix = constant(owner, scope)
        parts = [] if isinstance(prefix, str) and LEADING.match(prefix.partition("{")[0]) else parts
    if flow.kind == "url" and verb == "urljoin":
        parts = parts[1:]
    given = merged([held, flow.all([part for part in parts if not _sets_up(part)], scope)])
    if names and all(under(name, PURE) for name in names):
        return given
    if verb in METHODS and (not names or "()." in names[0]):
        return given
    if not STRANGERS.isdisjoint(held):
        return held
    mixed: Value = {Origin.LOCAL: ()}
    for atom, way in given.items():
        stranger = Origin.OPERATOR if atom in STRANGERS else atom
        mixed.setdefault(Origin.CALLER if isinstance(atom, Parameter) else stranger, way)
    return mixed


def _sets_up(part: Node) -> bool:
    """Whether an argument says where and how a library works, and is nothing of what it gives back."""
    name = part.child_by_field_name("name") if part.type == "keyword_argument" else None
    return name is not None and name_of(name) in _SETTINGS


def through(
    flow: "Flow", node: Node, function: Node, arguments: Node, targets: tuple[Scope, ...], scope: Scope
) -> Value:
    """What functions of the project give back for these arguments."""
    call = Call(node, function, scope, arguments)
    values = []
    for target in targets:
        if target.kind == "class":
            nodes = [*call.positional, *call.keywords.values(), *splats(call)]
            values.append({} if shapes.is_enumeration(target) else flow.all(nodes, scope))
            continue
        values.append(substituted(flow, answer(flow, target), target, call))
    return merged(values)


def part(flow: "Flow", node: Node, target: Scope, nodes: list[Node], scope: Scope) -> Value:
    """What one place of the answers of a function is worth for the arguments of a call."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return {Origin.LOCAL: ()}
    return substituted(flow, flow.all(nodes, target), target, Call(node, function, scope, arguments))


def substituted(flow: "Flow", answer: Value, target: Scope, call: Call) -> Value:
    """An answer of a function with what a call gives in place of its parameters."""
    unit = flow.project.home(call.scope)
    value: Value = {}
    for atom, way in answer.items():
        if not (isinstance(atom, Parameter) and atom.function is target):
            value.setdefault(atom, flow.passing({atom: way}, call.node, call.scope, f"returned by {target.name}")[atom])
            continue
        if unit is None:
            value.setdefault(Origin.LOCAL, ())
            continue
        begin = first(target)
        site = Site(unit, call, _bound_before(call), call.keywords, splats(call), begin)
        step = Step(unit, call.node, f"through {target.name}")
        if atom.name in ("self", "cls") and begin:
            owner = call.function.child_by_field_name("object")
            found = flow.whole(owner, atom.key, call.scope) if owner is not None else {}
        else:
            found = flow.given(site, atom)
        for one, before in found.items():
            value.setdefault(one, (*before, step)[-WAY:])
    return value


def _bound_before(call: Call) -> tuple[Node, ...]:
    inner = call.function.child_by_field_name("arguments") if call.function.type == "call" else None
    partial = inner is not None and "partial" in text_of(call.function)[:20]
    return (*inner.named_children[1:], *call.positional) if inner is not None and partial else call.positional


def answer(flow: "Flow", function: Scope) -> Value:
    """What a function returns or yields, its parameters as symbols."""
    if function.node.type == "lambda":
        body = function.node.child_by_field_name("body")
        return flow.of(body, function) if body is not None else {}
    if not function.returns:
        return {}
    return merged(flow.all(node.named_children, function) for node in function.returns[:64])


def _is_module(node: Node, scope: Scope) -> bool:
    """Whether an expression is only the path to a function: ``os.path`` in ``os.path.join``."""
    names = dotted(node, scope)
    return bool(names) and not any("()" in name for name in names)
