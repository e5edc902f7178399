# SPDX-License-Identifier: Apache-2.0
"""Audits a global for the allow-list by reading the source of what its uses would run; for the derivation only."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType

_FORBIDDEN = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "open",
        "__import__",
        "import_module",
        "system",
        "popen",
        "Popen",
        "run_module",
        "execfile",
        "loads",
        "load",
        "read_pickle",
        "check_output",
        "spawn",
        "fork",
        "unlink",
        "rmtree",
        "rename",
        "write",
        "writelines",
        "urlopen",
        "connect",
        "import_optional_dependency",
        "resolve_name",
        "find_class",
        "setprofile",
        "settrace",
    ]
)
_PARTS = {
    "call": ("__new__", "__init__"),
    "new": ("__new__",),
    "class": ("__new__",),
    "build": ("__setstate__", "__setattr__"),
    "append": ("append", "extend"),
    "setitem": ("__setitem__",),
    "add": ("add", "update"),
}
_DEPTH = 5
"""Calls followed from a method into the methods and functions that it calls by name."""


def objection(found: object, uses: set[str]) -> str:
    """What stands against allowing these uses; empty where nothing does.

    A callable that is called as a function, or whose reachable methods have no Python source, must be reviewed by
    hand. A method inherited from ``object`` is harmless.
    """
    if not uses:
        return "" if callable(found) else "not callable; review it"
    if not isinstance(found, type):
        return "a function that pickles call; review its source"
    seen: set[object] = set()
    parts = [part for use in sorted(uses) for part in _PARTS[use]]
    return next((against for part in parts if (against := _method(found, part, seen))), "")


def _method(owner: type, name: str, seen: set[object]) -> str:
    method = getattr(owner, name, None)
    if method is None or method is getattr(object, name, None):
        return ""
    if not inspect.isfunction(method) and not inspect.ismethod(method):
        return "" if name == "__new__" else f"{name} has no Python source; review it"
    return _reach(inspect.unwrap(getattr(method, "__func__", method)), owner, seen, _DEPTH)


def _reach(function: FunctionType, owner: type | None, seen: set[object], depth: int) -> str:
    """Whether a function, or one that it calls by name or on ``self``, uses a forbidden word."""
    if function in seen or depth == 0:
        return ""
    seen.add(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (TypeError, OSError):
        if owner is not None and issubclass(owner, tuple) and hasattr(owner, "_fields"):
            return ""  # a named tuple: its source is made by the standard library
        return f"{function.__qualname__} has no source; review it"
    for base, word in _calls(tree):
        if word in _FORBIDDEN:
            return f"{function.__qualname__} calls {word}"
        next_one = getattr(owner, word, None) if base in ("self", "cls", "super") and owner else None
        if base == "":
            next_one = function.__globals__.get(word)
        if isinstance(next_one, FunctionType):
            against = _reach(inspect.unwrap(next_one), owner if base else None, seen, depth - 1)
            if against:
                return against
    return ""


def _calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is called: the word before the dot (empty where there is none), and the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                yield "", function.id
            elif isinstance(function, ast.Attribute):
                yield _base(function.value), function.attr


def _base(value: ast.expr) -> str:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id
    return value.id if isinstance(value, ast.Name) else "?"
