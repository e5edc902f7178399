# SPDX-License-Identifier: Apache-2.0
"""Rows of plain JSON: one object ``{column: value}``, or ``{"rows": [...]}`` with objects or lists of numbers."""

import math
import re
from typing import Any

from hauberk.core.errors import Malformed
from hauberk.core.query import Interface, Port, Tensor, Tensors
from hauberk.wire import tensors


def request(body: Any, interface: Interface, most_rows: int) -> tuple[Tensors, int, bool]:
    """The inputs, how many rows they hold, and whether one row stood alone; raises Malformed or TooLarge."""
    if type(body) is not dict:
        raise Malformed('the request is an object: one row, or {"rows": [...]}')
    alone = "rows" not in body
    rows = [body] if alone else body["rows"]
    if not alone and len(body) > 1:
        raise Malformed('there are other keys beside "rows"')
    if type(rows) is not list:
        raise Malformed("rows is a list")
    tensors.bound_rows(len(rows), most_rows)
    if all(type(row) is list for row in rows):
        return _lists(rows, interface), len(rows), alone
    if not all(type(row) is dict for row in rows):
        raise Malformed("rows are objects, or all of them lists")
    return _objects(rows, interface), len(rows), alone


def _lists(rows: list[list[Any]], interface: Interface) -> Tensors:
    if len(interface.inputs) != 1:
        raise Malformed("the model has more than one input: rows are objects with a key for each")
    port = interface.inputs[0]
    shape = (len(rows), *_sample(port, len(rows[0])))
    if any(len(row) != math.prod(shape[1:]) for row in rows):
        raise Malformed(f"rows have {math.prod(shape[1:])} numbers each")
    return (tensors.tensor(port, shape, [cell for row in rows for cell in row]),)


def _sample(port: Port, given: int) -> tuple[int, ...]:
    """Shape of one row; a single open dimension is as long as the row."""
    rest = port.shape[1:]
    return tuple(given if size == -1 else size for size in rest) if rest.count(-1) <= 1 else rest


def _objects(rows: list[dict[str, Any]], interface: Interface) -> Tensors:
    names = {bare(port.name): port.name for port in interface.inputs}
    made: dict[str, list[Any]] = {port.name: [] for port in interface.inputs}
    for row in rows:
        if len(row) != len(names):
            raise Malformed(f"a row has {len(names)} values: {', '.join(sorted(made))}")
        for key, value in row.items():
            name = key if key in made else names.get(bare(key), "")
            if not name:
                raise Malformed(f"a row has a key that is no input; inputs are {', '.join(sorted(made))}")
            made[name].append(value)
    return tuple(_column(port, made[port.name], len(rows)) for port in interface.inputs)


def _column(port: Port, cells: list[Any], rows: int) -> Tensor:
    if len(cells) != rows:
        raise Malformed(f"input {port.name!r} is given twice in one row, or not at all")
    return tensors.tensor(port, (rows, *[1] * (len(port.shape) - 1)), cells)


def bare(name: str) -> str:
    """A name without punctuation and case, by which columns and a model's inputs are matched."""
    return re.sub(r"[\W_]+", "", name).casefold()


def answer(event: str, outputs: Tensors, *, alone: bool) -> dict[str, Any]:
    """One object for the row that stood alone, else one for each row; ``event`` beside them."""
    rows = [
        {one.name: value for one, value in zip(outputs, values, strict=True)}
        for values in zip(*(_values(one) for one in outputs), strict=True)
    ]
    return {"event": event, **rows[0]} if alone and len(rows) == 1 else {"event": event, "rows": rows}


def _values(one: Tensor) -> list[Any]:
    """What a tensor says of each row: a single value, or a list."""
    width = math.prod(one.shape[1:])
    if width == 1:
        return one.data
    return [one.data[start : start + width] for start in range(0, len(one.data), width)]
