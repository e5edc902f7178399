# SPDX-License-Identifier: Apache-2.0
"""Whether a call that fetches something names a version that cannot change, and what it fetches."""

import re

from tree_sitter import Node

from hauberk.analysis.calls import Unknown, constant
from hauberk.analysis.calls_facts_run import GATHERED
from hauberk.analysis.calls_options import entries
from hauberk.assets.scopes import Call, Scope, name_of, text_of

_COMMIT = re.compile(r"[0-9a-f]{40}|sha256:[0-9a-f]{64}|[0-9a-f]{64}")
_REVISIONS = ("revision", "code_revision", "commit", "commit_hash", "version", "custom_revision", "git_revision")


def pinned(call: Call, *, known: bool = False) -> bool:
    """Whether a full commit is named, or, unless it has to be known, a revision that is decided elsewhere."""
    found = [call.keywords[name] for name in _REVISIONS if name in call.keywords]
    for name, node in call.keywords.items():
        if name.endswith(GATHERED):
            inner = entries(node, call.node, call.scope)[0]
            found.extend(inner[one] for one in _REVISIONS if one in inner)
    return any(_is_commit(one, call.scope, known=known) for one in found)


def _is_commit(node: Node, scope: Scope, *, known: bool) -> bool:
    value = constant(node, scope)
    text = text_value(node, scope)
    if text is None and isinstance(value, Unknown):
        return not known
    return text is not None and _COMMIT.fullmatch(text) is not None


def text_value(  # noqa: PLR0911  one answer for each kind of expression
    node: Node, scope: Scope
) -> str | None:
    """A text that is written in the code: as it is, as a default of a parameter, a field or an entry of a table."""
    value = constant(node, scope)
    if isinstance(value, str):
        return value
    if node.type == "identifier":
        default = _default(node, scope)
        return default if default is not None else _module_name(node, scope)
    if node.type == "attribute":
        return _field(node, scope)
    if node.type == "subscript":
        owner, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
        if owner is None or len(keys) != 1:
            return None
        held = entries(owner, node, scope)[0]
        key = constant(keys[0], scope)
        if isinstance(key, str):
            return text_value(held[key], scope) if key in held else None
        return next((text for one in held.values() if (text := text_value(one, scope)) is not None), None)
    return None


def _module_name(node: Node, scope: Scope) -> str | None:
    """A name that is bound once, in a module or a class around."""
    found = scope.look(name_of(node))
    if found is None or len(found[1]) != 1 or found[1][0].how != "assign" or found[1][0].node is None:
        return None
    value = found[1][0].node
    return None if value.id == node.id or value.type == "identifier" else text_value(value, found[1][0].scope)


def _default(node: Node, scope: Scope) -> str | None:
    """The text that a parameter is unless a caller says otherwise."""
    found = scope.look(name_of(node))
    if found is None or len(found[1]) != 1 or found[1][0].how != "parameter" or found[1][0].node is None:
        return None
    value = found[1][0].node.child_by_field_name("value")
    known = constant(value, found[1][0].scope) if value is not None else None
    return known if isinstance(known, str) else None


def _field(node: Node, scope: Scope) -> str | None:
    """What ``self.name`` or ``Class.name`` is, where a class gives it only one value."""
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or name is None or owner.type != "identifier":
        return None
    klass: Scope | None = scope
    if text_of(owner) in ("self", "cls"):
        while klass is not None and klass.kind != "class":
            klass = klass.parent
    else:
        found = scope.look(name_of(owner))
        nodes = [one.node for one in found[1] if one.how == "class" and one.node is not None] if found else []
        klass = found[1][0].scope if len(nodes) == 1 and found is not None else None
    if klass is None or klass.kind != "class":
        return None
    bound = [*klass.bindings.get(name_of(name), ()), *klass.bindings.get(f"self.{name_of(name)}", ())]
    if len(bound) != 1 or bound[0].how != "assign" or bound[0].node is None:
        return None
    return text_value(bound[0].node, bound[0].scope)
