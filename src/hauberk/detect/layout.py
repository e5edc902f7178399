# SPDX-License-Identifier: Apache-2.0
"""A request's tensors as a matrix of numbers: numbers as they are, each known category a column of its own."""

from collections.abc import Mapping, Sequence

import numpy as np

from hauberk.core.query import Query, Tensor, Tensors
from hauberk.core.value import Value
from hauberk.detect.contract import Cell
from hauberk.detect.held import Floats

TEXT = "BYTES"
EVERY = "*"
"""Name of the one column of a contract that speaks of every cell of an image."""
_FLOOR = 0.25
"""Columns that hardly vary are scaled as if they varied by this share of the others' root mean square."""
_TINY = 1e-12


class Block(Value, frozen=True, kw_only=True):
    """One input."""

    input: str
    width: int
    """Cells of a row."""
    columns: tuple[str, ...]
    """Names of the cells in the contract; ``*`` alone for all of them."""
    categories: tuple[str, ...] = ()
    """Of a text input, those that are told apart."""

    @property
    def wide(self) -> int:
        """Columns of the matrix that it fills."""
        return len(self.categories) if self.categories else self.width


def matrix(inputs: Tensors, blocks: Sequence[Block]) -> Floats:
    """(rows, width); raises ValueError where an input is missing or has another width."""
    given = {one.name: one for one in inputs}
    parts = [_part(given[block.input], block) for block in blocks]
    found: Floats = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    return found


class Single:
    """The cells of one row of inputs that are one number each, in the order of the blocks: what most requests are."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        """Of these inputs."""
        self._names = [block.input for block in blocks]
        self._serves = all(block.width == 1 and not block.categories for block in blocks)

    def __call__(self, query: Query) -> list[float] | None:
        """None for requests of another form, or whose row is not at hand."""
        line = query.line
        if line is None or not self._serves or line.names != self._names or str in map(type, line.cells):
            return None
        return line.cells


def _part(one: Tensor, block: Block) -> Floats:
    rows = one.shape[0]
    if one.datatype == TEXT:
        places = {name: at for at, name in enumerate(block.categories)}
        flags = np.zeros((rows, len(places)))
        for row, cell in enumerate(one.data):
            at = places.get(cell)
            if at is not None:
                flags[row, at] = 1.0
        return flags
    return np.asarray(one.data, dtype=np.float64).reshape(rows, block.width)


def cells(inputs: Tensors, blocks: Sequence[Block]) -> Mapping[str, Sequence[Cell]]:
    """The request column by column, as a contract reads it."""
    given = {one.name: one for one in inputs}
    found: dict[str, Sequence[Cell]] = {}
    for block in blocks:
        one = given[block.input]
        if one.datatype == TEXT:
            found[block.columns[0]] = [cell or None for cell in one.data]
        elif block.columns == (EVERY,):
            found[EVERY] = [float(cell) for cell in one.data]
        else:
            for at, name in enumerate(block.columns):
                found[name] = [float(cell) for cell in one.data[at :: block.width]]
    return found


def scales(rows: Floats) -> tuple[Floats, Floats]:
    """Mean of each column, and what its deviations are multiplied by."""
    spread = rows.std(axis=0)
    floor = max(_FLOOR * float(np.sqrt((spread**2).mean())), _TINY)
    return rows.mean(axis=0), 1.0 / np.maximum(spread, floor)
