# SPDX-License-Identifier: Apache-2.0
"""What every rule of a trade-off sees: training and test rows as codes, with truth, group and weight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.space import Floats, Space
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.system import Facts
from hauberk.core.value import Value
from hauberk.models.trial import Sheet, groups_of
from hauberk.stats.intervals import wilson
from hauberk.stats.mitigation import Flags, Places

ATTACKED = 80
"""Rows that are attacked for each rule."""
FLOOR = 30
_MOST_GROUPS = 12


class Order(Value, frozen=True, kw_only=True):
    """Which model, which data, by which column."""

    model: bytes
    train: bytes
    test: bytes
    train_facts: Facts
    test_facts: Facts
    column: str
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """Rows of one data set as a rule sees them."""

    codes: Floats
    truth: Floats
    """The true number, or 1 where the favourable decision is deserved."""
    groups: Places
    weights: Floats
    """For how many people each row stands."""
    weighted: bool

    @property
    def deserved(self) -> Flags:
        """Whether the favourable decision is deserved."""
        found: Flags = self.truth > 0
        return found

    def share(self, flags: Flags) -> tuple[float, float, float]:
        """The share of people whose row has the flag, with its interval (Wilson, of effective rows: Kish 1965)."""
        value = float(np.average(flags, weights=self.weights))
        people = max(1, round(float(self.weights.sum() ** 2 / (self.weights**2).sum())))
        low, high = wilson(min(people, round(value * people)), people)
        return value, min(low, value), max(high, value)

    def measured(self, name: str, flags: Flags, parameters: dict[str, Parameter]) -> Measurement:
        """That share as a measurement."""
        value, low, high = self.share(flags)
        return Measurement(name=name, value=value, low=low, high=high, n=len(flags), parameters=parameters)

    def only(self, rows: Places) -> "Side":
        """Some of the rows."""
        return Side(
            codes=self.codes[rows],
            truth=self.truth[rows],
            groups=self.groups[rows],
            weights=self.weights[rows],
            weighted=self.weighted,
        )


Truth = Callable[[Sheet], Floats]


def sides(
    inside: Sheet, outside: Sheet, column: str, truth: Truth, codes: tuple[Floats, Floats], *, classes: bool
) -> tuple[tuple[str, ...], Side, Side]:
    """Names of groups, and both data sets over the groups of the test data that have enough rows, of either class.

    Groups without are joined as ``others``, which come last. Raises Misuse for a column that is not there, CannotLook
    where fewer than two groups are left or weights are none.
    """
    named = []
    for sheet in (inside, outside):
        groups = groups_of(sheet, column)
        if groups is None:
            raise Misuse(
                f"the {sheet.id} data have no column {column!r} that makes groups",
                remedy="name a sensitive column; give one of numbers cut points (groups: [25, 60])",
            )
        named.append(groups)
    truths = truth(inside), truth(outside)
    among = [truths[1] > 0, truths[1] <= 0] if classes else [np.ones(len(truths[1]), dtype=bool)]
    sizes = {str(name): min(int(((named[1] == name) & of).sum()) for of in among) for name in np.unique(named[1])}
    kept = sorted(name for name, n in sizes.items() if n >= FLOOR)[:_MOST_GROUPS]
    if len(kept) < 2:  # noqa: PLR2004  a gap needs two
        of = " of either truth" if classes else ""
        raise CannotLook(f"fewer than two groups of {column!r} have {FLOOR} test rows{of}")
    place = {name: index for index, name in enumerate(kept)}
    made = []
    for sheet, groups, true, code in zip((inside, outside), named, truths, codes, strict=True):
        weights = sheet.weights
        made.append(
            Side(
                codes=code,
                truth=true,
                groups=np.array([place.get(str(name), len(kept)) for name in groups]),
                weights=np.ones(len(true)) if weights is None else weights,
                weighted=weights is not None,
            )
        )
    return (*kept, "others"), made[0], made[1]


def design(space: Space, codes: Floats) -> Callable[[Floats], Floats]:
    """From codes to what a linear rule learns from: numbers standardised as ``codes`` are, categories as indicators."""
    mean, spread = np.nanmean(codes, axis=0), np.nanstd(codes, axis=0)

    def laid(rows: Floats) -> Floats:
        parts = []
        for index, feature in enumerate(space.features):
            column = rows[:, index]
            if feature.kind == "category":
                parts.append((column[:, None] == np.arange(len(feature.values))).astype(np.float64))
            else:
                parts.append(np.nan_to_num((column - mean[index]) / (spread[index] or 1.0))[:, None])
        return np.concatenate(parts, axis=1)

    return laid


def attacked(side: Side, most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows to attack: without gaps, drawn at random where there are more."""
    usable = np.flatnonzero(np.isfinite(side.codes).all(axis=1))
    return np.sort(rng.permutation(usable)[:most])
