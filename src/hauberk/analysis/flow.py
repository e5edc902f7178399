# SPDX-License-Identifier: Apache-2.0
"""Where a value comes from, through calls, returns, fields, containers and modules of a project.

Backward and on demand, in the manner of summary-based slicing (Horwitz, Reps, Binkley, 1990): an expression is worth a
mapping from those who decide it to the way that it came. Parameters stay symbols while a function is worked out, so
that each function is worked out once and every call puts its own arguments in; what is left at the end is asked of the
callers. Steps, depth, callers and files are bounded; beyond a bound a value is only known to come from elsewhere.
"""

import re
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from hauberk.analysis import flow_calls as calls
from hauberk.analysis import flow_containers as containers
from hauberk.analysis import flow_fields as fields
from hauberk.analysis import flow_keys as keys
from hauberk.analysis import shapes
from hauberk.analysis.callers import Callers, Site, parameters
from hauberk.analysis.calls import BUILTINS, Unknown, constant, dotted, reaching
from hauberk.analysis.calls_sources import ANSWERS, DECODERS, KEYED, NAMING, OWN, PLAIN
from hauberk.analysis.definitions import FILLED, Definitions, enclosing
from hauberk.analysis.flow_consent import agreed
from hauberk.analysis.flow_depends import depended
from hauberk.analysis.flow_names import STRANGERS, Origin, imported, is_safe, listed, typed, under
from hauberk.analysis.flow_parameters import entry
from hauberk.analysis.flow_types import converted, harmless
from hauberk.analysis.flow_values import LEADING, WAY, Mark, Parameter, Source, Step, Value, Way, merged
from hauberk.analysis.guards import Guards
from hauberk.analysis.project import Project
from hauberk.assets.scopes import COMPREHENSIONS, Binding, Scope, name_of, text_of

STEPS: Final = 10_000
"""Most expressions that are followed for one question."""
DEEPEST: Final = 90
_SETTLED: Final = 400
"""Most parameters that are asked of their callers for one question."""
_ENTERS = {
    Origin.OUTSIDE: "comes from outside",
    Origin.ANSWERED: "is what another server answers",
    Origin.OPERATOR: "the user or the environment decides",
}
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?/{0,2}")


class Flow:
    """Questions about one project for one kind of sink; answers are remembered."""

    def __init__(self, project: Project, kind: str = "any", callers: Callers | None = None) -> None:
        """Questions about the values of these modules; ``callers`` among them, where others ask for them too."""
        self.project = project
        self.kind = kind
        self._callers = callers or Callers(Definitions(project))
        self.definitions = self._callers.definitions
        self.guards = Guards(self.definitions, kind, self._is_outside)
        self._known: dict[tuple[int, int], Value] = {}
        self.keep: list[Scope] = []
        self.agreed: dict[int, bool] = {}
        self._steps = self._depth = 0

    def trace(self, node: Node, scope: Scope) -> Source:
        """Where the value of an expression comes from, callers asked."""
        self._steps = 0
        value = self.settle(self.of(node, scope))
        origin = max((one for one in value if isinstance(one, Origin)), default=Origin.FIXED)
        if origin is not Origin.FIXED and agreed(self, node, scope):
            return Source(Origin.FIXED, decoded=False, own=False)
        own = origin is Origin.FIXED and Mark.OWN in value
        return Source(origin, Mark.DECODED in value, own, value.get(origin, ()))

    def _is_outside(self, node: Node, scope: Scope) -> bool:
        """Whether strangers decide a value, as far as its own function shows."""
        return not STRANGERS.isdisjoint(self.of(node, scope))

    def settle(self, value: Value) -> Value:
        """A value whose parameters are replaced by what callers pass."""
        settled: Value = {}
        pending = list(value.items())
        seen: set[Parameter] = set()
        while pending and len(seen) < _SETTLED:
            atom, way = pending.pop(0)
            if not isinstance(atom, Parameter):
                settled.setdefault(atom, way)
            elif atom.name in ("self", "cls") and not atom.key:
                settled.setdefault(Origin.LOCAL, way)
            elif atom not in seen:
                seen.add(atom)
                pending.extend(self._asked(atom, way))
            if Origin.OUTSIDE in settled:
                break
        return settled

    def _asked(self, atom: Parameter, way: Way) -> list[tuple[Origin | Parameter | Mark, Way]]:
        """What the callers of a function pass for one parameter, with the steps from there."""
        found: list[tuple[Origin | Parameter | Mark, Way]] = []
        sites, shown = self._callers.shown(atom.function)
        for site in sites:
            if site.registered:
                words = f"{text_of(site.call.function)[:60]} lets clients call {atom.function.name}"
                found.append((Origin.OUTSIDE, (Step(site.unit, site.call.node, words), *way)))
                continue
            if agreed(self, site.call.node, site.call.scope):
                continue
            step = Step(site.unit, site.call.node, f"passed to {atom.function.name}")
            for one, before in self.given(site, atom).items():
                found.append((one, (*before, step, *way)[-WAY:]))
        if not shown and not fields.part(atom.key):
            declared = dict(parameters(atom.function)).get(atom.name)
            unit = self.project.home(atom.function)
            first = (Step(unit, declared, f"{atom.name} is the caller's"),) if declared is not None else ()
            found.append((Origin.CALLER, (*first, *way)[:WAY]))
        return sorted(found, key=lambda pair: pair[0] is not Origin.OUTSIDE)

    def given(self, site: Site, atom: Parameter) -> Value:
        """What one caller passes for a parameter, or its default."""
        return keys.member(self, site, atom) if fields.part(atom.key) else keys.given(self, site, atom)

    def whole(self, node: Node, key: str, scope: Scope) -> Value:
        """A value, or those who fill the field of it that the key of a parameter means."""
        name = fields.part(key)
        return fields.held(self, node, name, scope) if name else self.of(node, scope)

    def of(self, node: Node, scope: Scope) -> Value:
        """Those who decide a value, callers not asked; nothing for what is being asked already."""
        key = (node.id, id(scope))
        if key in self._known:
            return self._known[key]
        self._steps += 1
        if self._steps > STEPS or self._depth > DEEPEST:
            return {Origin.LOCAL: ()}
        self.keep.append(scope)
        self._known[key] = {}
        self._depth += 1
        self._known[key] = self._judge(node, scope)
        self._depth -= 1
        return self._known[key]

    def _judge(self, node: Node, scope: Scope) -> Value:
        kind = node.type
        if kind in ANSWERS:
            return {}
        judge = _JUDGES.get(kind)
        if judge is not None:
            return judge(self, node, scope)
        if kind in COMPREHENSIONS:  # its sources count through the names that its body uses
            return self.all(node.named_children[:1], scope.inner.get(node.id, scope))
        return self.all(node.named_children[kind == "keyword_argument" :], scope)

    def all(self, nodes: Sequence[Node], scope: Scope) -> Value:
        """Those who decide any of several expressions."""
        return merged(self.of(node, scope) for node in nodes if node.type != "comment")

    def _elsewhere(self, _: Node, __: Scope) -> Value:
        return {Origin.LOCAL: ()}

    def _joined(self, node: Node, scope: Scope) -> Value:
        """A sum of texts; of an address only what decides the host."""
        parts: list[Node] = []
        todo = [node]
        while todo and len(parts) < STEPS:
            one = todo.pop()
            if one.type in ("binary_operator", "concatenated_string"):
                todo.extend(reversed(one.named_children))
            else:
                parts.append(one)
        return self._leading(parts, scope) if self.kind == "url" else self.all(parts, scope)

    def _text(self, node: Node, scope: Scope) -> Value:
        parts = [one for one in node.named_children if one.type in ("interpolation", "string_content")]
        return self._leading(parts, scope) if self.kind == "url" else self.all(parts, scope)

    def _leading(self, parts: list[Node], scope: Scope) -> Value:
        """What decides where an address leads: the parts up to the end of its host."""
        prefix, values = "", []
        for part in parts:
            known = text_of(part) if part.type == "string_content" else constant(part, scope)
            if isinstance(known, str):
                prefix += known
                if LEADING.match(prefix):
                    break
                continue
            values.append(self.of(part, scope))
            if not values[-1] or (prefix and not _SCHEME.fullmatch(prefix)):
                prefix += "host"  # a base that the code or its configuration fixes
            elif STRANGERS.isdisjoint(values[-1]) and not any(isinstance(one, Parameter) for one in values[-1]):
                break
        return merged(values)

    def _interpolated(self, node: Node, scope: Scope) -> Value:
        if self.kind == "log" and any(
            child.type == "type_conversion" and text_of(child) == "!r" for child in node.named_children
        ):
            return {}
        expression = node.child_by_field_name("expression")
        return self.of(expression, scope) if expression is not None else {}

    def _either(self, node: Node, scope: Scope) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = node.child_by_field_name("operator")
        if left is None or right is None or sign is None:
            return {}
        known = constant(left, scope)
        if text_of(sign) == "or":
            return self.of(left, scope) if not isinstance(known, Unknown) and known else self.all([left, right], scope)
        return self.of(right, scope) if isinstance(known, Unknown) or known else {}

    def _name(self, node: Node, scope: Scope) -> Value:
        name = name_of(node)
        found = scope.look(name)
        if found is None:
            return self._unbound(name, scope)
        owner, bindings = found
        near = reaching(bindings, node, scope, same=owner is scope)
        if self.kind == "url":
            begins = any(calls.begins(binding) for binding in near)
            near = [one for one in near if one.how != "add" or not (begins or calls.is_behind(one.node))]
        values = [self.binding(binding, owner, name) for binding in near]
        values += [self.binding(b, owner, name) for b in containers.changes(name, scope, owner, node)]
        value = merged(values)
        return {} if value and self._vouched(node, scope) else value

    def _vouched(self, node: Node, scope: Scope) -> bool:
        return self.guards.vouched(node, scope)

    def _unbound(self, name: str, scope: Scope) -> Value:
        star, unit = scope.look("*"), self.project.home(scope)
        for binding in star[1][:8] if star and unit else ():
            values = [
                self.binding(b, b.scope, name)
                for _, b in self.project.find(binding.target + name, unit.uri if unit else "")
            ]
            if values:
                return merged(values)
        return {} if name in BUILTINS or name in PLAIN else {Origin.LOCAL: ()}

    def binding(self, binding: Binding, owner: Scope, name: str) -> Value:
        """Those who decide what is bound."""
        if binding.how == "import":
            return self._imported(binding)
        if binding.how in ("def", "class"):
            return {}
        if binding.how == "parameter" and binding.node is not None:
            return self._parameter(binding.node, owner, name)
        if binding.how == "opaque" or binding.node is None:
            return {Origin.LOCAL: ()}
        value = containers.element(self, binding, name) if binding.how == "element" else None
        value = self.of(binding.node, binding.scope) if value is None else value
        return self.passing(value, binding.node, binding.scope, f"held in {name}") if value else value

    def _imported(self, binding: Binding) -> Value:
        origin = imported(binding.target)
        unit = self.project.home(binding.scope)
        if origin in (Origin.FIXED, Origin.LOCAL) and unit is not None:
            there = list(self.project.find(binding.target, unit.uri))
            if there:
                name = binding.target.rpartition(".")[2]
                return merged(self.binding(one, one.scope, name) for _, one in there)
        return {origin: ()} if origin is not Origin.FIXED else {}

    def _parameter(self, declaration: Node, function: Scope, name: str) -> Value:
        functions = depended(declaration, function, self.definitions)
        if functions:
            return merged(fields.provided(self, one, declaration, function) for one in functions)
        origin, words = entry(declaration, function, self.definitions)
        if origin is Origin.CALLER:
            return {Parameter(function, name): ()}
        if origin is Origin.ANSWERED and self.kind == "log":
            return {Origin.LOCAL: ()}
        step = Step(self.project.home(function), declaration, words)
        return {origin: (step,) if words else ()} if origin is not Origin.FIXED else {}

    def passing(self, value: Value, node: Node, scope: Scope, words: str) -> Value:
        """The value with one more step on every way."""
        step = Step(self.project.home(scope), node, words)
        return {
            atom: (*way, step)[-WAY:] if way and way[-1].node.id != node.id else way or (step,)
            for atom, way in value.items()
        }

    def _attribute(self, node: Node, scope: Scope) -> Value:
        owner, field = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or field is None:
            return {Origin.LOCAL: ()}
        if name_of(field) in NAMING:
            return {}
        names = dotted(node, scope)
        origin = listed(names, self.kind)
        if origin is not None:
            return self._entering(origin, node, scope)
        if text_of(owner) == "self" and shapes.serves(enclosing(scope), name_of(field), self.definitions):
            return self._entering(Origin.OUTSIDE, node, scope)
        if self.kind == "path" and name_of(field) in ("name", "stem", "suffix") and shapes.is_path(owner, scope):
            return {}
        value = fields.of_attribute(self, owner, name_of(field), node, scope)
        if value is None:
            value = self._module_attribute(names, scope)
        value = self.of(owner, scope) if value is None else value
        return {} if value and self._vouched(node, scope) else value

    def _module_attribute(self, names: tuple[str, ...], scope: Scope) -> Value | None:
        if not names or any("()" in name for name in names):
            return None
        unit = self.project.home(scope)
        found = [one for name in names for _, one in self.project.find(name, unit.uri)] if unit else []
        if found:
            return merged(self.binding(one, one.scope, names[0].rpartition(".")[2]) for one in found)
        origin = max(imported(name) for name in names)
        return {origin: ()} if origin is not Origin.FIXED else {}

    def _entering(self, origin: Origin, node: Node, scope: Scope) -> Value:
        """A value of a stated origin, with its first step; nothing where it is fixed."""
        if origin is Origin.FIXED:
            return {}
        shown = " ".join(text_of(node).partition("(")[0].split())[:60]
        return {origin: (Step(self.project.home(scope), node, f"{shown} {_ENTERS.get(origin, '')}".strip()),)}

    def _stated(self, node: Node, names: tuple[str, ...], verb: str, scope: Scope) -> Value | None:
        """What the tables say of a call's answer, or None; what a mapping of a request converts is harmless."""
        origin = Origin.OPERATOR if typed(names, self.kind, scope) else listed(names, self.kind)
        if origin is Origin.OUTSIDE:
            kind, default = converted(node, verb)
            if kind is not None and harmless(kind, scope, self.definitions):
                return self.of(default, scope) if default is not None else {}
        elif origin is None:
            function = node.child_by_field_name("function")
            of_self = function is not None and text_of(function) == f"self.{verb}"
            if of_self and shapes.serves(enclosing(scope), verb, self.definitions):
                origin = Origin.OUTSIDE
        return self._entering(origin, node, scope) if origin is not None else None

    def _call(  # noqa: PLR0911  one answer for each kind of function
        self, node: Node, scope: Scope
    ) -> Value:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return {Origin.LOCAL: ()}
        names = tuple(f"{name}()" for name in dotted(function, scope))
        marks: Value = {Mark.DECODED: ()} if any(under(name, DECODERS) for name in names) else {}
        if any(under(name, OWN) for name in names):
            return {Mark.OWN: ()} | marks
        method = function.child_by_field_name("attribute")
        verb = name_of(method) if method is not None else ""
        stated = self._stated(node, names, verb, scope)
        if stated is not None:
            return stated | marks
        if is_safe(verb, text_of(function), self.kind, node):
            return marks
        keyed = containers.keyed(self, node, verb, function, scope) if verb in KEYED else None
        if keyed is None and verb in ("get", "pop", "setdefault"):
            owner = function.child_by_field_name("object")
            keyed = keys.taken(self, owner, arguments.named_children, scope) if owner is not None else None
        if keyed is not None:
            return keyed
        targets = self.definitions.targets(function, scope)
        if verb in FILLED and any(one.kind == "class" for one in self.definitions.types(node, scope)):
            return merged([self.all(arguments.named_children, scope), marks])
        if targets:
            return merged([calls.through(self, node, function, arguments, targets, scope), marks])
        return merged([calls.library(self, names, verb, function, arguments, scope), marks])

    def _subscript(self, node: Node, scope: Scope) -> Value:
        owner = node.child_by_field_name("value")
        if owner is None:
            return {Origin.LOCAL: ()}
        found = containers.item(self, node, scope)
        if found is None and fields.is_plain(self, owner, node, scope):
            return {}
        if found is None:
            found = keys.taken(self, owner, node.children_by_field_name("subscript")[:1], scope)
        value = found if found is not None else self.of(owner, scope)
        return {} if value and self._vouched(node, scope) else value

    def _conditional(self, node: Node, scope: Scope) -> Value:
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != 3:  # noqa: PLR2004  value, condition, alternative
            return {Origin.LOCAL: ()}
        held = constant(children[1], scope)
        if isinstance(held, Unknown):
            return self.all([children[0], children[2]], scope)
        return self.of(children[0] if held else children[2], scope)


_JUDGES = {
    "identifier": Flow._name,  # noqa: SLF001  the class's own table
    "attribute": Flow._attribute,  # noqa: SLF001
    "call": Flow._call,  # noqa: SLF001
    "subscript": Flow._subscript,  # noqa: SLF001
    "conditional_expression": Flow._conditional,  # noqa: SLF001
    "boolean_operator": Flow._either,  # noqa: SLF001
    "binary_operator": Flow._joined,  # noqa: SLF001
    "concatenated_string": Flow._joined,  # noqa: SLF001
    "string": Flow._text,  # noqa: SLF001
    "interpolation": Flow._interpolated,  # noqa: SLF001
    "lambda": Flow._elsewhere,  # noqa: SLF001
}
