# SPDX-License-Identifier: Apache-2.0
"""Attacks that see labels only, batched over samples: HopSkipJump and the boundary walk.

Both start from the nearest sample of another predicted label among those under attack (their labels are known already,
so that the start costs a bisection), or from noise where there is none.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.siege import Flags, Floats, Places, Points, Siege, measure, wide

_PROBES = 256
"""Points around the boundary that are asked about at once: what a processor's cache holds."""
_BLOCKS = (4, 1, 2)
"""Sides, in pixels, of the blocks that are moved as one, turn by turn."""
_LINES, _LINE_BISECTIONS, _TURN_BISECTIONS = 2, 5, 7
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
        left = np.flatnonzero(~found & siege.standing(rows))
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
        at = np.flatnonzero(siege.standing(rows))
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

    At the boundary the slope is estimated from ``first * sqrt(turn)`` labels. In Linf a step is taken as far as it
    stays fooled, and the point is drawn in again. In L2 the search goes along the half circle from the point towards
    the sample, in the plane of the slope (CGBA, Reza et al., ICCV 2023): where the boundary is flat, it crosses that
    circle at its nearest point, so that one bisection is step and drawing in. Pictures are probed in blocks of pixels
    too (QEBA, Li et al., CVPR 2020).
    """
    rows = begin(siege, rng)
    flat = siege.limits.norm == "l2"
    if flat:
        _by_noise(siege, rows, rng)
    turn = 0
    while True:
        turn += 1
        rows = _walking(siege, rows)
        if not len(rows):
            return
        block = _BLOCKS[(turn - 1) % len(_BLOCKS)] if flat else 1
        slope = _slope(siege, rows, _directions(siege, min(int(first * np.sqrt(turn)), most), block, rng))
        rows, slope = _open(siege, rows, slope)
        if flat:
            _turned(siege, rows, slope)
        else:
            _strode(siege, rows, slope, turn)


def _open(siege: Siege, rows: Places, slope: Points) -> tuple[Places, Points]:
    left = siege.standing(rows)
    return rows[left], slope[left]


def _by_noise(siege: Siege, rows: Places, rng: np.random.Generator) -> None:
    """Whether noise fools nearer than the start does: often so for a model that was never hardened."""
    for _ in range(_LINES):
        rows = _walking(siege, rows)
        noise = rng.uniform(siege.limits.low, siege.limits.high, (len(rows), *siege.x.shape[1:])).astype(np.float32)
        change = noise - siege.x[rows]
        share = np.minimum(0.95 * siege.distance[rows] / np.maximum(measure(change, "l2"), _TINY), 1)
        far = siege.x[rows] + wide(share, change).astype(np.float32) * change
        fooled = siege.fooled(rows, far)
        draw_in(siege, rows[fooled], far[fooled], _LINE_BISECTIONS)


def _turned(siege: Siege, rows: Places, slope: Points) -> None:
    """Bisect along the half circle over the line from sample to boundary, bent towards the slope."""
    x, reach = siege.x[rows], siege.distance[rows]
    out = _unit(siege.best[rows] - x)
    aside = _unit(slope - wide((slope * out).sum(axis=tuple(range(1, out.ndim))), out) * out)
    low, high = np.zeros(len(rows)), np.full(len(rows), np.pi / 2)
    left = np.arange(len(rows))
    for _ in range(_TURN_BISECTIONS):
        left = left[siege.standing(rows[left])]
        middle = (low[left] + high[left]) / 2
        along = (reach[left] * np.cos(middle) ** 2, reach[left] * np.cos(middle) * np.sin(middle))
        ahead, across = (wide(one.astype(np.float32), out) for one in along)
        tried = x[left] + ahead * out[left] + across * aside[left]
        fooled = siege.fooled(rows[left], np.clip(tried, siege.limits.low, siege.limits.high))
        low[left[fooled]], high[left[~fooled]] = middle[fooled], middle[~fooled]


def _strode(siege: Siege, rows: Places, slope: Points, turn: int) -> None:
    """Step along the slope as far as it stays fooled, then draw the point in."""
    reach = siege.distance[rows] / np.sqrt(turn)
    centre = siege.best[rows].copy()
    pending = np.arange(len(rows))
    landed = centre.copy()
    met = np.zeros(len(rows), dtype=bool)
    for _ in range(10):
        pending = pending[siege.standing(rows[pending])]
        if not len(pending):
            break
        tried = centre[pending] + wide(reach[pending], centre).astype(np.float32) * slope[pending]
        tried = np.clip(tried, siege.limits.low, siege.limits.high)
        fooled = siege.fooled(rows[pending], tried)
        landed[pending[fooled]], met[pending[fooled]] = tried[fooled], True
        pending = pending[~fooled]
        reach[pending] /= 2
    draw_in(siege, rows[met], landed[met], 8)


def _directions(siege: Siege, count: int, block: int, rng: np.random.Generator) -> Points:
    """Random directions of size one, one a row, the same for all samples; pictures move in blocks of pixels."""
    shape = siege.x.shape[1:]
    if len(shape) == 3 and min(shape[1:]) > 2 * block:  # noqa: PLR2004  channels, height, width
        coarse = rng.standard_normal((count, shape[0], *(-(-side // block) for side in shape[1:])), dtype=np.float32)
        draws = coarse.repeat(block, axis=2).repeat(block, axis=3)[:, :, : shape[1], : shape[2]]
    else:
        draws = rng.standard_normal((count, *shape), dtype=np.float32)
    return _unit(draws.reshape(count, -1))


def _slope(siege: Siege, rows: Places, draws: Points) -> Points:
    """The direction into the other label at each sample's boundary point, of size one in the norm."""
    shape, dimension = siege.x.shape[1:], draws.shape[1]
    asked = np.minimum(siege.left(rows), len(draws))
    held = np.arange(len(draws)) < asked[:, None]
    votes = np.zeros(held.shape, dtype=np.float32)
    radius = siege.distance[rows] / (dimension if siege.limits.norm == "linf" else np.sqrt(dimension))
    many = max(1, _PROBES // len(draws))
    buffer = np.empty((many, *draws.shape), dtype=np.float32)
    for start in range(0, len(rows), many):
        part = slice(start, start + many)
        tried, mine = buffer[: len(rows[part])], held[part]
        for at, row in enumerate(rows[part]):  # sample by sample, so that each stays in the processor's cache
            np.multiply(draws, np.float32(radius[start + at]), out=tried[at])
            tried[at] += siege.best[row].ravel()
            np.clip(tried[at], siege.limits.low, siege.limits.high, out=tried[at])
        points = (tried if mine.all() else tried[mine]).reshape(-1, *shape)
        fooled = siege.fooled(np.repeat(rows[part], asked[part]), points, keep=False)
        votes[part][mine] = np.where(fooled, 1.0, -1.0)
    mean = votes.sum(axis=1) / np.maximum(asked, 1)
    mean[np.abs(mean) == 1] = 0  # all alike: their sum is the best guess
    slopes: Points = ((votes - mean[:, None] * held).astype(np.float32) @ draws).reshape(len(rows), *shape)
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
