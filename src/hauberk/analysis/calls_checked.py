# SPDX-License-Identifier: Apache-2.0
"""Whether a digest or a signature of what a call loads was compared on every way to it."""

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from hauberk.analysis.calls import reaching
from hauberk.analysis.paths import skips
from hauberk.assets.scopes import Call, Scope, name_of, text_of

_DIGEST = re.compile(
    r"\b(?:hashlib|hmac|sha(?:1|224|256|384|512|3_\d+)(?:sum)?|blake2[bs]|blake3|hexdigest|compare_digest|file_digest)\b|\.digest\("
)
_VERIFIES = re.compile(
    r"(?:\b|_|\.)(?:verif(?:y|ies|ied)\w*|(?:check|assert|ensure|validate|require)_(?:\w+_)?(?:digest|hash|sha\w*|checksum|integrity|signature)\w*)\s*\("
)
_MOST = 60
_DEEPEST = 4
Functions = dict[str, list[Node]]


def checked(call: Call, scopes: Iterable[Scope]) -> bool:
    """Whether a comparison of a digest, or a check of a signature, of the same data stands before a call."""
    if not digests(call.scope):
        return False
    functions = _functions(scopes)
    wanted = set(_roots((*call.positional, *call.keywords.values()), call.scope))
    owner = call.function.child_by_field_name("object")
    if owner is not None:
        wanted |= set(_roots((owner,), call.scope))
    return any(
        wanted & set(_roots((test,), call.scope)) and _judges(test, call.scope, functions, must=must)
        for test, must in _before(call.node)
    )


def reviewed(call: Call) -> bool:
    """Whether a call is reached only if what skops does not trust was looked at, and something in it refused."""
    return any(
        must == "refuses" and any("get_untrusted_types" in text_of(one) for one in (test, *_made(test, call.scope)))
        for test, must in _before(call.node)
    )


def listed(call: Call) -> bool:
    """Whether what a call is given was looked up in a list of what is allowed, on every way to it."""
    wanted = set(_roots((*call.positional, *call.keywords.values()), call.scope))
    return any(
        must != "calls" and " in " in text_of(test) and wanted & set(_roots((test,), call.scope))
        for test, must in _before(call.node)
    )


def _functions(scopes: Iterable[Scope]) -> Functions:
    """Definitions of functions of a module by their names."""
    found: Functions = {}
    for scope in scopes:
        if scope.kind == "function" and scope.name:
            found.setdefault(scope.name, []).append(scope.node)
    return found


def digests(scope: Scope) -> bool:
    """Whether a module speaks of digests or signatures at all."""
    key = ("digests", 0)
    if key not in scope.root.memory:
        text = text_of(scope.root.node)
        scope.root.memory[key] = bool(_DIGEST.search(text) or _VERIFIES.search(text))
    return bool(scope.root.memory[key])


def _before(use: Node) -> Iterator[tuple[Node, str]]:
    """Conditions and calls that a use comes after: ``refuses`` leaves where it holds, ``lets`` must hold, ``calls``."""
    child, parent = use, use.parent
    while parent is not None and parent.type not in ("class_definition", "lambda"):
        if parent.type == "if_statement" and child == parent.child_by_field_name("consequence"):
            condition = parent.child_by_field_name("condition")
            if condition is not None:
                yield condition, "lets"
        elif parent.type in ("else_clause", "elif_clause") and parent.parent is not None:
            condition = parent.parent.child_by_field_name("condition")
            if condition is not None:
                yield condition, "refuses"
        elif parent.type in ("block", "module"):
            before = [one for one in parent.named_children if one.end_byte <= child.start_byte][-_MOST:]
            for one in reversed(before):
                yield from _statement(one)
        if parent.type == "function_definition":
            return
        child, parent = parent, parent.parent


def _statement(one: Node) -> Iterator[tuple[Node, str]]:
    if one.type == "if_statement":
        condition, body = one.child_by_field_name("condition"), one.child_by_field_name("consequence")
        if condition is not None and body is not None and skips(body):
            yield condition, "refuses"
    elif one.type == "assert_statement" and one.named_children:
        yield one.named_children[0], "lets"
    elif one.type in ("with_statement", "try_statement"):
        body = one.child_by_field_name("body")
        for inner in body.named_children if body is not None else ():
            yield from _statement(inner)
    elif one.type in ("expression_statement", "return_statement") and one.named_children:
        yield one.named_children[0], "calls"


def _judges(test: Node, scope: Scope, functions: Functions, *, must: str) -> bool:
    """Whether an expression compares a digest, or calls what does and raises."""
    text = text_of(test)
    compares = "!=" in text or "==" in text or "compare_digest" in text or " in " in text
    if must != "calls":
        if compares and (_DIGEST.search(text) or any(_DIGEST.search(text_of(one)) for one in _made(test, scope))):
            return True
        if compares and any(_DIGEST.search(body) for body in _bodies(test, scope, functions)):
            return True
        if any(_DIGEST.search(body) and "return" in body for body in _bodies(test, scope, functions)):
            return True
        return bool(_VERIFIES.search(text)) and not _bodies(test, scope, functions)
    bodies = _bodies(test, scope, functions)
    if bodies:
        return any(
            ("raise" in body or "assert" in body or "exit(" in body)
            and (_DIGEST.search(body) or _VERIFIES.search(body))
            for body in bodies
        )
    return bool(_VERIFIES.search(text))


def _bodies(test: Node, scope: Scope, functions: Functions) -> list[str]:
    """Texts of the module's functions that an expression, or what it was made of, calls."""
    found: list[str] = []
    for node in (test, *_made(test, scope)):
        for name in re.findall(r"(\w+)\s*\(", text_of(node)):
            found.extend(text_of(one) for one in functions.get(name, ()))
    return found


def _made(node: Node, scope: Scope) -> list[Node]:
    """Values of the names in an expression, and of the names in those."""
    found: list[Node] = []
    seen: set[int] = set()
    todo = [(node, 0)]
    while todo and len(found) < _MOST:
        one, depth = todo.pop()
        for name in _identifiers(one):
            bound = scope.look(name_of(name))
            near = reaching(bound[1], name, scope, same=bound[0] is scope) if bound else []
            for binding in near:
                value = binding.node
                if binding.how == "assign" and value is not None and value.id not in seen and depth < _DEEPEST:
                    seen.add(value.id)
                    found.append(value)
                    todo.append((value, depth + 1))
    return found


def _identifiers(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        one = todo.pop()
        if one.type == "identifier":
            yield one
        elif one.type == "attribute":
            todo.extend(one.named_children[:1])
        elif one.type == "keyword_argument":
            todo.extend(one.named_children[1:])
        else:
            todo.extend(one.named_children)


def _roots(nodes: Iterable[Node], scope: Scope) -> Iterator[str]:
    """Names behind expressions that are data: not modules, functions or builtins."""
    for node in nodes:
        for one in (node, *_made(node, scope)):
            for name in _identifiers(one):
                bound = scope.look(name_of(name))
                if bound is not None and any(b.how in ("assign", "parameter", "element", "add") for b in bound[1]):
                    yield name_of(name)
            if one.type == "attribute" or "self." in text_of(one):
                yield from re.findall(r"self\.\w+", text_of(one))
