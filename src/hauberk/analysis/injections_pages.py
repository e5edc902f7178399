# SPDX-License-Identifier: Apache-2.0
"""Answers of web frameworks that are sent as pages: what a view returns, and what Tornado's handlers write.

Sources: the documentation of Flask, Quart, Bottle, FastAPI (``response_class``) and Tornado (``RequestHandler.write``).
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import dotted, reaching
from hauberk.analysis.definitions import enclosing
from hauberk.assets.python import Module
from hauberk.assets.scopes import Scope, name_of, text_of

SERVED = frozenset({b"flask", b"quart", b"bottle", b"route", b"response_class", b"tornado"})
"""Names in every module that answers with pages."""
_WRITES = frozenset({b"write", b"finish"})
_OTHER = re.compile(r"[Cc]ontent-[Tt]ype['\"]\s*,\s*['\"](?!text/html)")
"""A handler that says that it answers with something else."""

Page = tuple[Node, Scope, Node, str]
"""What is sent, where it is evaluated, the place to name, and what it is given to."""


def pages(module: Module) -> Iterator[Page]:
    """What is sent as a page in a module."""
    if not module.holds(SERVED):
        return
    yield from _answers(module)
    if module.holds(frozenset({b"tornado"})):
        yield from _written(module)


def _written(module: Module) -> Iterator[Page]:
    """``self.write(text)`` in a handler of Tornado; a mapping is sent as JSON."""
    for call in module.calls_of(_WRITES):
        shown = text_of(call.function)
        cls = enclosing(call.scope) if shown in ("self.write", "self.finish") else None
        bases = cls.node.child_by_field_name("superclasses") if cls is not None else None
        if cls is None or bases is None or not call.positional or call.positional[0].type == "dictionary":
            continue
        names = [name for base in bases.named_children for name in dotted(base, cls.parent or cls)]
        handles = any(name.startswith("tornado.") and name.endswith("RequestHandler") for name in names)
        if handles and not _OTHER.search(text_of(call.scope.node)):
            yield call.positional[0], call.scope, call.node, shown


def _answers(module: Module) -> Iterator[Page]:
    """What a view of Flask, Quart or Bottle returns as text is sent as a page."""
    for scope in module.scopes.values():
        declared = any(_is_declared(node, scope) for node in scope.decorators)
        if not scope.returns or not (declared or any(_is_page(node, scope) for node in scope.decorators)):
            continue
        for answer in scope.returns:
            node = answer.named_children[0] if answer.named_children else None
            if node is not None and node.type in ("expression_list", "tuple") and node.named_children:
                node = node.named_children[0]
            if answer.type == "return_statement" and node is not None and (declared or _is_text(node, scope)):
                yield node, scope, answer, "a page"


def _is_declared(decorator: Node, scope: Scope) -> bool:
    """``@app.get("/", response_class=HTMLResponse)``."""
    call = decorator.named_children[0] if decorator.named_children else None
    arguments = call.child_by_field_name("arguments") if call is not None and call.type == "call" else None
    for one in arguments.named_children if arguments is not None else ():
        key, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        if key is not None and value is not None and name_of(key) == "response_class":
            return any(name.endswith(".HTMLResponse") for name in dotted(value, scope.parent or scope))
    return False


def _is_page(decorator: Node, scope: Scope) -> bool:
    call = decorator.named_children[0] if decorator.named_children else None
    function = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if function is None or function.type != "attribute":
        return False
    names = dotted(function, scope.parent or scope)
    if any(name.startswith(("flask.", "quart.", "bottle.")) for name in names):
        return True
    return not names and text_of(function).endswith(".route")


def _is_text(  # noqa: PLR0911  one answer for each kind of expression
    node: Node, scope: Scope, depth: int = 6
) -> bool:
    """Whether an expression is put together as text."""
    if node.type in ("string", "concatenated_string"):
        return True
    if node.type == "binary_operator":
        return any(_is_text(one, scope, depth - 1) for one in node.named_children) if depth else False
    if node.type in ("parenthesized_expression", "conditional_expression"):
        return any(_is_text(one, scope, depth - 1) for one in node.named_children) if depth else False
    if node.type == "call":
        function = node.child_by_field_name("function")
        owner = function.child_by_field_name("object") if function is not None else None
        method = function.child_by_field_name("attribute") if function is not None else None
        if owner is not None and method is not None and text_of(method) in ("format", "join", "replace"):
            return _is_text(owner, scope, depth - 1) if depth else False
        return function is not None and text_of(function) == "str"
    if node.type != "identifier" or not depth:
        return False
    found = scope.look(name_of(node))
    near = reaching(found[1], node, scope, same=found[0] is scope) if found else []
    return any(
        one.node is not None and one.how in ("assign", "add") and _is_text(one.node, one.scope, depth - 1)
        for one in near
    )
