# SPDX-License-Identifier: Apache-2.0
"""What a mapping holds under one literal key, through ``**`` and the keywords that a function gathers.

``f(**options)`` gives the parameter ``name`` what ``options`` holds under ``"name"``, and ``kwargs.pop("name")`` takes
what the caller wrote under that keyword: one entry that a stranger decides does not make the others his. Where a part
of the mapping is not plain to see, the answer is None, and the whole of it counts.
"""

from typing import TYPE_CHECKING

from tree_sitter import Node

from hauberk.analysis.callers import Site, parameters, passed, splats
from hauberk.analysis.calls import Unknown, constant, dotted, reaching
from hauberk.analysis.flow_containers import changes
from hauberk.analysis.flow_names import Origin
from hauberk.analysis.flow_parameters import entry
from hauberk.analysis.flow_values import Parameter, Value, merged
from hauberk.assets.scopes import Binding, Call, Scope, name_of

if TYPE_CHECKING:
    from hauberk.analysis.flow import Flow

DEEPEST = 12
"""Longest chain of names and copies that is followed to where a mapping is made."""
_COPIES = frozenset({"builtins.dict", "copy.copy", "copy.deepcopy", "collections.OrderedDict"})


def at(flow: "Flow", node: Node, key: str, scope: Scope, depth: int = DEEPEST) -> Value | None:
    """Those who decide what a mapping holds under a key; None where its parts are not plain to see."""
    if depth <= 0:
        return None
    if node.type == "identifier":
        return _named(flow, node, key, scope, depth - 1)
    if node.type == "dictionary":
        return _written(flow, node, key, scope, depth - 1)
    if node.type == "call":
        return _copied(flow, node, key, scope, depth - 1)
    if node.type == "parenthesized_expression" and node.named_children:
        return at(flow, node.named_children[0], key, scope, depth - 1)
    return None


def taken(flow: "Flow", owner: Node, given: list[Node], scope: Scope) -> Value | None:
    """``mapping.get("key", default)`` and ``mapping["key"]``: the entry and the default."""
    key = constant(given[0], scope) if given else None
    if not isinstance(key, str) or owner.type != "identifier":
        return None
    value = at(flow, owner, key, scope)
    return None if value is None else merged([value, flow.all(given[1:2], scope)])


def given(flow: "Flow", site: Site, atom: Parameter) -> Value:
    """What one caller passes for a parameter or an entry of it, through ``**`` as well, or its default."""
    known = dict(parameters(atom.function))
    declared = known.get(atom.name)
    scope = site.call.scope
    gathered = declared is not None and _is(declared, "dictionary_splat_pattern")
    if atom.key and gathered:
        if atom.key in site.keywords:
            return flow.of(site.keywords[atom.key], scope)
        return {} if atom.key in known else _spread(flow, site.splat, atom.key, scope)
    nodes = passed(site, atom.function, atom.name)
    if nodes is None:
        return _default(flow, declared, atom.function)
    if atom.key:
        return merged(_entry(flow, one, atom.key, scope) for one in nodes)
    packed = gathered or (declared is not None and _is(declared, "list_splat_pattern"))
    if not site.splat or packed or nodes != [*site.splat]:
        return flow.all(nodes, scope)
    return merged([_spread(flow, site.splat, atom.name, scope), _default(flow, declared, atom.function)])


def member(flow: "Flow", site: Site, atom: Parameter) -> Value:
    """Those who fill a field of what one caller passes."""
    nodes = passed(site, atom.function, atom.name) or ()
    if atom.name in ("self", "cls"):
        owner = site.call.function.child_by_field_name("object")
        nodes = [owner] if owner is not None else ()
    return merged(flow.whole(one, atom.key, site.call.scope) for one in nodes)


def _default(flow: "Flow", declared: Node | None, function: Scope) -> Value:
    default = declared.child_by_field_name("value") if declared is not None else None
    return flow.of(default, function.parent or function) if default is not None else {}


def _is(declared: Node, kind: str) -> bool:
    """Whether a parameter is declared with one or two stars."""
    inner = declared.named_children[0] if declared.type == "typed_parameter" and declared.named_children else declared
    return inner.type == kind


def _spread(flow: "Flow", splat: tuple[Node, ...], key: str, scope: Scope) -> Value:
    """What is given to one name by ``*`` and ``**`` arguments."""
    mappings = [one for one in splat if one.parent is not None and one.parent.type == "dictionary_splat"]
    lists = [one for one in splat if one not in mappings]
    return merged([flow.all(lists, scope), *(_entry(flow, one, key, scope) for one in mappings)])


def _entry(flow: "Flow", node: Node, key: str, scope: Scope, depth: int = DEEPEST) -> Value:
    value = at(flow, node, key, scope, depth)
    return flow.of(node, scope) if value is None else value


def _named(flow: "Flow", node: Node, key: str, scope: Scope, depth: int) -> Value | None:
    name = name_of(node)
    found = scope.look(name)
    if found is None or found[0] is not scope:
        return None
    values: list[Value] = []
    for binding in reaching(found[1], node, scope, same=True):
        value = _bound(flow, binding, scope, name, key, depth)
        if value is None:
            return None
        values.append(value)
    if not values:
        return None
    for one in changes(name, scope, scope, node):
        if one.node is not None and one.target == repr(key):
            values.append(flow.passing(flow.of(one.node, one.scope), one.node, one.scope, f"held in {name}"))
        elif one.node is not None and one.target == "":
            values.append(_entry(flow, one.node, key, one.scope, depth))
    return merged(values)


def _bound(flow: "Flow", binding: Binding, owner: Scope, name: str, key: str, depth: int) -> Value | None:
    if binding.node is None:
        return None
    if binding.how == "assign":
        value = at(flow, binding.node, key, binding.scope, depth)
        return flow.passing(value, binding.node, binding.scope, f"held in {name}") if value else value
    if binding.how != "parameter" or entry(binding.node, owner, flow.definitions)[0] is not Origin.CALLER:
        return None
    return {Parameter(owner, name, key): ()}


def _written(flow: "Flow", node: Node, key: str, scope: Scope, depth: int) -> Value | None:
    """A dictionary as written; what stands later under the same key counts alone."""
    values: list[Value] = []
    for pair in node.named_children:
        if pair.type == "dictionary_splat":
            values += [_entry(flow, one, key, scope, depth) for one in pair.named_children]
        elif pair.type == "pair":
            name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if name is None or value is None:
                return None
            known = constant(name, scope)
            if known == key:
                values = [flow.of(value, scope)]
            elif isinstance(known, Unknown):
                values.append(flow.of(value, scope))
        elif pair.type != "comment":
            return None
    return merged(values)


def _copied(flow: "Flow", node: Node, key: str, scope: Scope, depth: int) -> Value | None:
    """``dict(a=1, **rest)``, ``copy.copy(mapping)`` and ``mapping.copy()``."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or arguments.type != "argument_list":
        return None
    nodes = [one for one in arguments.named_children if one.type != "comment"]
    method, owner = function.child_by_field_name("attribute"), function.child_by_field_name("object")
    if method is not None and owner is not None and name_of(method) == "copy" and not nodes:
        return at(flow, owner, key, scope, depth)
    if not any(name in _COPIES for name in dotted(function, scope)):
        return None
    named = [one for one in nodes if one.type == "keyword_argument" and _keyword(one) == key]
    if named:
        return flow.all(named, scope)
    splat = splats(Call(node, function, scope, arguments))
    plain = [one for one in nodes if one.type not in ("keyword_argument", "dictionary_splat", "list_splat")]
    return merged([*(_entry(flow, one, key, scope, depth) for one in plain), _spread(flow, splat, key, scope)])


def _keyword(argument: Node) -> str:
    name = argument.child_by_field_name("name")
    return name_of(name) if name is not None else ""
