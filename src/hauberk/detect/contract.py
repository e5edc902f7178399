# SPDX-License-Identifier: Apache-2.0
"""Feature contract: what training data looked like, column by column, and whether a request looks like that.

Learned from the rows that a model was trained on, kept in ``hauberk.lock``. It is made so that no single person can be
read from it: bounds lie a tenth of the range beyond the data and are rounded outward to two significant digits, a
category is kept only if at least ``COMMON`` rows have it, and relations are named by columns alone.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from hauberk.core.value import Value

Cell: TypeAlias = float | str | None
"""A number, a text, or None for a missing one."""

Why: TypeAlias = Literal["range", "integer", "category", "missing", "type", "relation", "absent"]

COMMON = 5
"""Rows that share a category, at least, for it to be kept by name."""
MOST_CATEGORIES = 1000
_MOST_COLUMNS = 60
"""Number columns between which relations are looked for; all pairs of more would cost more than they tell."""
_FEWEST = 50
"""Rows in which a relation must hold before it is one."""
_BEYOND = 0.1
"""Share of its range by which a column may go beyond what was seen."""
_DIGITS = 2
"""Significant digits of a bound."""


class Column(Value, frozen=True, kw_only=True):
    """One column as training data had it."""

    name: str
    kind: Literal["number", "integer", "category", "text"]
    """``text`` where hardly a value occurs twice: then nothing but the type is promised."""
    low: float | None = None
    high: float | None = None
    """Bounds of numbers, rounded outward."""
    categories: tuple[str, ...] = ()
    missing: bool = False
    """Whether a cell may be missing."""


class Relation(Value, frozen=True, kw_only=True):
    """``less`` is at most ``more`` in every row where both are there."""

    less: str
    more: str


class Contract(Value, frozen=True, kw_only=True):
    """What a model was trained for."""

    schema: Literal["hauberk/contract/1"] = "hauberk/contract/1"
    rows: int
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] = ()


class Breach(Value, frozen=True, kw_only=True):
    """What one request has that training data had not; names columns, never values."""

    column: str
    why: Why
    rows: int
    """How many rows."""


def learn(columns: Mapping[str, Sequence[Cell]]) -> Contract:
    """The contract of training rows, column by column; all columns have the same number of rows, and at least one."""
    counts = {len(cells) for cells in columns.values()}
    if len(counts) != 1 or 0 in counts:
        message = f"columns of {sorted(counts)} rows"
        raise ValueError(message)
    learned = tuple(_column(name, cells) for name, cells in sorted(columns.items()))
    numbers = [one.name for one in learned if one.kind in ("number", "integer")][:_MOST_COLUMNS]
    relations = tuple(
        Relation(less=less, more=more)
        for less in numbers
        for more in numbers
        if less != more and _holds(columns[less], columns[more])
    )
    return Contract(rows=counts.pop(), columns=learned, relations=relations)


def breaches(contract: Contract, columns: Mapping[str, Sequence[Cell]]) -> Iterator[Breach]:
    """What a request breaks, columns in order and relations last; a column that the contract lacks breaks nothing."""
    for column in contract.columns:
        cells = columns.get(column.name)
        if cells is None:
            yield Breach(column=column.name, why="absent", rows=0)
            continue
        found = Counter(why for cell in cells if (why := _wrong(column, cell)))
        for why, rows in sorted(found.items()):
            yield Breach(column=column.name, why=why, rows=rows)
    for relation in contract.relations:
        pairs = zip(columns.get(relation.less, ()), columns.get(relation.more, ()), strict=False)
        rows = sum(isinstance(a, float) and isinstance(b, float) and a > b for a, b in pairs)
        if rows:
            yield Breach(column=f"{relation.less} <= {relation.more}", why="relation", rows=rows)


def _column(name: str, cells: Sequence[Cell]) -> Column:
    there = [cell for cell in cells if cell is not None]
    missing = len(there) < len(cells)
    if there and all(isinstance(cell, float) for cell in there):
        numbers = [cell for cell in there if isinstance(cell, float)]
        whole = all(number.is_integer() for number in numbers)
        return Column(
            name=name,
            kind="integer" if whole else "number",
            low=_outward(_beyond(min(numbers), max(numbers)), -1),
            high=_outward(_beyond(max(numbers), min(numbers)), 1),
            missing=missing,
        )
    counts = Counter(str(cell) for cell in there)
    common = sorted(text for text, count in counts.items() if count >= COMMON)
    if not common or len(common) > MOST_CATEGORIES or sum(counts[text] for text in common) * 2 < len(there):
        return Column(name=name, kind="text", missing=missing)
    return Column(name=name, kind="category", categories=tuple(common), missing=missing)


def _wrong(column: Column, cell: Cell) -> Why | None:
    """Why a cell is not as the column was; None where it is."""
    if cell is None:
        return None if column.missing else "missing"
    if column.kind in ("category", "text"):
        if not isinstance(cell, str):
            return "type"
        return "category" if column.kind == "category" and cell not in column.categories else None
    if not isinstance(cell, float):
        return "type"
    if not (column.low is None or cell >= column.low) or not (column.high is None or cell <= column.high):
        return "range"
    return "integer" if column.kind == "integer" and not cell.is_integer() else None


def _beyond(bound: float, other: float) -> float:
    """A bound moved away from the data, where a fresh row may lie; not across zero, a bound of its own kind."""
    moved = bound + _BEYOND * (bound - other)
    return moved if moved * bound > 0 else min(bound, 0.0) if bound < other else max(bound, 0.0)


def _outward(bound: float, side: int) -> float:
    """A bound rounded away from the data."""
    if bound == 0.0 or not math.isfinite(bound):
        return bound
    step = 10.0 ** (math.floor(math.log10(abs(bound))) - _DIGITS + 1)
    rounded = (math.ceil if side > 0 else math.floor)(bound / step) * step
    return float(f"{rounded:.{_DIGITS}g}")


def _holds(less: Sequence[Cell], more: Sequence[Cell]) -> bool:
    pairs = [(a, b) for a, b in zip(less, more, strict=True) if isinstance(a, float) and isinstance(b, float)]
    return (
        len(pairs) >= _FEWEST and all(a <= b for a, b in pairs) and max(a for a, _ in pairs) > min(b for _, b in pairs)
    )
