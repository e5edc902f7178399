# SPDX-License-Identifier: Apache-2.0
"""The Python of a target, be it a file or a notebook's cells, and how to point at it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from hauberk.assets import notebook, python
from hauberk.assets.purpose import is_test
from hauberk.assets.scopes import Scope
from hauberk.core.place import FilePlace
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target

_LITERAL = re.compile(r"('''|\"\"\"|'|\").*?\1")


@dataclass(frozen=True, slots=True)
class Written:
    """Python under examination."""

    module: python.Module
    locate: Callable[[int, int], FilePlace]
    """Place of a line and a column, both counted from 1."""
    complain: Callable[[], None]
    """Raises CannotLook naming what was not evaluated; called when everything else was."""

    def place(self, node: Node) -> FilePlace:
        """Where a node of this module is."""
        return self.locate(node.start_point[0] + 1, node.start_point[1] + 1)

    def context(self, node: Node, within: Scope) -> str:
        """What identifies a node when lines move: where it stands and its line without the text of literals."""
        names: list[str] = []
        scope: Scope | None = within
        while scope is not None:
            names.append(scope.name)
            scope = scope.parent
        line = self.module.line(node.start_point[0] + 1)
        return f"{'.'.join(filter(None, reversed(names)))}: {_LITERAL.sub('', line).strip()}"


def written(target: Target) -> Written:
    """The Python of a source file or of a notebook's cells; raises CannotLook."""
    if target.asset.kind is Kind.NOTEBOOK:
        code = notebook.code(target.data)

        def locate(line: int, column: int) -> FilePlace:
            cell, within = code.locate(line)
            return FilePlace(path=target.asset.uri, line=within, column=column, cell=cell)

        return Written(code.module, locate, code.complain)
    module = python.read(target.data, target.asset.uri)
    return Written(module, target.place, module.complain)


def cautious(target: Target, severity: Severity) -> Severity:
    """At most LOW in test code, which meets no data of strangers, unless a stranger decides the value even there."""
    in_tests = is_test(target.asset.uri)
    return min(severity, Severity.LOW) if in_tests and severity < Severity.CRITICAL else severity
