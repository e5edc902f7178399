# SPDX-License-Identifier: Apache-2.0
"""Where a value comes from, as far as one function shows: data flow without leaving it."""

import enum
from typing import Final, NamedTuple

from tree_sitter import Node

from hauberk.analysis.calls import BUILTINS, Unknown, constant, dotted, reaching
from hauberk.analysis.calls_sources import (
    ANSWERS,
    DECODERS,
    DEFAULTS,
    FROM_CALLER,
    METHODS,
    OUTSIDE,
    OWN,
    PLAIN,
    PURE,
    ROUTES,
    SAFE,
    TYPED_SAFE,
)
from hauberk.assets.scopes import COMPREHENSIONS, Binding, Scope, name_of, text_of

_OUTSIDE_MODULES = tuple(name for name in OUTSIDE if name.endswith(".") and name.count(".") == 1)
"""Only what calls into them return comes from outside; their constants and classes do not."""
_OUTSIDE_NAMES = tuple(name for name in OUTSIDE if name not in _OUTSIDE_MODULES)
_SAFE_MODULES = tuple(name for name in SAFE if name.endswith("."))


class Origin(enum.IntEnum):
    """Who decides a value, from nobody to a stranger; of several the highest counts."""

    FIXED = 0
    """Written in the code, or made of nothing else."""
    LOCAL = 1
    """Made somewhere that this function does not show."""
    PARAMETER = 2
    """Handed in by the caller, the command line or the environment."""
    OUTSIDE = 3
    """A request, an upload, a download, a model's answer."""


STEPS: Final = 1500
"""Most expressions that are followed for one value."""
DEEPEST: Final = 60


class Source(NamedTuple):
    """Where a value comes from."""

    origin: Origin
    """The highest among all that it is made of."""
    decoded: bool
    """It went through base64, zlib or the like."""
    own: bool
    """It is what ``pickle.dumps`` made in the same place."""


def trace(node: Node, scope: Scope) -> Source:
    """Where the value of an expression comes from."""
    flow = _Flow()
    origin = flow.of(node, scope)
    return Source(origin, flow.decoded, origin == Origin.FIXED and flow.own)


def _under(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name, or something got from it, is on a list whose entries end with ``.`` for whole modules."""
    return any(name == p or name.startswith(p if p.endswith((".", ")")) else f"{p}.") for p in prefixes)


class _Flow:
    """One question: how far it has come, and what is being asked already."""

    def __init__(self) -> None:
        self._steps = 0
        self._asked: dict[tuple[int, int], Origin] = {}
        self._depth = 0
        self.decoded = False
        self.own = False

    def of(self, node: Node, scope: Scope) -> Origin:
        """Origin of a node; FIXED for what is being asked already, so that loops add nothing."""
        key = (node.id, id(scope))
        if key in self._asked:
            return self._asked[key]
        self._steps += 1
        if self._steps > STEPS or self._depth > DEEPEST:
            return Origin.LOCAL
        self._asked[key] = Origin.FIXED
        self._depth += 1
        self._asked[key] = self._judge(node, scope)
        self._depth -= 1
        return self._asked[key]

    def _judge(self, node: Node, scope: Scope) -> Origin:
        kind = node.type
        if kind in ANSWERS:
            return Origin.FIXED
        judges = {
            "identifier": self._name,
            "attribute": self._attribute,
            "call": self._call,
            "subscript": self._subscript,
            "conditional_expression": self._conditional,
        }
        if kind in judges:
            return judges[kind](node, scope)
        if kind in ("lambda", "yield"):
            return Origin.LOCAL
        if kind in COMPREHENSIONS:  # its sources count through the names that its body uses
            return self._most(node.named_children[:1], scope.inner.get(node.id, scope))
        return self._most(node.named_children[kind == "keyword_argument" :], scope)

    def _most(self, nodes: list[Node], scope: Scope) -> Origin:
        return max((self.of(node, scope) for node in nodes), default=Origin.FIXED)

    def _name(self, node: Node, scope: Scope) -> Origin:
        name = name_of(node)
        found = scope.look(name)
        if found is None:
            return Origin.FIXED if name in BUILTINS or name in PLAIN else Origin.LOCAL
        owner, bindings = found
        known = [self._binding(binding, owner) for binding in reaching(bindings, node, same=owner is scope)]
        return max([*known, *(self._binding(b, owner) for b in _changes(name, scope, owner))], default=Origin.FIXED)

    def _binding(self, binding: Binding, owner: Scope) -> Origin:
        if binding.how in ("def", "class", "import"):
            return _imported(binding.target)
        if binding.how == "parameter" and binding.node is not None:
            return self._parameter(binding.node, owner)
        if binding.how == "opaque" or binding.node is None:
            return Origin.LOCAL
        return self.of(binding.node, binding.scope)

    def _parameter(self, parameter: Node, function: Scope) -> Origin:
        outer = function.parent or function
        name = text_of(parameter).partition(":")[0].partition("=")[0].strip()
        if function.node.type == "lambda" or name in ("self", "cls"):
            return Origin.LOCAL
        annotation, default = parameter.child_by_field_name("type"), parameter.child_by_field_name("value")
        types = [text_of(annotation)] if annotation is not None else []
        if annotation is not None and annotation.named_children:
            types = [f"{known}()" for known in dotted(annotation.named_children[0], outer)] or types
        if types and all(known in TYPED_SAFE for known in types):
            return Origin.FIXED
        asked = any(_under(known, OUTSIDE) for known in types)
        asked = asked or (default is not None and any(known in DEFAULTS for known in dotted(default, outer)))
        if asked or _is_handler(function) or (name == "request" and not types):
            return Origin.OUTSIDE
        return Origin.PARAMETER

    def _attribute(self, node: Node, scope: Scope) -> Origin:
        names = dotted(node, scope)
        for name in names:
            listed = _listed(name)
            if listed is not None:
                return listed
        if names and not any("()" in name for name in names):
            return max(_imported(name) for name in names)
        owner, field = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        fields = (
            scope.fields(name_of(field)) if field is not None and owner is not None and text_of(owner) == "self" else []
        )
        if fields:
            return max(self._binding(binding, binding.scope) for binding in fields[:64])
        return self.of(owner, scope) if owner is not None else Origin.LOCAL

    def _call(self, node: Node, scope: Scope) -> Origin:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return Origin.LOCAL
        names = [f"{name}()" for name in dotted(function, scope)]
        self.decoded = self.decoded or any(_under(name, DECODERS) for name in names)
        self.own = self.own or any(_under(name, OWN) for name in names)
        for name in names:
            listed = _listed(name)
            if listed is not None:
                return listed
        method = function.child_by_field_name("attribute")
        owner = function.child_by_field_name("object")
        parts = [*arguments.named_children] if arguments.type == "argument_list" else [arguments]
        given = self._most([*parts, owner] if owner is not None and not _is_module(owner, scope) else parts, scope)
        if names and all(_under(name, PURE) for name in names):
            return given
        if not names and method is not None and name_of(method) in METHODS:
            return given
        if names and method is not None and "()." in names[0] and name_of(method) in METHODS:
            return given
        return min(Origin.PARAMETER, max(Origin.LOCAL, given))

    def _subscript(self, node: Node, scope: Scope) -> Origin:
        owner, keys = node.child_by_field_name("value"), node.children_by_field_name("subscript")
        if owner is None:
            return Origin.LOCAL
        if owner.type == "identifier" and len(keys) == 1 and keys[0].type in ("string", "integer"):
            parts = _entries(owner, text_of(keys[0]).replace('"', "'"), scope)
            if parts is not None:
                return max((self._binding(part, scope) for part in parts), default=Origin.LOCAL)
        return self.of(owner, scope)

    def _conditional(self, node: Node, scope: Scope) -> Origin:
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != 3:  # noqa: PLR2004  value, condition, alternative
            return Origin.LOCAL
        held = constant(children[1], scope)
        if isinstance(held, Unknown):
            return max(self.of(children[0], scope), self.of(children[2], scope))
        return self.of(children[0] if held else children[2], scope)


def _listed(name: str) -> Origin | None:
    """What the tables say of a dotted name; None where they are silent."""
    if name in SAFE or _under(name, _SAFE_MODULES) or _under(name, OWN):
        return Origin.FIXED
    if _under(name, _OUTSIDE_NAMES) or ("()" in name and _under(name, _OUTSIDE_MODULES)):
        return Origin.OUTSIDE
    return Origin.PARAMETER if _under(name, FROM_CALLER) else None


def _imported(name: str) -> Origin:
    """A module, function or class is fixed, and so is what another module calls in capitals; its variables are not."""
    listed = _listed(name) or (Origin.OUTSIDE if _under(f"{name}.", OUTSIDE) and name.endswith("request") else None)
    if listed is not None:
        return listed
    last = name.rpartition(".")[2]
    return (
        Origin.FIXED if not name or last.isupper() or "." not in name.strip(".") or _under(name, PURE) else Origin.LOCAL
    )


def _is_module(node: Node, scope: Scope) -> bool:
    """Whether an expression is only the path to a function: ``os.path`` in ``os.path.join``."""
    names = dotted(node, scope)
    return bool(names) and not any("()" in name for name in names)


def _is_handler(function: Scope) -> bool:
    """Whether a web framework or a cloud calls the function with what a client sent."""
    if function.name == "lambda_handler":
        return True
    for decorator in function.decorators:
        target = decorator.named_children[0] if decorator.named_children else None
        if target is not None and target.type == "call":
            target = target.child_by_field_name("function")
        name = target.child_by_field_name("attribute") if target is not None else None
        if name is not None and name_of(name) in ROUTES:
            return True
    return False


def _changes(name: str, scope: Scope, owner: Scope) -> list[Binding]:
    """What is added to a name's value between its use and the scope that binds it."""
    found = list(scope.changes.get(name, ()))
    while scope is not owner and scope.parent is not None:
        scope = scope.parent
        found.extend(scope.changes.get(name, ()))
    return found[:64]


def _entries(owner: Node, key: str, scope: Scope) -> list[Binding] | None:
    """Values at a literal key of a dictionary that is built in this scope; None where that cannot be told."""
    found = scope.look(name_of(owner))
    if found is None or found[0] is not scope:
        return None
    made = reaching(found[1], owner, same=True)
    if len(made) != 1 or made[0].node is None or made[0].node.type not in ("dictionary", "call"):
        return None
    if made[0].node.type == "call" and text_of(made[0].node) != "dict()":
        return None
    values = [change for change in scope.changes.get(name_of(owner), ()) if change.target in ("", key)]
    for pair in made[0].node.named_children if made[0].node.type == "dictionary" else ():
        name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if name is None or value is None or name.type not in ("string", "integer"):
            return None
        if text_of(name).replace('"', "'") == key:
            values.append(Binding("assign", value, made[0].scope))
    return values
