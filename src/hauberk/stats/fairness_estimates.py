# SPDX-License-Identifier: Apache-2.0
"""Measures of fairness with intervals: one bootstrap of the counts serves every measure and all pairs of groups.

Rows drawn with replacement give multinomial counts of (group, decision, truth), so a replicate costs as much for a
million rows as for ten. Half a row is added to each cell that is drawn from, so that a rate of 0 or 1 keeps an
interval. An interval of a gap allows for every pair of groups compared by the largest studentised deviation of any
pair (Beran, JASA 1988; Romano and Wolf, Econometrica 2005): with at least ``level``, all differences lie within theirs,
and so does the widest. Weighted rows are drawn as scaled Poisson sums (Bohm and Zech, NIM A 2014).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.fairness import METRICS, SHARES, Floats, Form, Metric, bases, evaluate, indices, rates, tally
from hauberk.stats.intervals import wilson
from hauberk.stats.pairs import Pairs, compare

FLOOR = 30
"""People below which a group's rate is not estimated."""
REPLICATES = 1000
_LEAST = 2
"""Groups that a gap needs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """How often each group was decided how; ``counts`` are sums of weights, ``rows`` are people."""

    names: tuple[str, ...]
    counts: Floats
    """(groups, 4), in the order of ``fairness.CELLS``."""
    rows: Floats
    squares: Floats
    """Sums of squared weights."""

    @property
    def weighted(self) -> bool:
        """Whether a person counts for other than one."""
        return not np.array_equal(self.counts, self.rows)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A measure with its interval; ``value`` is None where ``note`` says why not."""

    metric: Metric
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    """People that it rests on."""
    group: str = ""
    """The group of a rate; empty for what compares groups."""
    more: str = ""
    """Group with the higher rate, of a gap."""
    less: str = ""
    note: str = ""


def tabulate(
    chosen: NDArray[np.bool_],
    deserved: NDArray[np.bool_],
    groups: NDArray[np.integer],
    names: Sequence[str],
    weights: Floats | None = None,
) -> Table:
    """Count rows, each of a group given by its number among ``names``.

    Raises ValueError for a weight that is negative or no number.
    """
    size = len(names)
    rows = tally(chosen, deserved, groups, size)
    if weights is None:
        return Table(names=tuple(names), counts=rows, rows=rows, squares=rows)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("a weight is a finite number of at least 0")
    counts = tally(chosen, deserved, groups, size, weights)
    squares = tally(chosen, deserved, groups, size, weights**2)
    return Table(names=tuple(names), counts=counts, rows=rows, squares=squares)


def replicate(table: Table, rng: np.random.Generator, replicates: int = REPLICATES) -> Floats:
    """Counts as other draws of as many people would have them: (replicates, groups, 4)."""
    if table.weighted:
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(table.counts > 0, table.squares / table.counts, 1.0)
        people = rng.poisson(table.counts / scale + 0.5, (replicates, *table.counts.shape))
        counts: Floats = people.astype(np.float64) * scale
        return counts
    smooth = (table.rows + 0.5).ravel()
    drawn = rng.multinomial(int(table.rows.sum()), smooth / smooth.sum(), replicates)
    return drawn.reshape(replicates, *table.rows.shape).astype(np.float64)


def estimate(
    table: Table,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
    floor: int = FLOOR,
) -> Iterator[Estimate]:
    """Every measure of ``fairness.METRICS``: rates of each group, then gaps, then indices."""
    drawn = replicate(table, rng, replicates)
    study = _Study(table, drawn, level, floor)
    for metric in METRICS.values():
        if metric.form is Form.RATE:
            yield from study.rates(metric)
        elif metric.form is Form.INDEX:
            yield study.index(metric)
        else:
            yield study.gap(metric)


class _Study:
    """One table and its replicates; each rate's pairs are compared once, however many gaps use them."""

    def __init__(self, table: Table, drawn: Floats, level: float, floor: int) -> None:
        self.table, self.level, self.floor = table, level, floor
        self.point = evaluate(table.counts)
        self.channels = rates(table.counts)
        self.smooth = rates(table.counts + 0.5)
        self.drawn = rates(drawn)
        self.bases = bases(table.rows)
        self.indices = indices(drawn)
        self._pairs: dict[tuple[str, Form], Pairs | None] = {}

    def kept(self, name: str) -> NDArray[np.intp]:
        """Groups with enough people for this rate."""
        return np.flatnonzero((self.bases[name] >= self.floor) & np.isfinite(self.channels[name]))

    def rates(self, metric: Metric) -> Iterator[Estimate]:
        """The rate of each group with enough people; the intervals hold for all of them at once."""
        kept = self.kept(metric.name)
        raised = 1 - (1 - self.level) / max(len(kept), 1)
        for index in kept:
            value, n = float(self.channels[metric.name][index]), int(self.bases[metric.name][index])
            if metric.name in SHARES:
                effective = max(1, round(n * self._efficiency(index)))
                low, high = wilson(min(effective, round(value * effective)), effective, raised)
                low, high = min(low, value), max(high, value)
            else:
                low, high = _percentiles(self.drawn[metric.name][:, index], value, raised)
            yield Estimate(metric=metric, value=value, low=low, high=high, n=n, group=self.table.names[index])
        small = sorted(int(n) for n in np.delete(self.bases[metric.name], kept))
        if small:
            yield Estimate(metric=metric, value=None, n=sum(small), note=_inestimable(small, self.floor))

    def _efficiency(self, index: np.intp) -> float:
        """People that weighted ones are worth (Kish 1965), as a share of them."""
        sums = (part[index].sum() for part in (self.table.counts, self.table.squares, self.table.rows))
        total, squares, rows = (float(one) for one in sums)
        return total**2 / (squares * rows) if squares > 0 else 1.0

    def gap(self, metric: Metric) -> Estimate:
        """The widest gap, or smallest ratio, of any of a metric's rates."""
        found = [pairs for name in metric.of if (pairs := self.pairs(name, metric.form)) is not None]
        if len(found) < len(metric.of):
            sizes = sorted((int(n) for n in self.bases[metric.of[0]]), reverse=True)
            return Estimate(metric=metric, value=None, note=f"{_inestimable(sizes, self.floor)}, in two groups")
        critical = float(np.quantile(np.max([one.deviations for one in found], axis=0), self.level))
        widest = max(found, key=lambda one: one.widest)
        low = max(0.0, *(float((np.abs(one.centre) - critical * one.spread).max()) for one in found))
        high = max(float((np.abs(one.centre) + critical * one.spread).max()) for one in found)
        value, more, less = widest.widest, *widest.ends
        n = int(max(self.bases[name][self.kept(name)].sum() for name in metric.of))
        if metric.form is Form.RATIO:
            value, low, high = (float(np.exp(-one)) for one in (value, high, low))
        else:
            high = min(high, 1.0) if "treatment_ratio" not in metric.of and "informedness" not in metric.of else high
        names = self.table.names
        return Estimate(
            metric=metric,
            value=value,
            low=min(low, value),
            high=max(high, value),
            n=n,
            more=names[more],
            less=names[less],
        )

    def pairs(self, name: str, form: Form) -> Pairs | None:
        """All pairs of groups in one rate, on the scale of its logarithm for ratios; None without two groups."""
        if (name, form) not in self._pairs:
            self._pairs[name, form] = self._compared(name, form)
        return self._pairs[name, form]

    def _compared(self, name: str, form: Form) -> Pairs | None:
        kept = self.kept(name)
        if len(kept) < _LEAST:
            return None
        values, smooth, drawn = self.channels[name][kept], self.smooth[name][kept], self.drawn[name][:, kept]
        if form is Form.RATIO:
            if not values.any():
                return None
            with np.errstate(divide="ignore"):
                values, smooth, drawn = np.log(values), np.log(smooth), np.log(drawn)
        return compare(kept, values, smooth, drawn)

    def index(self, metric: Metric) -> Estimate:
        """One number over all people."""
        n = int(self.table.rows.sum())
        value = float(self.point[metric.name])
        if n < self.floor or not np.isfinite(value):
            return Estimate(metric=metric, value=None, n=n, note=_inestimable([n], self.floor))
        low, high = _reflected(self.indices[metric.name], value, self.level)
        return Estimate(metric=metric, value=value, low=max(0.0, low), high=high, n=n)


def _percentiles(drawn: Floats, value: float, level: float) -> tuple[float, float]:
    """The middle of the replicates, as far as they are defined, widened to the value."""
    known = drawn[np.isfinite(drawn)]
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if known.size else (value, value)
    return float(min(low, value)), float(max(high, value))


def _reflected(drawn: Floats, value: float, level: float) -> tuple[float, float]:
    """Percentiles mirrored at the value (the basic bootstrap), which do not double the bias of a biased statistic."""
    low, high = _percentiles(drawn, value, level)
    return 2 * value - high, 2 * value - low


def _inestimable(sizes: Sequence[int], floor: int) -> str:
    shown = ", ".join(map(str, sizes[:10])) + (" ..." if len(sizes) > 10 else "")  # noqa: PLR2004  what fits a line
    return f"not estimable at n={shown}: it needs {floor} people"
