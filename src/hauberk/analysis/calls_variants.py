# SPDX-License-Identifier: Apache-2.0
"""A call inside a wrapper as its callers make it: literals that they, or a default, pass on through parameters."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from tree_sitter import Node

from hauberk.assets.scopes import Call, Scope, name_of, text_of

_LITERAL = frozenset({"true", "false", "none", "string", "integer"})
_DEEPEST = 3
"""Wrappers around wrappers that are followed."""
_MOST = 48
"""Variants of one call, and callers of one function, that are looked at."""


def variants(call: Call, calls: Iterable[Call], depth: int = _DEEPEST) -> Iterator[Call]:
    """The call with parameters of the function around replaced by what is passed for them, where that is a literal."""
    function = _function(call.scope)
    parameters = list(_parameters(function)) if function is not None else []
    passed = {one: node for one, node in _passed(call) if node.type == "identifier" and node.text is not None}
    used = {name for name, _, _ in parameters} & {text_of(node) for node in passed.values()}
    gathered = next((name for name, _, kind in parameters if kind == "dictionary_splat_pattern"), "")
    spread = bool(gathered) and call.spread and _spreads(call, gathered)
    if function is None or depth <= 0 or not (used or spread):
        return
    defaults = {name: value for name, value, _ in parameters if value is not None and value.type in _LITERAL}
    if defaults.keys() & used:
        yield _with(call, passed, defaults, {})
    named = [name for name, _, kind in parameters if kind == "plain"]
    skip = 1 if named and named[0] in ("self", "cls") else 0
    for site in _sites(function, calls):
        given = dict(zip(named[skip:], site.positional, strict=False))
        given |= {name: node for name, node in site.keywords.items() if name in named}
        more = {name: node for name, node in site.keywords.items() if name not in named} if spread else {}
        written = {name: node for name, node in given.items() if node.type in _LITERAL}
        if written.keys() & used or more:
            yield _with(call, passed, {**defaults, **written}, more)
        if any(node.type == "identifier" for node in (*given.values(), *more.values())) or site.spread:
            inner = _with(call, passed, given, more)
            passed_on = (inner.positional, inner.keywords, site.spread)
            yield from variants(replace(inner, scope=site.scope, sorted=passed_on), calls, depth - 1)


def _passed(call: Call) -> Iterator[tuple[int | str, Node]]:
    yield from enumerate(call.positional)
    yield from call.keywords.items()


def _with(call: Call, passed: dict[int | str, Node], values: dict[str, Node], more: dict[str, Node]) -> Call:
    """A call with some arguments given anew."""

    def value(at: int | str, node: Node) -> Node:
        return values.get(text_of(passed[at]), node) if at in passed else node

    positional = tuple(value(at, node) for at, node in enumerate(call.positional))
    keywords = {name: value(name, node) for name, node in call.keywords.items()}
    return replace(call, sorted=(positional, {**more, **keywords}, False))


def _function(scope: Scope | None) -> Scope | None:
    """The function around, comprehensions left out."""
    while scope is not None and scope.kind not in ("function", "module", "class", "lambda"):
        scope = scope.parent
    return scope if scope is not None and scope.kind == "function" else None


def _parameters(function: Scope) -> Iterator[tuple[str, Node | None, str]]:
    """Names, defaults and kinds of parameters that are bound nowhere else."""
    declared = function.node.child_by_field_name("parameters")
    for one in declared.named_children if declared is not None else ():
        kind = one.type if one.type.endswith("splat_pattern") else "plain"
        name = one.child_by_field_name("name") or (one if one.type == "identifier" else None)
        if name is None and one.named_children:
            name, kind = one.named_children[0], one.named_children[0].type if "typed" in one.type else kind
            if name.type.endswith("splat_pattern"):
                name = name.named_children[0]
            else:
                kind = "plain" if not kind.endswith("splat_pattern") else kind
        if name is not None and name.type == "identifier":
            bound = function.bindings.get(name_of(name), [])
            if all(binding.how == "parameter" for binding in bound):
                yield name_of(name), one.child_by_field_name("value"), kind


def _spreads(call: Call, name: str) -> bool:
    arguments = call.node.child_by_field_name("arguments")
    return any(
        one.type == "dictionary_splat" and one.named_children and text_of(one.named_children[0]) == name
        for one in (arguments.named_children if arguments is not None else ())
    )


def _sites(function: Scope, calls: Iterable[Call]) -> list[Call]:
    """Calls of a function in its module, by its name or its class's."""
    owner = function.parent
    wanted = {function.name}
    if function.name == "__init__" and owner is not None and owner.kind == "class":
        wanted = {owner.name}
    found = []
    for one in calls:
        last = one.function.child_by_field_name("attribute") or one.function
        if last.type == "identifier" and name_of(last) in wanted:
            found.append(one)
            if len(found) == _MOST:
                break
    return found
