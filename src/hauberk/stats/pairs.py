# SPDX-License-Identifier: Apache-2.0
"""Differences of one quantity between all pairs of groups, with intervals that hold for all of them at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Differences of one rate between all pairs of groups."""

    centre: Floats
    spread: Floats
    """Standard errors."""
    deviations: Floats
    """The largest studentised deviation of any pair, in each replicate."""
    widest: float
    ends: tuple[np.intp, np.intp]
    """Groups with the highest and the lowest value."""

    def bounds(self, level: float) -> tuple[float, float]:
        """Where the widest of all true differences lies with at least ``level``."""
        critical = float(np.quantile(self.deviations, level))
        low, high = (float((np.abs(self.centre) + sign * critical * self.spread).max()) for sign in (-1, 1))
        return min(max(low, 0.0), self.widest), max(high, self.widest)


def compare(kept: NDArray[np.intp], values: Floats, smooth: Floats, drawn: Floats) -> Pairs | None:
    """Pairs of groups from their values and (replicates, groups) draws; None without two groups.

    ``smooth`` stands in for what is no finite number. The critical value comes from the largest studentised deviation
    of any pair (Beran, JASA 1988), which is what makes the intervals hold together.
    """
    if len(kept) < _LEAST:
        return None
    usable = np.isfinite(drawn)
    drawn = np.where(usable, drawn, smooth)
    centre = np.where(np.isfinite(values), values, smooth)
    first, second = np.triu_indices(len(kept), 1)
    moved = drawn - drawn.mean(axis=0)
    variance = (moved**2).mean(axis=0)
    spread = np.sqrt(variance[first] + variance[second])
    scale = 1 / np.where(spread > 0, spread, np.inf)
    deviations = np.abs((moved[:, first] - moved[:, second]) * scale).max(axis=1)
    more, less = values.argmax(), values.argmin()
    return Pairs(
        centre=centre[first] - centre[second],
        spread=spread,
        deviations=deviations,
        widest=float(values[more] - values[less]),
        ends=(kept[more], kept[less]),
    )
