# SPDX-License-Identifier: Apache-2.0
"""Which subgroups of people simple predicates describe: values of a few columns joined by "and".

People are gathered into cells, the distinct combinations of all columns' values, so that a predicate costs as much for
a million people as for a hundred. Predicates that describe the same people count once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH = 3
"""Columns that one predicate may name."""
MOST = 5000
"""Subgroups that are compared at most; predicates of fewer columns come first."""
FLOOR = 30
"""People below which a subgroup, or everybody else, is not compared."""

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
Terms = tuple[tuple[str, str], ...]
"""Column and value, joined by "and"."""


def said(terms: Terms) -> str:
    """The terms as text, such as ``age = under 25 and sex = female``."""
    return " and ".join(f"{column} = {value}" for column, value in terms)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Distinct combinations of all columns' values."""

    of: Places
    """The cell of each row."""
    n: Places
    """Rows of each cell."""
    masks: tuple[tuple[str, tuple[tuple[str, Flags], ...]], ...]
    """By column and value, the cells with it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A predicate, the cells that it holds for, and the first column that may join it."""

    terms: Terms
    rows: Flags
    following: int


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The subgroups to compare."""

    kept: tuple[Part, ...]
    small: int
    """Subgroups that are not estimable: they, or the others, have fewer people than the floor."""
    skipped: int
    """Subgroups beyond the most that were met; what they would be divided into was not looked for."""


def gather(columns: Mapping[str, NDArray[np.str_]], n: int) -> Cells:
    """Cells of n rows; columns in order of their names."""
    cell = np.zeros(n, dtype=np.intp)
    coded = {}
    for name in sorted(columns):
        values, code = np.unique(columns[name], return_inverse=True)
        coded[name] = (values, code)
        cell = np.unique(cell * len(values) + code, return_inverse=True)[1]
    _, first, sizes = np.unique(cell, return_index=True, return_counts=True)
    masks = tuple(
        (name, tuple((str(value), code[first] == index) for index, value in enumerate(values)))
        for name, (values, code) in coded.items()
    )
    return Cells(of=cell, n=sizes, masks=masks)


def divide(cells: Cells, *, depth: int = DEPTH, floor: int = FLOOR, most: int = MOST) -> Parts:
    """Every subgroup with enough people inside and outside, predicates of fewer columns first."""
    total = int(cells.n.sum())
    counted: dict[bytes, Part] = {}
    small = skipped = 0
    layer = [Part(terms=(), rows=np.ones(len(cells.n), dtype=bool), following=0)]
    for _ in range(depth):
        wider, layer = layer, []
        for part in _divided(wider, cells.masks):
            n = int(cells.n[part.rows].sum())
            if n < floor:
                small += n > 0
                continue
            layer.append(part)
            if total - n < floor:
                small += 1
            elif len(counted) < most:
                counted.setdefault(np.packbits(part.rows).tobytes(), part)
            else:
                skipped += 1
        if skipped:
            break
    return Parts(kept=tuple(counted.values()), small=small, skipped=skipped)


def _divided(parts: Iterable[Part], masks: tuple[tuple[str, tuple[tuple[str, Flags], ...]], ...]) -> Iterator[Part]:
    """Each part with one more column; columns in order, so that no predicate comes twice."""
    for part in parts:
        for index in range(part.following, len(masks)):
            name, values = masks[index]
            for value, rows in values:
                yield Part(terms=(*part.terms, (name, value)), rows=part.rows & rows, following=index + 1)
