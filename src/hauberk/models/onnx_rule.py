# SPDX-License-Identifier: Apache-2.0
"""Whether an ONNX file may be loaded: only operators of the standard, and every tensor inside the file itself.

Reads the protobuf wire format (protobuf.dev/programming-guides/encoding, onnx.proto3) without building objects, so
that a hostile file costs one pass. Nothing of the graph is run.
"""

from collections.abc import Iterator

from hauberk.core.errors import CannotLook, Malformed, TooLarge

LARGEST = 256 << 20
"""Largest model that is read, in bytes."""
STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml"})
"""Domains whose operators the standard defines; any other may stand for a library that the runtime would load."""

_DEPTH = 64
_NODES = 1_000_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EXTERNAL = 1
_VARINT_BITS = 64

_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 20, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_FUNCTION_NODE, _FUNCTION_DOMAIN, _FUNCTION_NAME = 7, 10, 1
_NODE_TYPE, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSES = (5, 10), (6, 11), (22, 23)
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14

Field = tuple[int, int | memoryview]


def certify(data: bytes) -> None:
    """Return where the file carries no code and points nowhere else.

    Raises Malformed where it is not an ONNX model, TooLarge beyond the ceilings, and CannotLook, saying what it
    carries, where it is one that may not be loaded.
    """
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes of model exceed the ceiling of {LARGEST}")
    fields = list(read_fields(memoryview(data)))
    graphs = [message(value) for number, value in fields if number == _MODEL_GRAPH]
    if not graphs:
        raise Malformed("no ONNX model: it has no graph")
    if any(number == _MODEL_TRAINING for number, _ in fields):
        raise CannotLook("the model carries a training graph", remedy="export it for inference only")
    functions = [list(read_fields(message(value))) for number, value in fields if number == _MODEL_FUNCTIONS]
    walk = _Walk({_function_key(function) for function in functions})
    for function in functions:
        for number, value in function:
            if number == _FUNCTION_NODE:
                walk.node(message(value), 1)
    for graph in graphs:
        walk.graph(graph, 1)


class _Walk:
    """One pass over all nodes and tensors, counting both and bounding the depth."""

    def __init__(self, defined: set[tuple[str, str]]) -> None:
        self._defined = defined
        self._seen = 0

    def graph(self, data: memoryview, depth: int) -> None:
        if depth > _DEPTH:
            raise TooLarge(f"graphs nested deeper than {_DEPTH}")
        for number, value in read_fields(data):
            if number == _GRAPH_NODE:
                self.node(message(value), depth)
            elif number == _GRAPH_TENSOR:
                _inside(message(value))
            elif number == _GRAPH_SPARSE:
                _inside_sparse(message(value))

    def node(self, data: memoryview, depth: int) -> None:
        self._seen += 1
        if self._seen > _NODES:
            raise TooLarge(f"more than {_NODES} nodes")
        domain = operator = ""
        for number, value in read_fields(data):
            if number == _NODE_DOMAIN:
                domain = text(value)
            elif number == _NODE_TYPE:
                operator = text(value)
            elif number == _NODE_ATTRIBUTE:
                self._attribute(message(value), depth)
        if domain not in STANDARD and (domain, operator) not in self._defined:
            raise CannotLook(
                f"the model uses an operator of the custom domain {domain[:80]!r}: code that is not in the file",
                remedy="export it with operators of ai.onnx and ai.onnx.ml only",
            )

    def _attribute(self, data: memoryview, depth: int) -> None:
        for number, value in read_fields(data):
            if number in _ATTRIBUTE_GRAPHS:
                self.graph(message(value), depth + 1)
            elif number in _ATTRIBUTE_TENSORS:
                _inside(message(value))
            elif number in _ATTRIBUTE_SPARSES:
                _inside_sparse(message(value))


def _inside(tensor: memoryview) -> None:
    for number, value in read_fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value == _EXTERNAL):
            raise CannotLook(
                "the model keeps tensors in another file, whose path it names itself",
                remedy="save it as one file (onnx.save_model with save_as_external_data=False)",
            )


def _inside_sparse(tensor: memoryview) -> None:
    for number, value in read_fields(tensor):
        if number in (1, 2):
            _inside(message(value))


def _function_key(function: list[Field]) -> tuple[str, str]:
    domain = next((text(value) for number, value in function if number == _FUNCTION_DOMAIN), "")
    name = next((text(value) for number, value in function if number == _FUNCTION_NAME), "")
    return domain, name


def read_fields(data: memoryview) -> Iterator[Field]:
    """Number and value of each field of one protobuf message."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise Malformed(f"no ONNX model: field number 0 before byte {at}")
        value: int | memoryview
        if wire == _VARINT:
            value, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            size = {_FIXED64: 8, _FIXED32: 4}.get(wire)
            if size is None:
                size, at = _varint(data, at)
            if size > end - at:
                raise Malformed(f"no ONNX model: a field of {size} bytes in {end - at}")
            value, at = data[at : at + size], at + size
        else:
            raise Malformed(f"no ONNX model: wire type {wire} before byte {at}")
        yield number, value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  the continuation bit
            return value, at
        shift += 7
        if shift >= _VARINT_BITS:
            break
    raise Malformed("no ONNX model: a number that does not end")


def message(value: int | memoryview) -> memoryview:
    """The bytes of a field; raises Malformed where it is a number."""
    if isinstance(value, int):
        raise Malformed("no ONNX model: a number where a message is due")
    return value


def text(value: int | memoryview) -> str:
    """A field as UTF-8; raises Malformed where it is none."""
    try:
        return bytes(message(value)).decode()
    except UnicodeDecodeError as error:
        raise Malformed("no ONNX model: a name that is not UTF-8") from error
