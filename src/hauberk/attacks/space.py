# SPDX-License-Identifier: Apache-2.0
"""What may be changed in a row of mixed columns, and what a change costs.

Rows become codes: a matrix of floats that holds numbers as they are and categories as their place among the values
seen. The distance is Gower's (Biometrics 1971): the mean over all features of |a - b| / (range seen) for numbers and
of 0 or 1 for categories, so 1 / (number of features) is one category changed, or one number moved over its whole range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.relation import Relation, parse
from hauberk.core.errors import Misuse
from hauberk.core.system import Column
from hauberk.models.model import Rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
Kind = Literal["number", "integer", "category"]

MOST_VALUES = 16
"""Values of a category that an attack proposes: the most frequent ones."""
ROUNDING = 1e-9
"""Rounding that a relation forgives, as a share of its terms."""
_QUANTILES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Feature:
    """One column as an attacker sees it."""

    name: str
    kind: Kind
    low: float
    high: float
    values: NDArray[Any]
    """Categories in order of their codes; empty for numbers."""
    frozen: bool
    """May not be changed: immutable, free text, or always the same."""
    proposals: Floats
    """Codes worth trying: the most frequent categories, or quantiles of the numbers seen."""
    one_hot: str = ""
    """Group of which exactly one column is 1."""
    cost: float = 1.0
    """What a change costs, in changes of an ordinary column."""


class Space:
    """The features of a table and the law of what is valid.

    Types, ranges and categories as declared or seen; frozen cells kept; of each one-hot group one; relations kept.
    Law: ``valid(row, repair(row, anything))`` for every row that keeps its own groups and relations.
    """

    def __init__(self, features: tuple[Feature, ...], relations: tuple[Relation, ...] = ()) -> None:
        """Gather what the attack asks of all features at once; raises Misuse for a relation of no column of numbers."""
        self.features, self.relations = features, relations
        place = {feature.name: index for index, feature in enumerate(features) if feature.kind != "category"}
        for relation in relations:
            if set(relation.factors) - set(place):
                raise Misuse("a relation names what is no column of numbers that the model reads")
        self._factors: Floats = np.array(
            [[relation.factors.get(feature.name, 0.0) for feature in features] for relation in relations]
        ).reshape(len(relations), len(features))
        self._pivots = [place.get(relation.pivot, -1) for relation in relations]
        names = [feature.one_hot for feature in features]
        groups = sorted(set(names) - {""})
        self.groups: tuple[Places, ...] = tuple(
            np.flatnonzero([name == group for name in names]).astype(np.intp) for group in groups
        )
        self.mates: Flags = np.array(
            [[a == b and (a != "" or i == j) for j, b in enumerate(names)] for i, a in enumerate(names)]
        )
        """Columns that can only change together."""
        halved = np.array([0.5 if name else 1.0 for name in names])
        self.weights: Floats = halved * np.array([feature.cost for feature in features])
        self.size = names.count("") + len(groups)
        """Columns, where a one-hot group counts as one."""
        self.frozen: Flags = np.array([feature.frozen for feature in features])
        self.categories: Flags = np.array([feature.kind == "category" for feature in features])
        self.integers: Flags = np.array([feature.kind == "integer" for feature in features])
        self.low: Floats = np.array([feature.low for feature in features])
        self.high: Floats = np.array([feature.high for feature in features])
        self.spread: Floats = np.where((self.high > self.low) & ~self.categories, self.high - self.low, 1.0)

    def codes(self, rows: Rows) -> Floats:
        """Rows as codes; a category that was never seen, or a missing number, is NaN."""
        result = np.empty((len(rows[self.features[0].name]), len(self.features)))
        for index, feature in enumerate(self.features):
            cells = rows[feature.name]
            if feature.kind == "category":
                place = {value: code for code, value in enumerate(feature.values.tolist())}
                result[:, index] = [place.get(cell, np.nan) for cell in cells.tolist()]
            else:
                result[:, index] = cells
        return result

    def rows(self, codes: Floats) -> dict[str, NDArray[Any]]:
        """Codes as rows; codes are of this space, so ``rows(codes(r))`` equals r wherever r was seen."""
        return {
            feature.name: feature.values[codes[:, index].astype(np.intp)]
            if feature.kind == "category"
            else codes[:, index]
            for index, feature in enumerate(self.features)
        }

    def costs(self, one: Floats, other: Floats) -> Floats:
        """Cost of each cell's change, 0 to 1 within the ranges seen; a cell that is missing in either costs nothing."""
        difference = np.abs(one - other)
        cells = np.nan_to_num(np.where(self.categories, difference > 0, difference / self.spread))
        return cells * self.weights

    def distance(self, one: Floats, other: Floats) -> Floats:
        """Gower distance of each row: the mean of its cells' costs; a one-hot group is one cell."""
        result: Floats = self.costs(one, other).sum(axis=1) / self.size
        return result

    def movable(self, codes: Floats) -> Flags:
        """Cells that may be changed: not frozen and not missing."""
        result: Flags = ~self.frozen & ~np.isnan(codes)
        return result

    def valid(self, original: Floats, changed: Floats) -> Flags:
        """Which changed rows keep to the law: only movable cells differ, whole where whole, within what was seen."""
        same = (changed == original) | (np.isnan(changed) & np.isnan(original))
        inside = (changed >= self.low) & (changed <= self.high)
        whole = ~(self.categories | self.integers) | (changed == np.rint(changed))
        cells = (same | (self.movable(original) & inside & whole)).all(axis=1)
        result: Flags = cells & self._one_of_each(changed) & self._related(changed).all(axis=1)
        return result

    def repair(self, original: Floats, changed: Floats) -> Floats:
        """The changed rows made valid: rounded, clipped, one of each group, related; what cannot be is put back."""
        rounded = np.where(self.categories | self.integers, np.rint(changed), changed)
        moved = self.movable(original) & (changed != original) & ~np.isnan(changed)
        result = np.where(moved, np.clip(rounded, self.low, self.high), original)
        for group in self.groups:
            risen = result[:, group] + (result[:, group] > original[:, group])
            chosen: Floats = (np.arange(len(group)) == risen.argmax(axis=1)[:, None]).astype(np.float64)
            stuck = ((chosen != original[:, group]) & self.frozen[group]).any(axis=1)
            result[:, group] = np.where(stuck[:, None], original[:, group], chosen)
        return self._relate(original, result) if self.relations else result

    def _relate(self, original: Floats, changed: Floats) -> Floats:
        """Recompute what follows from other columns, then draw back along the change, then put back."""
        for index, pivot in enumerate(self._pivots):
            if pivot >= 0:
                factors = self._factors[index].copy()
                follows = (
                    self.relations[index].bound - np.delete(changed, pivot, 1) @ np.delete(factors, pivot)
                ) / factors[pivot]
                possible = (
                    self.movable(original)[:, pivot] & (follows >= self.low[pivot]) & (follows <= self.high[pivot])
                )
                possible &= ~self.integers[pivot] | (follows == np.rint(follows))
                changed[:, pivot] = np.where(possible, follows, changed[:, pivot])
        for turn in range(2 + len(self.relations)):
            kept = self._related(changed)
            if kept.all():
                break
            for index, factors in enumerate(self._factors):
                broken = np.flatnonzero(~kept[:, index])
                moved = (factors != 0) & (changed[broken] != original[broken])
                changed[broken] = self._drawn_back(index, original[broken], changed[broken], moved, whole=turn > 0)
        lost = ~(self._related(changed).all(axis=1) & self._one_of_each(changed))
        changed[lost] = original[lost]
        return changed

    def _drawn_back(self, index: int, original: Floats, changed: Floats, moved: Flags, *, whole: bool) -> Floats:
        """The moved cells of a broken relation as far along their change as it holds; all the way back if ``whole``."""
        factors, bound = self._factors[index], self.relations[index].bound
        before = np.nan_to_num(original) @ factors
        step = np.nan_to_num(changed - original) @ factors
        share = np.clip(np.divide(bound - before, step, out=np.zeros_like(step), where=step > 0), 0, 1)
        share = np.where(self.relations[index].equal or whole, 0.0, share)
        back = original + share[:, None] * (changed - original)
        back = np.where(self.integers, original + np.trunc(back - original), back)
        grouped = self.mates.sum(axis=1) > 1
        back = np.where(grouped, original, back)
        return np.where(moved, back, changed)

    def _related(self, rows: Floats) -> Flags:
        """Which relations each row keeps; one with a missing number in it is kept."""
        if not self.relations:
            return np.ones((len(rows), 0), dtype=bool)
        bounds = np.array([relation.bound for relation in self.relations])
        equal = np.array([relation.equal for relation in self.relations])
        known, held = np.nan_to_num(rows), np.isnan(rows).astype(np.float64)
        gap = known @ self._factors.T - bounds
        slack = ROUNDING * (np.abs(known) @ np.abs(self._factors).T + np.abs(bounds) + 1)
        result: Flags = np.where(equal, np.abs(gap) <= slack, gap <= slack) | (held @ np.abs(self._factors).T > 0)
        return result

    def _one_of_each(self, rows: Floats) -> Flags:
        result: Flags = np.ones(len(rows), dtype=bool)
        for group in self.groups:
            cells = rows[:, group]
            result &= (cells.sum(axis=1) == 1) & np.isin(cells, (0.0, 1.0)).all(axis=1)
        return result


def learn_space(rows: Rows, declared: Mapping[str, Column], relations: tuple[str, ...] = ()) -> Space:
    """The space of a table's rows; what the manifest declares of a column goes before what the data look like."""
    features = tuple(_feature(name, rows[name], declared.get(name, Column(name=name))) for name in rows)
    return Space(features, tuple(parse(text) for text in relations))


def _feature(name: str, cells: NDArray[Any], column: Column) -> Feature:
    if cells.dtype == object or column.type == "category":
        return _category(name, cells, column)
    known = cells[~np.isnan(cells)]
    whole = bool((known == np.rint(known)).all())
    kind: Kind = "integer" if whole and column.type in ("", "integer") else "number"
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    low = low if column.low is None else column.low
    high = high if column.high is None else column.high
    proposals = np.unique(np.quantile(known, _QUANTILES, method="nearest")) if known.size else known
    return Feature(
        name=name,
        kind=kind,
        low=low,
        high=high,
        values=np.empty(0, dtype=object),
        frozen=column.immutable or low >= high,
        proposals=proposals,
        one_hot=column.one_hot,
        cost=column.cost,
    )


def _category(name: str, cells: NDArray[Any], column: Column) -> Feature:
    known = cells if cells.dtype == object else cells[~np.isnan(cells)]
    values, counts = np.unique(known, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    return Feature(
        name=name,
        kind="category",
        low=0.0,
        high=float(max(values.size - 1, 0)),
        values=values,
        frozen=column.immutable or column.type == "text" or values.size < 2,  # noqa: PLR2004  nothing to change to
        proposals=frequent.astype(np.float64),
        cost=column.cost,
    )
