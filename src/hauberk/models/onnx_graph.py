# SPDX-License-Identifier: Apache-2.0
"""Reads an ONNX graph as plain values: nodes, attributes, tensors. Field numbers are those of onnx.proto3.

Only what a converter needs, and only after ``onnx_rule.certify`` has let the file through. Nothing of it is run.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Malformed
from hauberk.models.onnx_rule import message, read_fields, text

Value = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | NDArray[Any]

_TYPES: dict[int, type[np.generic]] = {
    1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64,
}  # fmt: skip
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_TYPE, _NODE_ATTRIBUTE = 1, 2, 4, 5
_FLOAT, _INT, _STRING, _TENSOR, _FLOATS, _INTS, _STRINGS = 2, 3, 4, 5, 7, 8, 9
_TENSOR_SHAPE, _TENSOR_TYPE, _TENSOR_FLOATS, _TENSOR_INTS, _TENSOR_NAME, _TENSOR_RAW = 1, 2, 4, (5, 7), 8, 9
_MOST_CELLS = 1 << 28
_SIGN, _WORD = 1 << 63, 1 << 64

Held = dict[int, list[int | memoryview]]
"""Values of one message by field number."""
Reader = Callable[[list[int | memoryview]], Value]
"""Makes an attribute's value of the fields that hold it."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One operator."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Operators in the file's order, which ONNX asks to be a topological one."""

    nodes: tuple[Node, ...]
    tensors: dict[str, NDArray[Any]]
    inputs: tuple[str, ...]
    """Without the tensors that the file holds."""
    outputs: tuple[str, ...]


def read_graph(data: bytes) -> Graph:
    """The main graph; raises Malformed for what is no ONNX, CannotLook for what a plain graph does not hold."""
    graphs = _held(memoryview(data)).get(_MODEL_GRAPH, [])
    if len(graphs) != 1:
        raise Malformed("no ONNX model: it has no graph, or several")
    held = _held(message(graphs[0]))
    tensors = dict(_tensor(message(value)) for value in held.get(_GRAPH_TENSOR, []))
    given = tuple(_name(value) for value in held.get(_GRAPH_INPUT, []))
    return Graph(
        nodes=tuple(_node(message(value)) for value in held.get(_GRAPH_NODE, [])),
        tensors=tensors,
        inputs=tuple(name for name in given if name not in tensors),
        outputs=tuple(_name(value) for value in held.get(_GRAPH_OUTPUT, [])),
    )


def stated_shape(data: bytes) -> tuple[int, ...] | None:
    """The shape of one sample of the first input, without the batch; None where the file leaves it open."""
    graphs = _held(memoryview(data)).get(_MODEL_GRAPH, [])
    held = _held(message(graphs[0])) if graphs else {}
    fixed = {text(one) for value in held.get(_GRAPH_TENSOR, []) for one in _held(message(value)).get(_TENSOR_NAME, [])}
    for value in held.get(_GRAPH_INPUT, []):
        if _name(value) in fixed:
            continue
        at = message(value)
        for field in (2, 1, 2):  # type, tensor, shape
            inner = _held(at).get(field, [])
            if not inner:
                return None
            at = message(inner[0])
        sizes = [_held(message(size)).get(1, [0])[0] for size in _held(at).get(1, [])]
        numbers = tuple(size for size in sizes[1:] if isinstance(size, int) and size > 0)
        return numbers if numbers and len(numbers) == len(sizes) - 1 else None
    return None


def _held(data: memoryview) -> Held:
    held: Held = {}
    for number, value in read_fields(data):
        held.setdefault(number, []).append(value)
    return held


def _name(value: int | memoryview) -> str:
    return next((text(one) for number, one in read_fields(message(value)) if number == 1), "")


def _node(data: memoryview) -> Node:
    held = _held(data)
    return Node(
        operator=text(held.get(_NODE_TYPE, [memoryview(b"")])[0]),
        inputs=tuple(text(value) for value in held.get(_NODE_INPUT, [])),
        outputs=tuple(text(value) for value in held.get(_NODE_OUTPUT, [])),
        attributes=dict(_attribute(message(value)) for value in held.get(_NODE_ATTRIBUTE, [])),
    )


def _attribute(data: memoryview) -> tuple[str, Value]:
    held = _held(data)
    name = text(held[1][0]) if 1 in held else ""
    readers: dict[int, Reader] = {
        _TENSOR: lambda values: _tensor(message(values[0]))[1],
        _INTS: lambda values: tuple(number for value in values for number in _integers(value)),
        _FLOATS: lambda values: tuple(number for value in values for number in _floats(value)),
        _STRINGS: lambda values: tuple(text(value) for value in values),
        _STRING: lambda values: text(values[0]),
        _FLOAT: lambda values: _floats(values[0])[0],
        _INT: lambda values: _integers(values[0])[0],
    }
    return name, next((read(held[number]) for number, read in readers.items() if number in held), 0)


def _integers(value: int | memoryview) -> list[int]:
    """Signed numbers of a field, packed or one by one."""
    if isinstance(value, int):
        return [value - _WORD if value & _SIGN else value]
    numbers, at, current, shift = [], 0, 0, 0
    while at < len(value):
        current |= (value[at] & 0x7F) << shift
        shift += 7
        if value[at] < 0x80:  # noqa: PLR2004  the continuation bit
            numbers.append(current - _WORD if current & _SIGN else current)
            current = shift = 0
        at += 1
    return numbers


def _floats(value: int | memoryview) -> list[float]:
    if isinstance(value, int) or len(value) % 4:
        raise Malformed("no ONNX model: a number of the wrong width")
    return [number for (number,) in struct.iter_unpack("<f", value)]


def _tensor(data: memoryview) -> tuple[str, NDArray[Any]]:
    """Name and values; numbers lie in raw bytes, or in a typed field."""
    held = _held(data)
    shape = [number for value in held.get(_TENSOR_SHAPE, []) for number in _integers(value)]
    kind = held.get(_TENSOR_TYPE, [0])[0]
    name = text(held[_TENSOR_NAME][0]) if _TENSOR_NAME in held else ""
    if not isinstance(kind, int) or kind not in _TYPES:
        raise CannotLook("a tensor of an ONNX type that is not converted")
    cells = math.prod(shape)
    if min(shape, default=0) < 0 or cells > _MOST_CELLS:
        raise Malformed("no ONNX model: a tensor of an impossible size")
    item = np.dtype(_TYPES[kind]).newbyteorder("<")
    if _TENSOR_RAW in held:
        raw = message(held[_TENSOR_RAW][0])
        if len(raw) != cells * item.itemsize:
            raise Malformed(f"no ONNX model: a tensor of {cells} numbers in {len(raw)} bytes")
        values = np.frombuffer(raw, item)
    else:
        whole = [number for field in _TENSOR_INTS for value in held.get(field, []) for number in _integers(value)]
        real = [number for value in held.get(_TENSOR_FLOATS, []) for number in _floats(value)]
        values = np.asarray(whole or real, dtype=np.float64).astype(item)
    if values.size != cells:
        raise Malformed(f"no ONNX model: a tensor of {cells} numbers holds {values.size}")
    return name, values.reshape(shape).astype(_TYPES[kind])
