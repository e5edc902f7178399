# SPDX-License-Identifier: Apache-2.0
"""Which function or class of the project an expression stands for, and of which class a value is."""

from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node

from hauberk.analysis.annotations import declared, last, named
from hauberk.analysis.calls import dotted, reaching
from hauberk.analysis.project import Project, Unit
from hauberk.assets.scopes import Binding, Scope, name_of, text_of

DEPTH = 10
"""Longest chain of names, attributes and calls that is followed to a definition."""
_MOST = 12
"""Definitions that one expression may stand for."""
_GUESSED = 2
"""Most classes with a method of a name for which the name alone tells which is meant."""
_EVERYDAY = """
get set put post add append update read write open close run start stop send load save items keys values pop
copy join split format execute fetch find search match sort index count insert remove clear next main name
data query filter call apply fit predict transform forward encode decode parse build create delete list
process handle resolve absolute exists expanduser relative_to with_suffix iterdir mkdir unlink touch glob
rglob joinpath read_text read_bytes write_text write_bytes rename replace strip lower upper group groups
extend discard result submit wait cancel acquire release flush seek commit info debug warning error
exception model_validate model_validate_json model_dump model_dump_json parse_obj from_dict to_dict
from_json to_json from_proto to_proto from_config
"""
_COMMON = frozenset(_EVERYDAY.split())
_FILLERS = """
model_validate model_validate_json model_validate_strings parse_obj parse_raw from_orm from_dict from_json
"""
FILLED = frozenset(_FILLERS.split())
"""Methods of a class that make an instance of it from what they are given, checked by what its fields declare."""
_DECODED = frozenset({"msgspec.convert", *(f"msgspec.{form}.decode" for form in ("json", "msgpack", "yaml", "toml"))})
"""Functions that do so for the class that they are given."""
_INSIDE = frozenset(
    {"parenthesized_expression", "await", "named_expression", "list_splat", "as_pattern_target", "type"}
)


class Definitions:
    """Answers for one project; what was asked once is remembered."""

    def __init__(self, project: Project) -> None:
        """Definitions among these files."""
        self.project = project
        self._targets: dict[tuple[int, int], tuple[Scope, ...]] = {}
        self._types: dict[tuple[int, int], tuple[Scope, ...]] = {}
        self._methods: dict[str, tuple[Scope, ...]] = {}

    def targets(self, node: Node, scope: Scope, depth: int = DEPTH) -> tuple[Scope, ...]:
        """Scopes of the functions, lambdas and classes that an expression may stand for."""
        key = (node.id, id(scope))
        if key not in self._targets:
            self._targets[key] = ()
            found = self._follow(node, scope, depth - 1) if depth > 0 else iter(())
            self._targets[key] = tuple(dict.fromkeys(islice(found, _MOST)))
        return self._targets[key]

    def types(self, node: Node, scope: Scope, depth: int = DEPTH) -> tuple[Scope, ...]:
        """Classes of the project that a value may be an instance of."""
        key = (node.id, id(scope))
        if key not in self._types:
            self._types[key] = ()
            found = self._classes(node, scope, depth - 1) if depth > 0 else iter(())
            self._types[key] = tuple(dict.fromkeys(islice(found, _MOST)))
        return self._types[key]

    def lineage(self, cls: Scope, depth: int = DEPTH) -> Iterator[Scope]:
        """A class and its bases within the project, nearest first."""
        pending = [cls]
        seen: set[int] = set()
        while pending and len(seen) < depth:
            one = pending.pop(0)
            if id(one) in seen:
                continue
            seen.add(id(one))
            yield one
            bases = one.node.child_by_field_name("superclasses")
            for base in bases.named_children if bases is not None else ():
                pending.extend(t for t in self.targets(base, one.parent or one, depth - 1) if t.kind == "class")

    def fields(self, cls: Scope, name: str) -> list[Binding]:
        """What binds an attribute of a class or of its instances."""
        found: list[Binding] = []
        for one in self.lineage(cls):
            found.extend(one.bindings.get(f"self.{name}", ()))
            found.extend(one.bindings.get(name, ()))
            if found:
                break
        return found

    def member(self, cls: Scope, name: str, depth: int = DEPTH) -> list[Scope]:
        """Functions that a method's name may stand for in a class."""
        return [one for binding in self.fields(cls, name) for one in self.bound(binding, depth - 1)]

    def bound(self, binding: Binding, depth: int = DEPTH) -> Iterator[Scope]:
        """Definitions behind a binding."""
        unit = self.project.home(binding.scope)
        if binding.how == "def" and binding.node is not None and unit is not None:
            inner = unit.module.scopes.get(binding.node.id)
            if inner is not None:
                yield inner
        elif binding.how == "class":
            yield binding.scope
        elif binding.how == "import" and unit is not None and depth > 0:
            for _, found in self.project.find(binding.target, unit.uri):
                yield from self.bound(found, depth - 1)
        elif binding.how == "assign" and binding.node is not None:
            yield from self.targets(binding.node, binding.scope, depth)

    def _follow(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:  # noqa: C901  one branch a kind
        kind = node.type
        if kind == "identifier":
            yield from self._named(node, scope, depth)
        elif kind == "attribute":
            yield from self._attribute(node, scope, depth)
        elif kind == "call":
            yield from self._returned(node, scope, depth)
        elif kind == "lambda":
            unit = self.project.home(scope)
            if unit is not None and node.id in unit.module.scopes:
                yield unit.module.scopes[node.id]
        elif kind == "subscript":
            yield from self._table(node, scope, depth)
        elif kind in ("conditional_expression", "boolean_operator"):
            for child in (node.named_children[0], node.named_children[-1]):
                yield from self.targets(child, scope, depth)
        elif kind in _INSIDE:
            inner = node.child_by_field_name("value") or (node.named_children[0] if node.named_children else None)
            if inner is not None:
                yield from self.targets(inner, scope, depth)

    def _named(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        found = scope.look(name_of(node))
        if found is None:
            star, unit = scope.look("*"), self.project.home(scope)
            for binding in star[1][:8] if star and unit else ():
                for _, there in self.project.find(binding.target + name_of(node), unit.uri if unit else ""):
                    yield from self.bound(there, depth)
            return
        for binding in reaching(found[1], node, scope, same=found[0] is scope):
            yield from self.bound(binding, depth)

    def _attribute(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        """A method of the class around, of a base, of another module, of an object's class, or by its name alone."""
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is None or name is None:
            return
        around, held, attribute = enclosing(scope), text_of(owner), name_of(name)
        if around is not None and held.startswith("super("):
            for base in islice(self.lineage(around), 1, None):
                yield from self.member(base, attribute, depth)
            return
        found = self.member(around, attribute, depth) if around is not None and held in ("self", "cls") else []
        found = found + list(self._outside(node, scope, depth))
        found = found or list(self._of_object(owner, attribute, scope, depth))
        if not found and not dotted(owner, scope):
            found = list(self._guess(attribute))
        yield from found

    def _of_object(self, owner: Node, name: str, scope: Scope, depth: int) -> Iterator[Scope]:
        for cls in (*self.types(owner, scope, depth), *self.targets(owner, scope, depth)):
            if cls.kind == "class":
                yield from self.member(cls, name, depth)

    def _outside(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        """Definitions in other modules that a dotted path leads to."""
        unit = self.project.home(scope)
        for name in dotted(node, scope):
            if unit is not None and "()" not in name and not name.startswith("builtins."):
                for _, binding in self.project.find(name, unit.uri):
                    yield from self.bound(binding, depth)

    def _guess(self, name: str) -> Iterator[Scope]:
        """A method whose name is found in at most two classes of the project."""
        if name in _COMMON or len(name) < 4 or name.startswith("__"):  # noqa: PLR2004  shorter names say nothing
            return
        if name not in self._methods:
            found: list[Scope] = []
            for uri in self.project.defining(name, _GUESSED + 1):
                unit = self.project.unit(uri)
                scopes = unit.module.scopes.values() if unit else ()
                found.extend(s for s in scopes if s.name == name and s.parent is not None and s.parent.kind == "class")
            self._methods[name] = tuple(found) if len(found) <= _GUESSED else ()
        yield from self._methods[name]

    def _returned(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        """What a call gives back to be called: a closure, or an instance."""
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None:
            return
        if "functools.partial" in dotted(function, scope) and arguments is not None and arguments.named_children:
            yield from self.targets(arguments.named_children[0], scope, depth)
        for one in self.targets(function, scope, depth):
            if one.kind == "class":
                yield from self.member(one, "__call__", depth)
                continue
            for answer in one.returns[:8]:
                for value in answer.named_children[:1]:
                    yield from self.targets(value, one, depth)

    def _table(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        owner = node.child_by_field_name("value")
        found = scope.look(name_of(owner)) if owner is not None and owner.type == "identifier" else None
        for binding in found[1][-4:] if found else ():
            if binding.node is not None and binding.node.type in ("dictionary", "list", "tuple"):
                for child in binding.node.named_children[:_MOST]:
                    value = child.child_by_field_name("value") if child.type == "pair" else child
                    if value is not None:
                        yield from self.targets(value, binding.scope, depth)

    def _classes(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:  # noqa: C901  one branch a kind
        if node.type == "identifier":
            found = scope.look(name_of(node))
            for binding in reaching(found[1], node, scope, same=found[0] is scope) if found else ():
                yield from self.instances(binding, depth)
        elif node.type == "call":
            function = node.child_by_field_name("function")
            for one in self.targets(function, scope, depth) if function is not None else ():
                yield from [one] if one.kind == "class" else self._answers(one, depth)
            yield from self._filled(node, scope, depth)
        elif node.type == "attribute":
            owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
            if owner is None or name is None:
                return
            around = enclosing(scope) if text_of(owner) == "self" else None
            for cls in [around] if around is not None else self.types(owner, scope, depth):
                for binding in self.fields(cls, name_of(name))[:4]:
                    yield from self.instances(binding, depth)
                yield from self._declared(cls, name_of(name), depth)
        elif node.type == "subscript":
            owner = node.child_by_field_name("value")
            yield from self._items(owner, scope, depth) if owner is not None else ()
        elif node.type in _INSIDE or node.type == "conditional_expression":
            for child in node.named_children[:1]:
                yield from self.types(child, scope, depth)

    def instances(self, binding: Binding, depth: int = DEPTH) -> Iterator[Scope]:
        """Classes that what is bound may be an instance of."""
        if binding.how == "assign" and binding.node is not None:
            yield from self.types(binding.node, binding.scope, depth)
        elif binding.how == "parameter" and binding.node is not None:
            annotation = binding.node.child_by_field_name("type")
            yield from self._annotated(annotation, binding.scope, depth)
        elif binding.how == "element" and binding.node is not None:
            yield from self._items(binding.node, binding.scope, depth)
        elif binding.how == "import":
            unit = self.project.home(binding.scope)
            for _, there in self.project.find(binding.target, unit.uri) if unit and depth > 0 else ():
                yield from self.instances(there, depth - 1)

    def _filled(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        """``Model.model_validate(x)``, ``msgspec.json.decode(x, type=Model)``, ``TypeAdapter(Model)`` and the like."""
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        owner = function.child_by_field_name("object") if function is not None else None
        if function is None or arguments is None or owner is None:
            return
        if last(function) in FILLED:
            yield from (one for one in self.targets(owner, scope, depth) if one.kind == "class")
        elif any(name in _DECODED for name in dotted(function, scope)):
            for one in arguments.named_children[1:]:
                key, value = one.child_by_field_name("name"), one.child_by_field_name("value")
                if key is None or name_of(key) == "type":
                    yield from (c for c in self.targets(value or one, scope, depth) if c.kind == "class")

    def _declared(self, cls: Scope, name: str, depth: int, *, inside: bool = False) -> Iterator[Scope]:
        """Classes that the line of a class says its field is of."""
        for one in self.lineage(cls):
            yield from self._annotated(declared(one).get(name), one, depth, inside=inside)

    def _items(self, node: Node, scope: Scope, depth: int) -> Iterator[Scope]:
        """Classes that the items of a container are of, by the annotation of a parameter or of a field."""
        if depth <= 0:
            return
        if node.type == "identifier":
            found = scope.look(name_of(node))
            for binding in found[1][-4:] if found else ():
                line = binding.node if binding.how == "parameter" else None
                if line is not None:
                    yield from self._annotated(line.child_by_field_name("type"), binding.scope, depth, inside=True)
        elif node.type == "attribute":
            owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
            around = enclosing(scope) if owner is not None and text_of(owner) == "self" else None
            classes = (
                [around] if around is not None else self.types(owner, scope, depth - 1) if owner is not None else ()
            )
            for cls in classes:
                yield from self._declared(cls, name_of(name) if name is not None else "", depth, inside=True)

    def _answers(self, function: Scope, depth: int) -> Iterator[Scope]:
        yield from self._annotated(function.node.child_by_field_name("return_type"), function, depth)
        for answer in function.returns[:8]:
            for value in answer.named_children[:1]:
                yield from self.types(value, function, depth)

    def _annotated(self, annotation: Node | None, scope: Scope, depth: int, *, inside: bool = False) -> Iterator[Scope]:
        outer = scope.parent or scope
        for one in named(annotation, inside=inside):
            if one.type == "string":
                found = outer.look(text_of(one).strip("'\""))
                classes = [c for binding in (found[1] if found else ()) for c in self.bound(binding, depth)]
            else:
                classes = list(self.targets(one, outer, depth))
            yield from (cls for cls in classes if cls.kind == "class")


def enclosing(scope: Scope) -> Scope | None:
    """The class whose method a scope is in; None outside of classes."""
    one: Scope | None = scope
    while one is not None and one.kind != "class":
        one = one.parent
    return one


__all__ = ["DEPTH", "Definitions", "Unit", "enclosing"]
