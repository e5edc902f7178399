# SPDX-License-Identifier: Apache-2.0
"""HBK-DEP-010 to 012: serving code that runs a debugger, tells its faults to clients, or takes requests of any size."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_sinks import flag
from hauberk.analysis.written import Written, cautious, written
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, Scope, name_of, text_of
from hauberk.checks.deploy.routes import routes
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SERVERS = re.compile(
    r"(?:flask\.Flask|quart\.Quart|sanic\.Sanic|bottle\.Bottle)\(\)\.run|bottle\.run|flask\.Flask\.run"
)
_APPS = re.compile(
    r"(?:fastapi\.(?:\w+\.)*FastAPI|starlette\.(?:\w+\.)*Starlette|litestar\.Litestar|aiohttp\.web\.Application)"
)
_GRADIO = re.compile(r"gradio\.(?:\w+\.)*\w+\(\)(?:\.queue\(\))?\.launch")
_STARTING = frozenset({b"run", b"FastAPI", b"Starlette", b"Litestar", b"Application", b"launch"})
"""Last names of these."""
_ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared, not bound to


def _hit(target: Target, found: Written, node: Node, scope: Scope, message: str, severity: Severity) -> Hit:
    return Hit(
        message=message,
        place=found.place(node),
        severity=cautious(target, severity),
        confidence=Confidence.HIGH,
        context=found.context(node, scope),
    )


@check(
    "HBK-DEP-010",
    stage="deploy",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="start a production server (gunicorn, uvicorn, granian) without debug or reload; give a shared demo auth=",
    references=("CWE-489", "CWE-94", "OWASP-API:2023:API8"),
)
def debug_server(target: Target) -> Iterator[Hit]:
    """Serving code runs in debug mode, or shares a demo with everybody.

    A debugger on the web gives a Python prompt to whoever provokes an error and guesses a PIN; a public tunnel lets
    strangers use the model and the machine behind it.
    """
    found = written(target)
    for call in found.module.calls_of(_STARTING):
        fault = _debugs(call)
        if fault is not None:
            yield _hit(target, found, call.node, call.scope, *fault)
    found.complain()


def _debugs(call: Call) -> tuple[str, Severity] | None:
    names = dotted(call.function, call.scope)
    plain = not names and text_of(call.function) in ("app.run", "application.run", "server.run")
    if (plain or any(_SERVERS.fullmatch(name) for name in names)) and flag(call, "debug") is True:
        return "the server runs with its debugger", Severity.HIGH
    if any(_APPS.fullmatch(name) for name in names) and flag(call, "debug") is True:
        return "tracebacks are sent to clients: debug=True", Severity.MEDIUM
    if any(_GRADIO.fullmatch(name) for name in names) and "auth" not in call.keywords:
        if flag(call, "share") is True:
            return "share=True opens a public tunnel to this machine, and no auth is asked for", Severity.HIGH
        host = call.keywords.get("server_name")
        if host is not None and constant(host, call.scope) in _ANYWHERE:
            return "the demo listens on every address, and no auth is asked for", Severity.MEDIUM
    return None


@check(
    "HBK-DEP-011",
    stage="deploy",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="log the exception, and answer with a fixed sentence and an id under which it can be found",
    references=("CWE-209", "OWASP-API:2023:API8"),
)
def verbose_error(target: Target) -> Iterator[Hit]:
    """A request's error is answered with its exception.

    Paths, versions, shapes and values of rows in a message tell a stranger how the model and its host are built, and
    may be somebody's data.
    """
    found = written(target)
    handlers = {route.function for route in routes(found.module)}
    for scope in found.module.scopes.values() if handlers else ():
        if scope.kind != "function" or scope.name not in handlers or not scope.decorators:
            continue
        for statement in _statements(scope.node):
            told = next((node for node in _inside(statement) if _tells(node, scope)), None)
            if told is not None and not _is_of_a_check(statement):
                severity = Severity.MEDIUM if _ANY.search(_caught(statement)) else Severity.LOW
                yield _hit(target, found, told, scope, "the answer repeats the exception", severity)
    found.complain()


_ANY = re.compile(r"\b(?:(?:Base)?Exception(?:Group)?|RuntimeError|OSError|IOError|EnvironmentError|MemoryError)\b")
"""Of these, those that hold what happened on the machine."""
_CHECKS = re.compile(r"(?:\w+\.)*(?:_?(?:validate|check|verify|ensure|parse)\w*|model_validate(?:_json)?)")
_MADE = re.compile(r"(?:\w+\.)*[A-Z]\w*")
_BROAD = re.compile(
    r"\b(?:(?:Base)?Exception(?:Group)?|RuntimeError|ValueError|TypeError|LookupError|KeyError|IndexError|AttributeError|OSError"
    r"|IOError|EnvironmentError|FileNotFoundError|ArithmeticError|MemoryError|AssertionError|UnicodeDecodeError)\b"
)
"""Types whose message is written by whoever raises them; that of an application's own types is for the reader."""


def _statements(function: Node) -> Iterator[Node]:
    """Answers and raised answers in the handlers of exceptions of a function."""
    pending = [function]
    while pending:
        node = pending.pop()
        if node.type in ("return_statement", "raise_statement") and _in_except(node):
            yield node
        pending.extend(reversed(node.named_children))


def _in_except(node: Node) -> bool:
    """Whether a node is in the handler of exceptions that libraries raise with what they hold in their hands."""
    return _BROAD.search(_caught(node)) is not None


def _handler(node: Node) -> Node | None:
    """The handler of exceptions around a node."""
    one = node.parent
    while one is not None and one.type not in ("function_definition", "module"):
        if one.type in ("except_clause", "except_group_clause"):
            return one
        one = one.parent
    return None


def _caught(node: Node) -> str:
    """The types that the handler around a node catches; empty where there is none."""
    handler = _handler(node)
    if handler is None:
        return ""
    caught = handler.named_children[0]
    return text_of(caught).partition(" as ")[0] if caught.type != "block" else "Exception"


def _is_of_a_check(statement: Node) -> bool:
    """Whether all that was tried is a check of what was sent, or one object made of it: the text is for the sender."""
    handler = _handler(statement)
    body = handler.parent.child_by_field_name("body") if handler is not None and handler.parent is not None else None
    only = body.named_children[0] if body is not None and len(body.named_children) == 1 else None
    inner = only.named_children[0] if only is not None and only.type == "expression_statement" else None
    inner = inner.child_by_field_name("right") if inner is not None and inner.type == "assignment" else inner
    function = inner.child_by_field_name("function") if inner is not None and inner.type == "call" else None
    if function is None or inner is None:
        return False
    made = _MADE.fullmatch(text_of(function)) is not None and "(**" in text_of(inner)
    return made or _CHECKS.fullmatch(text_of(function)) is not None


def _inside(statement: Node) -> Iterator[Node]:
    """Nodes of an answer; what an exception is only raised from is left out."""
    cause = statement.child_by_field_name("cause")
    pending = [child for child in statement.named_children if child != cause]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.named_children)


def _tells(node: Node, scope: Scope) -> bool:
    if node.type == "call":
        function = node.child_by_field_name("function")
        names = dotted(function, scope) if function is not None else ()
        return any(name in ("traceback.format_exc", "traceback.format_exception", "sys.exc_info") for name in names)
    if node.type != "identifier" or (
        node.parent is not None
        and node.parent.type == "keyword_argument"
        and node.parent.child_by_field_name("name") == node
    ):
        return False
    found = scope.look(name_of(node))
    caught = found is not None and any(one.how == "opaque" for one in found[1])
    return caught and not (
        node.parent is not None and node.parent.type == "attribute" and "status" in text_of(node.parent)
    )


_LIMITS = re.compile(
    r"content.?length|max_?(?:size|bytes|content|body|upload|rows|batch)|\.size\b|LimitUpload|ContentSize",
    re.IGNORECASE,
)
_UPLOADS = re.compile(r"(?:fastapi|starlette)\.(?:\w+\.)*UploadFile\(\)\.read")
_BODIES = re.compile(r"(?:flask|quart)\.request\.(?:get_json|get_data|files\.\w+|stream\.read|data\.\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_MODELS = re.compile(r"pydantic\.(?:\w+\.)*BaseModel|sqlmodel\.SQLModel")
_LISTS = re.compile(r"(?:typing\.)?(?:list|List|Sequence|Iterable|tuple|Tuple)\[")


@check(
    "HBK-DEP-012",
    stage="deploy",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="bound what a request may hold: Field(max_length=...), read(limit), app.config['MAX_CONTENT_LENGTH']; and "
    "refuse more at the gateway",
    references=("CWE-770", "OWASP-API:2023:API4", "ATLAS:AML.T0029"),
)
def unbounded_request(target: Target) -> Iterator[Hit]:
    """A model's endpoint takes requests of any size.

    One request with a million rows, or an image of gigabytes, takes the memory and the accelerator of all others: it
    costs the sender nothing, and the service its money or its life.
    """
    found = written(target)
    if any(True for _ in routes(found.module)) and not any(_LIMITS.search(line) for line in found.module.lines):
        for call in found.module.calls:
            names = dotted(call.function, call.scope)
            if any(_UPLOADS.fullmatch(name) for name in names) and not call.positional:
                yield _hit(
                    target, found, call.node, call.scope, "an upload is read whole, however large", Severity.MEDIUM
                )
            elif any(_BODIES.fullmatch(name) for name in names):
                yield _hit(target, found, call.node, call.scope, "a body is read whole, however large", Severity.LOW)
        yield from _fields(target, found, _requested(found.module))
    found.complain()


def _requested(module: Module) -> frozenset[str]:
    """Classes that the routes of a module take, and those that these are made of."""
    classes = {one.name: text_of(one.node) for one in module.scopes.values() if one.kind == "class"}
    pending = [route.asks for route in routes(module)]
    taken: set[str] = set()
    while pending:
        for word in set(_WORD.findall(pending.pop())) & classes.keys() - taken:
            taken.add(word)
            pending.append(classes[word])
    return frozenset(taken)


def _fields(target: Target, found: Written, requested: frozenset[str]) -> Iterator[Hit]:
    """Lists of a request's model that have no longest length."""
    for cls in (one for one in found.module.scopes.values() if one.name in requested):
        bases = cls.node.child_by_field_name("superclasses") if cls.kind == "class" else None
        known = [
            name
            for base in (bases.named_children if bases is not None else ())
            for name in dotted(base, cls.parent or cls)
        ]
        if not any(_MODELS.fullmatch(name) for name in known):
            continue
        body = cls.node.child_by_field_name("body")
        for statement in body.named_children if body is not None else ():
            field = statement.named_children[0] if statement.named_children else statement
            declared = field.child_by_field_name("type") if field.type == "assignment" else None
            if (
                declared is not None
                and _LISTS.match(text_of(declared))
                and not re.search("max_length|max_items", text_of(field))
            ):
                yield _hit(target, found, field, cls, "a list of a request has no longest length", Severity.LOW)
