# SPDX-License-Identifier: Apache-2.0
"""What is known after each statement of a block: conditions that held, or failed, where it was passed."""

from collections.abc import Iterator
from operator import attrgetter
from typing import cast

from tree_sitter import Node

from hauberk.analysis.paths import skips
from hauberk.assets.scopes import Scope, text_of


class Statement:
    """One statement of a block, and what is known after it; worked out when it is first asked for."""

    __slots__ = ("_node", "_tests", "end", "start")

    def __init__(self, node: Node) -> None:
        """A statement between two bytes."""
        self.start, self.end = node.start_byte, node.end_byte
        self._node = node
        self._tests: list[tuple[Node, bool, str | None]] | None = None

    @property
    def tests(self) -> list[tuple[Node, bool, str | None]]:
        """Conditions that hold, or fail, after it; each with its words, None where they do not say what it is about."""
        if self._tests is None:
            self._tests = [
                (test, want, None if _is_of_others(test) else text_of(test)) for test, want in _told(self._node)
            ]
        return self._tests


END = attrgetter("end")


def statements(block: Node, scope: Scope) -> list[Statement]:
    """The statements of a block, in order; worked out once."""
    memory, key = scope.root.memory, ("statements", block.id)
    known = memory.get(key)
    if known is None:
        known = memory[key] = [Statement(one) for one in block.named_children]
    return cast("list[Statement]", known)


def _told(one: Node) -> Iterator[tuple[Node, bool]]:
    """Conditions that are known to hold, or to fail, where a statement is passed."""
    if one.type == "if_statement" and not one.children_by_field_name("alternative"):
        condition, body = one.child_by_field_name("condition"), one.child_by_field_name("consequence")
        if condition is not None and body is not None and skips(body):
            yield condition, False
    elif one.type == "assert_statement" and one.named_children:
        yield one.named_children[0], True
    elif one.type == "expression_statement" and one.named_children:
        inner = one.named_children[0]
        if inner.type in ("call", "await"):
            yield inner, True
    elif one.type == "try_statement" and all(map(skips, handlers(one))):
        yield from ((call, True) for call in plain_calls(one.child_by_field_name("body")))


def _is_of_others(test: Node) -> bool:
    """Whether a test names what was found out before, so that its own words do not show what it is about."""
    if test.type in ("not_operator", "parenthesized_expression", "await", "boolean_operator"):
        return any(map(_is_of_others, test.named_children))
    return test.type not in ("comparison_operator", "call")


def handlers(statement: Node) -> list[Node]:
    """What catches the exceptions of a ``try``."""
    return [one for one in statement.named_children if one.type == "except_clause"]


def plain_calls(block: Node | None) -> Iterator[Node]:
    """Calls that are statements of a block, for nothing but what they raise."""
    for one in block.named_children if block is not None else ():
        if one.type == "expression_statement" and one.named_children[0].type == "call":
            yield one.named_children[0]
