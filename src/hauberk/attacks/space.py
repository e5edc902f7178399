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

from hauberk.core.system import Column
from hauberk.models.model import Rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = Literal["number", "integer", "category"]

MOST_VALUES = 16
"""Values of a category that an attack proposes: the most frequent ones."""
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


class Space:
    """The features of a table and the law of what is valid: types, ranges and categories as seen, frozen ones kept."""

    def __init__(self, features: tuple[Feature, ...]) -> None:
        """Gather what the attack asks of all features at once."""
        self.features = features
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
        return np.nan_to_num(np.where(self.categories, difference > 0, difference / self.spread))

    def distance(self, one: Floats, other: Floats) -> Floats:
        """Gower distance of each row: the mean of its cells' costs."""
        result: Floats = self.costs(one, other).mean(axis=1)
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
        result: Flags = (same | (self.movable(original) & inside & whole)).all(axis=1)
        return result


def learn_space(rows: Rows, declared: Mapping[str, Column]) -> Space:
    """The space of a table's rows; what the manifest declares of a column goes before what the data look like."""
    return Space(tuple(_feature(name, rows[name], declared.get(name, Column(name=name))) for name in rows))


def _feature(name: str, cells: NDArray[Any], column: Column) -> Feature:
    if cells.dtype == object or column.type == "category":
        return _category(name, cells, column)
    known = cells[~np.isnan(cells)]
    whole = bool((known == np.rint(known)).all())
    kind: Kind = "integer" if whole and column.type in ("", "integer") else "number"
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    proposals = np.unique(np.quantile(known, _QUANTILES, method="nearest")) if known.size else known
    return Feature(
        name=name,
        kind=kind,
        low=low,
        high=high,
        values=np.empty(0, dtype=object),
        frozen=column.immutable or low == high,
        proposals=proposals,
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
    )
