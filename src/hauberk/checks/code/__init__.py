# SPDX-License-Identifier: Apache-2.0
"""Rules on code: Python files, and the Python of notebooks."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hauberk.assets import notebook, python
from hauberk.assets.scopes import Call, Scope
from hauberk.core.place import FilePlace
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target

_TESTS = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*\.py$|conftest\.py$|[^/]*_test\.py$)")
_LITERAL = re.compile(r"('''|\"\"\"|'|\").*?\1")


@dataclass(frozen=True, slots=True)
class Reading:
    """Python under examination, and how to point at it."""

    module: python.Module
    place: Callable[[Call], FilePlace]
    complain: Callable[[], None]
    """Raises CannotLook naming what was not evaluated; called when everything else was."""


def opened(target: Target) -> Reading:
    """The Python of a source file or of a notebook's cells; raises CannotLook."""
    path = target.asset.uri
    if target.asset.kind is Kind.NOTEBOOK:
        code = notebook.code(target.data)

        def place(call: Call) -> FilePlace:
            cell, line = code.locate(call.line)
            return FilePlace(path=path, line=line, column=call.column, cell=cell)

        return Reading(code.module, place, code.complain)
    module = python.read(target.data)
    return Reading(module, lambda call: target.place(call.line, call.column), module.complain)


def cautious(target: Target, severity: Severity) -> Severity:
    """At most LOW in test code, which meets no data of strangers, unless a stranger decides the value even there."""
    in_tests = _TESTS.search(target.asset.uri) is not None
    return min(severity, Severity.LOW) if in_tests and severity < Severity.CRITICAL else severity


def context(module: python.Module, call: Call) -> str:
    """What identifies a call when lines move: where it stands and its line without the text of literals."""
    names: list[str] = []
    scope: Scope | None = call.scope
    while scope is not None:
        names.append(scope.name)
        scope = scope.parent
    return f"{'.'.join(filter(None, reversed(names)))}: {_LITERAL.sub('', module.line(call.line)).strip()}"
