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
_NOISE_TRIES = 20
_TINY = 1e-12


def begin(siege: Siege, rng: np.random.Generator, bisections: int = 8) -> Places:
    """Put each undecided sample on the boundary; those for which a start was found."""
    rows = siege.undecided()
    rows = rows[np.isinf(siege.distance[rows])]
    starts, found = _donors(siege, rows)
    for _ in range(_NOISE_TRIES):
        left = np.flatnonzero(~found & np.isin(rows, siege.undecided(rows)))
        if not len(left):
            break
        noise = rng.uniform(siege.limits.low, siege.limits.high, (len(left), *siege.x.shape[1:])).astype(np.float32)
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
        directions = (tried - siege.best[part][who]) * wide(weights, draws)
        sums = np.zeros((len(part), dimension), dtype=np.float32)
        ends = np.concatenate(([0], np.cumsum(asked)))
        flat = directions.reshape(len(who), -1)
        for index in range(len(part)):
            sums[index] = flat[ends[index] : ends[index + 1]].sum(axis=0)
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

    Both step sizes follow each sample's own rate of success.
    """
    rows = begin(siege, rng)
    aside, ahead = np.full(len(siege.x), spherical), np.full(len(siege.x), inward)
    while True:
        rows = siege.undecided(rows)
        if not len(rows):
            return
        x, here, far = siege.x[rows], siege.best[rows], siege.distance[rows]
        outward = here - x
        draw = rng.standard_normal(outward.shape, dtype=np.float32)
        length, unit = measure(outward, "l2"), _unit(outward)
        along = (draw * unit).reshape(len(rows), -1).sum(axis=1)
        draw = _unit(draw - wide(along, draw) * unit)
        side = outward + wide(aside[rows] * length, draw).astype(np.float32) * draw
        shorter = wide(length * (1 - ahead[rows]), side).astype(np.float32)
        tried = np.clip(x + shorter * _unit(side), siege.limits.low, siege.limits.high)
        fooled = siege.fooled(rows, tried)
        nearer = fooled & (siege.distance[rows] < far)
        aside[rows] = _adapted(aside[rows], nearer)
        ahead[rows] = _adapted(ahead[rows], nearer)


def _adapted(step: Floats, good: Flags) -> Floats:
    adapted: Floats = np.clip(np.where(good, step * 1.1, step * 0.97), 1e-4, 0.5)
    return adapted
