# SPDX-License-Identifier: Apache-2.0
"""Declared types that leave a value no choice that harms, and classes that hold their fields to what they declare.

Sources: the documentation of pydantic (models, constrained types, fields), FastAPI, msgspec and SQLModel.
"""

import re
from typing import cast

from tree_sitter import Node

from hauberk.analysis.annotations import last, lines, split
from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_sources import TYPED_SAFE
from hauberk.analysis.definitions import Definitions
from hauberk.analysis.shapes import is_enumeration
from hauberk.assets.scopes import Scope, name_of, text_of

DEEPEST = 8
"""Deepest nesting of a declared type that is read."""
_NUMBERS = """
int float bool complex UUID UUID1 UUID3 UUID4 UUID5 date datetime time timedelta Decimal IPv4Address IPv6Address
IPvAnyAddress PositiveInt NonNegativeInt NegativeInt NonPositiveInt PositiveFloat NonNegativeFloat NegativeFloat
NonPositiveFloat FiniteFloat StrictInt StrictBool StrictFloat conint confloat condecimal condate PastDate
FutureDate AwareDatetime NaiveDatetime PastDatetime FutureDatetime
"""
_PLAIN = frozenset(_NUMBERS.split())
"""Numbers, moments and identities by the last part of their names."""
_HOLDERS = """
Optional Union List list Sequence Tuple tuple Set set FrozenSet frozenset Iterable Collection Final Required
NotRequired ReadOnly conlist conset
"""
_ANY_OF = frozenset(_HOLDERS.split())
"""Types that hold what stands between their brackets and nothing else."""
_HELD_TO = re.compile(
    r"(?:pydantic|pydantic_settings|sqlmodel|ninja)\.(?:\w+\.)*"
    r"(?:BaseModel|RootModel|GenericModel|BaseSettings|SQLModel|Schema)"
)
_HELD_BY = re.compile(r"pydantic\.(?:\w+\.)*dataclass")
_RUN = re.compile(r"(?<!\\)\.(?:[*+]|\{)|\[\^|\\S|\\D|\\W")


def harmless(node: Node, scope: Scope, definitions: Definitions, depth: int = DEEPEST) -> bool:  # noqa: PLR0911  one answer a form
    """Whether a declared type holds a value to numbers, dates, literals or the members of an enumeration."""
    if depth <= 0:
        return False
    if node.type == "type":
        return harmless(node.named_children[0], scope, definitions, depth - 1)
    if node.type in ("identifier", "attribute"):
        return _is_plain(node, scope) or _is_listed(node, scope, definitions)
    if node.type in ("binary_operator", "union_type"):
        return _all(list(node.named_children), scope, definitions, depth - 1)
    if node.type in ("generic_type", "subscript"):
        head, inner = split(node)
        known = last(head)
        if known == "Literal":
            return True
        if known == "Annotated" and inner:
            return harmless(inner[0], scope, definitions, depth - 1) or any(map(_is_closed, _calls(inner[1:])))
        return known in _ANY_OF and _all(inner, scope, definitions, depth - 1)
    if node.type == "call":
        function = node.child_by_field_name("function")
        return function is not None and (last(function) in _PLAIN or _is_closed(node))
    return False


def is_closed(node: Node | None) -> bool:
    """Whether a declaration such as ``Field(pattern="^[a-z]+$")`` allows no run of anything."""
    return node is not None and node.type == "call" and _is_closed(node)


def converted(call: Node, verb: str) -> tuple[Node | None, Node | None]:
    """``args.get(key, default, type)`` of Werkzeug's mappings: the type that it is turned into, and the default."""
    arguments = call.child_by_field_name("arguments")
    given = [one for one in arguments.named_children if one.type != "comment"] if arguments is not None else []
    named = {
        name_of(key): one.child_by_field_name("value")
        for one in given
        if one.type == "keyword_argument" and (key := one.child_by_field_name("name")) is not None
    }
    plain = [one for one in given if one.type != "keyword_argument"]
    places = {"get": ("", "default", "type"), "pop": ("", "default", "type"), "getlist": ("", "type")}.get(verb, ())
    for at, name in enumerate(places[: len(plain)]):
        named.setdefault(name, plain[at])
    return (named.get("type"), named.get("default")) if places else (None, None)


def validates(cls: Scope, definitions: Definitions) -> bool:
    """Whether a class converts or refuses what its fields are given, as pydantic's do."""
    key = ("validates", cls.node.id)
    if key not in cls.memory:
        cls.memory[key] = any(_is_held(one) for one in definitions.lineage(cls))
    return cast("bool", cls.memory[key])


def declared(cls: Scope, name: str, definitions: Definitions) -> tuple[Scope, Node] | None:
    """The line of a class or of a base that declares a field, with the class that it stands in."""
    for one in definitions.lineage(cls):
        if name in lines(one):
            return one, lines(one)[name]
    return None


def _is_held(cls: Scope) -> bool:
    bases, outer = cls.node.child_by_field_name("superclasses"), cls.parent or cls
    heads = [one.child_by_field_name("value") or one for one in (bases.named_children if bases is not None else ())]
    if any(_HELD_TO.fullmatch(name) for one in heads for name in dotted(one, outer)):
        return True
    marks = [one.named_children[0] for one in cls.decorators if one.named_children]
    marks = [one.child_by_field_name("function") or one for one in marks]
    return any(_HELD_BY.fullmatch(name) for one in marks for name in dotted(one, outer))


def _is_plain(node: Node, scope: Scope) -> bool:
    names = [f"{known}()" for known in dotted(node, scope)]
    return (bool(names) and all(known in TYPED_SAFE for known in names)) or last(node) in _PLAIN


def _is_listed(node: Node, scope: Scope, definitions: Definitions) -> bool:
    """Whether a name is that of an enumeration of the project."""
    targets = definitions.targets(node, scope)
    return bool(targets) and all(is_enumeration(one) for one in targets)


def _all(nodes: list[Node], scope: Scope, definitions: Definitions, depth: int) -> bool:
    parts = [one for one in nodes if text_of(one) not in ("None", "...")]
    return bool(parts) and all(harmless(one, scope, definitions, depth) for one in parts)


def _calls(nodes: list[Node]) -> list[Node]:
    inner = [one.named_children[0] if one.type == "type" and one.named_children else one for one in nodes]
    return [one for one in inner if one.type == "call"]


def _is_closed(call: Node) -> bool:
    """Whether a call states a pattern for the whole text in which no part stands for anything."""
    arguments = call.child_by_field_name("arguments")
    for one in arguments.named_children if arguments is not None else ():
        name, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        if one.type == "keyword_argument" and name is not None and value is not None:
            words = "".join(text_of(part) for part in value.named_children if part.type == "string_content")
            if name_of(name) in ("pattern", "regex") and value.type == "string" and not _RUN.search(words):
                return words.startswith("^") and words.endswith(("$", "\\Z", "\\z"))
    return False
