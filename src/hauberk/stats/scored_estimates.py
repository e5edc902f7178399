# SPDX-License-Identifier: Apache-2.0
"""Measures of scores and of predicted numbers with intervals for all groups and all pairs of groups at once.

Of scores, rows drawn with replacement are multinomial counts of distinct (group, truth, score) cells; where there are
more than ``CELLS`` of them, the replicates see scores to three digits, and the values themselves are exact. Weighted
rows are drawn as scaled Poisson sums of those cells (Bohm and Zech, NIM A 2014). Of numbers, rows are drawn with their
weights; more than ``CELLS`` of them are first put into as many bags at random, and the bags are drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hauberk.stats.pairs import compare
from hauberk.stats.scored import SCORED, Flags, Floats, Places, moments, numeric, of_moments, scored

CELLS = 20_000
REPLICATES = 400
FLOOR = 30
LEVEL = 0.95
_LEAST: Mapping[str, float] = dict.fromkeys(SCORED, 0.0) | {
    "calibration_in_the_large": -1.0,
    "mean_absolute_error": 0.0,
    "root_mean_squared_error": 0.0,
}
_MOST: Mapping[str, float] = dict.fromkeys(SCORED, 1.0) | {"r2": 1.0}


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
    weights: Floats | None = None,
    replicates: int = REPLICATES,
) -> Iterator[Scored]:
    """Each measure of each group with at least ``FLOOR`` rows of either truth, then its gap; none of groups without."""
    size = len(names)
    sizes = np.stack([np.bincount(groups[deserved == one], minlength=size) for one in (True, False)])
    kept = np.flatnonzero(sizes.min(axis=0) >= FLOOR)
    if len(kept) == 0:
        return
    chosen = np.isin(groups, kept)
    number, weight = np.searchsorted(kept, groups[chosen]), None if weights is None else weights[chosen]
    point = scored(scores[chosen], deserved[chosen], number, len(kept), weight)
    drawn = _replicates(scores[chosen], deserved[chosen], number, weight, len(kept), rng, replicates)
    yield from _bounded(point, drawn, [names[int(one)] for one in kept], sizes.sum(axis=0)[kept])


def estimate_numbers(
    predicted: Floats,
    truth: Floats,
    groups: Places,
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    weights: Floats | None = None,
    replicates: int = REPLICATES,
) -> Iterator[Scored]:
    """Each measure of each group with at least ``FLOOR`` rows, then its gap; a group of one true value has no r2."""
    sizes = np.bincount(groups, minlength=len(names))
    kept = np.flatnonzero(sizes >= FLOOR)
    if len(kept) == 0:
        return
    chosen = np.isin(groups, kept)
    number = np.searchsorted(kept, groups[chosen])
    weight = np.ones(len(number)) if weights is None else weights[chosen]
    given, true = predicted[chosen], truth[chosen]
    point = numeric(given, true, number, len(kept), weight)
    centre = float(true.mean())
    sums = _bagged(moments(given - centre, true - centre, weight), number, len(kept), rng)
    times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), replicates).astype(np.float64)
    drawn = of_moments((times @ sums.reshape(len(sums), -1)).reshape(replicates, *sums.shape[1:]), centre)
    yield from _bounded(point, drawn, [names[int(one)] for one in kept], sizes[kept])


def _bagged(rows: Floats, groups: Places, size: int, rng: np.random.Generator) -> Floats:
    """Sums of rows in each bag, by group: (bags, groups, sums); a bag is a row where there are few."""
    bags = min(len(rows), CELLS)
    cell = (rng.permutation(len(rows)) % bags) * size + groups
    columns = [np.bincount(cell, one, minlength=bags * size) for one in rows.T]
    sums: Floats = np.stack(columns, axis=1).astype(np.float64).reshape(bags, size, -1)
    return sums


def _bounded(
    point: Mapping[str, Floats], drawn: Mapping[str, Floats], names: Sequence[str], sizes: Places
) -> Iterator[Scored]:
    """Each measure of each group, then its gap; the intervals of one measure hold for all groups at once."""
    for name, values in point.items():
        kept = np.flatnonzero(np.isfinite(values) & np.isfinite(drawn[name]).all(axis=0))
        if len(kept) == 0:
            continue
        moved = drawn[name][:, kept]
        error = moved.std(axis=0)
        reach = np.abs(moved - moved.mean(axis=0)) / np.where(error > 0, error, np.inf)
        critical = float(np.quantile(reach.max(axis=1), LEVEL))
        for index, place in enumerate(map(int, kept)):
            value, off = float(values[place]), critical * float(error[index])
            low, high = max(value - off, _LEAST.get(name, -np.inf)), min(value + off, _MOST.get(name, np.inf))
            yield Scored(name=name, value=value, low=low, high=high, n=int(sizes[place]), group=names[place])
        pairs = compare(kept, values[kept], values[kept], moved)
        if pairs is not None:
            low, high = pairs.bounds(LEVEL)
            more, less = (names[int(end)] for end in pairs.ends)
            n = int(sizes[kept].sum())
            yield Scored(name=f"{name}_gap", value=pairs.widest, low=low, high=high, n=n, more=more, less=less)


def _replicates(
    scores: Floats,
    deserved: Flags,
    groups: Places,
    weights: Floats | None,
    size: int,
    rng: np.random.Generator,
    replicates: int,
) -> dict[str, Floats]:
    """Every measure of draws of as many rows: (replicates, groups)."""
    table = np.stack([groups.astype(np.float64), deserved.astype(np.float64), scores])
    cells, cell, counts = np.unique(table, axis=1, return_inverse=True, return_counts=True)
    if len(counts) > CELLS:
        table[2] = table[2].round(3)
        cells, cell, counts = np.unique(table, axis=1, return_inverse=True, return_counts=True)
    times: Floats
    if weights is None:
        times = rng.multinomial(len(scores), counts / len(scores), replicates).astype(np.float64)
    else:
        total, squares = (np.bincount(cell.ravel(), one, minlength=len(counts)) for one in (weights, weights**2))
        scale = np.where(total > 0, squares / np.where(total > 0, total, 1.0), 1.0)
        times = rng.poisson(total / scale, (replicates, len(counts))).astype(np.float64) * scale
    of, truth = cells[0].astype(np.intp), cells[1] > 0
    found = [scored(cells[2], truth, of, size, each) for each in times]
    return {name: np.stack([one[name] for one in found]) for name in SCORED}
