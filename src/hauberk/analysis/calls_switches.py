# SPDX-License-Identifier: Apache-2.0
"""Keywords, variables of the environment and settings that switch a safeguard off, whoever reads them."""

from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_facts_run import GATHERED, SWITCHES, VARIABLES
from hauberk.analysis.calls_options import entries
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, Scope, name_of, text_of

_OFF = frozenset({"0", "false", "no", "off", ""})
_WRITERS = ("save", "dump", "write", "to_")
_ENVIRONMENTS = frozenset({"os.environ", "os.environ.setdefault", "os.putenv", "os.environ.update"})
_RUNS = frozenset({"HF_DATASETS_TRUST_REMOTE_CODE", "HF_ALLOW_CODE_EVAL", "TRUST_REMOTE_CODE"})


def switched(call: Call, rule: str) -> str | None:
    """What a keyword of a call switches off, in words; also one in a mapping that is passed on."""
    for name, node in _options(call):
        value, kind, words = SWITCHES.get(name, ("", "", ""))
        written = constant(node, call.scope) if name == "model_args" and rule == "run" else None
        if isinstance(written, str) and "trust_remote_code=True" in written:
            return "trust_remote_code=True runs whatever Python the repository holds at load time"
        if kind == rule and _is(node, call.scope, value) and not _writes(call):
            return f"{name}={value} {words}"
    return None


def _options(call: Call) -> Iterator[tuple[str, Node]]:
    for name, node in call.keywords.items():
        yield name, node
        if name.endswith(GATHERED) and node.type in ("dictionary", "identifier", "call", "attribute"):
            yield from entries(node, call.node, call.scope)[0].items()


def _is(node: Node, scope: Scope, value: str) -> bool:
    known = constant(node, scope)
    return known is True if value == "True" else known is False if value == "False" else known == value


def _writes(call: Call) -> bool:
    """Whether a call writes, or is of a function that is defined here, where the option does what it says."""
    last = call.function.child_by_field_name("attribute") or call.function
    name = name_of(last) if last.type == "identifier" else ""
    found = call.scope.look(name) if call.function.type == "identifier" else None
    return name.startswith(_WRITERS) or (found is not None and all(one.how == "def" for one in found[1]))


def variables(module: Module, rule: str) -> Iterator[tuple[Node, Scope, str]]:
    """Places where a variable of the environment, or a setting of its name, is set to switch a safeguard off."""
    if not any(name.encode() in module.source for name in VARIABLES):
        return
    for scope in module.scopes.values():
        for one in (one for changes in scope.changes.values() for one in changes):
            word = _assigned(one.node, one.scope)
            if word in VARIABLES and one.node is not None and _on(one.node, one.scope):
                yield from _told(one.node, one.scope, word, rule)
    for call in module.calls:
        if _ENVIRONMENTS.isdisjoint(dotted(call.function, call.scope)):
            continue
        given = entries(call.positional[0], call.node, call.scope)[0] if len(call.positional) == 1 else {}
        pairs = [*given.items(), *call.keywords.items()]
        if len(call.positional) == 2:  # noqa: PLR2004  name and value
            name = constant(call.positional[0], call.scope)
            pairs.append((name if isinstance(name, str) else "", call.positional[1]))
        for word, node in pairs:
            if word in VARIABLES and _on(node, call.scope):
                yield from _told(call.node, call.scope, word, rule)


def _told(node: Node, scope: Scope, word: str, rule: str) -> Iterator[tuple[Node, Scope, str]]:
    if (word in _RUNS) == (rule == "run"):
        yield node, scope, f"{word} {VARIABLES[word]}"


def _assigned(value: Node | None, scope: Scope) -> str:
    """The name that a value is given to, as in ``datasets.config.NAME = value`` and ``os.environ["NAME"] = value``."""
    assignment = value.parent if value is not None else None
    left = assignment.child_by_field_name("left") if assignment is not None else None
    if left is None or left.type not in ("attribute", "subscript"):
        return ""
    if left.type == "attribute":
        name = left.child_by_field_name("attribute")
        return name_of(name) if name is not None else ""
    owner, keys = left.child_by_field_name("value"), left.children_by_field_name("subscript")
    environment = owner is not None and "os.environ" in dotted(owner, scope)
    key = constant(keys[0], scope) if environment and len(keys) == 1 else None
    return key if isinstance(key, str) else ""


def _on(node: Node, scope: Scope) -> bool:
    value = constant(node, scope)
    return value is True or (isinstance(value, str) and value.lower() not in _OFF) or text_of(node) == "1"
