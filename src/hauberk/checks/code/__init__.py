# SPDX-License-Identifier: Apache-2.0
"""Rules on code: Python files, and the Python of notebooks."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from hauberk.analysis.flow_values import Source
from hauberk.analysis.flows import Flows, flows
from hauberk.assets import notebook, python
from hauberk.assets.scopes import Call, Scope
from hauberk.core.finding import Step
from hauberk.core.place import FilePlace
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target

_TESTS = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*\.py$|conftest\.py$|[^/]*_test\.py$)")
_LITERAL = re.compile(r"('''|\"\"\"|'|\").*?\1")


@dataclass(frozen=True, slots=True)
class Reading:
    """Python under examination, how to point at it, and where its values come from."""

    module: python.Module
    flows: Flows
    locate: Callable[[int, int], FilePlace]
    """Place of a line and a column, both counted from 1."""
    complain: Callable[[], None]
    """Raises CannotLook naming what was not evaluated; called when everything else was."""

    def place(self, node: Node | Call) -> FilePlace:
        """Where a node of this module, or a call, is."""
        at = node.node if isinstance(node, Call) else node
        return self.locate(at.start_point[0] + 1, at.start_point[1] + 1)

    def steps(self, source: Source, sink: Node, words: str) -> tuple[Step, ...]:
        """The way of a value to a sink, for a finding; empty where it did not move."""
        steps: list[Step] = []
        lines: set[tuple[str, int | None, int | None]] = set()
        for unit, node, said in source.way:
            at = (node.start_point[0] + 1, node.start_point[1] + 1)
            place = self.locate(*at)
            if unit is not None and unit.module is not self.module:
                place = FilePlace(path=unit.uri, line=at[0], column=at[1])
            if (place.path, place.cell, place.line) not in lines:
                lines.add((place.path, place.cell, place.line))
                steps.append(Step(place=place, message=said))
        last = Step(place=self.place(sink), message=words)
        return (*steps, last) if steps else ()


def opened(target: Target) -> Reading:
    """The Python of a source file or of a notebook's cells; raises CannotLook."""
    path = target.asset.uri
    if target.asset.kind is Kind.NOTEBOOK:
        code = notebook.code(target.data)

        def locate(line: int, column: int) -> FilePlace:
            cell, within = code.locate(line)
            return FilePlace(path=path, line=within, column=column, cell=cell)

        return Reading(code.module, flows(target.source, path, code.module), locate, code.complain)
    module = python.read(target.data)
    return Reading(module, flows(target.source, path, module), target.place, module.complain)


def cautious(target: Target, severity: Severity) -> Severity:
    """At most LOW in test code, which meets no data of strangers, unless a stranger decides the value even there."""
    in_tests = _TESTS.search(target.asset.uri) is not None
    return min(severity, Severity.LOW) if in_tests and severity < Severity.CRITICAL else severity


def context(module: python.Module, call: Call) -> str:
    """What identifies a call when lines move: where it stands and its line without the text of literals."""
    return context_at(module, call.node, call.scope)


def context_at(module: python.Module, node: Node, within: Scope) -> str:
    """The same for any node that is evaluated in a scope."""
    names: list[str] = []
    scope: Scope | None = within
    while scope is not None:
        names.append(scope.name)
        scope = scope.parent
    line = module.line(node.start_point[0] + 1)
    return f"{'.'.join(filter(None, reversed(names)))}: {_LITERAL.sub('', line).strip()}"
