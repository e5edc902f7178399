# SPDX-License-Identifier: Apache-2.0
"""Walks the protobuf of an ONNX model without the onnx package, and lists what may do harm.

Numbers of fields are those of onnx.proto3. Unknown fields are passed over, as protobuf readers do; a field of a known
number and another wire type is Malformed, because readers differ on it.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.core.content import Content
from hauberk.core.errors import Malformed, TooLarge

MOST_FIELDS = 3_000_000
DEEPEST = 64
"""Graphs within attributes within nodes ..."""

_VARINT, _WIDE, _BYTES, _NARROW = 0, 1, 2, 5
_MORE = 0x80
"""From here on, a byte of a number says that more follow."""
_WIDTHS = {_WIDE: 8, _NARROW: 4}

_BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
    17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
}  # fmt: skip
"""Bits of an item by TensorProto.DataType; 8 (string) has no fixed size."""

_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 9: "opset", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""Messages within messages, by field number."""

_GRAPH = 7
_MODEL_TEXTS = {2: "producer_name", 4: "domain", 6: "doc_string", 14: "entry"}
_GRAPH_TEXTS = {2: "name", 10: "doc_string", 16: "entry"}
"""Texts by field number; an entry is a name and a value of ``metadata_props``."""


class Operator(NamedTuple):
    """A node's operator, and the byte where the first node that uses it begins."""

    domain: str
    name: str
    offset: int


class Tensor(NamedTuple):
    """A tensor whose data lie in another file, or are not of the size that its shape says."""

    name: str
    offset: int
    declared: int
    """Bytes by shape and type."""
    held: int | None
    """Raw bytes in the model; None where the data are elsewhere or not raw."""
    external: dict[str, str]


class Model(NamedTuple):
    """What an ONNX file holds, as far as it matters to whoever loads it."""

    operators: tuple[Operator, ...]
    functions: frozenset[tuple[str, str]]
    """Domain and name of operators that the model defines by itself, out of others."""
    tensors: tuple[Tensor, ...]
    nodes: int


class Walk:
    """A reader of protobuf's wire format over one file, with a budget of fields."""

    def __init__(self, data: bytes | Content) -> None:
        """Start with nothing seen."""
        self.data = data
        self.fields = 0
        self.nodes = 0
        self.graphs = 0
        self.operators: dict[tuple[str, str], int] = {}
        self.functions: set[tuple[str, str]] = set()
        self.tensors: list[Tensor] = []

    def varint(self, position: int, end: int) -> tuple[int, int]:
        """A number of variable length, and the byte behind it."""
        value = shift = 0
        while True:
            if position >= end or shift > 63:  # noqa: PLR2004  a number of the format or of the parameters
                raise Malformed(f"broken number at byte {position}")
            byte = self.data[position]
            value |= (byte & 0x7F) << shift
            position += 1
            if byte < _MORE:
                return value, position
            shift += 7

    def message(self, start: int, end: int) -> Iterator[tuple[int, int, Any, int]]:
        """Fields of the message between two bytes: number, wire type, number or (begin, end), where it starts."""
        position, data = start, self.data
        while position < end:
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise TooLarge(f"more than {MOST_FIELDS} fields")
            begin = position
            key = data[position]  # most numbers are of one byte
            position += 1
            if key >= _MORE:
                key, position = self.varint(begin, end)
            number, wire = key >> 3, key & 7
            size = data[position] if wire in (_BYTES, _VARINT) and position < end else _MORE
            if size < _MORE:
                position += 1
            elif wire in (_BYTES, _VARINT):
                size, position = self.varint(position, end)
            elif wire in _WIDTHS:
                size = _WIDTHS[wire]
            else:
                raise Malformed(f"wire type {wire} at byte {begin}")
            if wire == _VARINT:
                yield number, wire, size, begin
                continue
            if number == 0 or size > end - position:
                raise Malformed(f"field at byte {begin} ends beyond its message")
            behind = position + size
            yield number, wire, (position, behind), begin
            position = behind

    def text(self, span: Any) -> str:
        """The text between two bytes."""
        begin, end = span
        try:
            return self.data[begin:end].decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"name at byte {begin} is not UTF-8") from error


def read(data: bytes | Content) -> Model:
    """What the model holds; raises Malformed for what is no ONNX model, TooLarge beyond a budget."""
    walk = Walk(data)
    waiting = [("model", 0, len(data), 0)]
    while waiting:
        kind, start, end, depth = waiting.pop()
        if depth > DEEPEST:
            raise TooLarge(f"nested more than {DEEPEST} messages deep")
        _note(walk, kind, start, end)
        children = _CHILDREN.get(kind, {})
        if not children:
            continue
        for number, wire, value, begin in walk.message(start, end):
            if number in children:
                if wire != _BYTES:
                    raise Malformed(f"field {number} at byte {begin} is no message")
                waiting.append((children[number], *value, depth + 1))
    if not walk.graphs:
        raise Malformed("holds no ONNX graph")
    operators = tuple(Operator(domain, name, offset) for (domain, name), offset in sorted(walk.operators.items()))
    return Model(operators, frozenset(walk.functions), tuple(walk.tensors), walk.nodes)


def metadata(data: bytes | Content) -> list[tuple[str, str]]:
    """Names and texts that say something of the model and its graph, and compute nothing; raises as ``read`` does."""
    walk = Walk(data)
    found: list[tuple[str, str]] = []
    waiting = [(_MODEL_TEXTS, 0, len(data))]
    while waiting:
        wanted, start, end = waiting.pop()
        for number, wire, value, _ in walk.message(start, end):
            if wire != _BYTES:
                continue
            if wanted.get(number) == "entry":
                entry = _texts(walk, value[0], value[1], {1: "key", 2: "value"})
                found.append((entry["key"], entry["value"]))
            elif number in wanted:
                found.append((wanted[number], walk.text(value)))
            elif wanted is _MODEL_TEXTS and number == _GRAPH:
                waiting.append((_GRAPH_TEXTS, *value))
    return found


def _note(walk: Walk, kind: str, start: int, end: int) -> None:
    if kind == "graph":
        walk.graphs += 1
    elif kind == "node":
        walk.nodes += 1
        found = _texts(walk, start, end, {4: "name", 7: "domain"})
        key = (found["domain"], found["name"])
        walk.operators[key] = min(start, walk.operators.get(key, start))
    elif kind == "function":
        found = _texts(walk, start, end, {1: "name", 10: "domain"})
        walk.functions.add((found["domain"], found["name"]))
    elif kind == "tensor":
        walk.tensors.extend(_tensor(walk, start, end))


def _texts(walk: Walk, start: int, end: int, wanted: dict[int, str]) -> dict[str, str]:
    found = dict.fromkeys(wanted.values(), "")
    for number, wire, value, begin in walk.message(start, end):
        if number in wanted:
            if wire != _BYTES:
                raise Malformed(f"field {number} at byte {begin} is no text")
            found[wanted[number]] = walk.text(value)
    return found


def _tensor(walk: Walk, start: int, end: int) -> Iterator[Tensor]:
    """The tensor, where its data lie elsewhere or it is not of the size that it declares."""
    dims: list[int] = []
    kind, held, name = 0, None, ""
    external: dict[str, str] = {}
    for number, wire, value, _ in walk.message(start, end):
        if number == 1 and wire == _VARINT:
            dims.append(value)
        elif number == 1 and wire == _BYTES:
            dims.extend(_packed(walk, *value))
        elif number == 2 and wire == _VARINT:  # noqa: PLR2004  a number of the format or of the parameters
            kind = value
        elif number == 8 and wire == _BYTES:  # noqa: PLR2004  a number of the format or of the parameters
            name = walk.text(value)
        elif number == 9 and wire == _BYTES:  # noqa: PLR2004  a number of the format or of the parameters
            held = value[1] - value[0]
        elif number == 13 and wire == _BYTES:  # noqa: PLR2004  a number of the format or of the parameters
            entry = _texts(walk, value[0], value[1], {1: "key", 2: "value"})
            external[entry["key"]] = entry["value"]
    declared = (math.prod(dims) * _BITS.get(kind, 0) + 7) // 8
    if external or (held is not None and kind in _BITS and held != declared):
        yield Tensor(name, start, declared, held, external)


def _packed(walk: Walk, start: int, end: int) -> Iterator[int]:
    while start < end:
        walk.fields += 1
        if walk.fields > MOST_FIELDS:
            raise TooLarge(f"more than {MOST_FIELDS} fields")
        value, start = walk.varint(start, end)
        yield value
