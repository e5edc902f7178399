# SPDX-License-Identifier: Apache-2.0
"""Walks a TensorFlow Lite model without TensorFlow (``tensorflow/lite/schema/schema.fbs``), and lists its operators."""

from typing import NamedTuple

from hauberk.assets.flatbuffer import Buffer
from hauberk.core.errors import Malformed, TooLarge

IDENTIFIER = b"TFL3"
MOST_TABLES = 1_000_000
_CUSTOM = 32
_VERSION = 3


class Operator(NamedTuple):
    """A custom operator that the model uses, and where its code is declared."""

    name: str
    offset: int


class Model(NamedTuple):
    """What a TensorFlow Lite file holds, as far as it matters to whoever loads it."""

    custom: tuple[Operator, ...]
    operators: int
    description: str


def read(data: bytes) -> Model:
    """What the model holds; raises Malformed where an index or offset leads outside, TooLarge beyond a budget."""
    if data[4:8] != IDENTIFIER:
        raise Malformed("no TensorFlow Lite model")
    buffer = Buffer(data)
    root = buffer.root
    version = buffer.scalar(root, 0, "I")
    if version != _VERSION:
        raise Malformed(f"TensorFlow Lite schema of version {version}")
    codes = buffer.tables(root, 1)
    buffers = _check_buffers(buffer, root, len(data))
    used: set[int] = set()
    count = 0
    for graph in buffer.tables(root, 2):
        count += _check_graph(buffer, graph, buffers, used, len(codes))
        if count > MOST_TABLES:
            raise TooLarge(f"more than {MOST_TABLES} operators")
    custom = (
        Operator(buffer.text(code, 1), code)
        for index, code in enumerate(codes)
        if _is_custom(buffer, code) and index in used
    )
    for entry in buffer.tables(root, 6):
        if buffer.scalar(entry, 1, "I") >= buffers:
            raise Malformed("metadata in a buffer that the TensorFlow Lite model does not have")
    return Model(tuple(custom), count, buffer.text(root, 3)[:200])


def _is_custom(buffer: Buffer, code: int) -> bool:
    """The larger of the old field of eight bits and the new one, as the reader of TensorFlow Lite takes it."""
    return max(buffer.scalar(code, 0, "b"), buffer.scalar(code, 3, "i")) == _CUSTOM


def _check_buffers(buffer: Buffer, root: int, size: int) -> int:
    tables = buffer.tables(root, 4)
    for table in tables:
        offset, length = buffer.scalar(table, 1, "Q"), buffer.scalar(table, 2, "Q")
        buffer.vector(table, 0, 1)
        if offset > 1 and offset + length > size:
            raise Malformed("weights of the TensorFlow Lite model lie beyond the file")
    return len(tables)


def _check_graph(buffer: Buffer, graph: int, buffers: int, used: set[int], codes: int) -> int:
    tensors = buffer.tables(graph, 0)
    if any(buffer.scalar(tensor, 2, "I") >= buffers for tensor in tensors):
        raise Malformed("tensor in a buffer that the TensorFlow Lite model does not have")
    operators = buffer.tables(graph, 3)
    for operator in operators:
        index = buffer.scalar(operator, 0, "I")
        ends = (*buffer.numbers(operator, 1, "i"), *buffer.numbers(operator, 2, "i"))
        if index >= codes or any(not -1 <= end < len(tensors) for end in ends):
            raise Malformed("operator of the TensorFlow Lite model takes a tensor or code that it does not have")
        buffer.vector(operator, 5, 1)
        used.add(index)
    return len(operators)
