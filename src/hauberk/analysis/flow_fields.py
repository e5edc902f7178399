# SPDX-License-Identifier: Apache-2.0
"""What a field of a record holds: what its constructor is given under that name, or a stranger who fills it whole.

A body of a request, ``Model.model_validate(text)`` and ``Model(**mapping)`` fill every field that is declared; a field
whose declared type leaves no choice stays harmless. What ``Model(name=value)`` gives one field is no matter of others.
"""

from typing import TYPE_CHECKING

from tree_sitter import Node

from hauberk.analysis.annotations import lines
from hauberk.analysis.callers import splats
from hauberk.analysis.calls import constant, reaching
from hauberk.analysis.definitions import enclosing
from hauberk.analysis.flow_calls import answer, substituted
from hauberk.analysis.flow_containers import changes
from hauberk.analysis.flow_depends import depended
from hauberk.analysis.flow_names import Origin
from hauberk.analysis.flow_types import declared, harmless, is_closed, validates
from hauberk.analysis.flow_values import Mark, Parameter, Step, Value, merged
from hauberk.analysis.shapes import is_enumeration
from hauberk.assets.scopes import Binding, Call, Scope, name_of, text_of

if TYPE_CHECKING:
    from hauberk.analysis.flow import Flow

DEEPEST = 10
"""Longest chain of names and answers that is followed to where a record is filled."""
_MOST = 8
_INSIDE = frozenset({"await", "parenthesized_expression", "conditional_expression", "boolean_operator"})
_PART = "."
"""What the key of a parameter begins with where it is a field of an object and no entry of a mapping."""


def of_attribute(flow: "Flow", owner: Node, name: str, node: Node, scope: Scope) -> Value | None:
    """What an attribute of an object of the project holds; None where its class or the field is not known."""
    around = enclosing(scope) if text_of(owner) in ("self", "cls") else None
    classes = [around] if around is not None else [*flow.definitions.types(owner, scope)]
    classes += [one for one in flow.definitions.targets(owner, scope) if one.kind == "class"]
    values: list[Value] = []
    for cls in classes:
        filled = _of_class(flow, cls, owner, name, scope)
        values.extend(filled or ())
        if filled != [{}]:
            bound = flow.definitions.fields(cls, name)[:16]
            values.extend(_of_binding(flow, binding, name, owner, scope) for binding in bound)
    if owner.type == "identifier":
        found = scope.look(name_of(owner))
        values += [
            flow.of(b.node, b.scope)
            for b in (changes(name_of(owner), scope, found[0], node) if found else ())
            if b.target == f".{name}" and b.node is not None
        ]
    if values:
        return merged(values)
    return {} if any(is_enumeration(cls) for cls in classes) else None


def _of_binding(flow: "Flow", binding: Binding, name: str, owner: Node, scope: Scope) -> Value:
    if binding.how != "def":
        return flow.binding(binding, binding.scope, name)
    found = [one for one in flow.definitions.bound(binding) if one.decorators]
    return merged(_of_instance(flow, answer(flow, one), one, owner, scope) for one in found)


def _of_class(flow: "Flow", cls: Scope, owner: Node, name: str, scope: Scope) -> list[Value] | None:
    """Those who decide a declared field of one class; None where the class declares none of that name."""
    found = declared(cls, name, flow.definitions)
    if found is None:
        return None
    if "ClassVar" in text_of(found[1].child_by_field_name("type") or found[1]):
        return None
    safe = _is_safe(flow, cls, name)
    if safe and (validates(cls, flow.definitions) or _is_received(flow, owner, scope)):
        return [{}]
    made: list[Value] = [{Parameter(cls, name): ()}]
    if not safe:
        made.append(held(flow, owner, name, scope))
    return made


def held(flow: "Flow", owner: Node, name: str, scope: Scope, depth: int = DEEPEST) -> Value:
    """Those who fill an object as a whole, and so a field of it; nobody where constructors are given each field."""
    if depth <= 0:
        return {}
    if owner.type == "identifier":
        return _named(flow, owner, name, scope, depth - 1)
    if owner.type == "call":
        return _made(flow, owner, name, scope, depth - 1)
    if owner.type in ("attribute", "subscript"):
        return _strangers(flow.of(owner, scope))
    if owner.type in _INSIDE:
        return merged(held(flow, one, name, scope, depth - 1) for one in owner.named_children)
    return {}


def provided(flow: "Flow", one: Scope, declaration: Node, function: Scope) -> Value:
    """What ``Depends`` on a function or a class of the project puts into a parameter."""
    if one.kind != "class":
        return answer(flow, one)
    if not any(lines(cls) for cls in flow.definitions.lineage(one)):
        return {Origin.LOCAL: ()}
    words = f"{one.name} is filled with what a client sent"
    return {Origin.OUTSIDE: (Step(flow.project.home(function), declaration, words),)}


def is_plain(flow: "Flow", owner: Node, node: Node, scope: Scope) -> bool:
    """Whether ``body["key"]`` of a typed mapping is of a type that leaves no choice."""
    keys = node.children_by_field_name("subscript")
    key = constant(keys[0], scope) if len(keys) == 1 else None
    if not isinstance(key, str) or owner.type != "identifier":
        return False
    classes = flow.definitions.types(owner, scope)
    return bool(classes) and all(_is_safe(flow, cls, key) for cls in classes)


def part(key: str) -> str:
    """The field that the key of a parameter means; empty where it means an entry of a mapping."""
    return key[1:] if key.startswith(_PART) else ""


def _of_instance(flow: "Flow", value: Value, function: Scope, owner: Node, scope: Scope) -> Value:
    """An answer of a property, with what the object at hand holds in place of ``self``."""
    whole: Value = {}
    for atom, way in value.items():
        mine = isinstance(atom, Parameter) and atom.function is function and part(atom.key)
        for one, before in (held(flow, owner, mine, scope) if mine else {atom: ()}).items():
            whole.setdefault(one, (*before, *way))
    return whole


def _is_safe(flow: "Flow", cls: Scope, name: str) -> bool:
    """Whether what a class declares of a field leaves no choice."""
    found = declared(cls, name, flow.definitions)
    kind = found[1].child_by_field_name("type") if found is not None else None
    if found is None or kind is None:
        return False
    outer = found[0].parent or found[0]
    return harmless(kind, outer, flow.definitions) or is_closed(found[1].child_by_field_name("right"))


def _is_received(flow: "Flow", owner: Node, scope: Scope) -> bool:
    """Whether a name is a parameter that a framework fills, and checks by its type."""
    found = scope.look(name_of(owner)) if owner.type == "identifier" else None
    near = reaching(found[1], owner, scope, same=found[0] is scope) if found is not None else []
    return (
        found is not None
        and bool(near)
        and all(
            one.how == "parameter" and Origin.OUTSIDE in flow.binding(one, found[0], name_of(owner)) for one in near
        )
    )


def _named(flow: "Flow", node: Node, name: str, scope: Scope, depth: int) -> Value:
    known = name_of(node)
    found = scope.look(known)
    if found is None:
        return {}
    near = reaching(found[1], node, scope, same=found[0] is scope)
    return merged(_bound(flow, one, found[0], known, name, depth) for one in near[:_MOST])


def _bound(flow: "Flow", binding: Binding, owner: Scope, known: str, name: str, depth: int) -> Value:
    if binding.node is None:
        return {}
    if binding.how == "parameter":
        functions = depended(binding.node, owner, flow.definitions)
        if functions:
            return merged(
                provided(flow, one, binding.node, owner) if one.kind == "class" else _answered(flow, one, name, depth)
                for one in functions
            )
        value = _strangers(flow.binding(binding, owner, known))
        return {
            atom._replace(key=_PART + name) if isinstance(atom, Parameter) and atom.function is owner else atom: way
            for atom, way in value.items()
        }
    if binding.how in ("assign", "element"):
        value = held(flow, binding.node, name, binding.scope, depth)
        return flow.passing(value, binding.node, binding.scope, f"held in {known}") if value else value
    return {}


def _made(flow: "Flow", node: Node, name: str, scope: Scope, depth: int) -> Value:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    targets = flow.definitions.targets(function, scope) if function is not None else ()
    if not targets or function is None or arguments is None:
        return _strangers(flow.of(node, scope))
    call = Call(node, function, scope, arguments)
    values: list[Value] = []
    for one in targets:
        if one.kind == "class":
            values.append(_strangers(flow.all(splats(call), scope)))
        elif one.node.type != "lambda":
            values.append(substituted(flow, _answered(flow, one, name, depth), one, call))
    return merged(values)


def _answered(flow: "Flow", function: Scope, name: str, depth: int) -> Value:
    answers = [one for answer in function.returns[:_MOST] for one in answer.named_children[:1]]
    return merged(held(flow, one, name, function, depth) for one in answers)


def _strangers(value: Value) -> Value:
    """A value without those who are only not known."""
    return {atom: way for atom, way in value.items() if atom not in (Origin.LOCAL, Origin.CALLER, *Mark)}
