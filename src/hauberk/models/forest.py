# SPDX-License-Identifier: Apache-2.0
"""Ensembles of decision trees as plain arrays, whichever library made them: what they score, and where each leaf lies.

Every number that a library compares with lies on a grid (binary32 or binary64). A split is kept as the largest grid
number that goes left, so that ``x <= 0.5`` and ``x < 0.5`` are the same rule, every leaf is a closed box, and two
leaves share a point exactly where their boxes share one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Malformed, TooLarge

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

MOST_CELLS = 1 << 27
"""Leaves times features that are held at once."""
BLOCK = 2048
"""Rows that are walked down together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """Trees whose leaf values add up to the score of each class; inputs without gaps only."""

    features: int
    roots: Places
    feature: Places
    """Of each node; -1 at a leaf."""
    last: Floats
    """Largest number on the grid that goes left."""
    left: Places
    right: Places
    values: Floats
    """What each node adds to each class; zero where it is no leaf."""
    base: Floats
    """Score of each class before any tree."""
    single: bool
    """Whether inputs are rounded to binary32 before they are compared."""
    names: tuple[str, ...] = ()
    """Of the features, where the file says so."""

    @property
    def classes(self) -> int:
        """How many classes are scored."""
        return len(self.base)

    def __post_init__(self) -> None:
        """Refuse a graph that is no forest: a child out of range or met twice, a feature out of range."""
        inner = np.flatnonzero(self.feature >= 0)
        if self.feature.size and self.feature.max() >= self.features:
            raise Malformed("a tree splits on a feature that the model does not have")
        children = np.concatenate([self.left[inner], self.right[inner], self.roots])
        if len(children) and (children.min() < 0 or children.max() >= len(self.feature)):
            raise Malformed("a tree's node has a child that is not there")
        if len(np.unique(children)) != len(children):
            raise Malformed("a tree's node has two parents")
        if not (np.isfinite(self.last[inner]).all() and np.isfinite(self.values).all()):
            raise Malformed("a tree holds numbers that are not finite")

    def on_grid(self, x: NDArray[np.floating]) -> Floats:
        """The numbers as the model sees them."""
        return (x.astype(np.float32) if self.single else x).astype(np.float64)

    def scores(self, x: NDArray[np.floating]) -> Floats:
        """Raw scores of each class (n, classes); raises CannotLook for rows with gaps."""
        rows = self.on_grid(x)
        if np.isnan(rows).any():
            raise CannotLook("a row has a gap, and trees are searched without gaps")
        parts = [self._scores(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK)]
        return np.concatenate(parts) if parts else np.empty((0, self.classes))

    def _scores(self, rows: Floats) -> Floats:
        at = np.tile(self.roots, (len(rows), 1))
        line = np.arange(len(rows))[:, None]
        while True:
            split = self.feature[at]
            inner = split >= 0
            if not inner.any():
                result: Floats = self.values[at].sum(axis=1) + self.base
                return result
            goes_left = rows[line, np.maximum(split, 0)] <= self.last[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)


class Leaves(NamedTuple):
    """All leaves of a forest, tree after tree: closed boxes on the grid, and what each adds to each class."""

    tree: Places
    low: Floats
    high: Floats
    values: Floats


def leaves_of(forest: Forest) -> Leaves:
    """Walk every tree once; raises TooLarge where the boxes would not fit in memory."""
    count = int((forest.feature < 0).sum())
    if count * forest.features > MOST_CELLS:
        raise TooLarge(f"{count} leaves over {forest.features} features are more than {MOST_CELLS} numbers")
    kind = np.float32 if forest.single else np.float64
    after = np.nextafter(forest.last.astype(kind), kind(np.inf)).astype(np.float64)
    tree, low, high, values = [], [], [], []
    for number, root in enumerate(forest.roots.tolist()):
        stack = [(root, np.full(forest.features, -np.inf), np.full(forest.features, np.inf))]
        while stack:
            node, least, most = stack.pop()
            split = forest.feature[node]
            if split < 0:
                tree.append(number)
                low.append(least)
                high.append(most)
                values.append(forest.values[node])
                continue
            if most[split] > forest.last[node]:
                beyond = least.copy()
                beyond[split] = max(beyond[split], after[node])
                stack.append((int(forest.right[node]), beyond, most))
            if least[split] <= forest.last[node]:
                within = most.copy()
                within[split] = min(within[split], forest.last[node])
                stack.append((int(forest.left[node]), least, within))
    return Leaves(np.array(tree, dtype=np.intp), np.array(low), np.array(high), np.array(values))
