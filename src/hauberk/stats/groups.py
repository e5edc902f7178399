# SPDX-License-Identifier: Apache-2.0
"""Rates of groups and the widest gap between two of them, with an interval that holds for all pairs at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import newcombe

Count = tuple[int, int]
"""k of n."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The widest difference between two groups' rates."""

    value: float
    low: float
    high: float
    more: str
    """Group with the higher rate."""
    less: str
    n: int
    """Rows of all groups compared."""
    pairs: int
    """Pairs that the interval allows for."""


def count(outcomes: NDArray[np.bool_], groups: NDArray[np.str_]) -> dict[str, Count]:
    """How many of each group's rows have the outcome, groups in order of their names."""
    names, inverse = np.unique(groups, return_inverse=True)
    sizes = np.bincount(inverse, minlength=len(names))
    hits = np.bincount(inverse[outcomes], minlength=len(names))
    return {str(name): (int(k), int(n)) for name, k, n in zip(names, hits, sizes, strict=True)}


def widest_gap(families: Iterable[Mapping[str, Count]], level: float = 0.95) -> Gap | None:
    """The widest gap within any family of rates (such as true and false positive rates); None without two groups.

    Each pair has Newcombe's interval at a level that Bonferroni raises for the number of pairs; the widest gap then
    lies between the highest of their lower ends and the highest of their upper ends with at least ``level``.
    """
    pairs = [(rates, one, other) for rates in families for one, other in combinations(rates, 2)]
    if not pairs:
        return None
    raised = 1 - (1 - level) / len(pairs)
    gaps = []
    for rates, one, other in pairs:
        (k1, n1), (k2, n2) = rates[one], rates[other]
        more, less = (one, other) if k1 * n2 >= k2 * n1 else (other, one)
        low, high = newcombe(rates[more], rates[less], raised)
        value = rates[more][0] / rates[more][1] - rates[less][0] / rates[less][1]
        gaps.append((value, max(low, 0.0), max(high, -low), more, less))
    value, _, _, more, less = max(gaps, key=lambda gap: gap[0])
    return Gap(
        value=value,
        low=max(gap[1] for gap in gaps),
        high=max(gap[2] for gap in gaps),
        more=more,
        less=less,
        n=sum(n for rates in {id(rates): rates for rates, _, _ in pairs}.values() for _, n in rates.values()),
        pairs=len(pairs),
    )
