# SPDX-License-Identifier: Apache-2.0
"""What many explained rows say together, and how good the explanations are.

Contributions are (rows, columns); the influence of a column is its share of all absolute contributions. Faithfulness by
deletion: Samek et al., IEEE TNNLS 2017; stability under another background: Alvarez-Melis and Jaakkola, 2018.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import normal_quantile, percentile

Floats = NDArray[np.float64]
REPLICATES = 400


@dataclass(frozen=True, kw_only=True)
class Share:
    """A column's share of all influence, in [0, 1]."""

    value: float
    low: float
    high: float
    error: float
    """Standard error, for comparisons at any level."""


def influences(contributions: Floats, rng: np.random.Generator) -> tuple[Share, ...]:
    """The influence of each column, with percentile intervals over rows drawn with replacement."""
    drawn = _replicates(contributions, rng)
    point = _shares(np.abs(contributions).mean(axis=0)[None])[0]
    return tuple(_share(float(value), column) for value, column in zip(point, drawn.T, strict=True))


def joint(contributions: Floats, columns: NDArray[np.intp], rng: np.random.Generator) -> Share:
    """The influence of several columns together."""
    point = _shares(np.abs(contributions).mean(axis=0)[None])[0]
    return _share(float(point[columns].sum()), _replicates(contributions, rng)[:, columns].sum(axis=1))


def _replicates(contributions: Floats, rng: np.random.Generator) -> Floats:
    rows = len(contributions)
    weights = rng.multinomial(rows, np.full(rows, 1 / rows), REPLICATES).astype(np.float64)
    return _shares(weights @ np.abs(contributions))


def _shares(sums: Floats) -> Floats:
    total = sums.sum(axis=1, keepdims=True)
    found: Floats = np.where(total > 0, sums / np.where(total > 0, total, 1), 0.0)
    return found


def _share(value: float, drawn: Floats) -> Share:
    low, high = percentile(drawn)
    return Share(value=value, low=min(low, value), high=max(high, value), error=float(drawn.std()))


def agreement(one: Floats, other: Floats) -> Floats:
    """Spearman's correlation of the absolute contributions of each row; NaN where one of them has no order."""
    first, second = (_ranks(np.abs(each)) for each in (one, other))
    first, second = (each - each.mean(axis=1, keepdims=True) for each in (first, second))
    size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(size > 0, (first * second).sum(axis=1) / size, np.nan)
    return found


def _ranks(values: Floats) -> Floats:
    """Ranks within each row, ties by their mean."""
    below = (values[:, None, :] < values[:, :, None]).sum(axis=2)
    same = (values[:, None, :] == values[:, :, None]).sum(axis=2)
    found: Floats = below + (same - 1) / 2
    return found


@dataclass(frozen=True, kw_only=True)
class Change:
    """How the influence of one column changed from one explanation to another."""

    column: str
    group: str
    before: float
    after: float
    low: float
    """Of after less before, at a level that holds for all columns and groups together."""
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval excludes no change."""
        return self.low > 0 or self.high < 0


Known = dict[tuple[str, str], tuple[float, float]]
"""Column and group (empty: everybody) to influence and standard error."""


def changes(before: Known, after: Known, level: float = 0.95) -> tuple[Change, ...]:
    """Every column and group that both know, widest change first; Bonferroni over all of them."""
    shared = sorted(before.keys() & after.keys())
    z = normal_quantile(1 - (1 - level) / max(len(shared), 1))
    found = []
    for column, group in shared:
        (old, old_error), (new, new_error) = before[column, group], after[column, group]
        reach = z * float(np.hypot(old_error, new_error))
        found.append(
            Change(
                column=column,
                group=group,
                before=old,
                after=new,
                low=new - old - reach,
                high=new - old + reach,
            )
        )
    return tuple(sorted(found, key=lambda one: (-abs(one.after - one.before), one.column, one.group)))
