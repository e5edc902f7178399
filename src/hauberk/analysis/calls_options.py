# SPDX-License-Identifier: Apache-2.0
"""Keywords of a call that stand elsewhere: in a mapping that is spread, or in ``functools.partial``."""

from msgspec.structs import replace
from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted, reaching
from hauberk.analysis.paths import forks
from hauberk.assets.scopes import Call, Scope, name_of, text_of

_DEEPEST = 6
"""Longest chain of mappings within mappings that is followed."""
Entries = tuple[dict[str, Node], bool]
"""Values by literal key, and whether these are all."""


def spelled(call: Call) -> Call:
    """The call with what its ``**mapping`` arguments hold as keywords; still spread where a part cannot be seen."""
    arguments = call.node.child_by_field_name("arguments")
    if not call.spread or arguments is None:
        return call
    keywords, whole = dict(call.keywords), True
    for child in arguments.named_children:
        if child.type == "dictionary_splat" and child.named_children:
            more, all_of_it = _entries(child.named_children[0], call.node, call.scope, _DEEPEST)
            keywords, whole = {**more, **keywords}, whole and all_of_it
        elif child.type == "list_splat":
            whole = False
    return replace(call, sorted=(call.positional, keywords, not whole))


def completed(call: Call) -> Call | None:
    """The call that ``functools.partial(f, ...)`` prepares, its other arguments not seen; None for all else."""
    if not call.positional or "functools.partial" not in dotted(call.function, call.scope):
        return None
    return replace(call, function=call.positional[0], sorted=(call.positional[1:], call.keywords, True))


def entries(node: Node, use: Node, scope: Scope) -> Entries:
    """What a mapping holds by its literal keys, as far as can be seen from where it is used."""
    return _entries(node, use, scope, _DEEPEST)


def _entries(  # noqa: PLR0911  one answer for each kind of expression
    node: Node, use: Node, scope: Scope, depth: int
) -> Entries:
    if depth <= 0:
        return {}, False
    if node.type == "identifier":
        return _named(node, use, scope, depth - 1)
    if node.type == "dictionary":
        return _written(node, use, scope, depth - 1)
    if node.type == "attribute":
        return _field(node, use, scope, depth - 1)
    if node.type == "binary_operator" and any(one.type == "|" for one in node.children):
        sides = [_entries(one, use, scope, depth - 1) for one in node.named_children]
        return {k: v for found, _ in sides for k, v in found.items()}, all(whole for _, whole in sides)
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if (
        node.type == "call"
        and function is not None
        and arguments is not None
        and "builtins.dict" in dotted(function, scope)
    ):
        return _written(arguments, use, scope, depth - 1)
    return {}, False


def _field(node: Node, use: Node, scope: Scope, depth: int) -> Entries:
    """Of ``self.options``, where a class gives that only one value."""
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or name is None or text_of(owner) not in ("self", "cls"):
        return {}, False
    klass: Scope | None = scope
    while klass is not None and klass.kind != "class":
        klass = klass.parent
    bound = [*scope.fields(name_of(name)), *(klass.bindings.get(name_of(name), ()) if klass is not None else ())]
    if len(bound) != 1 or bound[0].how != "assign" or bound[0].node is None:
        return {}, False
    found, _ = _entries(bound[0].node, use, bound[0].scope, depth)
    return found, False


def _written(node: Node, use: Node, scope: Scope, depth: int) -> Entries:
    """Of ``{"key": value, **more}`` and of the arguments of ``dict(key=value, **more)``."""
    found: dict[str, Node] = {}
    whole = True
    for child in node.named_children:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        name = child.child_by_field_name("name")
        word = constant(key, scope) if key is not None else name_of(name) if name is not None else None
        if isinstance(word, str) and value is not None:
            found[word] = value
        elif child.type == "dictionary_splat" and child.named_children:
            more, all_of_it = _entries(child.named_children[0], use, scope, depth)
            found, whole = {**found, **more}, whole and all_of_it
        elif child.type != "comment":
            whole = False
    return found, whole


def _named(node: Node, use: Node, scope: Scope, depth: int) -> Entries:
    """What a name holds: what it was made with and what every way to here has put into it since."""
    bound = scope.look(name_of(node))
    near = reaching(bound[1], node, scope, same=bound[0] is scope) if bound else []
    if bound is None or len(near) != 1 or near[0].how not in ("assign", "parameter") or near[0].node is None:
        return {}, False
    gathered = near[0].how == "parameter"  # what callers give is not seen, what is put into it here is
    found, whole = ({}, False) if gathered else _entries(near[0].node, use, near[0].scope, depth)
    here = forks(use, scope)
    for one in bound[0].changes.get(name_of(node), ()):
        if one.node is None or (bound[0] is scope and not near[0].at < one.at < use.start_byte):
            continue
        around = forks(one.node, one.scope)
        sure = bool(one.target) and (bound[0] is not scope or here[: len(around)] == around)
        word = one.target.strip("'\"")
        found = {key: value for key, value in found.items() if key != word}
        if sure:
            found[word] = one.node
        whole = whole and sure
    return found, whole
