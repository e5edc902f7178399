# SPDX-License-Identifier: Apache-2.0
"""Which bindings of a name a use may see: control paths within one function, judged by structure.

Reaching definitions as in any compiler's book (Aho, Lam, Sethi, Ullman, 9.2.4), worked out for one name at a time from
the branches around each binding, without building a graph.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from tree_sitter import Node

from hauberk.assets.scopes import Binding, Scope, text_of

WIDTH = 64
"""Most bindings that are weighed for one name."""
_ENDS = frozenset({"function_definition", "class_definition", "lambda", "module"})
_BINDS = frozenset({"assignment", "augmented_assignment", "named_expression", "for_statement"})
_UNITS = frozenset({"block", "module", "function_definition", "class_definition", "lambda"})
_LOOPS = frozenset({"for_statement", "while_statement"})
_LEAVERS = frozenset({"return_statement", "raise_statement"})
_JUMPS = frozenset({"continue_statement", "break_statement"})
_EXITS = frozenset(
    {"abort", "flask.abort", "sys.exit", "exit", "quit", "os._exit", "pytest.fail", "pytest.skip", "self.fail", "fail"}
)


class Fork(NamedTuple):
    """One choice on the way to a statement: the statement that chooses, and the branch taken."""

    control: Node
    branch: Node


def forks(node: Node, scope: Scope) -> tuple[Fork, ...]:
    """Choices around a node within its function, outermost first."""
    key = ("forks", node.id)
    known = scope.memory.get(key)
    if known is None:
        known = scope.memory[key] = tuple(_forks(node))[::-1]
    return cast("tuple[Fork, ...]", known)


def _forks(node: Node) -> Iterator[Fork]:
    child, parent = node, node.parent
    while parent is not None and parent.type not in _ENDS:
        kind = parent.type
        if kind == "if_statement":
            if child.type not in ("elif_clause", "else_clause") and not _is_condition(parent, child):
                yield Fork(parent, child)
        elif kind in ("elif_clause", "else_clause", "except_clause", "except_group_clause", "case_clause"):
            control = parent.parent
            if kind == "case_clause" and control is not None and control.type == "block":
                control = control.parent
            if control is not None and child.type == "block":
                yield Fork(control, parent if kind != "else_clause" or control.type == "if_statement" else control)
        elif (kind in _LOOPS or kind == "try_statement") and child.type == "block":
            yield Fork(parent, parent)
        child, parent = parent, parent.parent


def _is_condition(parent: Node, child: Node) -> bool:
    return parent.child_by_field_name("condition") == child


def branches(control: Node) -> list[Node] | None:
    """The ways through a statement, one of which is always taken; None where it may be passed over."""
    if control.type == "if_statement":
        others = control.children_by_field_name("alternative")
        body = control.child_by_field_name("consequence")
        if body is None or not others or others[-1].type != "else_clause":
            return None
        return [body, *others]
    if control.type == "match_statement":
        body = control.child_by_field_name("body")
        cases = [node for node in (body.named_children if body is not None else ()) if node.type == "case_clause"]
        last = cases[-1] if cases else None
        return cases if last is not None and text_of(last)[:6].split("#")[0].strip() == "case _" else None
    if control.type == "try_statement":
        return [control, *(n for n in control.named_children if n.type in ("except_clause", "except_group_clause"))]
    return None


def leaves(branch: Node) -> bool:
    """Whether a branch ends by leaving the function."""
    block = branch if branch.type == "block" else _block(branch)
    last = _last(block) if block is not None else None
    if last is None:
        return False
    if last.type in _LEAVERS:
        return True
    inner = last.named_children[0] if last.type == "expression_statement" and last.named_children else None
    function = inner.child_by_field_name("function") if inner is not None and inner.type == "call" else None
    if function is not None:
        return text_of(function) in _EXITS
    ways = branches(last) if last.type in ("if_statement", "match_statement") else None
    return ways is not None and all(leaves(way) for way in ways)


def skips(branch: Node) -> bool:
    """Whether what follows a branch is not run after it: it leaves the function, or goes on with the loop."""
    block = branch if branch.type == "block" else _block(branch)
    last = _last(block) if block is not None else None
    return leaves(branch) or (last is not None and last.type in _JUMPS)


def _block(branch: Node) -> Node | None:
    if branch.type in _LOOPS or branch.type == "try_statement":
        return branch.child_by_field_name("body")
    return next((child for child in branch.named_children if child.type == "block"), None)


def _last(block: Node) -> Node | None:
    for at in range(block.named_child_count - 1, -1, -1):
        child = block.named_child(at)
        if child is not None and child.type != "comment":
            return child
    return None


def reaching(
    bindings: list[Binding], use: Node, scope: Scope, *, same: bool, alive: Callable[[Binding], bool]
) -> list[Binding]:
    """Bindings whose value a use may see, last first; ``alive`` says whether any input could run a binding.

    From an inner scope: all, back to the last that always runs, since nobody knows when the inner one does.
    """
    if not same:
        return list(_outer(bindings, alive))
    if len(bindings) == 1:
        return bindings if alive(bindings[0]) else []
    at = bisect_left(bindings, _begin(use), key=lambda binding: binding.at)
    here = forks(use, scope)
    loop = next((fork.control for fork in here if fork.control.type in _LOOPS), None)
    kept: list[Binding] = []
    covered: set[int] = set()
    again = loop is not None
    for binding in reversed(bindings[max(0, at - WIDTH) : at] or (bindings[:WIDTH] if not again else [])):
        if not alive(binding) or is_placeholder(binding):
            continue
        there = _way(binding)
        if there is not None and _excluded(here, there):
            continue
        kept.append(binding)
        if binding.how != "add" and _kills(binding, here, there, covered):
            again = again and loop is not None and binding.at < loop.start_byte
            break
    if again and loop is not None:
        end = bisect_left(bindings, loop.end_byte, key=lambda binding: binding.at)
        kept.extend(bindings[at : min(end, at + WIDTH)])
    return kept


def _begin(use: Node) -> int:
    """Where what binds the value that a use is part of begins: ``x = x.strip()`` sees the x before."""
    begin, child, parent = use.start_byte, use, use.parent
    while parent is not None and parent.type not in _UNITS:
        if parent.type in _BINDS and (
            child == parent.child_by_field_name("right") or child == parent.child_by_field_name("value")
        ):
            begin = parent.start_byte
        child, parent = parent, parent.parent
    return begin


def _outer(bindings: list[Binding], alive: Callable[[Binding], bool]) -> Iterator[Binding]:
    for binding in reversed(bindings[-WIDTH:]):
        if alive(binding) and not is_placeholder(binding):
            yield binding
            if binding.certain and binding.how != "add":
                return


def is_placeholder(binding: Binding) -> bool:
    """Whether a name is only given None, to be filled later."""
    return binding.how == "assign" and binding.node is not None and binding.node.type == "none"


def _way(binding: Binding) -> tuple[Fork, ...] | None:
    """Choices around a binding; None where its place is not known."""
    if binding.node is None:
        return () if binding.certain else None
    if binding.how == "parameter":
        return ()
    way = forks(binding.node, binding.scope)
    parent = binding.node.parent
    if binding.how == "element" and parent is not None and parent.type == "for_statement":
        return (*way, Fork(parent, parent))
    return way


def _shared(here: tuple[Fork, ...], there: tuple[Fork, ...]) -> int:
    count = 0
    for one, other in zip(here, there, strict=False):
        if one.branch.id != other.branch.id or one.control.id != other.control.id:
            break
        count += 1
    return count


def _excluded(here: tuple[Fork, ...], there: tuple[Fork, ...]) -> bool:
    """Whether no run passes both: other branches of one choice, or a branch that leaves before the use."""
    shared = _shared(here, there)
    in_loop = any(fork.control.type in _LOOPS for fork in here[:shared])
    if not in_loop and shared < len(here) and shared < len(there):
        one, other = here[shared], there[shared]
        if one.control.id == other.control.id and one.control.type in ("if_statement", "match_statement"):
            return True
    return any(fork.control.type != "try_statement" and leaves(fork.branch) for fork in there[shared:])


def _kills(binding: Binding, here: tuple[Fork, ...], there: tuple[Fork, ...] | None, covered: set[int]) -> bool:
    """Whether every way to the use passes this binding, alone or with those seen before it."""
    if there is None:
        return binding.certain
    shared = _shared(here, there)
    rest = list(there[shared:])
    while rest:
        fork = rest.pop()
        covered.add(fork.branch.id)
        ways = branches(fork.control)
        if ways is None or not all(way.id in covered or skips(way) for way in ways):
            return False
    return True
