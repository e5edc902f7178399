# SPDX-License-Identifier: Apache-2.0
"""Finds the routes of Python serving code, and what stands between a caller and each of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, Scope, text_of

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "route", "api_route", "websocket", "websocket_route"})
_APPS = re.compile(
    r"(?:fastapi\.(?:\w+\.)*FastAPI|(?:flask|quart)\.(?:Flask|Quart)|starlette\.(?:\w+\.)*Starlette|sanic\.Sanic)\(\)"
)
_ROUTERS = re.compile(
    r"(?:fastapi\.(?:\w+\.)*APIRouter|(?:flask|quart)\.Blueprint|starlette\.(?:\w+\.)*Router|sanic\.Blueprint)\(\)"
)
"""Collections of routes; what guards them may stand where they are included, in another file."""
_FRAMEWORKS = re.compile(rb"\b(?:fastapi|flask|quart|starlette|sanic|litestar)\b")
_NAMES = (b"fastapi", b"flask", b"quart", b"starlette", b"sanic", b"litestar")
_LITESTAR = re.compile(r"litestar\.(?:get|post|put|patch|delete|route)")
_GUARDS = re.compile(
    r"auth(?!or)|token|jwt|api_?key|credential|verif|login|permission|require|secur|current_?user|get_user|principal"
    r"|identity|bearer|oauth|session_user|access_(?:control|policy)|protected|guard|rbac|scopes?\b|hmac|signature|mtls",
    re.IGNORECASE,
)
"""Words in the names of dependencies, decorators, middleware and functions that identify the caller."""
_REFUSES = re.compile(
    r"\b40[13]\b|HTTP_40[13]|[\"'](?:Authorization|X-API-Key|Api-Key)[\"']|compare_digest|Unauthorized|PermissionDenied",
    re.IGNORECASE,
)
"""Text of a body that turns a caller away, or looks at a credential."""
_LONGEST = 80
"""Characters of a path's source that are shown."""
_DEPENDS = re.compile(r"(?:fastapi\.(?:\w+\.)*)?(?P<kind>Depends|Security)$")
_DEPENDENCY = re.compile(r"(?:^|\.)(?:\w+Dep|\w+Dependency|Current\w*|Authenticated\w*|Authorized\w*)$")


@dataclass(frozen=True, slots=True)
class Route:
    """One function that answers requests."""

    call: Call
    """The decorator."""
    path: str
    verbs: frozenset[str]
    """In capitals; ``GET`` where nothing is said."""
    function: str
    guarded: bool
    body: str
    """The source of what answers; empty where it cannot be told."""
    asks: str
    """The source of its parameters."""
    certain: bool
    """The object that it is registered with is known to be an application, all of whose guards are in this file."""


def routes(module: Module) -> Iterator[Route]:
    """Every route that a decorator registers."""
    source = module.source
    if not (any(name in source for name in _NAMES) and _FRAMEWORKS.search(source)):
        return
    shared, named = _guarded_apps(module), _guarded_functions(module)
    for call in module.calls:
        definition = _decorated(call)
        if definition is None:
            continue
        owner, known, certain = _owner(call)
        path = _path(call, known=known)
        if owner is None or path is None:
            continue
        guarded = "*" in shared or owner in shared or _is_guarded(call, definition)
        name = definition.child_by_field_name("name")
        guarded = guarded or (name is not None and text_of(name) in named)
        body, asked = definition.child_by_field_name("body"), definition.child_by_field_name("parameters")
        yield Route(
            call=call,
            path=path,
            verbs=_verbs(call),
            function=text_of(name) if name is not None else "",
            guarded=guarded,
            body=text_of(body) if body is not None else "",
            asks=text_of(asked) if asked is not None else "",
            certain=certain,
        )


def _decorated(call: Call) -> Node | None:
    """The function that a call decorates."""
    decorator = call.node.parent
    decorated = decorator.parent if decorator is not None and decorator.type == "decorator" else None
    definition = decorated.child_by_field_name("definition") if decorated is not None else None
    return definition if definition is not None and definition.type == "function_definition" else None


def _owner(call: Call) -> tuple[str | None, bool, bool]:
    """Text of the object that a route is registered with; whether it is known to take routes, and to be an application.

    None where it is known to be something else.
    """
    names = dotted(call.function, call.scope)
    if any(map(_LITESTAR.fullmatch, names)):
        return "", True, True
    verb, owner = call.function.child_by_field_name("attribute"), call.function.child_by_field_name("object")
    if verb is None or owner is None or text_of(verb) not in _VERBS:
        return None, False, False
    made = [name.rpartition(".")[0] for name in names]
    if any(map(_APPS.fullmatch, made)):
        return text_of(owner), True, True
    if any(map(_ROUTERS.fullmatch, made)):
        return text_of(owner), True, False
    elsewhere = not names or all(name.startswith(".") or "()" not in name for name in made)
    return text_of(owner) if elsewhere else None, False, False


def _path(call: Call, *, known: bool) -> str | None:
    """The path, or its source where it is put together; None where it is no path."""
    node = call.argument(0, "path") or call.keywords.get("rule")
    path = constant(node, call.scope) if node is not None else ""
    if isinstance(path, str):
        return (path or "/") if path.startswith("/") or not path else None
    return " ".join(text_of(node).split())[:_LONGEST] if known and node is not None else None


def _verbs(call: Call) -> frozenset[str]:
    attribute = call.function.child_by_field_name("attribute")
    verb = text_of(attribute if attribute is not None else call.function).lower()
    if verb not in ("route", "api_route"):
        return frozenset({verb.upper()})
    methods = call.keywords.get("methods")
    given = constant(methods, call.scope) if methods is not None else ("GET",)
    listed = given if isinstance(given, tuple) else re.findall(r"[A-Z]+", text_of(methods).upper()) if methods else ()
    return frozenset(str(one).upper() for one in listed) or frozenset({"GET"})


def _is_guarded(call: Call, definition: Node) -> bool:
    """Whether a decorator, a dependency or the body of the function looks at who calls."""
    decorated = definition.parent
    others = [node for node in (decorated.named_children if decorated is not None else ()) if node.type == "decorator"]
    if any(_GUARDS.search(_before_arguments(node)) for node in others if node != call.node.parent):
        return True
    if any(_names_guard(node, call.scope) for node in _named(call, "dependencies", "guards", "middleware")):
        return True
    parameters = definition.child_by_field_name("parameters")
    if parameters is not None and (_names_guard(parameters, call.scope) or _typed_guard(parameters)):
        return True
    return _body_guards(definition)


def _typed_guard(parameters: Node) -> bool:
    """Whether a parameter's type is a dependency under a name: ``Annotated[..., Depends(...)]`` elsewhere."""
    types = [one.child_by_field_name("type") for one in parameters.named_children]
    return any(_DEPENDENCY.search(text_of(one)) for one in types if one is not None)


def _before_arguments(decorator: Node) -> str:
    return text_of(decorator).partition("(")[0]


def _named(call: Call, *names: str) -> list[Node]:
    return [call.keywords[name] for name in names if name in call.keywords]


def _body_guards(definition: Node) -> bool:
    body = definition.child_by_field_name("body")
    if body is None:
        return False
    if _REFUSES.search(text_of(body)):
        return True
    return any(_GUARDS.search(text_of(function)) and _may_guard(function) for function in _called(body))


def _may_guard(function: Node) -> bool:
    """Whether a called function could identify a caller: tokenizers and verified checksums do not."""
    return not re.search(r"tokeni[sz]|tokens|token_ids|require_grad|load_|from_pretrained", text_of(function))


def _called(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        one = pending.pop()
        if one.type == "call" and (function := one.child_by_field_name("function")) is not None:
            yield function
        pending.extend(one.named_children)


def _names_guard(node: Node, scope: Scope) -> bool:
    """Whether a ``Depends(...)`` or ``Security(...)`` below a node, or a list of guards, identifies the caller."""
    if node.type == "list" and any(_GUARDS.search(text_of(one)) for one in node.named_children):
        return True
    for function in _called(node):
        match = _DEPENDS.search(text_of(function))
        arguments = function.parent.child_by_field_name("arguments") if function.parent is not None else None
        if match is None or arguments is None:
            continue
        if match["kind"] == "Security" or _GUARDS.search(text_of(arguments)) or "user" in text_of(arguments).lower():
            return True
        if any(_definition_guards(argument, scope) for argument in arguments.named_children):
            return True
    return False


def _definition_guards(argument: Node, scope: Scope) -> bool:
    """Whether a dependency that is defined in this module turns callers away."""
    found = scope.look(text_of(argument)) if argument.type == "identifier" else None
    return any(
        binding.how == "def" and binding.node is not None and _body_guards(binding.node)
        for binding in (found[1] if found else ())
    )


def _guarded_functions(module: Module) -> frozenset[str]:
    """Functions that a Litestar router guards: ``Router(path, route_handlers=[f], guards=[g])``."""
    guarded: set[str] = set()
    for call in module.calls:
        listed, guards = call.keywords.get("route_handlers"), call.keywords.get("guards")
        if listed is not None and guards is not None and guards.named_children:
            guarded.update(text_of(one) for one in listed.named_children)
    return frozenset(guarded)


def _guarded_apps(module: Module) -> frozenset[str]:
    """Objects all of whose routes are guarded; ``*`` for everything in the module."""
    guarded: set[str] = set()
    for call in module.calls:
        function = text_of(call.function)
        hook = function.rpartition(".")[2]
        definition = _decorated(call)
        if hook == "middleware" and definition is not None and _body_guards(definition):
            guarded.add("*")
        elif hook in ("add_middleware", "before_request", "register_middleware"):
            if any(_GUARDS.search(text_of(argument)) for argument in call.positional):
                guarded.add("*")
        elif hook in ("FastAPI", "APIRouter", "include_router") and any(
            _names_guard(node, call.scope) for node in _named(call, "dependencies")
        ):
            guarded.add(_guarded_by(call, hook))
    return frozenset(guarded) | _before_requests(module)


def _guarded_by(call: Call, hook: str) -> str:
    """The name of the object whose routes a call with guarding dependencies makes or includes."""
    if hook == "include_router":
        return text_of(call.positional[0]) if call.positional else ""
    left = call.node.parent.child_by_field_name("left") if call.node.parent is not None else None
    return "*" if hook == "FastAPI" else text_of(left) if left is not None else ""


def _before_requests(module: Module) -> frozenset[str]:
    """Flask's ``@app.before_request`` without a call: its body guards every route."""
    pending = [module.root.node]
    while pending:
        node = pending.pop()
        if node.type == "decorator" and re.search(r"\.before_(?:app_)?request\s*$", text_of(node)):
            definition = node.parent.child_by_field_name("definition") if node.parent is not None else None
            if definition is not None and _body_guards(definition):
                return frozenset({"*"})
        if node.type in (
            "module",
            "decorated_definition",
            "function_definition",
            "block",
            "if_statement",
            "class_definition",
        ):
            pending.extend(node.named_children)
    return frozenset()
