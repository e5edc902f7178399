# SPDX-License-Identifier: Apache-2.0
"""A reference learner for tables of numbers: boosted trees over binned columns, with a logistic loss.

Friedman, Annals of Statistics 2001; second-order leaves and histograms as in Chen and Guestrin, KDD 2016. Numpy only:
the same bits for the same rows and seedless, so that what is measured with it can be measured again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

BINS = 32
_SHRINK = 1.0
"""Added to the curvature of a leaf."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tree:
    """A full binary tree: node i has children 2i + 1 and 2i + 2."""

    column: Codes
    cut: Codes
    """Rows whose code is above it go right."""
    leaf: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Boosted:
    """A fitted ensemble; ``share`` is the chance that it gives the outcome."""

    edges: tuple[Floats, ...]
    trees: tuple[_Tree, ...]
    base: float
    rate: float

    def share(self, features: Floats) -> Floats:
        """In (0, 1), of each row."""
        codes = _codes(features, self.edges)
        margin = self.base + self.rate * np.sum([_leaves(tree, codes) for tree in self.trees], axis=0)
        found: Floats = 1 / (1 + np.exp(-margin))
        return found


def boost(
    features: Floats, outcome: Floats, *, trees: int = 60, depth: int = 4, rate: float = 0.2, least: float = 5.0
) -> Boosted:
    """Fit to outcomes in [0, 1]; ``least`` is the curvature-weighted rows that a leaf needs, times four."""
    edges = tuple(np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in features.T)
    codes = _codes(features, edges)
    mean = float(np.clip(outcome.mean(), 1e-3, 1 - 1e-3))
    base = float(np.log(mean / (1 - mean)))
    margin = np.full(len(outcome), base)
    grown = []
    for _ in range(trees):
        share = 1 / (1 + np.exp(-margin))
        tree = _grow(codes, share - outcome, share * (1 - share), depth, least / 4)
        margin += rate * _leaves(tree, codes)
        grown.append(tree)
    return Boosted(edges=edges, trees=tuple(grown), base=base, rate=rate)


def _codes(features: Floats, edges: tuple[Floats, ...]) -> Codes:
    """The bin of each cell."""
    return np.stack([np.searchsorted(cuts, column) for cuts, column in zip(edges, features.T, strict=True)], axis=1)


def _grow(codes: Codes, slope: Floats, curvature: Floats, depth: int, least: float) -> _Tree:
    """One tree, a level at a time; all nodes of a level share one pass over the rows for each column."""
    size = (1 << (depth + 1)) - 1
    column, cut, leaf = np.zeros(size, np.intp), np.full(size, BINS, np.intp), np.zeros(size)
    node = np.zeros(len(slope), np.intp)
    for level in range(depth):
        first, count = (1 << level) - 1, 1 << level
        best = np.zeros(count)
        for index in range(codes.shape[1]):
            cell = (node - first) * BINS + codes[:, index]
            slopes, curves = (
                np.bincount(cell, one, minlength=count * BINS).reshape(count, BINS).astype(np.float64)
                for one in (slope, curvature)
            )
            gain, where = _best_cut(slopes, curves, least)
            better = gain > best
            best[better] = gain[better]
            column[first : first + count][better] = index
            cut[first : first + count][better] = where[better]
        node = 2 * node + 1 + (codes[np.arange(len(node)), column[node]] > cut[node])
    total, bend = (np.bincount(node, one, minlength=size) for one in (slope, curvature))
    leaf = np.where(bend > 0, -total / (bend + _SHRINK), 0.0)
    return _Tree(column=column, cut=cut, leaf=leaf)


def _best_cut(slopes: Floats, curves: Floats, least: float) -> tuple[Floats, Codes]:
    """The gain and the place of the best cut of each node; no gain where a side would have too few rows."""
    left, below = slopes.cumsum(axis=1)[:, :-1], curves.cumsum(axis=1)[:, :-1]
    total, bend = slopes.sum(axis=1, keepdims=True), curves.sum(axis=1, keepdims=True)
    right, above = total - left, bend - below
    gain = left**2 / (below + _SHRINK) + right**2 / (above + _SHRINK) - total**2 / (bend + _SHRINK)
    gain = np.where((below >= least) & (above >= least), gain, 0.0)
    where = gain.argmax(axis=1)
    return gain[np.arange(len(gain)), where], where


def _leaves(tree: _Tree, codes: Codes) -> Floats:
    """What the tree adds to the margin of each row."""
    node = np.zeros(len(codes), np.intp)
    rows = np.arange(len(codes))
    while 2 * node[0] + 1 < len(tree.leaf):
        node = 2 * node + 1 + (codes[rows, tree.column[node]] > tree.cut[node])
    return tree.leaf[node]
