# SPDX-License-Identifier: Apache-2.0
"""A black-box evasion attack that sees labels only, for rows of mixed columns under the constraints of a Space.

Three moves, all batched over the rows that are still undecided; the nearest flip of each row is kept, never the last:

1. one feature at a time: every proposed value; what flips is drawn back by bisection;
2. from rows of another label: the row takes over all that may be changed of a near row, then gives back feature by
   feature (greedily, in random order) and bisects what is left, while the label stays flipped; several restarts;
3. exchange: the nearest flip takes one further value at random and gives back all else again.

The decision-based walk along a boundary is the idea of Brendel, Rauber and Bethge (ICLR 2018); coordinates, types and
costs are those of the Space. A row is decided, and costs no more queries, once it flips within ``eps``. The distance
found is an upper bound of the smallest one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.space import Flags, Floats, Space

Labels = NDArray[np.str_]
Query = Callable[[Floats], Labels]
"""Labels of rows given as codes."""
Places = NDArray[np.intp]

_BISECTIONS = 8
"""Halvings of one number's change: it is known to 1/256 of that change."""
_ROUNDING = 1e-9
"""A distance beyond eps by less than this is eps."""
_NEAR = 16
"""Rows of another label that are tried for one restart."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What shapes the attack, and so its result."""

    eps: float = 0.05
    """Gower distance within which a flip decides a row; 0 looks for the smallest to the end of the budget."""
    budget: int = 300
    """Queries for each row."""
    restarts: int = 2
    exchanges: int = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class Flips:
    """The nearest flip of each row."""

    nearest: Floats
    """Codes; the row itself where no flip was found."""
    distance: Floats
    """Gower distance; infinite where no flip was found."""
    queries: Places
    """Queries that each row took."""


def evade(
    label: Query, space: Space, rows: Floats, donors: Floats, settings: Settings, rng: np.random.Generator
) -> Flips:
    """Look for the nearest valid change of each row that flips the label that the model gives it.

    ``donors`` are rows of the same population from which starting points are taken. Beside the budget of each row,
    one query for each row and donor is asked.
    """
    if not len(rows):
        return Flips(nearest=rows, distance=np.empty(0), queries=np.empty(0, dtype=np.intp))
    hunt = _Hunt(label, space, rows, settings)
    hunt.single_changes()
    donor_labels = label(donors)
    near = _nearest(space, rows, hunt.own, donors, donor_labels, settings.restarts * _NEAR)
    for restart in range(settings.restarts):
        hunt.from_donors(donors, near[:, restart * _NEAR : (restart + 1) * _NEAR], rng)
    for _ in range(settings.exchanges):
        hunt.exchange(rng)
    return Flips(nearest=hunt.nearest, distance=hunt.distance, queries=hunt.queries)


class _Hunt:
    """The state of one attack: the nearest flip and the queries of each row."""

    def __init__(self, label: Query, space: Space, rows: Floats, settings: Settings) -> None:
        self.own = label(rows)
        self.nearest = rows.copy()
        self.distance = np.full(len(rows), np.inf)
        self.queries: Places = np.zeros(len(rows), dtype=np.intp)
        self._label, self._space, self._rows, self._settings = label, space, rows, settings
        self._movable = space.movable(rows)

    def single_changes(self) -> None:
        """Try each proposed value of each feature alone, cheapest first; then bisect the numbers that flip."""
        who, where, what = self._proposals()
        tried = self._rows[who]
        tried[np.arange(len(who)), where] = what
        order = np.lexsort((self._space.distance(self._rows[who], tried), who))
        who, where, tried = who[order], where[order], tried[order]
        flipped = self._ask(who, tried)
        flipped &= ~self._space.categories[where]
        up = tried[np.arange(len(who)), where] > self._rows[who, where]
        _, first = np.unique(np.stack([who, where, up])[:, flipped], axis=1, return_index=True)
        chosen = np.flatnonzero(flipped)[first]
        chosen = chosen[self._undecided(who[chosen])]
        self._bisect(who[chosen], tried[chosen], where[chosen])

    def from_donors(self, donors: Floats, near: Places, rng: np.random.Generator) -> None:
        """Start from the nearest of a few rows of another label, and give back what the flip does not need."""
        who = np.flatnonzero(self._undecided(np.arange(len(self._rows))))
        starts = self._rows[who].copy()
        found: Flags = np.zeros(len(who), dtype=bool)
        for column in near[who].T:
            left = np.flatnonzero(~found & (column >= 0))
            given = donors[column[left]]
            taken = self._movable[who[left]] & ~np.isnan(given)
            tried = np.where(taken, given, self._rows[who[left]])
            flipped = self._ask(who[left], tried)
            starts[left[flipped]], found[left[flipped]] = tried[flipped], True
        self._give_back(who[found], starts[found], rng)

    def exchange(self, rng: np.random.Generator) -> None:
        """Add one random proposed value to the nearest flip, then give back all else."""
        who = np.flatnonzero(self._undecided(np.arange(len(self._rows))) & np.isfinite(self.distance))
        draw = rng.random((2, len(self._rows)))[:, who]
        tried = self.nearest[who].copy()
        where = self._pick(who, draw[0])
        for feature in np.unique(where[where >= 0]):
            proposals = self._space.features[feature].proposals
            at = np.flatnonzero(where == feature)
            tried[at, feature] = proposals[(draw[1, at] * len(proposals)).astype(np.intp)]
        changed = self._space.distance(tried, self.nearest[who]) > 0
        who, tried, where = who[changed], tried[changed], where[changed]
        flipped = self._ask(who, tried)
        self._give_back(who[flipped], tried[flipped], rng, last=where[flipped])

    def _give_back(self, who: Places, tried: Floats, rng: np.random.Generator, last: Places | None = None) -> None:
        """Set features back to the row's own, in random order (``last`` last), then bisect the numbers left."""
        rank = rng.random((len(self._rows), len(self._space.features)))[who]
        if last is not None:
            rank[np.arange(len(who)), last] = 1.0
        turns = np.argsort(rank, axis=1)
        costs = self._space.costs(self._rows[who], tried)
        for where in turns.T:
            at = np.flatnonzero(costs[np.arange(len(who)), where] > 0)
            back = np.where(self._space.mates[where[at]], self._rows[who[at]], tried[at])
            flipped = self._ask(who[at], back)
            tried[at[flipped]] = back[flipped]
            costs[at[flipped]] = self._space.costs(self._rows[who[at[flipped]]], back[flipped])
        for where in turns.T:
            numeric = (costs[np.arange(len(who)), where] > 0) & ~self._space.categories[where]
            at = np.flatnonzero(numeric & self._undecided(who))
            tried[at] = self._bisect(who[at], tried[at], where[at])

    def _bisect(self, who: Places, tried: Floats, where: Places) -> Floats:
        """Draw one number of each flipped row towards the row's own while the label stays flipped."""
        line = np.arange(len(who))
        kept, flipping = self._rows[who, where], tried[line, where]
        whole = self._space.integers[where]
        for _ in range(_BISECTIONS):
            half = (flipping - kept) / 2
            middle = kept + np.where(whole, np.trunc(half), half)
            at = np.flatnonzero((middle != kept) & (middle != flipping))
            if not at.size:
                break
            candidate = tried[at].copy()
            candidate[np.arange(len(at)), where[at]] = middle[at]
            flipped = self._ask(who[at], candidate)
            flipping[at[flipped]] = middle[at[flipped]]
            kept[at[~flipped]] = middle[at[~flipped]]
        tried[line, where] = flipping
        return tried

    def _ask(self, who: Places, tried: Floats) -> Flags:
        """Which tried rows, made valid in place, flip; one whose budget is spent is not asked and does not flip."""
        turn = np.arange(len(who)) - np.searchsorted(who, who)
        asked = np.flatnonzero(self.queries[who] + turn < self._settings.budget)
        flipped: Flags = np.zeros(len(who), dtype=bool)
        if not asked.size:
            return flipped
        tried[asked] = self._space.repair(self._rows[who[asked]], tried[asked])
        flipped[asked] = self._label(tried[asked]) != self.own[who[asked]]
        np.add.at(self.queries, who[asked], 1)
        hits = np.flatnonzero(flipped)
        distance = self._space.distance(self._rows[who[hits]], tried[hits])
        farthest_first = np.argsort(-distance, kind="stable")
        hits, distance = hits[farthest_first], distance[farthest_first]
        nearer = distance < self.distance[who[hits]]
        self.nearest[who[hits[nearer]]] = tried[hits[nearer]]
        self.distance[who[hits[nearer]]] = distance[nearer]
        return flipped

    def _undecided(self, who: Places) -> Flags:
        result: Flags = (self.distance[who] > self._settings.eps + _ROUNDING) & (
            self.queries[who] < self._settings.budget
        )
        return result

    def _proposals(self) -> tuple[Places, Places, Floats]:
        """Row, feature and value of each single change that is allowed and changes something."""
        whos, wheres, whats = [], [], []
        for where, feature in enumerate(self._space.features):
            who = np.flatnonzero(self._movable[:, where])
            value = np.tile(feature.proposals, len(who))
            who = np.repeat(who, len(feature.proposals))
            changes = value != self._rows[who, where]
            whos.append(who[changes])
            wheres.append(np.full(int(changes.sum()), where, dtype=np.intp))
            whats.append(value[changes])
        return np.concatenate(whos), np.concatenate(wheres), np.concatenate(whats)

    def _pick(self, who: Places, draw: Floats) -> Places:
        """One movable feature of each row, by a uniform draw; -1 where it has none."""
        movable = self._movable[who]
        count = movable.sum(axis=1)
        wanted = (draw * count).astype(np.intp) + 1
        picked = (movable.cumsum(axis=1) >= wanted[:, None]).argmax(axis=1)
        result: Places = np.where(count > 0, picked, -1)
        return result


def _nearest(space: Space, rows: Floats, own: Labels, donors: Floats, donor_labels: Labels, count: int) -> Places:
    """For each row the ``count`` donors of another label that are cheapest to take over; -1 where there are fewer."""
    result: Places = np.full((len(rows), count), -1, dtype=np.intp)
    for index, row in enumerate(rows):
        other = np.flatnonzero(donor_labels != own[index])
        costs = np.where(space.movable(row), space.costs(row, donors[other]), 0).sum(axis=1)
        order = other[np.argsort(costs, kind="stable")[:count]]
        result[index, : len(order)] = order
    return result
