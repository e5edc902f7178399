# SPDX-License-Identifier: Apache-2.0
"""Measures of scores with intervals for all groups and all pairs of groups at once.

Rows drawn with replacement are multinomial counts of distinct (group, truth, score) cells; where there are more than
``CELLS`` of them, the replicates see scores to three digits, and the values themselves are exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hauberk.stats.pairs import compare
from hauberk.stats.scored import SCORED, Flags, Floats, Places, scored

CELLS = 20_000
REPLICATES = 400
FLOOR = 30


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One measure of one group, or its gap: the widest difference between two groups."""

    name: str
    value: float
    low: float
    high: float
    n: int
    group: str = ""
    """Empty for a gap."""
    more: str = ""
    less: str = ""


def estimate_scores(
    scores: Floats,
    deserved: Flags,
    groups: Places,
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
) -> Iterator[Scored]:
    """Each measure of each group with at least ``FLOOR`` rows of either truth, then its gap; none of groups without."""
    size = len(names)
    sizes = np.stack([np.bincount(groups[deserved == one], minlength=size) for one in (True, False)])
    kept = np.flatnonzero(sizes.min(axis=0) >= FLOOR)
    if len(kept) == 0:
        return
    chosen = np.isin(groups, kept)
    number = np.searchsorted(kept, groups[chosen])
    point = scored(scores[chosen], deserved[chosen], number, len(kept))
    drawn = _replicates(scores[chosen], deserved[chosen], number, len(kept), rng, replicates)
    least = dict.fromkeys(SCORED, 0.0) | {"calibration_in_the_large": -1.0}
    for name in SCORED:
        pairs = compare(kept, point[name], point[name], drawn[name])
        error = drawn[name].std(axis=0)
        reach = np.abs(drawn[name] - drawn[name].mean(axis=0)) / np.where(error > 0, error, np.inf)
        critical = float(np.quantile(reach.max(axis=1), level))
        for index, group in enumerate(map(int, kept)):
            value, off = float(point[name][index]), critical * float(error[index])
            n = int(sizes[:, group].sum())
            low, high = max(value - off, least[name]), min(value + off, 1.0)
            yield Scored(name=name, value=value, low=low, high=high, n=n, group=names[group])
        if pairs is not None:
            low, high = pairs.bounds(level)
            more, less = (names[int(end)] for end in pairs.ends)
            n = int(sizes[:, kept].sum())
            yield Scored(name=f"{name}_gap", value=pairs.widest, low=low, high=high, n=n, more=more, less=less)


def _replicates(
    scores: Floats, deserved: Flags, groups: Places, size: int, rng: np.random.Generator, replicates: int
) -> dict[str, Floats]:
    """Every measure of draws of as many rows: (replicates, groups)."""
    table = np.stack([groups.astype(np.float64), deserved.astype(np.float64), scores])
    cells, counts = np.unique(table, axis=1, return_counts=True)
    if len(counts) > CELLS:
        table[2] = table[2].round(3)
        cells, counts = np.unique(table, axis=1, return_counts=True)
    drawn = rng.multinomial(len(scores), counts / len(scores), replicates)
    of, truth = cells[0].astype(np.intp), cells[1] > 0
    found = [scored(cells[2], truth, of, size, weights.astype(np.float64)) for weights in drawn]
    return {name: np.stack([one[name] for one in found]) for name in SCORED}
