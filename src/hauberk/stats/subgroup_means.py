# SPDX-License-Identifier: Apache-2.0
"""Searches all subgroups that simple predicates describe for the one whose mean is furthest from everybody else's.

For what is a number and no decision: errors of a regression, with their sign or without. The intervals of all subgroups
hold together: the critical value is that of the largest studentised difference of any subgroup under Gaussian
multipliers of rows (Chernozhukov, Chetverikov and Kato, Annals of Statistics 2013), raised to Student's t for the rows
that a subgroup has (Abramowitz and Stegun 26.7.5). A subgroup's rows count as at least as spread as all rows are: where
errors are skewed, few rows are too often alike by chance, and the worst of many would be accused for it. Multipliers
of rows enter through two sums a cell only, which are jointly normal, so that a draw costs as much for a million rows as
for a hundred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import normal_quantile
from hauberk.stats.predicates import Cells, Part, Terms, divide, gather, said

LEVEL = 0.95
DRAWS = 1000
INTERVAL = "gaussian multipliers, studentised, all subgroups at once"
_CHUNK = 256
"""Subgroups that are drawn at once."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Apart:
    """How far the mean of a subgroup lies from that of everybody else."""

    terms: Terms
    difference: float
    """Mean of the subgroup less mean of the others."""
    margin: float
    """Half the width of the interval."""
    mean: float
    others: float
    n: int

    @property
    def predicate(self) -> str:
        """The terms as text."""
        return said(self.terms)


@dataclass(frozen=True, kw_only=True)
class Furthest:
    """What was compared, and what came of it, furthest first."""

    ranked: tuple[Apart, ...]
    compared: int
    small: int
    """Subgroups that are not estimable: they, or the others, have fewer rows than the floor."""
    skipped: int
    """Subgroups beyond the most that were met."""


def furthest(
    values: Floats,
    columns: Mapping[str, NDArray[np.str_]],
    rng: np.random.Generator,
    *,
    signed: bool,
    weights: Floats | None = None,
) -> Furthest:
    """Compare the mean of every subgroup with that of everybody else.

    ``signed``: too high is as far as too low; otherwise only what lies above the others is far. ``weights`` say for how
    many people a row stands. Law: a constant added to all values changes no difference and no margin.
    """
    gathered = gather(columns, len(values))
    divided = divide(gathered)
    found = _compared(_sums(values, gathered, weights), gathered, divided.kept, rng) if divided.kept else []
    found.sort(key=lambda one: (-(abs(one.difference) if signed else one.difference), one.terms))
    return Furthest(ranked=tuple(found), compared=len(found), small=divided.small, skipped=divided.skipped)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sums:
    """Of each cell: weights, weighted values; squared weights alone, times values, times squared values."""

    weight: Floats
    value: Floats
    squares: tuple[Floats, Floats, Floats]
    centre: float
    spread: float
    """Variance of all rows."""


def _sums(values: Floats, gathered: Cells, weights: Floats | None) -> _Sums:
    weight = np.ones(len(values)) if weights is None else weights
    centre = float(np.average(values, weights=weight))
    off = values - centre

    def each(cells: Floats) -> Floats:
        found: Floats = np.bincount(gathered.of, cells, minlength=len(gathered.n)).astype(np.float64)
        return found

    squares = each(weight**2), each(weight**2 * off), each(weight**2 * off**2)
    spread = float(np.average(off**2, weights=weight))
    return _Sums(weight=each(weight), value=each(weight * off), squares=squares, centre=centre, spread=spread)


def _compared(sums: _Sums, gathered: Cells, parts: Sequence[Part], rng: np.random.Generator) -> list[Apart]:
    pulls = _multiplied(sums, rng)
    means, errors, moved, sizes = [], [], [], []
    for start in range(0, len(parts), _CHUNK):
        inside = np.stack([part.rows for part in parts[start : start + _CHUNK]]).astype(np.float64)
        sides = [_side(sums, pulls, one) for one in (inside, 1 - inside)]
        n = np.stack([one @ gathered.n for one in (inside, 1 - inside)]).astype(np.float64)
        means.append(np.stack([side.mean for side in sides]))
        raised = n / (n - 1)
        own = sum(side.variance * each for side, each in zip(sides, raised, strict=True))
        pooled = sum(side.pooled * each for side, each in zip(sides, raised, strict=True))
        errors.append(np.sqrt(np.maximum(own, pooled)))
        moved.append(sides[0].moved - sides[1].moved)
        sizes.append(n)
    mean, people = np.concatenate(means, axis=1), np.concatenate(sizes, axis=1)
    error = np.concatenate(errors)
    reach = np.abs(np.concatenate(moved)) / np.where(error > 0, error, np.inf)[:, None]
    critical = max(float(np.quantile(reach.max(axis=0), LEVEL)), normal_quantile(LEVEL))
    margins = _student(critical, people.min(axis=0) - 1) * error
    return [
        Apart(
            terms=part.terms,
            difference=float(mean[0, place] - mean[1, place]),
            margin=float(margins[place]),
            mean=float(mean[0, place]) + sums.centre,
            others=float(mean[1, place]) + sums.centre,
            n=int(people[0, place]),
        )
        for place, part in enumerate(parts)
    ]


def _multiplied(sums: _Sums, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Sums of weights and of weighted values of each cell under standard normal multipliers of rows: (cells, draws)."""
    weight, value, square = sums.squares
    first, second = rng.standard_normal((2, len(weight), DRAWS))
    deviation = np.sqrt(weight)
    slope = value / np.where(deviation > 0, deviation, 1.0)
    rest = np.sqrt(np.maximum(square - slope**2, 0.0))
    return deviation[:, None] * first, slope[:, None] * first + rest[:, None] * second


@dataclass(frozen=True, kw_only=True, eq=False)
class _Side:
    """Of the rows inside of each subgroup, or outside."""

    mean: Floats
    variance: Floats
    """Of the mean."""
    pooled: Floats
    """The same, were these rows as spread as all are."""
    moved: Floats
    """How the draws move the mean, (subgroups, draws)."""


def _side(sums: _Sums, pulls: tuple[Floats, Floats], chosen: Floats) -> _Side:
    """Of the cells that each row of ``chosen`` has."""
    total = chosen @ sums.weight
    scale = 1 / np.where(total > 0, total, 1.0)
    mean = (chosen @ sums.value) * scale
    weight, value, square = (chosen @ one for one in sums.squares)
    variance = (square - 2 * mean * value + mean**2 * weight) * scale**2
    moved = (chosen @ pulls[1] - mean[:, None] * (chosen @ pulls[0])) * scale[:, None]
    pooled = sums.spread * weight * scale**2
    return _Side(mean=mean, variance=np.maximum(variance, 0.0), pooled=pooled, moved=moved)


def _student(z: float, freedom: Floats) -> Floats:
    """The quantile of Student's t at the level of a normal quantile, by its expansion in 1 / degrees of freedom."""
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    raised: Floats = z + first / freedom + second / freedom**2
    return raised
