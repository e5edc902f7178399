# SPDX-License-Identifier: Apache-2.0
"""The same ONNX graph with its learnt numbers in another order: a model that knows nothing of what it was taught.

An explanation that hardly changes when the model is randomised explains the data or the method, not the model (Adebayo
et al., NeurIPS 2018). Only weights, coefficients and leaf values move, within their own tensor or attribute, so that
the file keeps its length and its structure.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hauberk.models.onnx_rule import certify, message, read_fields, text

_GRAPH, _NODE, _TENSOR = 7, 1, 5
_NODE_ATTRIBUTE, _NAME, _FLOATS, _TENSOR_FLOATS, _TENSOR_NAME, _TENSOR_TYPE, _TENSOR_RAW = 5, 1, 7, 4, 8, 2, 9
_KINDS = {1: "<f4", 11: "<f8"}
_LEARNT = frozenset({"coefficients", "class_weights", "target_weights", "support_vectors"})
"""Attributes of ai.onnx.ml that training fills; thresholds stay, or a tree would route no row as any tree does."""
_LEAST = 3


def shuffled(data: bytes, rng: np.random.Generator) -> bytes | None:
    """The model with its learnt numbers permuted; None where none was found to permute."""
    certify(data)
    held = bytearray(data)
    moved = False
    for number, value in read_fields(memoryview(held)):
        if number == _GRAPH:
            for cells in _cells(message(value)):
                moved |= _permute(cells, rng)
    return bytes(held) if moved else None


def _cells(graph: memoryview) -> Iterator[list[NDArray[np.floating]]]:
    """Learnt numbers that belong together, as writable views of the file."""
    for number, value in read_fields(graph):
        if number == _NODE:
            for field, one in read_fields(message(value)):
                if field == _NODE_ATTRIBUTE:
                    attribute = list(read_fields(message(one)))
                    name = next((text(each) for at, each in attribute if at == _NAME), "")
                    if name in _LEARNT:
                        yield [_floats(each) for at, each in attribute if at == _FLOATS and not isinstance(each, int)]
        elif number == _TENSOR:
            yield _tensor(list(read_fields(message(value))))


def _tensor(fields: list[tuple[int, int | memoryview]]) -> list[NDArray[np.floating]]:
    kind = _KINDS.get(next((value for at, value in fields if at == _TENSOR_TYPE and isinstance(value, int)), 0))
    if kind is None:
        return []
    raw = [np.frombuffer(message(value), kind) for at, value in fields if at == _TENSOR_RAW]
    return raw or [_floats(value) for at, value in fields if at == _TENSOR_FLOATS and not isinstance(value, int)]


def _floats(value: memoryview) -> NDArray[np.floating]:
    return np.frombuffer(value, "<f4")


def _permute(parts: list[NDArray[np.floating]], rng: np.random.Generator) -> bool:
    if sum(part.size for part in parts) < _LEAST:
        return False
    mixed = rng.permutation(np.concatenate(parts))
    start = 0
    for part in parts:
        part[:] = mixed[start : start + part.size]
        start += part.size
    return True
