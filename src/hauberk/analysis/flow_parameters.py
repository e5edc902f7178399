# SPDX-License-Identifier: Apache-2.0
"""Who fills a parameter: a framework with what a client sent, a type that leaves no choice, a caller."""

import re

from tree_sitter import Node

from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_sources import DEFAULTS, OUTSIDE, ROUTES
from hauberk.analysis.definitions import Definitions, enclosing
from hauberk.analysis.flow_depends import injected, provider
from hauberk.analysis.flow_names import Origin, answered, under
from hauberk.analysis.flow_types import harmless, is_closed
from hauberk.analysis.shapes import is_view
from hauberk.assets.scopes import Scope, name_of, text_of

_HANDLERS = {
    "lambda_handler": 1,
    "input_fn": 2,
    "transform_fn": 4,
    "on_message": 4,
}
"""Functions that a platform calls by their name, and how many of their parameters it fills from outside."""
_VERBS = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "list",
        "retrieve",
        "create",
        "update",
        "destroy",
        "decode_request",
        "predict",
        "_run",
        "_arun",
        "on_receive",
        "on_get",
        "on_post",
    ]
)
_TOOLS = frozenset({"tool", "function_tool", "kernel_function", "ai_function", "ai_callable"})
_SERVICES = frozenset({"api", "deployment", "ingress", "endpoint", "task_queue", "handler", "batched"})
_WEB = frozenset(
    [
        "aiohttp",
        "azure",
        "bentoml",
        "bottle",
        "django",
        "falcon",
        "fastapi",
        "flask",
        "functions_framework",
        "litestar",
        "litserve",
        "pyramid",
        "quart",
        "ray",
        "rest_framework",
        "sanic",
        "starlette",
        "tornado",
        "webob",
        "werkzeug",
    ]
)
_READ = re.compile(
    rb"\brequest\.(?:GET|POST|FILES|META|COOKIES|args|form|files|json|get_json|get_data|headers|cookies|body|data|values"
    rb"|params|query_params|query_string|path|method|user|session|stream|read)\b"
)
_PLUMBING = re.compile(
    r"(?:fastapi|starlette)\.(?:\w+\.)*(?:BackgroundTasks|Response)\(\)|sqlalchemy\.(?:\w+\.)*(?:Session|AsyncSession)\(\)"
    r"|logging\.Logger\(\)"
)

_CREDENTIALS = "fastapi.security."
"""Classes that take a token or a password out of a request."""

Entry = tuple[Origin, str]


def entry(  # noqa: PLR0911  one answer for each way to be filled
    declaration: Node, function: Scope, definitions: Definitions
) -> Entry:
    """Who fills a parameter, and in which words; CALLER where the callers have to be asked."""
    name = _name(declaration)
    if function.node.type == "lambda" or name in ("self", "cls"):
        return Origin.CALLER, ""
    outer = function.parent or function
    annotation, default = declaration.child_by_field_name("type"), declaration.child_by_field_name("value")
    if annotation is not None and harmless(annotation, outer, definitions):
        return Origin.FIXED, ""
    inner = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    injection = injected(declaration, outer)
    if injection is not None:
        return _injected(injection[0], name, outer)
    types = [f"{known}()" for known in dotted(inner, outer)] if inner is not None else []
    if any(_PLUMBING.fullmatch(known) for known in types):
        return Origin.LOCAL, ""
    if any(answered(known) for known in types):
        return Origin.ANSWERED, f"{name} is what another server answered"
    if any(under(known, OUTSIDE) for known in types):
        return Origin.OUTSIDE, f"{name} is what a client sent"
    made = dotted(default, outer) if default is not None else ()
    if any(known in DEFAULTS for known in made):
        return (Origin.FIXED, "") if is_closed(default) else (Origin.OUTSIDE, f"{name} is what a client sent")
    if _is_handler(function, name, definitions):
        return (
            (Origin.FIXED, "") if _is_converted(function, name) else (Origin.OUTSIDE, f"{name} is what a client sent")
        )
    if name == "request" and not types and annotation is None and _is_of_the_web(function):
        return Origin.OUTSIDE, "a request"
    return Origin.CALLER, ""


def _injected(call: Node, name: str, outer: Scope) -> Entry:
    """What ``Depends`` puts into a parameter, where the project does not say: a token, or something of its own."""
    given = provider(call)
    shown = given is not None and any(known.startswith(_CREDENTIALS) for known in dotted(given, outer))
    return (Origin.OUTSIDE, f"{name} is what a client sent") if shown else (Origin.LOCAL, "")


def _is_of_the_web(function: Scope) -> bool:
    """Whether a ``request`` without a type is one of the web: its module is of a framework, or its fields are read."""
    bound = (one.target for bindings in function.root.bindings.values() for one in bindings if one.how != "assign")
    return any(target.lstrip(".").partition(".")[0] in _WEB for target in bound) or (
        _READ.search(function.node.text or b"") is not None
    )


def _name(declaration: Node) -> str:
    return text_of(declaration).partition(":")[0].partition("=")[0].strip().lstrip("*")


def _is_handler(function: Scope, name: str, definitions: Definitions) -> bool:
    """Whether a web framework, a model server, an agent or a cloud calls the function with what others sent."""
    if function.name in _HANDLERS and (function.parent is None or function.parent.kind == "module"):
        filled = function.node.child_by_field_name("parameters")
        known = (
            [_name(node) for node in filled.named_children][: _HANDLERS[function.name]] if filled is not None else []
        )
        return name in known
    for decorator in function.decorators:
        target = decorator.named_children[0] if decorator.named_children else None
        if target is not None and target.type == "call":
            target = target.child_by_field_name("function")
        if target is None:
            continue
        attribute = target.child_by_field_name("attribute")
        last = name_of(attribute) if attribute is not None else text_of(target)
        if (attribute is not None and (last in ROUTES or last in _SERVICES)) or last in _TOOLS:
            return True
        if last in ROUTES and any(
            known.startswith("litestar.") for known in dotted(target, function.parent or function)
        ):
            return True
    cls = enclosing(function) if function.parent is not None and function.parent.kind == "class" else None
    return cls is not None and function.name in _VERBS and is_view(cls, definitions)


def _is_converted(function: Scope, name: str) -> bool:
    """``<int:name>`` in a route: the framework turns it into a number first."""
    shown = "".join(text_of(one) for one in function.decorators)
    return re.search(rf"<(?:int|float|uuid):{re.escape(name)}>", shown) is not None
