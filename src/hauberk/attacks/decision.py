# SPDX-License-Identifier: Apache-2.0
"""Attacks that see labels only, batched over samples: HopSkipJump and the boundary walk.

Both start from the nearest sample of another predicted label among those under attack (their labels are known already,
so that the start costs a bisection), or from noise where there is none.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.siege import Flags, Floats, Places, Points, Siege, measure, wide

_CELLS = 20_000_000
"""Numbers held at once while directions are tried."""
_NOISE_TRIES = 50
_TINY = 1e-12
_SMALLEST = 1e-4
"""Smallest step of the boundary walk, as a share of the change."""


def begin(siege: Siege, rng: np.random.Generator, bisections: int = 8) -> Places:
    """Put each undecided sample on the boundary; those for which a start was found."""
    rows = siege.undecided()
    rows = rows[np.isinf(siege.distance[rows])]
    starts, found = _donors(siege, rows)
    siege.know(rows[found], starts[found])
    for turn in range(_NOISE_TRIES):
        left = np.flatnonzero(~found & np.isin(rows, siege.undecided(rows)))
        if not len(left):
            break
        noise = rng.uniform(siege.limits.low, siege.limits.high, (len(left), *siege.x.shape[1:])).astype(np.float32)
        if turn % 2:  # every other time only the ends of the box, which lie farther out
            middle = (siege.limits.low + siege.limits.high) / 2
            noise = np.where(noise > middle, siege.limits.high, siege.limits.low).astype(np.float32)
        fooled = siege.fooled(rows[left], noise)
        starts[left[fooled]], found[left[fooled]] = noise[fooled], True
    draw_in(siege, rows[found], starts[found], bisections)
    started: Places = rows[found]
    return started


def _donors(siege: Siege, rows: Places) -> tuple[Points, Flags]:
    starts, found = siege.x[rows].copy(), np.zeros(len(rows), dtype=bool)
    flat = siege.x.reshape(len(siege.x), -1)
    for index, row in enumerate(rows):
        goal = (siege.given == siege.labels[row]) == siege.limits.targeted
        other = np.flatnonzero(goal & (siege.given >= 0))
        if len(other):
            starts[index] = siege.x[other[((flat[other] - flat[row]) ** 2).sum(axis=1).argmin()]]
            found[index] = True
    return starts, found


def draw_in(siege: Siege, rows: Places, far: Points, bisections: int) -> None:
    """Bisect between each sample and a point beyond the boundary (in Linf: the bound that clips the change)."""
    low, high = np.zeros(len(rows)), np.ones(len(rows))
    change = far - siege.x[rows]
    whole = measure(change, siege.limits.norm)
    for _ in range(bisections):
        at = np.flatnonzero(np.isin(rows, siege.undecided(rows)))
        if not len(at):
            return
        middle = (low[at] + high[at]) / 2
        if siege.limits.norm == "linf":
            bound = wide(middle * whole[at], change)
            tried = siege.x[rows[at]] + np.clip(change[at], -bound, bound)
        else:
            tried = siege.x[rows[at]] + wide(middle, change) * change[at]
        fooled = siege.fooled(rows[at], tried)
        high[at[fooled]], low[at[~fooled]] = middle[fooled], middle[~fooled]


def hopskipjump(siege: Siege, rng: np.random.Generator, *, first: int = 30, most: int = 300) -> None:
    """HopSkipJump (Chen, Jordan and Wainwright, S&P 2020) in L2 or Linf, until the queries are spent.

    At the boundary the slope is estimated from ``first * sqrt(turn)`` labels, a step is taken as far as it stays
    fooled, and the point is drawn in again.
    """
    rows = begin(siege, rng)
    turn = 0
    while True:
        turn += 1
        rows = siege.undecided(rows)
        rows = rows[np.isfinite(siege.distance[rows])]
        if not len(rows):
            return
        count = min(int(first * np.sqrt(turn)), most)
        slope = _slope(siege, rows, count, rng)
        reach = siege.distance[rows] / np.sqrt(turn)
        centre = siege.best[rows].copy()
        pending = np.arange(len(rows))
        landed = centre.copy()
        met = np.zeros(len(rows), dtype=bool)
        for _ in range(10):
            pending = pending[np.isin(rows[pending], siege.undecided(rows[pending]))]
            if not len(pending):
                break
            tried = centre[pending] + wide(reach[pending], centre).astype(np.float32) * slope[pending]
            tried = np.clip(tried, siege.limits.low, siege.limits.high)
            fooled = siege.fooled(rows[pending], tried)
            landed[pending[fooled]], met[pending[fooled]] = tried[fooled], True
            pending = pending[~fooled]
            reach[pending] /= 2
        draw_in(siege, rows[met], landed[met], 8)


def _slope(siege: Siege, rows: Places, count: int, rng: np.random.Generator) -> Points:
    """The direction into the other label at each sample's boundary point, of size one in the norm."""
    shape = siege.x.shape[1:]
    dimension = int(np.prod(shape))
    slopes: Points = np.zeros((len(rows), *shape), dtype=np.float32)
    many = max(1, _CELLS // max(count * dimension, 1))
    for start in range(0, len(rows), many):
        part = rows[start : start + many]
        asked = np.minimum(siege.left(part), count)
        who = np.repeat(np.arange(len(part)), asked)
        if not len(who):
            continue
        draws = rng.standard_normal((len(who), *shape), dtype=np.float32)
        draws = _unit(draws)
        radius = siege.distance[part] / (dimension if siege.limits.norm == "linf" else np.sqrt(dimension))
        tried = siege.best[part][who] + wide(radius[who], draws).astype(np.float32) * draws
        tried = np.clip(tried, siege.limits.low, siege.limits.high)
        votes = np.where(siege.fooled(part[who], tried), 1.0, -1.0)
        mean = np.bincount(who, votes, len(part)) / np.maximum(asked, 1)
        even = np.abs(mean) == 1
        weights = np.where(even[who], votes, votes - mean[who]).astype(np.float32)
        sums = np.zeros((len(part), dimension), dtype=np.float32)
        ends = np.concatenate(([0], np.cumsum(asked)))
        flat = (tried - siege.best[part][who]).reshape(len(who), -1)
        for index in range(len(part)):
            span = slice(ends[index], ends[index + 1])
            sums[index] = weights[span] @ flat[span]
        slopes[start : start + many] = sums.reshape(len(part), *shape)
    if siege.limits.norm == "linf":
        signs: Points = np.sign(slopes)
        return signs
    return _unit(slopes)


def _unit(change: NDArray[Any]) -> Points:
    """Each change scaled to an L2 norm of one; zero stays zero."""
    scaled: Points = change / np.maximum(wide(measure(change, "l2"), change), _TINY).astype(np.float32)
    return scaled


def boundary(siege: Siege, rng: np.random.Generator, *, spherical: float = 0.05, inward: float = 0.05) -> None:
    """The boundary walk (Brendel, Rauber and Bethge, ICLR 2018) in L2: sideways on the sphere, then inwards.

    Both steps follow each sample's own rate of success: sideways towards a half, inwards towards a fourth.
    """
    rows = begin(siege, rng)
    here = siege.best.copy()
    aside, ahead = np.full(len(siege.x), spherical), np.full(len(siege.x), inward)
    while True:
        rows = _walking(siege, rows)
        if not len(rows):
            return
        outward = here[rows] - siege.x[rows]
        tried = siege.x[rows] + _sideways(outward, aside[rows], rng)
        tried = np.clip(tried, siege.limits.low, siege.limits.high)
        fooled = siege.fooled(rows, tried)
        here[rows[fooled]] = tried[fooled]
        aside[rows] = np.clip(aside[rows] * np.where(fooled, 1.1, 0.9), _SMALLEST, 1)
        moved = _walking(siege, rows[fooled])
        nearer = here[moved] - wide(ahead[moved], here).astype(np.float32) * (here[moved] - siege.x[moved])
        fooled = siege.fooled(moved, nearer)
        here[moved[fooled]] = nearer[fooled]
        ahead[moved] = np.clip(ahead[moved] * np.where(fooled, 1.3, 0.9), _SMALLEST, 1)


def _walking(siege: Siege, rows: Places) -> Places:
    rows = siege.undecided(rows)
    walking: Places = rows[np.isfinite(siege.distance[rows])]
    return walking


def _sideways(outward: Points, step: Floats, rng: np.random.Generator) -> Points:
    """Changes of the same size, turned by a random step of this share of their size."""
    length, unit = measure(outward, "l2"), _unit(outward)
    draw = rng.standard_normal(outward.shape, dtype=np.float32)
    along = (draw * unit).reshape(len(draw), -1).sum(axis=1)
    draw = _unit(draw - wide(along, draw) * unit)
    turned: Points = wide(length, unit).astype(np.float32) * _unit(unit + wide(step, unit).astype(np.float32) * draw)
    return turned
