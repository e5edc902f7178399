# SPDX-License-Identifier: Apache-2.0
"""Values that training data had not."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import le

import numpy as np
from numpy.typing import NDArray

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query, Tensor
from hauberk.detect.contract import Contract, Why, breaches
from hauberk.detect.layout import EVERY, TEXT, Block, Single, cells
from hauberk.guard.watch.sight import SECONDS

_MOST_NAMED = 5
_FEW = 64
"""Cells that are compared one by one: for so few, arrays cost more than they save."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bounds:
    """Of the cells of one input's row, as a list and as arrays."""

    cells: tuple[tuple[float, float, bool], ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    whole: NDArray[np.bool_]


class Kept:
    """The feature contract. Bounds of an input with many columns are compared at once; what breaks one is named."""

    id, seconds, after = "contract", SECONDS, False

    def __init__(self, contract: Contract, blocks: Sequence[Block], action: Action) -> None:
        """What policy does with it."""
        self._contract, self._blocks, self._action = contract, tuple(blocks), action
        self._columns = {one.name: one for one in contract.columns}
        self._relations = bool(contract.relations)
        self._bounds = {block.input: self._bounds_of(block) for block in self._blocks}
        self._line = Single(self._blocks)
        firsts = [bounds.cells[0] for bounds in self._bounds.values() if bounds is not None]
        self._simple = len(firsts) == len(self._blocks)
        self._names = [block.columns[0] for block in self._blocks]
        self._lows, self._highs = [low for low, _, _ in firsts], [high for _, high, _ in firsts]
        self._whole = [whole for _, _, whole in firsts]
        self._wholes = [at for at, whole in enumerate(self._whole) if whole]

    def _bounds_of(self, block: Block) -> _Bounds | None:
        """Least, most and wholeness of each cell of a row; None where a column is not one of numbers."""
        columns = [self._columns.get(name) for name in block.columns]
        if block.categories or not all(one is not None and one.kind in ("number", "integer") for one in columns):
            return None
        lows = [-np.inf if one is None or one.low is None else one.low for one in columns]
        highs = [np.inf if one is None or one.high is None else one.high for one in columns]
        whole = [one is not None and one.kind == "integer" for one in columns]
        cells = tuple(zip(lows, highs, whole, strict=True))
        return _Bounds(cells=cells, low=np.array(lows), high=np.array(highs), whole=np.array(whole))

    def score(self, query: Query) -> Detection | None:
        """How many columns and relations the request breaks, and which."""
        line = None if self._relations else self._line(query)
        if line is not None and self._simple:
            return self._told(self._broken(line))
        given = {one.name: one for one in query.inputs}
        if not self._relations and all(self._keeps(given[block.input], block) for block in self._blocks):
            return None
        if self._relations or not all(self._is_wide(given[block.input], block) for block in self._blocks):
            found = [(one.column, one.why) for one in breaches(self._contract, cells(query.inputs, self._blocks))]
        else:
            found = [one for block in self._blocks for one in self._beyond(given[block.input], block)]
        return self._told(found)

    def _told(self, found: Sequence[tuple[str, Why]]) -> Detection | None:
        if not found:
            return None
        note = ", ".join(f"{column}: {why}" for column, why in found[:_MOST_NAMED])
        return Detection(detector=self.id, score=float(len(found)), threshold=1.0, action=self._action, note=note)

    def _broken(self, line: list[float]) -> list[tuple[str, Why]]:
        """What one row breaks that has one number for each input."""
        if (
            all(map(le, self._lows, line))
            and all(map(le, line, self._highs))
            and not any(line[at] % 1 for at in self._wholes)
        ):
            return []
        found: list[tuple[str, Why]] = []
        for name, low, cell, high, whole in zip(self._names, self._lows, line, self._highs, self._whole, strict=True):
            if not low <= cell <= high:
                found.append((name, "range"))
            elif whole and cell % 1:
                found.append((name, "integer"))
        return sorted(found)

    def _keeps(self, one: Tensor, block: Block) -> bool:
        """Whether an input surely breaks nothing; False where that is to be looked at cell by cell."""
        bounds = self._bounds.get(block.input)
        if one.datatype == TEXT or bounds is None:
            return False
        if len(one.data) <= _FEW:
            found = zip(itertools.cycle(bounds.cells), one.data, strict=False)
            return all(low <= cell <= high and not (whole and cell % 1) for (low, high, whole), cell in found)
        low, high, whole = bounds.low, bounds.high, bounds.whole
        rows = np.asarray(one.data, dtype=np.float64)
        rows = rows.reshape(-1, 1) if block.columns == (EVERY,) else rows.reshape(-1, block.width)
        inside = (rows >= low).all() and (rows <= high).all()
        return bool(inside and (not whole.any() or (rows[:, whole] % 1 == 0).all()))

    def _is_wide(self, one: Tensor, block: Block) -> bool:
        """Whether cells are named at once, too: one by one it would take so long that a client could tell."""
        return one.datatype != TEXT and self._bounds.get(block.input) is not None and len(one.data) > _FEW

    def _beyond(self, one: Tensor, block: Block) -> Iterator[tuple[str, Why]]:
        """Columns of a wide input in order, and why they are not as they were."""
        bounds = self._bounds[block.input]
        if bounds is None:
            return
        rows = np.asarray(one.data, dtype=np.float64)
        rows = rows.reshape(-1, 1) if block.columns == (EVERY,) else rows.reshape(-1, block.width)
        outside = ~((rows >= bounds.low) & (rows <= bounds.high))
        broken = bounds.whole & (rows % 1 != 0) & ~outside
        for at in np.flatnonzero((broken | outside).any(axis=0)):
            if broken[:, at].any():
                yield block.columns[at], "integer"
            if outside[:, at].any():
                yield block.columns[at], "range"
