# SPDX-License-Identifier: Apache-2.0
"""Calls that are unsafe as they are written, whatever is passed to them: what the rules on them share."""

from collections.abc import Callable, Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, Scope
from hauberk.checks.code import Reading, cautious, matters, opened
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

Fault = tuple[str, Severity, Confidence]
"""What is wrong with a call, how bad, how sure."""
Judge = Callable[[Call, tuple[str, ...]], Fault | None]
Others = Callable[[Module], Iterator[tuple[Node, Scope, Fault]]]


def hits(target: Target, judge: Judge, others: Others, names: frozenset[bytes]) -> Iterator[Hit]:
    """A hit for each call that is judged unsafe, and for each other place.

    There is none in a module in whose code none of the names stands.
    """
    reading = opened(target)
    for call in reading.module.calls_of(names):
        fault = judge(call, dotted(call.function, call.scope))
        if fault is not None and matters(target, fault[1]):
            yield fault_hit(target, reading, call.node, call.scope, fault)
    for node, scope, fault in others(reading.module) if reading.module.holds(names) else ():
        if matters(target, fault[1]):
            yield fault_hit(target, reading, node, scope, fault)
    reading.complain()


def fault_hit(target: Target, reading: Reading, node: Node, scope: Scope, fault: Fault) -> Hit:
    """A fault as a hit of the target."""
    message, severity, confidence = fault
    return Hit(
        message=message,
        place=reading.place(node),
        severity=cautious(target, severity),
        confidence=confidence,
        context=reading.written.context(node, scope),
    )


def none(_: Module) -> Iterator[tuple[Node, Scope, Fault]]:
    """No other places."""
    return iter(())


def is_false(call: Call, name: str) -> bool:
    """Whether a keyword is False as written."""
    node = call.keywords.get(name)
    return node is not None and constant(node, call.scope) is False
