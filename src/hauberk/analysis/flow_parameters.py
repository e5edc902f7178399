# SPDX-License-Identifier: Apache-2.0
"""Who fills a parameter: a framework with what a client sent, a type that leaves no choice, a caller."""

import re

from tree_sitter import Node

from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_sources import DEFAULTS, OUTSIDE, ROUTES, TYPED_SAFE
from hauberk.analysis.definitions import Definitions, enclosing
from hauberk.analysis.flow_names import Origin, answered, under
from hauberk.analysis.shapes import is_enumeration, is_view
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
_WRAPPERS = frozenset(
    [
        "Optional",
        "Union",
        "List",
        "Annotated",
        "Query",
        "Path",
        "Body",
        "Header",
        "Form",
        "Cookie",
        "Field",
        "typing",
        "fastapi",
        "list",
        "ge",
        "le",
        "gt",
        "lt",
        "Literal",
        "None",
        "Sequence",
        "Tuple",
        "tuple",
        "t",
    ]
)
_SAFE_TYPES = frozenset(
    [
        "int",
        "float",
        "bool",
        "complex",
        "UUID",
        "UUID4",
        "date",
        "datetime",
        "Decimal",
        "PositiveInt",
        "NonNegativeInt",
        "NegativeInt",
        "PositiveFloat",
        "conint",
        "confloat",
        "time",
        "timedelta",
        "IPv4Address",
    ]
)
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
    if annotation is not None and _is_harmless(annotation, outer, definitions):
        return Origin.FIXED, ""
    inner = annotation.named_children[0] if annotation is not None and annotation.named_children else None
    types = [f"{known}()" for known in dotted(inner, outer)] if inner is not None else []
    if any(_PLUMBING.fullmatch(known) for known in types):
        return Origin.LOCAL, ""
    if any(answered(known) for known in types):
        return Origin.ANSWERED, f"{name} is what another server answered"
    if any(under(known, OUTSIDE) for known in types):
        return Origin.OUTSIDE, f"{name} is what a client sent"
    made = dotted(default, outer) if default is not None else ()
    if any(known in DEFAULTS for known in made):
        return Origin.OUTSIDE, f"{name} is what a client sent"
    if any(known.startswith("fastapi.") and known.endswith(("Depends()", "Security()")) for known in made):
        return Origin.LOCAL, ""
    if _is_handler(function, name, definitions):
        return (
            (Origin.FIXED, "") if _is_converted(function, name) else (Origin.OUTSIDE, f"{name} is what a client sent")
        )
    if name == "request" and not types and annotation is None and _is_of_the_web(function):
        return Origin.OUTSIDE, "a request"
    return Origin.CALLER, ""


def _is_of_the_web(function: Scope) -> bool:
    """Whether a ``request`` without a type is one of the web: its module is of a framework, or its fields are read."""
    bound = (one.target for bindings in function.root.bindings.values() for one in bindings if one.how != "assign")
    return any(target.lstrip(".").partition(".")[0] in _WEB for target in bound) or (
        _READ.search(function.node.text or b"") is not None
    )


def _name(declaration: Node) -> str:
    return text_of(declaration).partition(":")[0].partition("=")[0].strip().lstrip("*")


def _is_harmless(annotation: Node, scope: Scope, definitions: Definitions) -> bool:
    """Whether a declared type holds the value to numbers, dates, literals or the members of an enumeration."""
    inner = annotation.named_children[0] if annotation.named_children else annotation
    names = [f"{known}()" for known in dotted(inner, scope)]
    if names and all(known in TYPED_SAFE for known in names):
        return True
    text = text_of(annotation)
    if re.fullmatch(r"(?:typing\.|t\.)?Literal\[.*\]", text, re.DOTALL):
        return True
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"(['\"]).*?\1|\(.*?\)", "", text))) - _WRAPPERS
    if words and words <= _SAFE_TYPES:
        return True
    if inner.type not in ("identifier", "attribute"):
        return False
    targets = definitions.targets(inner, scope)
    return bool(targets) and all(is_enumeration(one) for one in targets)


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
    cls = enclosing(function) if function.parent is not None and function.parent.kind == "class" else None
    return cls is not None and function.name in _VERBS and is_view(cls, definitions)


def _is_converted(function: Scope, name: str) -> bool:
    """``<int:name>`` in a route: the framework turns it into a number first."""
    shown = "".join(text_of(one) for one in function.decorators)
    return re.search(rf"<(?:int|float|uuid):{re.escape(name)}>", shown) is not None
