# SPDX-License-Identifier: Apache-2.0
"""Searches all subgroups that simple predicates describe for the one that fares worst against everybody else.

A predicate joins values of at most ``DEPTH`` columns by "and": a marginal comparison can be even while an intersection
is not (Kearns, Neel, Roth and Wu, ICML 2018). Each subgroup with enough people is compared with all people outside it;
Bonferroni over all that were compared makes the intervals hold together, so that the worst of many is not called bad
for being the worst of many. Predicates that describe the same people count once. Weighted rows are drawn as scaled
Poisson sums (Bohm and Zech, NIM A 2014); their intervals are as wide as the largest studentised deviation of any
subgroup asks, and at least as wide as Bonferroni does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import newcombe, normal_quantile
from hauberk.stats.predicates import DEPTH, FLOOR, MOST, Cells, Flags, Part, Terms, divide, gather, said

LEVEL = 0.95
REPLICATES = 400
"""Draws of weighted rows."""
_PLAIN = "newcombe, bonferroni"
_CHUNK = 256
"""Subgroups that are drawn at once."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """How much less often a subgroup has an outcome than everybody else."""

    terms: Terms
    shortfall: float
    """Rate of the others less rate of the subgroup; negative where the subgroup fares better."""
    low: float
    high: float
    rate: float
    others: float
    n: int

    @property
    def predicate(self) -> str:
        """The terms as text."""
        return said(self.terms)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What was compared, and what came of it, worst first."""

    ranked: tuple[Subgroup, ...]
    compared: int
    """Subgroups that the intervals allow for."""
    small: int
    """Subgroups that are not estimable: they, or the others, have fewer people than the floor."""
    skipped: int
    """Subgroups beyond ``MOST`` that were met; what they would be divided into was not looked for."""
    level: float
    interval: str = _PLAIN

    @property
    def worst(self) -> Subgroup | None:
        """The one whose rate falls shortest."""
        return self.ranked[0] if self.ranked else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Where the greatest shortfall of any lies: from the highest lower end to the highest upper end."""
        if not self.ranked:
            return None
        return max(one.low for one in self.ranked), max(one.high for one in self.ranked)


def search(
    outcome: Flags,
    columns: Mapping[str, NDArray[np.str_]],
    *,
    depth: int = DEPTH,
    floor: int = FLOOR,
    most: int = MOST,
    weights: Floats | None = None,
    rng: np.random.Generator | None = None,
) -> Search:
    """Compare every subgroup of rows that predicates over the columns describe.

    ``outcome`` is what is good for a person, by row; ``weights`` say for how many people a row stands, and then need
    ``rng``. Law: the order of rows and of columns changes no subgroup's rate.
    """
    gathered = gather(columns, len(outcome))
    divided = divide(gathered, depth=depth, floor=floor, most=most)
    cells, parts = _cells(outcome, gathered, weights), divided.kept
    found = list(_plain(cells, parts) if weights is None else _weighted(cells, parts, rng))
    found.sort(key=lambda one: (-one.shortfall, one.terms))
    how = _PLAIN if weights is None else "bootstrap of weighted rows, studentised, all subgroups at once"
    return Search(
        ranked=tuple(found),
        compared=len(found),
        small=divided.small,
        skipped=divided.skipped,
        level=LEVEL,
        interval=how,
    )


def _plain(cells: "_Cells", parts: Sequence[Part]) -> Iterator[Subgroup]:
    """Each subgroup against everybody else, one row a person."""
    raised = 1 - (1 - LEVEL) / max(len(parts), 1)
    total, hits = int(cells.n.sum()), int(cells.k.sum())
    for part in parts:
        k, n = int(cells.k[part.rows].sum()), int(cells.n[part.rows].sum())
        rest = (hits - k, total - n)
        low, high = newcombe(rest, (k, n), raised)
        rate, others = k / n, rest[0] / rest[1]
        yield Subgroup(terms=part.terms, shortfall=others - rate, low=low, high=high, rate=rate, others=others, n=n)


def _weighted(cells: "_Cells", parts: Sequence[Part], rng: np.random.Generator | None) -> Iterator[Subgroup]:
    """The same of weighted rows."""
    if rng is None:
        raise ValueError("weighted rows need randomness")
    if not parts:
        return
    scale = cells.squares / np.where(cells.weight > 0, cells.weight, 1.0)
    times = np.where(scale > 0, cells.weight / np.where(scale > 0, scale, 1.0), 0.0)
    drawn = rng.poisson(times, (REPLICATES, *times.shape)) * scale
    mine, theirs = _rates(parts, np.concatenate([cells.weight[None], drawn]))
    moved = (theirs - mine)[:, 1:]
    error = np.maximum(moved.std(axis=1), _least(cells, parts, mine[:, 0]))
    reach = np.abs(moved - moved.mean(axis=1, keepdims=True)) / np.where(error > 0, error, np.inf)[:, None]
    bonferroni = normal_quantile(1 - (1 - LEVEL) / len(parts))
    off = max(float(np.quantile(reach.max(axis=0), LEVEL)), bonferroni) * error
    for place, part in enumerate(parts):
        value = float(theirs[place, 0] - mine[place, 0])
        yield Subgroup(
            terms=part.terms,
            shortfall=value,
            low=max(value - float(off[place]), -1.0),
            high=min(value + float(off[place]), 1.0),
            rate=float(mine[place, 0]),
            others=float(theirs[place, 0]),
            n=int(cells.n[part.rows].sum()),
        )


def _least(cells: "_Cells", parts: Sequence[Part], rate: Floats) -> Floats:
    """The standard error that a rate keeps at 0 and 1: of so many effective people (Kish 1965), half a one added."""
    sums, squares = (np.array([one[part.rows].sum() for part in parts]) for one in (cells.weight, cells.squares))
    people = sums**2 / np.where(squares > 0, squares, 1.0)
    share = (rate * people + 0.5) / (people + 1)
    least: Floats = np.sqrt(share * (1 - share) / (people + 1))
    return least


def _rates(parts: Sequence[Part], sums: Floats) -> tuple[Floats, Floats]:
    """Rates of each part and of everybody else, (parts, draws), from sums of weights (draws, cells, outcome)."""
    whole = sums.sum(axis=1)
    found = []
    for start in range(0, len(parts), _CHUNK):
        rows = np.stack([part.rows for part in parts[start : start + _CHUNK]]).astype(np.float64)
        inside = np.tensordot(rows, sums, axes=(1, 1))
        both = np.stack([inside, whole - inside])
        total = both.sum(axis=-1)
        found.append(np.where(total > 0, both[..., 1] / np.where(total > 0, total, 1.0), 0.0))
    mine, theirs = np.concatenate(found, axis=1)
    return mine, theirs


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """Distinct combinations of all columns' values: people, and how many of them have the outcome."""

    n: NDArray[np.intp]
    k: NDArray[np.intp]
    weight: Floats
    """(cells, 2): of those without the outcome, of those with it."""
    squares: Floats
    """Sums of squared weights."""


def _cells(outcome: Flags, gathered: Cells, weights: Floats | None) -> _Cells:
    """People by cell and outcome."""
    size, place = len(gathered.n), gathered.of * 2 + outcome
    counted, weight, squares = (
        np.bincount(place, one, minlength=2 * size).astype(np.float64).reshape(-1, 2)
        for one in (None, weights, None if weights is None else weights**2)
    )
    people = counted.astype(np.intp)
    return _Cells(n=people.sum(axis=1), k=people[:, 1], weight=weight, squares=squares)
