# SPDX-License-Identifier: Apache-2.0
"""Attacks from scores alone that feel their way: NES (a slope from random pairs), SimBA (one pixel at a time)."""

import numpy as np

from hauberk.attacks.siege import Places, Siege, measure


def nes(siege: Siege, rng: np.random.Generator, *, pairs: int = 10, sigma: float = 0.01, step: float = 0.1) -> None:
    """Natural evolution strategies (Ilyas et al., ICML 2018) in Linf: steps of ``step * eps`` up an estimated slope.

    Each slope takes ``2 * pairs`` queries; raises ValueError without scores, outside Linf or without eps.
    """
    eps = siege.limits.eps
    if not siege.scored or siege.limits.norm != "linf" or eps is None:
        raise ValueError("NES needs scores, Linf and an eps")
    points = siege.x.copy()
    low, high = siege.limits.low, siege.limits.high
    while True:
        rows = siege.undecided()
        rows = rows[siege.left(rows) > 2 * pairs]
        if not len(rows):
            return
        draw = rng.standard_normal((len(rows), pairs, *siege.x.shape[1:]), dtype=np.float32)
        who: Places = np.repeat(rows, 2 * pairs)
        both = np.stack([draw, -draw], axis=2).reshape(len(who), *siege.x.shape[1:])
        gains = siege.margin(who, np.clip(points[who] + sigma * both, low, high))
        gains = np.nan_to_num(gains, neginf=0.0).reshape(len(rows), pairs, 2)
        weights = (gains[..., 0] - gains[..., 1]).astype(np.float32)
        slope = (weights.reshape(len(rows), pairs, *([1] * (draw.ndim - 2))) * draw).mean(axis=1)
        moved = points[rows] + np.float32(step * eps) * np.sign(slope)
        moved = np.clip(moved, siege.x[rows] - np.float32(eps), siege.x[rows] + np.float32(eps))
        points[rows] = np.clip(moved, low, high)
        siege.ask(rows, points[rows])


def simba(siege: Siege, rng: np.random.Generator, *, step: float = 0.2) -> None:
    """SimBA (Guo et al., ICML 2019) in L2: one coordinate at a time, up or down by ``step``, kept where it helps.

    Raises ValueError without scores.
    """
    if not siege.scored:
        raise ValueError("SimBA needs scores")
    shape, dimension = siege.x.shape[1:], int(np.prod(siege.x.shape[1:]))
    order = np.stack([rng.permutation(dimension) for _ in range(len(siege.x))]) if len(siege.x) else np.empty((0, 0))
    points, eps = siege.x.copy().reshape(len(siege.x), -1), siege.limits.eps
    rows = siege.undecided()
    best = np.full(len(siege.x), -np.inf)
    if len(rows):
        best[rows] = siege.margin(rows, siege.x[rows])
    for turn in range(siege.limits.queries):
        rows = siege.undecided()
        if not len(rows):
            return
        for sign in (1.0, -1.0):
            tried = points[rows].copy()
            where, line = order[rows, turn % dimension], np.arange(len(rows))
            tried[line, where] = np.clip(tried[line, where] + sign * step, siege.limits.low, siege.limits.high)
            if eps is not None and siege.limits.norm == "l2":
                change = tried - siege.x[rows].reshape(len(rows), -1)
                excess = 1 - np.minimum(1, eps / np.maximum(measure(change, "l2"), 1e-12))
                tried -= change * excess[:, None].astype(np.float32)
            margin = siege.margin(rows, tried.reshape(-1, *shape))
            better = margin > best[rows]
            points[rows[better]], best[rows[better]] = tried[better], margin[better]
            rows = siege.undecided(rows[~better])
            if not len(rows):
                break
