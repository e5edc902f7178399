# SPDX-License-Identifier: Apache-2.0
"""Searches all subgroups that simple predicates describe for the one that fares worst against everybody else.

A predicate joins values of at most ``DEPTH`` columns by "and": a marginal comparison can be even while an intersection
is not (Kearns, Neel, Roth and Wu, ICML 2018). Each subgroup with enough people is compared with all people outside it;
Bonferroni over all that were compared makes the intervals hold together, so that the worst of many is not called bad
for being the worst of many. Predicates that describe the same people count once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import newcombe

DEPTH = 3
"""Columns that one predicate may name."""
MOST = 5000
"""Subgroups that are compared at most; predicates of fewer columns come first."""
FLOOR = 30

Flags = NDArray[np.bool_]
Terms = tuple[tuple[str, str], ...]
"""Column and value, joined by "and"."""


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """How much less often a subgroup has an outcome than everybody else."""

    terms: Terms
    shortfall: float
    """Rate of the others less rate of the subgroup; negative where the subgroup fares better."""
    low: float
    high: float
    rate: float
    others: float
    n: int

    @property
    def predicate(self) -> str:
        """The terms as text, such as ``age = under 25 and sex = female``."""
        return " and ".join(f"{column} = {value}" for column, value in self.terms)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What was compared, and what came of it, worst first."""

    ranked: tuple[Subgroup, ...]
    compared: int
    """Subgroups that the intervals allow for."""
    small: int
    """Subgroups that are not estimable: they, or the others, have fewer people than the floor."""
    skipped: int
    """Subgroups beyond ``MOST`` that were met; what they would be divided into was not looked for."""
    level: float

    @property
    def worst(self) -> Subgroup | None:
        """The one whose rate falls shortest."""
        return self.ranked[0] if self.ranked else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Where the greatest shortfall of any lies: from the highest lower end to the highest upper end."""
        if not self.ranked:
            return None
        return max(one.low for one in self.ranked), max(one.high for one in self.ranked)


def search(
    outcome: Flags,
    columns: Mapping[str, NDArray[np.str_]],
    *,
    level: float = 0.95,
    depth: int = DEPTH,
    floor: int = FLOOR,
    most: int = MOST,
) -> Search:
    """Compare every subgroup of rows that predicates over the columns describe.

    ``outcome`` is what is good for a person, by row. Law: the order of rows and of columns changes no subgroup's rate.
    """
    cells = _cells(outcome, columns)
    total, hits = int(cells.n.sum()), int(cells.k.sum())
    counted: dict[bytes, tuple[Terms, int, int]] = {}
    small = skipped = 0
    layer = [_Part(terms=(), rows=np.ones(len(cells.n), dtype=bool), following=0)]
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
                counted.setdefault(np.packbits(part.rows).tobytes(), (part.terms, int(cells.k[part.rows].sum()), n))
            else:
                skipped += 1
        if skipped:
            break
    raised = 1 - (1 - level) / max(len(counted), 1)
    found = []
    for terms, k, n in counted.values():
        rest = (hits - k, total - n)
        low, high = newcombe(rest, (k, n), raised)
        rate, others = k / n, rest[0] / rest[1]
        found.append(Subgroup(terms=terms, shortfall=others - rate, low=low, high=high, rate=rate, others=others, n=n))
    found.sort(key=lambda one: (-one.shortfall, one.terms))
    return Search(ranked=tuple(found), compared=len(found), small=small, skipped=skipped, level=level)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """Distinct combinations of all columns' values: people, and how many of them have the outcome."""

    n: NDArray[np.intp]
    k: NDArray[np.intp]
    masks: tuple[tuple[str, tuple[tuple[str, Flags], ...]], ...]
    """By column and value, the cells with it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """A predicate, the cells that it holds for, and the first column that may join it."""

    terms: Terms
    rows: Flags
    following: int


def _cells(outcome: Flags, columns: Mapping[str, NDArray[np.str_]]) -> _Cells:
    """People by cell, so that a predicate costs as much for a million as for a hundred."""
    cell = np.zeros(len(outcome), dtype=np.intp)
    coded = {}
    for name in sorted(columns):
        values, code = np.unique(columns[name], return_inverse=True)
        coded[name] = (values, code)
        cell = np.unique(cell * len(values) + code, return_inverse=True)[1]
    _, first = np.unique(cell, return_index=True)
    masks = tuple(
        (name, tuple((str(value), code[first] == index) for index, value in enumerate(values)))
        for name, (values, code) in coded.items()
    )
    n = np.bincount(cell, minlength=len(first))
    return _Cells(n=n, k=np.bincount(cell[outcome], minlength=len(first)), masks=masks)


def _divided(parts: Iterable[_Part], masks: tuple[tuple[str, tuple[tuple[str, Flags], ...]], ...]) -> Iterator[_Part]:
    """Each part with one more column; columns in order, so that no predicate comes twice."""
    for part in parts:
        for index in range(part.following, len(masks)):
            name, values = masks[index]
            for value, rows in values:
                yield _Part(terms=(*part.terms, (name, value)), rows=part.rows & rows, following=index + 1)
