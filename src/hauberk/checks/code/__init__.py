# SPDX-License-Identifier: Apache-2.0
"""Rules on code: Python files, and the Python of notebooks."""

from dataclasses import dataclass

from tree_sitter import Node

from hauberk.analysis.flow_values import Source
from hauberk.analysis.flows import Flows, flows
from hauberk.analysis.written import Written, cautious, written
from hauberk.assets.purpose import is_test
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call
from hauberk.core.finding import Step
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

__all__ = ["Reading", "cautious", "context", "matters", "opened"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Python under examination, how to point at it, and where its values come from."""

    written: Written
    flows: Flows

    @property
    def module(self) -> Module:
        """What was read."""
        return self.written.module

    def complain(self) -> None:
        """Raise CannotLook naming what was not evaluated; called when everything else was."""
        self.written.complain()

    def place(self, node: Node | Call) -> FilePlace:
        """Where a node of this module, or a call, is."""
        at = node.node if isinstance(node, Call) else node
        return self.written.place(at)

    def steps(self, source: Source, sink: Node, words: str) -> tuple[Step, ...]:
        """The way of a value to a sink, for a finding; empty where it did not move."""
        steps: list[Step] = []
        lines: set[tuple[str, int | None, int | None]] = set()
        for unit, node, said in source.way:
            at = (node.start_point[0] + 1, node.start_point[1] + 1)
            place = self.written.locate(*at)
            if unit is not None and unit.module is not self.module:
                place = FilePlace(path=unit.uri, line=at[0], column=at[1])
            if (place.path, place.cell, place.line) not in lines:
                lines.add((place.path, place.cell, place.line))
                steps.append(Step(place=place, message=said))
        last = Step(place=self.place(sink), message=words)
        return (*steps, last) if steps else ()


def opened(target: Target) -> Reading:
    """The Python of a source file or of a notebook's cells; raises CannotLook."""
    found = written(target)
    return Reading(found, flows(target.source, target.asset.uri, found.module))


def matters(target: Target, severity: Severity) -> bool:
    """Whether a value of this severity is worth telling: in tests only the worst, which a stranger decides even there.

    There a caller is the test's own fixture, and a file is one that the test has just written.
    """
    return severity >= Severity.CRITICAL or not is_test(target.asset.uri)


def context(reading: Reading, call: Call) -> str:
    """What identifies a call when lines move."""
    return reading.written.context(call.node, call.scope)
