# SPDX-License-Identifier: Apache-2.0
"""Every measure of fairness from what the ledger holds: the counts behind sealed error rates, nothing asked anew.

HBK-FAI-002 seals each group's true and false positive rate with the people that they rest on; those four numbers are
the group's counts, and all measures of ``stats.fairness`` are functions of them. Where rows are weighted it seals the
sums of weights and of their squares beside them. HBK-FAI-003 seals the subgroups, HBK-FAI-004 the measures of scores,
HBK-FAI-005 those of predicted numbers, HBK-FAI-006 the subgroups that are told them least exactly,
HBK-FAI-007 whether people who are alike are decided alike.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.value import Value
from hauberk.stats.conflicts import conflicts
from hauberk.stats.fairness import CELLS
from hauberk.stats.fairness_estimates import REPLICATES, Estimate, Table, estimate

RATES = "HBK-FAI-002"
SUBGROUPS = "HBK-FAI-003"
SCORES = "HBK-FAI-004"
NUMBERS = "HBK-FAI-005"
NUMBER_SUBGROUPS = "HBK-FAI-006"
ALIKE = "HBK-FAI-007"
_ASKED = frozenset({RATES, SUBGROUPS, SCORES, NUMBERS, NUMBER_SUBGROUPS, ALIKE})
_LEAST = 2


class Group(Value, frozen=True, kw_only=True):
    """How often one group was decided how; positive is the favourable decision."""

    name: str
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    weights: tuple[float, ...] = ()
    """Sums of weights in the same order; empty where each row is one person."""
    squares: tuple[float, ...] = ()
    """Sums of squared weights."""

    @property
    def rows(self) -> tuple[int, ...]:
        """People, in the order of ``stats.fairness.CELLS``."""
        return self.true_positive, self.false_positive, self.false_negative, self.true_negative


class Dispute(Value, frozen=True, kw_only=True):
    """Two definitions that cannot both hold, or that nothing shows to be in conflict."""

    between: tuple[str, str]
    forced: bool
    words: str


class Comparison(Value, frozen=True, kw_only=True):
    """One model's decisions over the groups of one sensitive column."""

    evidence: str
    """Id of the evidence that the counts are read from."""
    model: str
    data: str
    column: str
    favourable: str
    groups: tuple[Group, ...]
    measures: tuple[Measurement, ...]
    """``parameters`` name the formula and, of a rate, the group; of a gap, the groups at both ends."""
    disputes: tuple[Dispute, ...] = ()
    left_out: str = ""
    """Why some groups are not compared."""
    weight: str = ""
    """Column that says for how many people a row stands; empty: for one."""


class Sealed(Value, frozen=True, kw_only=True):
    """A measurement of a model as the ledger holds it."""

    evidence: str
    model: str
    measure: Measurement


class Fairness(Value, frozen=True, kw_only=True):
    """What ``hauberk govern fairness --json`` prints."""

    schema: Literal["hauberk/fairness/1"] = "hauberk/fairness/1"
    system: str
    assessment: str
    integrity: str
    comparisons: tuple[Comparison, ...]
    worst: tuple[Sealed, ...]
    """The subgroup that fared worst, in each respect."""
    scores: tuple[Sealed, ...] = ()
    """Calibration, balance of classes and ranking of scores, of groups and as gaps."""
    numbers: tuple[Sealed, ...] = ()
    """Errors of predicted numbers, of groups and as gaps."""
    alike: tuple[Sealed, ...] = ()
    """Whether people who are alike are decided alike."""
    unable: tuple[str, ...] = ()
    """What could not be looked at, and why."""


def fairness(scan: Scan, *, level: float = 0.95, replicates: int = REPLICATES) -> Fairness:
    """All measures over the evidence of the last assessment; the same bits for the same evidence."""
    rates = [one for one in scan.evidence if one.card == RATES]
    asked = [one for one in scan.evidence if one.card in _ASKED]
    return Fairness(
        system=scan.system,
        assessment=scan.assessment.id if scan.assessment else "",
        integrity=scan.integrity,
        comparisons=tuple(one for each in rates for one in _comparisons(each, level, replicates)),
        worst=(*_sealed(scan, SUBGROUPS), *_sealed(scan, NUMBER_SUBGROUPS)),
        scores=tuple(_sealed(scan, SCORES)),
        numbers=tuple(_sealed(scan, NUMBERS)),
        alike=tuple(_sealed(scan, ALIKE)),
        unable=tuple(f"{one.asset.id}: {one.card}: {one.reason}" for one in asked if one.reason),
    )


def _sealed(scan: Scan, card: str) -> Iterator[Sealed]:
    for each in scan.evidence:
        if each.card == card:
            yield from (Sealed(evidence=each.id, model=each.asset.id, measure=one) for one in each.measurements)


def _comparisons(evidence: Evidence, level: float, replicates: int) -> Iterator[Comparison]:
    """One for each sensitive column that was measured."""
    columns = dict.fromkeys(
        (str(one.parameters["column"]), str(one.parameters.get("data")), str(one.parameters.get("favourable")))
        for one in evidence.measurements
        if "column" in one.parameters
    )
    for column, data, favourable in columns:
        mine = [one for one in evidence.measurements if one.parameters.get("column") == column]
        groups = tuple(_groups(mine))
        rates = ("true_positive_rate", "false_positive_rate")
        left = [one.note for one in mine if one.name in rates and one.value is None]
        table = _table(groups)
        rng = np.random.default_rng(evidence.seed)
        found = list(estimate(table, rng, level=level, replicates=replicates)) if len(groups) >= _LEAST else []
        yield Comparison(
            evidence=evidence.id,
            model=evidence.asset.id,
            data=data,
            column=column,
            favourable=favourable,
            groups=groups,
            measures=tuple(_measure(one, column, level, replicates) for one in found),
            disputes=tuple(
                Dispute(between=one.between, forced=one.forced, words=one.words) for one in conflicts(table, found)
            ),
            left_out="; ".join(dict.fromkeys(left)),
            weight=next((str(one.parameters["weight"]) for one in mine if one.parameters.get("weight")), ""),
        )


def _groups(measurements: list[Measurement]) -> Iterator[Group]:
    """Groups of which both rates are sealed: k is the rate times n, to the nearest whole person."""
    right, wrong = (
        {str(one.parameters["group"]): one for one in measurements if one.name == name and one.value is not None}
        for name in ("true_positive_rate", "false_positive_rate")
    )
    for name in (one for one in right if one in wrong):
        hit, fault = right[name], wrong[name]
        rows, weights, squares = (_cells(hit, fault, what) for what in ("rows", "weight", "squares"))
        if weights is None:
            chosen = [round((one.value or 0.0) * one.n) for one in (hit, fault)]
            rows = (*map(float, chosen), hit.n - chosen[0], fault.n - chosen[1])
        cells = dict(zip(CELLS, map(int, rows or ()), strict=True))
        yield Group(name=name, weights=weights or (), squares=squares or (), **cells)


def _cells(hit: Measurement, fault: Measurement, what: str) -> tuple[float, ...] | None:
    """Sums that were sealed with weighted rates, in the order of ``stats.fairness.CELLS``; None where none were."""
    found = [one.parameters.get(f"{what}_{side}") for side in ("chosen", "refused") for one in (hit, fault)]
    return tuple(float(one) for one in found if isinstance(one, int | float)) if None not in found else None


def _table(groups: tuple[Group, ...]) -> Table:
    rows, counts, squares = (
        np.array(one, dtype=np.float64).reshape(-1, len(CELLS))
        for one in (
            [one.rows for one in groups],
            [one.weights or one.rows for one in groups],
            [one.squares or one.rows for one in groups],
        )
    )
    return Table(names=tuple(one.name for one in groups), counts=counts, rows=rows, squares=squares)


def _measure(one: Estimate, column: str, level: float, replicates: int) -> Measurement:
    parameters: dict[str, Parameter] = {
        "column": column,
        "form": one.metric.form.value,
        "formula": one.metric.formula,
        "replicates": replicates,
    }
    ends = {"group": one.group, "more": one.more, "less": one.less}
    parameters |= {name: value for name, value in ends.items() if value}
    return Measurement(
        name=one.metric.name,
        value=one.value,
        low=one.low,
        high=one.high,
        level=level,
        n=one.n,
        parameters=parameters,
        note=one.note,
    )
