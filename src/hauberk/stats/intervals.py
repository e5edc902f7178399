# SPDX-License-Identifier: Apache-2.0
"""Confidence intervals: of a share, of a difference of two shares, of any statistic by resampling.

All are pure functions; randomness comes in as a numpy Generator. An interval is (low, high) with low <= high.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
Floats = NDArray[np.float64]

_BISECTIONS = 60
"""Halvings of [0, 1]: the result is exact to the last bits of a float."""


def normal_quantile(level: float) -> float:
    """The z with ``level`` of the standard normal between -z and z; level in (0, 1)."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(k: int, n: int, level: float = 0.95) -> Interval:
    """Score interval of a share of k in n (Wilson, JASA 1927); close to nominal coverage also at small n.

    Raises ValueError unless 0 <= k <= n and n >= 1.
    """
    _counted(k, n)
    z = normal_quantile(level)
    share = k / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    centre, scale = share + z * z / (2 * n), 1 + z * z / n
    low = 0.0 if k == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if k == n else min(1.0, (centre + spread) / scale)
    return low, high


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of a share of k in n (Clopper and Pearson, Biometrika 1934): coverage is never below ``level``.

    Raises ValueError unless 0 <= k <= n and n >= 1.
    """
    _counted(k, n)
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else _share_with_tail(k, n, tail)
    high = 1.0 if k == n else 1.0 - _share_with_tail(n - k, n, tail)
    return low, high


def _share_with_tail(k: int, n: int, tail: float) -> float:
    """The share p for which a binomial(n, p) count is at least k with probability ``tail``; k >= 1."""
    counts = np.arange(k, n + 1)
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    choose = logs[n] - logs[counts] - logs[n - counts]
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        share = (low + high) / 2
        reached = np.exp(choose + counts * math.log(share) + (n - counts) * math.log1p(-share)).sum()
        low, high = (share, high) if reached < tail else (low, share)
    return (low + high) / 2


def newcombe(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> Interval:
    """Interval of the difference of two independent shares, each given as (k, n): first minus second.

    The hybrid score interval (Newcombe, Statistics in Medicine 1998, method 10), which needs no large counts.
    """
    (k1, n1), (k2, n2) = first, second
    low1, high1 = wilson(k1, n1, level)
    low2, high2 = wilson(k2, n2, level)
    share1, share2 = k1 / n1, k2 / n2
    difference = share1 - share2
    low = difference - math.hypot(share1 - low1, high2 - share2)
    high = difference + math.hypot(high1 - share1, share2 - low2)
    return max(-1.0, low), min(1.0, high)


def percentile(replicates: Floats, level: float = 0.95) -> Interval:
    """The middle ``level`` of replicates of a statistic; raises ValueError where there are none."""
    if replicates.size == 0:
        raise ValueError("an interval needs replicates")
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    n: int,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = 1000,
) -> Interval:
    """Percentile interval of a statistic over rows drawn with replacement (Efron, 1979).

    ``statistic`` is given n row numbers; pairs stay together.
    """
    if n < 1:
        raise ValueError("a bootstrap needs rows")
    values = [statistic(rng.integers(0, n, n)) for _ in range(replicates)]
    return percentile(np.asarray(values, dtype=np.float64), level)


def mean_difference(
    differences: Floats, rng: np.random.Generator, *, level: float = 0.95, replicates: int = 2000
) -> Interval:
    """Percentile bootstrap interval of the mean of paired differences, one for each row."""
    values = np.asarray(differences, dtype=np.float64)
    return bootstrap(lambda rows: float(values[rows].mean()), values.size, rng, level=level, replicates=replicates)


def _counted(k: int, n: int) -> None:
    if n < 1 or not 0 <= k <= n:
        message = f"{k} of {n} is no share"
        raise ValueError(message)


def median(values: Floats, level: float = 0.95) -> tuple[float, float, float]:
    """Median, and its interval between two order statistics (the sign test's; exact for any distribution).

    ``values`` may hold infinities, and so may the result; with few values the ends are the smallest and the largest.
    Raises ValueError where there are none.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = ordered.size
    if n == 0:
        raise ValueError("a median needs values")
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    below = np.cumsum(np.exp(logs[n] - logs - logs[::-1] - n * math.log(2)))
    rank = int(np.searchsorted(below, (1 - level) / 2, side="right"))
    low = max(rank - 1, 0)
    return float(ordered[(n - 1) // 2]), float(ordered[low]), float(ordered[n - 1 - low])
