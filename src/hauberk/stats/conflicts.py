# SPDX-License-Identifier: Apache-2.0
"""Which definitions of fairness cannot hold together on these data, in words and with the numbers that force it.

Where base rates differ, a decision that is not perfect cannot have equal predictive values and equal error rates
(Chouldechova, Big Data 2017), a score cannot be calibrated in both groups and balanced for both classes (Kleinberg,
Mullainathan and Raghavan, ITCS 2017), and equal selection with equal error rates means a decision that ignores the
truth (Barocas, Hardt and Narayanan 2023, chapter 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hauberk.stats.fairness import Floats, rates
from hauberk.stats.fairness_estimates import Estimate, Table


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two definitions that cannot both hold here, or that nothing shows to be in conflict."""

    between: tuple[str, str]
    forced: bool
    """Whether the data show the condition that makes them exclusive."""
    words: str


@dataclass(frozen=True, kw_only=True)
class _Exclusive:
    """Two definitions that different base rates set against each other."""

    between: tuple[str, str]
    unless_right: bool
    """Whether a decision that is always right escapes."""
    why: str


_EXCLUSIVE = (
    _Exclusive(
        between=("calibration within groups", "equalized odds"),
        unless_right=True,
        why="a score that means the same in every group and equal error rates hold together only where all are decided "
        "rightly",
    ),
    _Exclusive(
        between=("demographic parity", "equalized odds"),
        unless_right=False,
        why="equal selection with equal error rates holds only for a decision that ignores who deserves it",
    ),
    _Exclusive(
        between=("demographic parity", "conditional use accuracy"),
        unless_right=False,
        why="with equal selection, the favourable or the unfavourable decision is right less often in one group",
    ),
)


def conflicts(table: Table, estimates: Sequence[Estimate]) -> tuple[Conflict, ...]:
    """What the base rates of these groups force; empty where no two groups have an estimable base rate."""
    base = next((one for one in estimates if one.metric.name == "base_rate_difference"), None)
    if base is None or base.value is None or base.low is None or base.high is None:
        return ()
    values = rates(table.counts)
    shown = f"{base.more!r} {_of(table, values, base.more):.3f}, {base.less!r} {_of(table, values, base.less):.3f}"
    gap = f"gap {base.value:.3f} [{base.low:.3f}, {base.high:.3f}]"
    if base.low <= 0:
        words = f"base rates are not shown to differ ({shown}; {gap}): these definitions are not shown to conflict"
        return tuple(Conflict(between=one.between, forced=False, words=words) for one in _EXCLUSIVE)
    right = not table.counts[:, 1:3].any()
    found = [
        Conflict(
            between=one.between,
            forced=not (right and one.unless_right),
            words=f"base rates differ ({shown}; {gap}): {one.why}",
        )
        for one in _EXCLUSIVE
    ]
    implied = _implied(table, base)
    if implied:
        found.append(Conflict(between=("predictive parity", "equalized odds"), forced=True, words=implied))
    return tuple(found)


def _of(table: Table, values: dict[str, Floats], group: str) -> float:
    return float(values["base_rate"][table.names.index(group)])


def _implied(table: Table, base: Estimate) -> str:
    """False positive rates that equal predictive values and equal opportunity would force: p/(1-p) (1-PPV)/PPV TPR."""
    pooled = rates(table.counts.sum(axis=0, keepdims=True))
    value, opportunity = (float(pooled[name][0]) for name in ("positive_predictive_value", "true_positive_rate"))
    shares = rates(table.counts)["base_rate"]
    ends = [float(shares[table.names.index(group)]) for group in (base.more, base.less)]
    if not (np.isfinite(value) and np.isfinite(opportunity)) or value in {0, 1} or opportunity == 0 or max(ends) >= 1:
        return ""
    forced = [min(1.0, share / (1 - share) * (1 - value) / value * opportunity) for share in ends]
    return (
        f"were a favourable decision right as often in both groups ({value:.3f}), and given as often to those who "
        f"deserve it ({opportunity:.3f}), it would go to {forced[0]:.3f} of those in {base.more!r} who do not, and to "
        f"{forced[1]:.3f} in {base.less!r}"
    )
