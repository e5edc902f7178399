# SPDX-License-Identifier: Apache-2.0
"""Geometry of interval plots: one scale for all measurements of a name, one strip for each of them.

Numbers only; the template draws them. Ticks: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hauberk.report.summary import Measured, number

WIDTH = 240
"""Width of a strip in user units; the margin lies within."""
MARGIN = 10
_TICKS = 4


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A linear axis from ``low`` to ``high``, with values worth labelling."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Position in user units, rounded to a tenth; values outside lie on the edge."""
        size = max(abs(self.low), abs(self.high))
        low, high = self.low / size, self.high / size
        share = (value / size - low) / (high - low)
        return round(MARGIN + (WIDTH - 2 * MARGIN) * min(max(share, 0.0), 1.0), 1)

    @property
    def marks(self) -> tuple[tuple[float, str], ...]:
        """Position and label of each tick."""
        return tuple((self.at(tick), number(tick)) for tick in self.ticks)


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One measurement on a scale; None where there is nothing to draw."""

    value: float | None
    low: float | None
    high: float | None
    open_low: bool
    """The interval has no lower end: it is drawn to the edge, without a cap."""
    open_high: bool
    limit: float | None
    forbidden: tuple[float, float] | None
    """Left edge and width of what the limit forbids."""


def scale(rows: Iterable[Measured]) -> Scale:
    """The axis that holds all values, intervals and limits; from zero where nothing is below it."""
    numbers = [0.0]
    for row in rows:
        item = row.measurement
        bound = _bound(row)
        numbers.extend(value for value in (item.value, item.low, item.high, bound) if value is not None)
    low, high = min(numbers), max(numbers)
    if low == high:
        return Scale(low=0.0, high=1.0, ticks=(0.0, 0.5, 1.0))
    step = _step(low, high)
    if not step:
        return Scale(low=low, high=high, ticks=(low, high))
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(index * step for index in range(first, last + 1))
    return Scale(low=ticks[0], high=ticks[-1], ticks=ticks)


def _step(low: float, high: float) -> float:
    """The nice distance between ticks; zero where floats are too large or too small to have one."""
    rough = high / _TICKS - low / _TICKS
    if not 1e-290 < rough < 1e290:  # noqa: PLR2004  well inside of what a double holds
        return 0.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next((nice * power for nice in (1, 2, 2.5, 5) if rough <= nice * power), 10 * power)


def _bound(row: Measured) -> float | None:
    if row.limit is None:
        return None
    return row.limit.at_least if row.limit.at_least is not None else row.limit.at_most


def strip(row: Measured, axis: Scale) -> Strip:
    """Where to draw one measurement."""
    item = row.measurement
    drawn = item.value is not None and (item.low is not None or item.high is not None)
    low = axis.at(item.low if item.low is not None else axis.low) if drawn else None
    high = axis.at(item.high if item.high is not None else axis.high) if drawn else None
    bound = _bound(row)
    limit = axis.at(bound) if bound is not None else None
    forbidden = None
    if limit is not None and row.limit is not None:
        below = row.limit.at_least is not None
        forbidden = (0.0, limit) if below else (limit, round(WIDTH - limit, 1))
    return Strip(
        value=axis.at(item.value) if item.value is not None else None,
        low=low,
        high=high,
        open_low=drawn and item.low is None,
        open_high=drawn and item.high is None,
        limit=limit,
        forbidden=forbidden,
    )
