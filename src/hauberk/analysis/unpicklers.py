# SPDX-License-Identifier: Apache-2.0
"""Whether a subclass of an unpickler restricts what a pickle may name."""

import re

from tree_sitter import Node

from hauberk.assets.scopes import Scope, text_of

_WIDE = re.compile(r"(?:super\([^()]*\)|[\w.]*Unpickler)\.find_class\(.*\)", re.DOTALL)
"""``find_class`` of the base, which imports whatever it is told."""
_REFUSES = re.compile(r"\b(?:raise|assert)\b")
_ALLOWS = re.compile(r"\bin\b|\bnot\b|!=|\ballow|\bsafe", re.IGNORECASE)


def restricts(scope: Scope) -> bool:
    """Whether a class has a ``find_class`` of its own that may refuse a name.

    One that only renames and then asks the base for whatever is left restricts nothing. Where it raises, calls a
    function that may, or looks in a collection first, it is taken to restrict.
    """
    bound = scope.bindings.get("find_class")
    definition = bound[-1].node if bound else None
    body = definition.child_by_field_name("body") if definition is not None else None
    if bound is None or body is None:
        return bound is not None
    return bool(_REFUSES.search(text_of(body))) or not _is_open(body)


def _is_open(block: Node) -> bool:
    """Whether a block ends by asking the base, on the way that is taken when no condition on the name holds."""
    statements = [one for one in block.named_children if one.type != "comment"]
    if not statements or any(_may_refuse(one) for one in statements[:-1]):
        return False
    last = statements[-1]
    if last.type == "return_statement":
        given = last.named_children[0] if last.named_children else None
        return given is not None and _WIDE.fullmatch(text_of(given)) is not None
    if last.type != "if_statement":
        return False
    alternative = next((one for one in last.named_children if one.type == "else_clause"), None)
    inner = alternative.child_by_field_name("body") if alternative is not None else None
    return inner is not None and not _may_refuse(last) and _is_open(inner)


def _may_refuse(statement: Node) -> bool:
    """Whether a statement may keep a name out: a bare call, or a condition like a list of what is allowed."""
    if statement.type == "if_statement":
        condition = statement.child_by_field_name("condition")
        return condition is None or bool(_ALLOWS.search(text_of(condition)))
    inner = statement.named_children[0].type if statement.named_children else ""
    return statement.type != "import_statement" and inner not in ("assignment", "augmented_assignment", "string")
