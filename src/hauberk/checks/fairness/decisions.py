# SPDX-License-Identifier: Apache-2.0
"""A model's decisions on its test data, cut into the groups of each sensitive column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.system import Effect
from hauberk.core.target import Target
from hauberk.models.model import Floats, label_text
from hauberk.models.trial import MOST_GROUPS, REGRESS, Sheet, groups_of, is_tested, open_for, rows_of, tested_on
from hauberk.stats.fairness import Form
from hauberk.stats.fairness_estimates import REPLICATES, Estimate, Table, estimate, tabulate
from hauberk.stats.groups import Count, count, widest_gap
from hauberk.stats.intervals import wilson

FLOOR = 30
"""Rows below which a group's rate is not estimated, and the group is not named."""
MOST_ROWS = 1_000_000

Flags = NDArray[np.bool_]
Shared = Mapping[str, Parameter]
_INTERVALS = {
    Form.RATE: "wilson of effective rows (Kish), bonferroni",
    Form.DIFFERENCE: "bootstrap of weighted rows, studentised, all pairs at once",
}
_CELLS = {"true_positive_rate": (0, 2), "false_positive_rate": (1, 3)}
"""Places in ``stats.fairness.CELLS`` of those who were chosen and those who were not."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Decisions:
    """What the model decided on its test rows; favourable is what is good for the person."""

    sheet: Sheet
    chosen: Flags
    """Favourable by the model."""
    deserved: Flags
    """Favourable by the true label."""
    weights: Floats | None
    """For how many people each row stands; None: for one."""
    seed: int
    told: Shared
    """Which columns the model was given, where not all were."""


def touches_people(target: Target) -> bool:
    """Whether fairness is a question: a declared model whose data have sensitive columns, or that affects people."""
    declared = target.declared
    return declared is not None and declared.facts.task != REGRESS and concerns_people(target)


def concerns_people(target: Target) -> bool:
    """The same of a model of whatever task."""
    system, declared = target.system, target.declared
    if system is None or declared is None or not is_tested(target):
        return False
    data = [system.declared(name) for name in declared.facts.tested_on]
    sensitive = any(column.sensitive for one in data if one for column in one.facts.columns)
    return sensitive or system.effect is not Effect.NONE


def decide(target: Target) -> Decisions:
    """Ask the model about its test data; raises CannotLook saying what the manifest lacks."""
    sheet = tested_on(target)
    if not sheet.facts.favourable:
        raise CannotLook(
            f"{sheet.id}: the manifest does not say which label is good for the person",
            remedy="add facts.favourable to the data set",
        )
    if not any(column.sensitive for column in sheet.facts.columns):
        raise CannotLook(f"{sheet.id}: the manifest names no sensitive column", remedy="mark them with sensitive: true")
    truth, good = sheet.labels, label_text(np.asarray([sheet.facts.favourable]))[0]
    if not (truth == good).any():
        raise CannotLook(f"{sheet.id}: no row has the favourable label", remedy="correct facts.favourable")
    model = open_for(target, sheet, budget=MOST_ROWS)
    given = model.labels(rows_of(sheet, model))
    return Decisions(
        sheet=sheet,
        chosen=given == good,
        deserved=truth == good,
        weights=sheet.weights,
        seed=target.seed,
        told=model.told,
    )


def sensitive_groups(sheet: Sheet) -> Iterator[tuple[str, NDArray[np.str_]]]:
    """Each sensitive column with the group of each row.

    Raises CannotLook at the end for columns that cannot be cut into groups, so that the others are measured first.
    """
    unclear = []
    for column in sheet.facts.columns:
        if not column.sensitive or column.name == sheet.facts.label:
            continue
        groups = groups_of(sheet, column.name)
        if groups is None:
            unclear.append(column.name)
        else:
            yield column.name, groups
    if unclear:
        raise CannotLook(
            f"{sheet.id}: no groups for {', '.join(unclear)}: no such column, or more than {MOST_GROUPS} values",
            remedy="give numeric columns cut points (groups: [25, 60])",
        )


def columns_of(sheet: Sheet) -> tuple[dict[str, NDArray[np.str_]], CannotLook | None]:
    """All sensitive columns that can be cut into groups, and what is to be raised once they were measured."""
    found: dict[str, NDArray[np.str_]] = {}
    try:
        for name, groups in sensitive_groups(sheet):
            found[name] = groups  # noqa: PERF403  a loop keeps what came before the error
    except CannotLook as error:
        return found, error
    return found, None


def compared(
    decisions: Decisions, groups: NDArray[np.str_], rates: Sequence[str], difference: str, shared: Shared
) -> Iterator[Measurement]:
    """Each group's rates, then the widest gap of any; weighted where the rows are."""
    if decisions.weights is not None:
        yield from weighed(decisions, groups, rates, difference, shared)
        return
    among = {
        "selection_rate": np.ones(len(groups), dtype=bool),
        "true_positive_rate": decisions.deserved,
        "false_positive_rate": ~decisions.deserved,
    }
    yield from measure(
        difference, {rate: count(decisions.chosen[among[rate]], groups[among[rate]]) for rate in rates}, shared
    )


def weighed(
    decisions: Decisions, groups: NDArray[np.str_], rates: Sequence[str], difference: str, shared: Shared
) -> Iterator[Measurement]:
    """The same of rows that stand for so many people; what any measure needs of a group's weights is kept."""
    names, number = np.unique(groups, return_inverse=True)
    table = tabulate(decisions.chosen, decisions.deserved, number, [str(one)[:80] for one in names], decisions.weights)
    given = {**shared, "weight": decisions.sheet.facts.weight, "floor": FLOOR, "replicates": REPLICATES}
    for one in estimate(table, np.random.default_rng(decisions.seed), floor=FLOOR):
        if one.metric.name not in {*rates, difference}:
            continue
        parameters: dict[str, Parameter] = {**given, "interval": _INTERVALS[one.metric.form]}
        if one.metric.form is Form.RATE:
            parameters["group"] = one.group or None
            parameters |= _sums(table, one) if one.group else {}
        else:
            parameters |= {"more": one.more, "less": one.less}
        yield Measurement(
            name=one.metric.name,
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
            parameters=parameters,
            note=one.note,
        )


def _sums(table: Table, one: Estimate) -> dict[str, Parameter]:
    """Rows, weights and squared weights of those of a group who were chosen, and of those who were not."""
    right, wrong = _CELLS.get(one.metric.name, (None, None))
    if right is None or wrong is None:
        return {}
    place = table.names.index(one.group)
    kept = (("rows", table.rows), ("weight", table.counts), ("squares", table.squares))
    return {
        f"{what}_{side}": float(sums[place, cell])
        for what, sums in kept
        for side, cell in (("chosen", right), ("refused", wrong))
    }


def measure(difference: str, families: Mapping[str, Mapping[str, Count]], shared: Shared) -> Iterator[Measurement]:
    """Each group's rate in each family, then the widest gap; groups under the floor are counted, not named."""
    kept: dict[str, dict[str, Count]] = {}
    for rate, counts in families.items():
        kept[rate] = {name: one for name, one in counts.items() if one[1] >= FLOOR}
        for name, (k, n) in kept[rate].items():
            low, high = wilson(k, n)
            parameters: dict[str, Parameter] = {**shared, "group": name[:80], "interval": "wilson"}
            yield Measurement(name=rate, value=k / n, low=low, high=high, n=n, parameters=parameters)
        small = sorted(n for _, n in counts.values() if n < FLOOR)
        if small:
            note = f"not estimable at n={', '.join(map(str, small[:10]))}: a group needs {FLOOR} rows"
            yield Measurement(name=rate, value=None, n=sum(small), parameters={**shared, "group": None}, note=note)
    gap = widest_gap(kept.values())
    parameters = {**shared, "floor": FLOOR}
    if gap is None:
        sizes = ", ".join(str(n) for counts in families.values() for _, n in list(counts.values())[:10])
        note = f"not estimable at n={sizes}: fewer than two groups have {FLOOR} rows"
        yield Measurement(name=difference, value=None, parameters=parameters, note=note)
        return
    parameters |= {"more": gap.more[:80], "less": gap.less[:80], "interval": "newcombe, bonferroni", "pairs": gap.pairs}
    yield Measurement(name=difference, value=gap.value, low=gap.low, high=gap.high, n=gap.n, parameters=parameters)
