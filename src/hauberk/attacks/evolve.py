# SPDX-License-Identifier: Apache-2.0
"""A black-box evasion attack on rows of mixed columns that sees scores: a population of valid changes for each row.

Two goals are bred for at once, a score beyond the boundary and a small change, in the manner of MOEVA (Simonetto et
al., IJCAI 2022; NSGA-II of Deb et al., 2002). Its third goal, the constraints, is no goal here: every child is
made valid before it is asked. All rows are bred side by side; one that flips within ``eps`` costs nothing any more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.labelonly import Flips
from hauberk.attacks.space import Floats, Places, Space

Margin = Callable[[Floats, Places], Floats]
"""For rows given as codes and the numbers of the rows that they come from: positive where the label has flipped."""

_FEWEST = 1e-9
"""A distance beyond eps by less than this is eps."""


@dataclass(frozen=True, kw_only=True)
class Breeding:
    """What shapes the search, and so its result."""

    eps: float = 0.05
    """Gower distance within which a flip decides a row."""
    budget: int = 300
    """Queries for each row."""
    population: int = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class _Herd:
    """The population of each row that is still undecided: (rows, members, features), and what is known of each."""

    rows: Places
    members: Floats
    margin: Floats
    distance: Floats


def evolve(
    margin: Margin, space: Space, rows: Floats, donors: Floats, settings: Breeding, rng: np.random.Generator
) -> Flips:
    """Look for a valid change within eps that flips each row; the nearest flip of each row is kept.

    ``donors`` are rows of the same population that children take cells from. Each generation asks as many queries of a
    row as the population has members.
    """
    nearest, distance = rows.copy(), np.full(len(rows), np.inf)
    queries: Places = np.zeros(len(rows), dtype=np.intp)
    size = settings.population

    def ask(who: Places, children: Floats) -> _Herd:
        count = children.shape[1]
        given = np.repeat(who, count)
        flat = space.repair(rows[given], children.reshape(-1, rows.shape[1]))
        gap = margin(flat, given)
        far = space.distance(rows[given], flat)
        queries[who] += count
        gaps, fars = gap.reshape(-1, count), far.reshape(-1, count)
        flipped = np.where(gaps > 0, fars, np.inf)
        best = flipped.argmin(axis=1)
        nearer = flipped[np.arange(len(who)), best] < distance[who]
        at = np.flatnonzero(nearer)
        members = flat.reshape(len(who), count, -1)
        nearest[who[at]] = members[at, best[at]]
        distance[who[at]] = flipped[at, best[at]]
        return _Herd(rows=who, members=members, margin=gaps, distance=fars)

    who = np.arange(len(rows))
    if not len(who) or not space.movable(rows).any():
        return Flips(nearest=nearest, distance=distance, queries=queries)
    herd = ask(who, _first(space, rows, donors, size, rng))
    while True:
        left = (distance[herd.rows] > settings.eps + _FEWEST) & (queries[herd.rows] + size <= settings.budget)
        herd = _kept(herd, left)
        if not len(herd.rows):
            return Flips(nearest=nearest, distance=distance, queries=queries)
        born = ask(herd.rows, _children(space, rows[herd.rows], herd, donors, rng))
        herd = _survivors(_together(herd, born), size, settings.eps)


def _first(space: Space, rows: Floats, donors: Floats, size: int, rng: np.random.Generator) -> Floats:
    """Each row with a few movable cells taken from other rows or from what is proposed."""
    members = np.repeat(rows[:, None], size, axis=1)
    return _mutated(space, rows, members, donors, rng, most=3)


def _children(space: Space, rows: Floats, herd: _Herd, donors: Floats, rng: np.random.Generator) -> Floats:
    """Two parents mixed group by group; then a few cells mutated, and some put back to the row's own."""
    count, size, width = herd.members.shape
    line = np.arange(count)[:, None]
    one, other = rng.integers(0, size, (2, count, size))
    first = space.mates.argmax(axis=1)
    mixed = rng.random((count, size, width))[:, :, first] < 0.5  # noqa: PLR2004  a one-hot group comes from one parent
    children = np.where(mixed, herd.members[line, one], herd.members[line, other])
    children = _mutated(space, rows, children, donors, rng, most=2)
    put = rng.random((count, size, 1)) < 0.5  # noqa: PLR2004  every other child
    back = (rng.random((count, size, width))[:, :, first] < 1 / max(width, 2)) & put
    return np.where(back, rows[:, None], children)


def _mutated(
    space: Space, rows: Floats, members: Floats, donors: Floats, rng: np.random.Generator, *, most: int
) -> Floats:
    """One to ``most`` movable cells of each member changed: to a donor's, to a proposed value, or by a step."""
    result = members.copy()
    count, size, _ = members.shape
    movable = space.movable(rows)
    for turn in range(most):
        odds = rng.random((count, size, movable.shape[1])) * movable[:, None]
        where = odds.argmax(axis=2)
        some = movable.any(axis=1, keepdims=True)
        act = (rng.random((count, size)) < 1 / (turn + 1)) & some
        given = donors[rng.integers(0, len(donors), (count, size)), where]
        held = np.take_along_axis(result, where[..., None], axis=2)[..., 0]
        step = held + rng.normal(size=(count, size)) * 0.1 * space.spread[where]
        proposed = _proposed(space, where, rng)
        kind = rng.random((count, size))
        numeric = ~space.categories[where]
        value = np.where(numeric & (kind < 0.5), step, np.where(kind < 0.75, proposed, given))  # noqa: PLR2004  shares
        at = np.nonzero(act & ~np.isnan(value))
        result[at[0], at[1], where[at]] = value[at]
    return result


def _proposed(space: Space, where: Places, rng: np.random.Generator) -> Floats:
    """One proposed value of each feature that is named; NaN where it has none."""
    draw = rng.random(where.shape)
    values = np.full(where.shape, np.nan)
    for index in np.unique(where):
        proposals = space.features[index].proposals
        at = where == index
        if len(proposals):
            values[at] = proposals[(draw[at] * len(proposals)).astype(np.intp)]
    return values


def _survivors(herd: _Herd, size: int, eps: float) -> _Herd:
    """The members that fewest others beat in both goals; half of them by score alone among changes within eps."""
    gap, far = herd.margin, herd.distance
    beaten = (
        (gap[:, None, :] >= gap[:, :, None])
        & (far[:, None, :] <= far[:, :, None])
        & ((gap[:, None, :] > gap[:, :, None]) | (far[:, None, :] < far[:, :, None]))
    ).sum(axis=2)
    by_score = np.argsort(np.argsort(-np.where(far <= eps + _FEWEST, gap, -np.inf), axis=1, kind="stable"), axis=1)
    rank = np.where(by_score < size // 2, -1.0, beaten + far / (far.max(axis=1, keepdims=True) + 1))
    chosen = np.argsort(rank, axis=1, kind="stable")[:, :size]
    return _Herd(
        rows=herd.rows,
        members=np.take_along_axis(herd.members, chosen[..., None], axis=1),
        margin=np.take_along_axis(gap, chosen, axis=1),
        distance=np.take_along_axis(far, chosen, axis=1),
    )


def _together(one: _Herd, other: _Herd) -> _Herd:
    def joined(a: NDArray[np.float64], b: NDArray[np.float64]) -> Floats:
        return np.concatenate([a, b], axis=1)

    return _Herd(
        rows=one.rows,
        members=joined(one.members, other.members),
        margin=joined(one.margin, other.margin),
        distance=joined(one.distance, other.distance),
    )


def _kept(herd: _Herd, left: NDArray[np.bool_]) -> _Herd:
    return _Herd(
        rows=herd.rows[left], members=herd.members[left], margin=herd.margin[left], distance=herd.distance[left]
    )
