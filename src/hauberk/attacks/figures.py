# SPDX-License-Identifier: Apache-2.0
"""What an attack found, as figures with their intervals: shares, the smallest change, curves over eps and queries."""

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.siege import Flags, Places
from hauberk.core.measurement import Measurement, Parameter
from hauberk.stats.intervals import median, wilson

Curve = tuple[tuple[float, float, float, float], ...]
"""At what, the share that stays right, and its 95 % interval."""


def shares(right: Flags, robust: Flags, shared: dict[str, Parameter], note: str = "") -> list[Measurement]:
    """Accuracy before and under the attack, each with its interval."""
    measured, n = [], len(right)
    for name, kept in (("accuracy", right), ("robust_accuracy", robust)):
        low, high = wilson(int(kept.sum()), n)
        measured.append(
            Measurement(
                name=name,
                value=float(kept.mean()),
                low=low,
                high=high,
                n=n,
                parameters={**shared, "interval": "wilson"},
                note=note,
            )
        )
    return measured


def smallest(right: Flags, distance: NDArray[np.float64], shared: dict[str, Parameter]) -> list[Measurement]:
    """The median of the smallest changes found, over the samples that were right before."""
    held = distance[right]
    if not held.size:
        return []
    middle, low, high = median(held)
    if np.isinf(middle):
        note = f"not estimable: more than half of {held.size} samples were never fooled"
        return [Measurement(name="median_adversarial_distance", value=None, n=held.size, parameters=shared, note=note)]
    return [
        Measurement(
            name="median_adversarial_distance",
            value=middle,
            low=low,
            high=high if np.isfinite(high) else None,
            n=held.size,
            unit=str(shared["norm"]),
            parameters={**shared, "interval": "order statistics"},
            note="an upper bound of the smallest change",
        )
    ]


def cost(queries: NDArray[np.float64], price: int, currency: str, shared: dict[str, Parameter]) -> list[Measurement]:
    """Queries, and money, for the samples that fell; ``price`` is of one query, in millionths."""
    if not queries.size:
        return []
    middle, low, high = median(queries)
    told = {**shared, "interval": "order statistics"}
    each = price / 1e6
    figures = [("queries_to_fool", 1.0, ""), *([("attacker_cost", each, currency)] if price else [])]
    return [
        Measurement(
            name=name,
            value=middle * unit,
            low=low * unit,
            high=high * unit,
            unit=words,
            n=queries.size,
            parameters=told,
        )
        for name, unit, words in figures
    ]


def curve(
    right: Flags, distance: NDArray[np.float64], at: tuple[float, ...]
) -> tuple[tuple[float, float, float, float], ...]:
    """The share that stays right at each eps; an upper bound, since the distances are."""
    points = []
    for eps in at:
        kept = int((right & (distance > eps * (1 + 1e-6))).sum()) if eps else int(right.sum())
        points.append((float(eps), kept / len(right), *wilson(kept, len(right))))
    return tuple(points)


def by_queries(right: Flags, won: Flags, queries: Places, budget: int) -> Curve:
    """The share that stays right after so many queries a sample, at halves of the budget; of one run.

    A sample that falls is not asked about again, so that its queries are those that it took.
    """
    at = sorted({max(budget >> halved, 1) for halved in range(10)})
    kept = [int((right & ~(won & (queries <= most))).sum()) for most in at]
    return tuple((float(most), one / len(right), *wilson(one, len(right))) for most, one in zip(at, kept, strict=True))
