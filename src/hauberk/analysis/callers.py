# SPDX-License-Identifier: Apache-2.0
"""Who calls a function of the project, and what each caller passes for a parameter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from tree_sitter import Node

from hauberk.analysis.annotations import lines, named
from hauberk.analysis.calls import dotted
from hauberk.analysis.definitions import Definitions
from hauberk.analysis.flow_depends import injected, provider
from hauberk.analysis.project import Unit
from hauberk.assets.purpose import is_test
from hauberk.assets.scopes import Call, Scope, name_of, text_of

MOST_FILES = 60
"""Files that are searched for callers of one function."""
MOST_SITES = 48
"""Callers of one function that are followed."""
_MOST_TRIED = 1500
_MAKERS = frozenset({"__init__", "__new__", "__post_init__"})
_LATER = {
    "submit": 1, "to_thread": 1, "run_in_threadpool": 1, "run_sync": 1, "partial": 1, "apply": 1, "call_soon": 1,
    "call_soon_threadsafe": 1, "add_task": 1, "spawn": 1, "start_soon": 1, "enqueue": 1, "run_in_executor": 2,
    "call_later": 2, "map": 1, "imap": 1, "imap_unordered": 1, "starmap": 1, "apply_async": 1,
}  # fmt: skip
"""Functions that call what they are given, and at which argument its own begin."""
_STARTED = frozenset({"Thread", "Process", "Timer", "PythonOperator"})
_EXECUTOR = re.compile(r"(?:executor|pool)(?:\(.*\))?$", re.IGNORECASE)
_QUEUED = frozenset({"delay", "remote", "apply_async", "s", "si", "enqueue", "send", "map"})
"""Methods of a task by which its function is called elsewhere."""
REGISTRARS = frozenset(
    [
        "add_url_rule",
        "add_api_route",
        "add_route",
        "add_api_websocket_route",
        "add_websocket_route",
        "Interface",
        "ChatInterface",
        "path",
        "re_path",
        "url",
        "Depends",
        "Security",
        "click",
        "submit",
        "change",
        "Route",
        "WebSocketRoute",
        "add_handler",
        "from_function",
        "Tool",
        "add_tool",
        "register_function",
        "on_message",
        "add_get",
        "add_post",
        "add_resource",
    ]
)
"""Functions that hand what they are given to clients, or to a model, to be called."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One place that calls a function."""

    unit: Unit
    call: Call
    positional: tuple[Node, ...]
    keywords: dict[str, Node]
    splat: tuple[Node, ...]
    first: int
    """Which parameter the first positional argument is for."""
    registered: bool = False
    """Handed to a framework that calls it with what a client sends."""


class Callers:
    """Answers for one project; what was asked once is remembered."""

    def __init__(self, definitions: Definitions) -> None:
        """Callers among the files of these definitions."""
        self.definitions = definitions
        self._known: dict[int, tuple[Site, ...]] = {}
        self._keep: list[Scope] = []

    def of(self, function: Scope) -> tuple[Site, ...]:
        """Places that call a function, or make an instance of a class."""
        if id(function) not in self._known:
            self._keep.append(function)
            self._known[id(function)] = ()
            self._known[id(function)] = tuple(islice(self._find(function), MOST_SITES))
        return self._known[id(function)]

    def shown(self, function: Scope) -> tuple[tuple[Site, ...], bool]:
        """Callers of a function outside tests, and whether they are all: others are there if it is offered to programs.

        What a package offers has no underscore before its name and is a method, is decorated, is in ``__all__`` or is
        imported by an ``__init__.py``. Where no call is seen, or too many files to look at, somebody else calls.
        """
        sites = self.of(function)
        home = self.definitions.project.home(function)
        if home is not None and not is_test(home.uri):
            sites = tuple(site for site in sites if not is_test(site.unit.uri))
        project = self.definitions.project
        inner = function.parent is not None and function.parent.kind == "function"
        few = len(sites) < MOST_SITES and len(project.mentions(_called_as(function))) <= MOST_FILES
        kept = function.name.startswith("_") or function.kind == "class" or not self._is_offered(function, home)
        return sites, bool(sites) and few and kept and (inner or not project.alone)

    def _is_offered(self, function: Scope, home: Unit | None) -> bool:
        if home is None or function.decorators or function.parent is None or function.parent.kind != "module":
            return True
        project = self.definitions.project
        listed = function.parent.bindings.get("__all__", ())
        named = {f"'{function.name}'", f'"{function.name}"'}
        if home.uri.endswith("__init__.py") or any(
            mark in text_of(one.node) for one in listed if one.node is not None for mark in named
        ):
            return True
        mentions = [uri for uri in project.mentions(function.name) if uri.endswith("__init__.py")]
        units = [project.unit(uri) for uri in mentions[:MOST_FILES]]
        return any(unit is not None and function.name in unit.module.root.bindings for unit in units)

    def _find(self, function: Scope) -> Iterator[Site]:
        name = _called_as(function)
        if not name:
            return
        tried = 0
        project = self.definitions.project
        home = project.home(function)
        mentioned = project.mentions(name) if name.isascii() else ()
        uris = dict.fromkeys([*([home.uri] if home else []), *mentioned])
        for uri in islice(uris, MOST_FILES):
            near = home is not None and uri == home.uri
            unit = project.unit(uri) if near or project.uses(uri, name) else None
            if unit is None:
                continue
            unit.index()
            for alias in {name: None, **dict.fromkeys(_aliases(unit, name))}:
                for call in unit.called.get(alias, ()):
                    tried += 1
                    if tried > _MOST_TRIED:
                        return
                    yield from self._direct(unit, call, function)
                for call in unit.given.get(alias, ()):
                    yield from self._given(unit, call, function)
            for call in unit.called.get("", ()):
                yield from self._direct(unit, call, function)
            yield from self._filled(unit, function)
            for verb in _QUEUED:
                yield from self._queued(unit, verb, function)
        yield from self._wrapped(function)

    def _direct(self, unit: Unit, call: Call, function: Scope) -> Iterator[Site]:
        for target in self.definitions.targets(call.function, call.scope):
            if target is function or (target.kind == "class" and self._makes(target, function)):
                bound = self._partial(call)
                yield Site(unit, call, (*bound, *call.positional), call.keywords, splats(call), first(function))

    def _makes(self, cls: Scope, function: Scope) -> bool:
        """Whether making an instance of a class runs a function."""
        made = function.name in _MAKERS and function.parent is not None and function.parent.kind == "class"
        return made and any(one is function for one in self.definitions.member(cls, function.name))

    def _partial(self, call: Call) -> tuple[Node, ...]:
        """Arguments that ``functools.partial(f, a)(b)`` gave before."""
        inner = call.function
        function = inner.child_by_field_name("function") if inner.type == "call" else None
        arguments = inner.child_by_field_name("arguments") if inner.type == "call" else None
        if function is None or arguments is None or "functools.partial" not in dotted(function, call.scope):
            return ()
        return tuple(node for node in arguments.named_children[1:] if node.type != "keyword_argument")

    def _given(self, unit: Unit, call: Call, function: Scope) -> Iterator[Site]:
        """A function that is handed over to be called with other arguments of the same call."""
        last = call.function.child_by_field_name("attribute") or call.function
        name = name_of(last) if last.type == "identifier" else ""
        held = [
            (at, key)
            for at, key, node in _arguments(call)
            if node.type in ("identifier", "attribute") and self._is_meant(node, call, function)
        ]
        if not held:
            return
        begin = first(function)
        if any(one.kind == "function" for one in self.definitions.targets(call.function, call.scope)):
            yield from self._passed_on(call, held, function)
        elif name in REGISTRARS and not _is_executor(call):
            yield Site(unit, call, (), {}, (), begin, registered=True)
        elif name in _STARTED:
            rest = call.keywords.get("args") or call.keywords.get("op_args")
            named = call.keywords.get("kwargs") or call.keywords.get("op_kwargs")
            nodes = tuple(rest.named_children) if rest is not None and rest.type in ("tuple", "list") else ()
            yield Site(unit, call, nodes, _entries(named), (), begin)
        elif name in _LATER and held[0][0] >= 0:
            yield Site(unit, call, call.positional[held[0][0] + 1 :], call.keywords, splats(call), begin)

    def _is_meant(self, node: Node, call: Call, function: Scope) -> bool:
        """Whether what is handed over is the function, or the class whose instances it makes."""
        targets = self.definitions.targets(node, call.scope)
        return any(one is function or (one.kind == "class" and self._makes(one, function)) for one in targets)

    def _filled(self, unit: Unit, function: Scope) -> Iterator[Site]:
        """``parameter: Class = Depends()``: the framework makes an instance of what a client sends."""
        for call in unit.called.get("Depends", ())[:200] if function.name in _MAKERS else ():
            line: Node | None = call.node
            while line is not None and line.type not in ("typed_default_parameter", "typed_parameter", "block"):
                line = line.parent
            found = injected(line, call.scope) if line is not None else None
            if found is None or provider(found[0]) is not None:
                continue
            targets = [one for node in named(found[1]) for one in self.definitions.targets(node, call.scope)]
            if any(one.kind == "class" and self._makes(one, function) for one in targets):
                yield Site(unit, call, (), {}, (), first(function), registered=True)

    def _passed_on(self, call: Call, held: list[tuple[int, str]], function: Scope) -> Iterator[Site]:
        """A project's function that takes the function as a parameter and calls it."""
        for target in self.definitions.targets(call.function, call.scope):
            names = [name for name, _ in parameters(target)] if target.kind == "function" else []
            for at, key in held:
                place = at + first(target)
                name = key or (names[place] if 0 <= place < len(names) else "")
                home = self.definitions.project.home(target)
                if home is None or not name:
                    continue
                for inner in home.index().called.get(name, ()):
                    if inner.scope is target or inner.scope.parent is target:
                        yield Site(home, inner, inner.positional, inner.keywords, splats(inner), first(function))

    def _queued(self, unit: Unit, verb: str, function: Scope) -> Iterator[Site]:
        """``task.delay(x)`` calls the task's function elsewhere."""
        for call in unit.called.get(verb, ())[:200]:
            owner = call.function.child_by_field_name("object")
            if owner is None or text_of(owner).rpartition(".")[2] != function.name:
                continue
            if function in self.definitions.targets(owner, call.scope):
                rest = call.keywords.get("args")
                nodes = tuple(rest.named_children) if rest is not None else call.positional
                yield Site(unit, call, nodes, call.keywords, splats(call), first(function))

    def _wrapped(self, function: Scope) -> Iterator[Site]:
        """The inner function of a decorator is called wherever what it decorates is."""
        maker = function.parent
        if maker is None or maker.kind != "function" or not maker.name:
            return
        if not any(function.name == text_of(child) for node in maker.returns for child in node.named_children):
            return
        project = self.definitions.project
        for uri in project.mentions(f"@{maker.name}")[:MOST_FILES]:
            unit = project.unit(uri)
            for scope in unit.module.scopes.values() if unit else ():
                names = [text_of(node).lstrip("@").partition("(")[0].rpartition(".")[2] for node in scope.decorators]
                if maker.name in names:
                    yield from self.of(scope)


def _is_executor(call: Call) -> bool:
    """Whether a function is handed to a pool of this program's own threads or processes."""
    owner = call.function.child_by_field_name("object")
    return owner is not None and _EXECUTOR.search(text_of(owner)) is not None


def _called_as(function: Scope) -> str:
    """The name that callers must write."""
    if function.node.type == "lambda":
        parent = function.node.parent
        left = parent.child_by_field_name("left") if parent is not None else None
        return name_of(left) if left is not None and left.type == "identifier" else ""
    if function.name in _MAKERS and function.parent is not None and function.parent.kind == "class":
        return function.parent.name
    return function.name


def _aliases(unit: Unit, name: str) -> Iterator[str]:
    """Other names that a module gives to what is called ``name`` elsewhere."""
    key = ("renamed", 0)
    memory = unit.module.root.memory
    rows = memory.get(key)
    if rows is None:
        rows = memory[key] = list(_renamed(unit))
    for known, last, shown in cast("list[tuple[str, str, str]]", rows):
        if known != name and (last == name or name in shown):
            yield known


def _renamed(unit: Unit) -> Iterator[tuple[str, str, str]]:
    """Names that a module imports or assigns, each with the last part of the one and the words of the other."""
    for known, bindings in unit.module.root.bindings.items():
        for binding in bindings[:4]:
            node = binding.node if binding.how == "assign" else None
            if binding.how == "import":
                yield known, binding.target.rpartition(".")[2], ""
            elif node is not None and node.type in ("identifier", "attribute", "call"):
                yield known, "", text_of(node)


def _arguments(call: Call) -> Iterator[tuple[int, str, Node]]:
    for at, node in enumerate(call.positional):
        yield at, "", node
    for key, node in call.keywords.items():
        yield -1, key, node


def _entries(node: Node | None) -> dict[str, Node]:
    if node is None or node.type != "dictionary":
        return {}
    pairs = ((pair.child_by_field_name("key"), pair.child_by_field_name("value")) for pair in node.named_children)
    return {text_of(key).strip("'\""): value for key, value in pairs if key is not None and value is not None}


def splats(call: Call) -> tuple[Node, ...]:
    """Values that are spread over the arguments of a call."""
    arguments = call.node.child_by_field_name("arguments") if call.spread else None
    if arguments is None:
        return ()
    spread = [node for node in arguments.named_children if node.type in ("list_splat", "dictionary_splat")]
    return tuple(child for node in spread for child in node.named_children)


def first(function: Scope) -> int:
    """1 where the first parameter is the instance or the class itself."""
    if function.kind == "class":
        return 0
    in_class = function.parent is not None and function.parent.kind == "class"
    static = any("staticmethod" in text_of(node) for node in function.decorators)
    return int(in_class and not static)


def parameters(function: Scope) -> list[tuple[str, Node]]:
    """Names of parameters with their declarations, in order; for a class the fields that it declares."""
    key = ("parameters", function.node.id)
    known = function.memory.get(key)
    if known is None:
        known = function.memory[key] = list(lines(function).items() if function.kind == "class" else _listed(function))
    return cast("list[tuple[str, Node]]", known)


def _listed(function: Scope) -> Iterator[tuple[str, Node]]:
    declared = function.node.child_by_field_name("parameters")
    nodes = declared.named_children if declared is not None else ()
    return ((_name(node), node) for node in nodes if node.type != "comment")


def _name(node: Node) -> str:
    inner = node.child_by_field_name("name")
    if inner is None and node.type in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
        return _name(node.named_children[0]) if node.named_children else ""
    return name_of(inner if inner is not None else node)


def passed(site: Site, function: Scope, name: str) -> list[Node] | None:
    """What a caller passes for a parameter; None where it is left to its default."""
    known = parameters(function)
    at = next((index for index, (one, _) in enumerate(known) if one == name), -1)
    if at < 0:
        return None
    declaration = known[at][1]
    kind = declaration.named_children[0].type if declaration.type == "typed_parameter" else declaration.type
    place = at - site.first
    if kind == "dictionary_splat_pattern":
        names = {one for one, _ in known}
        return [*(node for key, node in site.keywords.items() if key not in names), *site.splat]
    if kind == "list_splat_pattern":
        return [*site.positional[max(place, 0) :], *site.splat]
    if name in site.keywords:
        return [site.keywords[name]]
    only = any(node.type in ("keyword_separator", "list_splat_pattern") for _, node in known[:at])
    if not only and 0 <= place < len(site.positional):
        return [site.positional[place]]
    return list(site.splat) or None
