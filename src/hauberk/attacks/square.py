# SPDX-License-Identifier: Apache-2.0
"""Square attack (Andriushchenko et al., ECCV 2020) in Linf: random squares of plus or minus eps, kept where they help.

Only scores are needed. Images are (n, channels, height, width); rows of features are one line of pixels.
"""

import numpy as np

from hauberk.attacks.siege import Flags, Places, Points, Siege

_HALVED = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries, of 10,000, at which the share of pixels that a square covers is halved."""
SHARE = 0.8
"""Share of pixels that the first squares cover."""


def square(siege: Siege, rng: np.random.Generator, *, share: float = SHARE) -> None:
    """Attack until all samples are decided or out of queries; raises ValueError without scores or outside Linf."""
    if not siege.scored or siege.limits.norm != "linf" or siege.limits.eps is None:
        raise ValueError("square needs scores, Linf and an eps")
    rows = siege.undecided()
    if not len(rows):
        return
    shape = siege.x.shape[1:] if siege.x.ndim == 4 else (1, 1, int(np.prod(siege.x.shape[1:])))  # noqa: PLR2004  images
    clean = siege.x.reshape(len(siege.x), *shape)
    eps, low, high = siege.limits.eps, siege.limits.low, siege.limits.high
    stripes = rng.choice(np.array([-eps, eps], dtype=np.float32), (len(rows), shape[0], 1, shape[2]))
    points = np.clip(clean[rows] + stripes, low, high)
    best = siege.margin(rows, points.reshape(len(rows), *siege.x.shape[1:]))
    for turn in range(1, siege.limits.queries):
        open_ = siege.standing(rows)
        rows, points, best = rows[open_], points[open_], best[open_]
        if not len(rows):
            return
        inside = _windows(rng, len(rows), shape, _share(turn, siege.limits.queries, share))
        sign = rng.choice(np.array([-eps, eps], dtype=np.float32), (len(rows), shape[0], 1, 1))
        tried: Points = np.where(inside, np.clip(clean[rows] + sign, low, high), points)
        margin = siege.margin(rows, tried.reshape(len(rows), *siege.x.shape[1:]))
        better: Flags = margin > best
        points[better], best[better] = tried[better], margin[better]


def _share(turn: int, queries: int, share: float) -> float:
    scaled = turn * 10_000 / queries
    return share / 2.0 ** sum(scaled > bound for bound in _HALVED)


def _windows(rng: np.random.Generator, n: int, shape: tuple[int, ...], share: float) -> Flags:
    """One random window a sample that covers a share of the pixels: (n, 1, height, width)."""
    _, height, width = shape
    side = max(1, round(float(np.sqrt(share * height * width))))
    tall = min(side, height)
    across = min(width, side if tall == side else max(1, round(share * height * width / tall)))
    top: Places = rng.integers(0, height - tall + 1, n)
    left: Places = rng.integers(0, width - across + 1, n)
    down, right = np.arange(height), np.arange(width)
    rows = (down >= top[:, None]) & (down < top[:, None] + tall)
    columns = (right >= left[:, None]) & (right < left[:, None] + across)
    result: Flags = (rows[:, :, None] & columns[:, None, :])[:, None]
    return result
