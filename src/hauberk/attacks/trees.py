# SPDX-License-Identifier: Apache-2.0
"""The smallest change of a row, in Linf, that changes what an ensemble of trees decides: exact, or proven bounds.

A row's change is a set of leaves, one of each tree, whose boxes share a point: its size is the largest distance of the
row to one of these boxes (boxes that meet pairwise meet at a point: Helly's theorem), so the smallest change is one of
finitely many distances. Whether any set within a distance changes the decision is a search for a clique of leaves (Chen
et al., NeurIPS 2019; the exact optimum is that of Kantchelian, Tygar and Joseph, ICML 2016), done here depth first:
a part of the space is left as soon as the best leaf of every tree that reaches into it cannot change the decision, and
won as soon as the worst ones do. Where the budget of parts ends, what was excluded and what was found stay proven.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.models.forest import Floats, Forest, Leaves, Places, leaves_of

Flags = NDArray[np.bool_]
BUDGET = 20_000
"""Parts of the space that are looked at for each row."""
ROUNDING = 1e-9
"""Scores nearer than this to a tie depend on the order in which a library adds: neither found nor excluded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """What an attacker may do to a row."""

    movable: Flags
    """Features that may change."""
    whole: Flags
    """Features that take whole numbers only."""
    low: Floats
    high: Floats
    scale: Floats
    """A change is counted in these units of its feature."""


def anywhere(features: int) -> Reach:
    """Every feature may take every number."""
    every = np.ones(features)
    return Reach(
        movable=every > 0, whole=every < 0, low=np.full(features, -np.inf), high=np.full(features, np.inf), scale=every
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Bound:
    """What is proven of one row."""

    lower: float
    """No change smaller than this changes the decision; infinite where none does at all."""
    upper: float
    """``point`` is at this distance and decided otherwise; infinite where no such point was found."""
    point: Floats | None
    parts: int
    """Parts of the space that were looked at."""

    @property
    def exact(self) -> bool:
        """Whether both bounds are the smallest change itself."""
        return self.lower == self.upper


class TreeSearch:
    """Searches for rows of one forest under one law of change."""

    def __init__(self, forest: Forest, reach: Reach | None = None, budget: int = BUDGET) -> None:
        """Lay out all leaves once."""
        self.forest, self.reach, self.budget = forest, reach or anywhere(forest.features), budget
        leaves = leaves_of(forest)
        low = np.maximum(leaves.low, self.reach.low)
        high = np.minimum(leaves.high, self.reach.high)
        low[:, self.reach.whole] = np.ceil(low[:, self.reach.whole])
        high[:, self.reach.whole] = np.floor(high[:, self.reach.whole])
        there = (low <= high).all(axis=1)
        self.leaves = Leaves(leaves.tree[there], low[there], high[there], leaves.values[there])

    def nearest(self, row: Floats) -> Bound:
        """Bounds of the smallest change of a row that changes its label; the row is one that keeps to the law."""
        x = self.forest.on_grid(row)
        scores = self.forest.scores(x[None])[0]
        label = int(scores.argmax())
        apart = np.maximum(np.maximum(self.leaves.low - x, x - self.leaves.high), 0.0)
        far = np.where(self.reach.movable, apart / self.reach.scale, np.where(apart > 0, np.inf, 0.0)).max(axis=1)
        lower, best, point, spent = np.inf, np.inf, None, 0
        for other in np.argsort(-scores, kind="stable").tolist():
            if other == label:
                continue
            hunt = _Clique(self, x, far, (label, other), self.budget - spent)
            bound = hunt.bounds(best)
            spent += bound.parts
            lower = min(lower, bound.lower)
            if bound.upper < best:
                best, point = bound.upper, bound.point
        return Bound(lower=min(lower, best), upper=best, point=point, parts=spent)


class _Clique:
    """The search for one other class around one row."""

    def __init__(self, search: TreeSearch, x: Floats, far: Floats, goal: tuple[int, int], budget: int) -> None:
        label, other = goal
        keep = np.flatnonzero(np.isfinite(far))
        self.x, self.far = x, far[keep]
        self.tree, self.low, self.high = search.leaves.tree[keep], search.leaves.low[keep], search.leaves.high[keep]
        self.value = search.leaves.values[keep, other] - search.leaves.values[keep, label]
        self.start = float(search.forest.base[other] - search.forest.base[label])
        self.ties = other < label
        """Whether an equal score is enough: the first of the best classes is given."""
        self.budget, self.parts = budget, 0

    def bounds(self, known: float) -> Bound:
        """Halve between what is excluded and what is found; ``known`` is a change that was found for another class."""
        steps = np.unique(self.far)
        steps = steps[steps < known]
        nothing, found = -1, len(steps)
        point: Floats | None = None
        share = max(self.budget // 12, 1)
        low, open_ = nothing, found
        while found - low > 1:  # what is not decided in its share counts as nothing, to find a change at all
            middle = (low + found) // 2
            answer, at = self._decide(float(steps[middle]), share)
            if at is not None:
                point, found = at, int(np.searchsorted(steps, answer))
                open_ = min(open_, found)
            else:
                low = middle
                if answer == 0:
                    nothing = middle
                else:
                    open_ = min(open_, middle)
        open_ = found if nothing == found - 1 else min(open_, found)
        while open_ - nothing > 1:  # and now to exclude as much as can be
            middle = (open_ + nothing) // 2
            answer, at = self._decide(float(steps[middle]), self.budget - self.parts)
            if at is not None:
                point, found = at, int(np.searchsorted(steps, answer))
                open_ = found
            elif answer == 0:
                nothing = middle
            else:
                open_ = middle
        upper = float(steps[found]) if point is not None else np.inf
        lower = float(steps[nothing + 1]) if nothing + 1 < len(steps) else known if known < np.inf else upper
        return Bound(lower=lower, upper=upper, point=point, parts=self.parts)

    def _decide(self, within: float, share: int) -> tuple[float, Floats | None]:
        """A point within this distance that is decided otherwise, and its distance; 0 where there is none, else NaN."""
        last = min(self.parts + share, self.budget)
        near = np.flatnonzero(self.far <= within)
        size = len(self.x)
        stack = [(near, np.full(size, -np.inf), np.full(size, np.inf))]
        open_ = False
        while stack:
            if self.parts >= last:
                return np.nan, None
            self.parts += 1
            held, low, high = stack.pop()
            tree = self.tree[held]
            starts = np.flatnonzero(np.diff(tree, prepend=-1))
            value = self.value[held]
            most, least = np.maximum.reduceat(value, starts), np.minimum.reduceat(value, starts)
            if not self._may(self.start + float(most.sum())):
                continue
            if self._must(self.start + float(least.sum())):
                point = np.clip(self.x, low, high)
                chosen = self._under(held, point)
                return float(self.far[chosen].max()), point
            if len(starts) == len(held):
                open_ = True
                continue
            stack.extend(self._parted(held, (low, high), (starts, value, most, least)))
        return (np.nan if open_ else 0.0), None

    def _parted(
        self, held: Places, box: tuple[Floats, Floats], bounds: tuple[Places, Floats, Floats, Floats]
    ) -> list[tuple[Places, Floats, Floats]]:
        """One part for each leaf of the tree that leaves most open; the most promising one last, to be taken first."""
        starts, value, most, least = bounds
        widest = int((most - least).argmax())
        ends = np.append(starts[1:], len(held))
        own = np.arange(starts[widest], ends[widest])
        hope = self.start + float(most.sum()) - float(most[widest]) + value[own]
        parts = []
        for at in own[np.argsort(value[own], kind="stable")].tolist():
            if not self._may(float(hope[at - starts[widest]])):
                continue
            leaf = held[at]
            low, high = np.maximum(box[0], self.low[leaf]), np.minimum(box[1], self.high[leaf])
            narrowed = np.flatnonzero((low > box[0]) | (high < box[1]))
            meets = (
                (self.low[np.ix_(held, narrowed)] <= high[narrowed])
                & (self.high[np.ix_(held, narrowed)] >= low[narrowed])
            ).all(axis=1)
            meets[own] = False
            meets[at] = True
            parts.append((held[meets], low, high))
        return parts

    def _under(self, held: Places, point: Floats) -> Places:
        inside = ((self.low[held] <= point) & (point <= self.high[held])).all(axis=1)
        return held[inside]

    def _may(self, margin: float) -> bool:
        return margin > -ROUNDING and (margin != 0 or self.ties)

    def _must(self, margin: float) -> bool:
        return margin > ROUNDING or (margin == 0 and self.ties)
