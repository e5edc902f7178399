# SPDX-License-Identifier: Apache-2.0
"""Nodes to values of core.system, one by one, so that a fault in one never hides a fault in the next."""

import enum
import math
from typing import Any, Final

import msgspec
from msgspec import inspect

from hauberk.core.system import System
from hauberk.manifest.fault import Faults, Mark, shown
from hauberk.manifest.forms import DOCUMENTS, FORMS, HIDDEN, INTEGERS, Form
from hauberk.manifest.tree import Mapping, Node, Scalar, Sequence


class Missing(enum.Enum):
    """What stands for a value that could not be made; its fault is already noted."""

    VALUE = "value"


MISSING: Final = Missing.VALUE

_EXPECTED: dict[type[inspect.Type], tuple[str, str]] = {
    inspect.StrType: ("a text", "write one text, or leave the key out"),
    inspect.BoolType: ("true or false", "write true or false without quotes"),
    inspect.IntType: ("a whole number", "write digits without quotes"),
    inspect.FloatType: ("a finite number", "write a number without quotes"),
}


class Converter:
    """Makes values of one file's nodes; keeps the faults, and the line of every path."""

    def __init__(self, faults: Faults) -> None:
        """Note faults here."""
        self.faults = faults
        self.lines: dict[str, int] = {}

    def value(self, node: Node, kind: type[msgspec.Struct], path: str = "") -> Any:
        """A value of the class, or MISSING."""
        described = inspect.type_info(kind)
        return self._convert(node, described, path, _Rules(kind, "", optional=False))

    def _convert(self, node: Node, kind: inspect.Type, path: str, rules: "_Rules") -> Any:
        self.lines[path] = node.mark.line
        if node.refused:
            what, _, remedy = node.refused.partition("; ")
            return self._fault(node.mark, path, what, remedy)
        if isinstance(kind, inspect.UnionType):
            if isinstance(node, Scalar) and node.value is None:
                return None
            kind = next(one for one in kind.types if not isinstance(one, inspect.NoneType))
        match kind:
            case inspect.StructType(cls=cls, fields=fields):
                made = self._struct(node, cls, fields, path)
            case inspect.VarTupleType(item_type=item):
                made = self._list(node, item, path, rules)
            case inspect.TupleType(item_types=items):
                made = self._exactly(node, items, path, rules)
            case inspect.EnumType(cls=words):
                made = self._enum(node, words, path)
            case _:
                made = self._scalar(node, kind, path, rules)
        return made

    def _fault(self, mark: Mark, path: str, what: str, remedy: str) -> Missing:
        self.faults.add(mark, path, what, remedy)
        return MISSING

    def _struct(self, node: Node, cls: type, fields: tuple[inspect.Field, ...], path: str) -> Any:
        if not isinstance(node, Mapping):
            return self._fault(
                node.mark, path, f"{_is(node)} where keys are expected", f"write keys: {_keys(cls, fields)}"
            )
        known = {field.name: field for field in fields if not _hidden(cls, field.name)}
        found = self._entries(node, cls, known, path)
        made: dict[str, Any] = {}
        for name, field in known.items():
            if name in found:
                rules = _Rules(cls, name, optional=not field.required)
                made[name] = self._convert(found[name], field.type, f"{path}.{name}" if path else name, rules)
            elif field.required:
                made[name] = self._fault(node.mark, path, f"'{name}' is missing", f"add `{name}:`")
        if any(value is MISSING for value in made.values()):
            return MISSING
        try:
            return cls(**made)
        except ValueError as error:
            return self._fault(node.mark, path, *_halves(str(error)))

    def _entries(self, node: Mapping, cls: type, known: dict[str, inspect.Field], path: str) -> dict[str, Node]:
        """The nodes under known keys; unknown, repeated and odd keys are noted."""
        found: dict[str, Node] = {}
        for key, value in node.entries:
            name = key.value if isinstance(key, Scalar) and not key.refused else None
            if not isinstance(name, str):
                self._fault(key.mark, path, "a key that is not a plain word", f"known keys: {', '.join(known)}")
            elif name == "schema" and not path and (document := DOCUMENTS.get(cls)):
                self._document(value, document)
            elif name not in known:
                near = self.faults.nearest(name, known)
                remedy = f"did you mean '{near}'?" if near else f"known keys: {', '.join(known)}"
                self._fault(key.mark, path, f"{shown(name)} is not known here", remedy)
            elif name in found:
                self._fault(key.mark, path, f"'{name}' is written twice", "keep one of them")
            else:
                found[name] = value
        return found

    def _document(self, node: Node, expected: str) -> None:
        if not isinstance(node, Scalar) or node.refused or node.value != expected:
            self._fault(node.mark, "schema", "not a schema that this hauberk reads", f"write {expected}")

    def _list(self, node: Node, item: inspect.Type, path: str, rules: "_Rules") -> Any:
        if not isinstance(node, Sequence):
            return self._fault(
                node.mark, path, f"{_is(node)} where a list is expected", "write a list: [...] or lines with `- `"
            )
        each = rules.of_items()
        items = [self._convert(child, item, f"{path}[{index}]", each) for index, child in enumerate(node.items)]
        return MISSING if any(value is MISSING for value in items) else tuple(items)

    def _exactly(self, node: Node, items: tuple[inspect.Type, ...], path: str, rules: "_Rules") -> Any:
        if not isinstance(node, Sequence) or len(node.items) != len(items):
            return self._fault(
                node.mark, path, f"not a list of exactly {len(items)}", f"write {len(items)} items: [a, b]"
            )
        return self._list(node, items[0], path, rules)

    def _enum(self, node: Node, cls: type[enum.Enum], path: str) -> Any:
        words = [str(member.value) for member in cls]
        if isinstance(node, Scalar) and node.value in words:
            return cls(node.value)
        near = self.faults.nearest(str(node.value), words) if isinstance(node, Scalar) else ""
        hint = f"did you mean '{near}'? allowed" if near else "allowed"
        return self._fault(node.mark, path, "not one of the allowed words", f"{hint}: {', '.join(words)}")

    def _scalar(self, node: Node, kind: inspect.Type, path: str, rules: "_Rules") -> Any:
        value = node.value if isinstance(node, Scalar) else MISSING
        match kind, value:
            case inspect.StrType(), str():
                return self._text(node.mark, value, path, rules)
            case inspect.BoolType(), bool():
                return value
            case inspect.IntType(), int() if not isinstance(value, bool):
                return self._integer(node.mark, value, path, rules)
            case inspect.FloatType(), int() | float() if not isinstance(value, bool) and math.isfinite(value):
                return float(value)
            case _:
                expected, remedy = _EXPECTED[type(kind)]
                if isinstance(kind, inspect.StrType) and value is not None and value is not MISSING:
                    remedy = "put it in quotes"
                return self._fault(node.mark, path, f"{_is(node)} where {expected} is expected", remedy)

    def _integer(self, mark: Mark, value: int, path: str, rules: "_Rules") -> Any:
        least, most = rules.bounds
        if least <= value <= most:
            return value
        return self._fault(mark, path, "out of range", f"a whole number from {least} to {most}")

    def _text(self, mark: Mark, value: str, path: str, rules: "_Rules") -> Any:
        if not value and rules.optional:
            return value
        for form in rules.forms:
            if not form.fits(value):
                near = self.faults.nearest(value, form.words)
                return self._fault(
                    mark, path, form.what, f"did you mean '{near}'? {form.remedy}" if near else form.remedy
                )
        return value


class _Rules:
    """Forms and bounds of one field, carried down to the items of its list."""

    def __init__(self, cls: type, name: str, *, optional: bool) -> None:
        self.forms: tuple[Form, ...] = FORMS.get((cls, name), ())
        self.bounds = INTEGERS.get((cls, name), (-(2**63), 2**63 - 1))
        self.optional = optional

    def of_items(self) -> "_Rules":
        """The same for each item, which is never empty."""
        items = _Rules(type(None), "", optional=False)
        items.forms, items.bounds = self.forms, self.bounds
        return items


def _is(node: Node) -> str:
    match node:
        case Mapping():
            return "keys"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "true or false"
        case Scalar(value=str()):
            return "a text"
        case Scalar():
            return "a number"


def _hidden(cls: type, name: str) -> bool:
    return cls is System and name in HIDDEN


def _keys(cls: type, fields: tuple[inspect.Field, ...]) -> str:
    return ", ".join(field.name for field in fields if not _hidden(cls, field.name))


_BOUNDS = {
    "at_least": "at_least and at_most, or neither of them",
    "may_drop": "may_drop and may_rise, neither of them, or a number below zero",
}


def _halves(message: str) -> tuple[str, str]:
    """What is wrong and what to do, of a value's own refusal such as ``limit on x: give at_least or at_most``."""
    what, _, remedy = message.rpartition(": ")
    bounds = next((words for bound, words in _BOUNDS.items() if bound in remedy), "")
    return (bounds, "give exactly one") if bounds else (what, remedy)
