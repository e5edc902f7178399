# SPDX-License-Identifier: Apache-2.0
"""Decisions that treat groups more alike: weights before training, constraints in it, thresholds after it.

Reweighing: Kamiran and Calders, KAIS 2012. Exponentiated gradient: Agarwal, Beygelzimer, Dudik, Langford and Wallach,
ICML 2018. Thresholds by group after Hardt, Price and Srebro, NeurIPS 2016, but without a lottery: nobody is decided by
a coin. A rule is a chance of the favourable decision for each row; all but those of the exponentiated gradient are 0
or 1. ``weights`` say for how many people a row stands; law: a weight of 2 is the same row twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

_NEWTON = 12
_STEADY = 1e-8
_GRID = 64
"""Thresholds that are tried for each group."""
_SWEEPS = 6
_LEVELS = np.linspace(0.05, 0.95, 13)
"""True positive rates from which all groups start together."""
_ROUNDS = 20
_BOUND = 5.0
"""Largest price of one unit of unfairness, in errors."""
_MIXING = 2000
_PENALTY = 10.0


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What a rule costs and how unlike it treats groups, in shares."""

    accuracy: float
    equalized_odds: float
    """The wider of the gaps of true and false positive rates."""
    parity: float
    """The gap of selection rates."""


def quality(chosen: Floats, deserved: Flags, groups: Places) -> Quality:
    """Of chances of the favourable decision; groups without one of a truth have no rate and are left out of its gap."""
    right = np.where(deserved, chosen, 1 - chosen)
    gaps = [_gap(chosen[truth], groups[truth]) for truth in (deserved, ~deserved)]
    return Quality(accuracy=float(right.mean()), equalized_odds=max(gaps), parity=_gap(chosen, groups))


def _gap(chosen: Floats, groups: Places) -> float:
    sizes = np.bincount(groups)
    rates = np.bincount(groups, chosen)[sizes > 0] / sizes[sizes > 0]
    return float(np.ptp(rates)) if len(rates) else 0.0


def logistic(features: Floats, outcome: Floats, weights: Floats, ridge: float = 1.0) -> Callable[[Floats], Floats]:
    """A logistic regression of weighted rows by Newton's method: gives each row's share of the outcome."""
    design = np.concatenate([np.ones((len(features), 1)), features], axis=1)
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 1e-6
    beta = np.zeros(design.shape[1])
    for _ in range(_NEWTON):
        share = _sigmoid(design @ beta)
        bend = weights * np.maximum(share * (1 - share), 1e-6)
        slope = design.T @ (weights * (share - outcome)) + penalty * beta
        step = np.linalg.solve((design * bend[:, None]).T @ design + np.diag(penalty), slope)
        beta = beta - step
        if np.abs(step).max() < _STEADY:
            break
    return lambda rows: _sigmoid(beta[0] + rows @ beta[1:])


def _sigmoid(margin: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(margin, -30, 30)))
    return found


def reweighed(deserved: Flags, groups: Places, weights: Floats | None = None) -> Floats:
    """Weights under which truth and group are independent; each cell has the weight it would have were they so."""
    people = np.ones(len(groups)) if weights is None else weights
    cell = groups * 2 + deserved
    size = int(groups.max()) + 1
    held = np.bincount(cell, people, minlength=2 * size).reshape(size, 2)
    expected = held.sum(axis=1, keepdims=True) * held.sum(axis=0, keepdims=True) / people.sum()
    found: Floats = people * (expected / _positive(held))[groups, deserved.astype(np.intp)]
    return found


def _positive(sums: NDArray[Any]) -> Floats:
    """Sums to divide by: 1 for those that are zero."""
    return np.where(sums > 0, sums, 1.0)


def thresholds(scores: Floats, deserved: Flags, groups: Places, price: float, weights: Floats | None = None) -> Floats:
    """A threshold for each group that minimises errors plus ``price`` times the equalized-odds gap on these rows.

    Coordinate descent over quantiles of each group's scores, from the common threshold of a half and from equal true
    positive rates; deterministic.
    """
    size = int(groups.max()) + 1
    people = np.ones(len(scores)) if weights is None else weights
    grids = [np.unique(np.append(np.quantile(scores[groups == g], np.linspace(0, 1, _GRID)), 0.5)) for g in range(size)]
    rates = [_rates(scores[groups == g], deserved[groups == g], people[groups == g], grids[g]) for g in range(size)]
    starts = [np.array([int(np.searchsorted(grid, 0.5)) for grid in grids])]
    starts += [np.array([int(np.abs(one[0] - level).argmin()) for one in rates]) for level in _LEVELS]
    settled = [_settled(rates, start, price, float(people.sum())) for start in starts]
    _, at = min(settled, key=lambda one: one[0])
    return np.array([grids[group][at[group]] for group in range(size)])


def _settled(rates: list[Floats], start: Places, price: float, n: float) -> tuple[float, Places]:
    """Where coordinate descent from a start comes to rest, and what it costs there."""
    at, cost = start.copy(), np.inf
    for _ in range(_SWEEPS):
        before = at.copy()
        for group in range(len(rates)):
            at[group], cost = _best(rates, at, group, price, n)
        if (before == at).all():
            break
    return float(cost), at


def _rates(scores: Floats, deserved: Flags, people: Floats, grid: Floats) -> Floats:
    """True and false positive rates and errors of each threshold, (3, thresholds)."""
    above = scores[:, None] >= grid
    rates = [people[of] @ above[of] / (people[of].sum() or 1.0) for of in (deserved, ~deserved)]
    return np.stack([*rates, people @ (above != deserved[:, None])])


def _best(rates: list[Floats], at: Places, group: int, price: float, n: float) -> tuple[int, float]:
    """The threshold of one group while the others keep theirs, and the cost of all."""
    others = [rates[one][:, at[one]] for one in range(len(rates)) if one != group]
    mine = rates[group]
    cost = (mine[2] + sum(one[2] for one in others)) / n
    if others:
        held = np.stack(others)
        high, low = (np.maximum(mine[:2], held[:, :2].max(axis=0)[:, None]), held[:, :2].min(axis=0)[:, None])
        cost = cost + price * (high - np.minimum(mine[:2], low)).max(axis=0)
    return int(cost.argmin()), float(cost.min())


Learner = Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]
"""Features, outcomes, weights to a rule's shares."""


def exponentiated(
    learner: Learner,
    features: Floats,
    deserved: Flags,
    groups: Places,
    slack: float,
    weights: Floats | None = None,
) -> Callable[[Floats], Floats]:
    """The mean of rules that a game between errors and the price of unequal odds settles on; ``slack`` is allowed.

    The result is a chance of the favourable decision: where the rules disagree, whoever must decide draws.
    """
    size, truth = int(groups.max()) + 1, deserved.astype(np.intp)
    people = np.ones(len(truth)) if weights is None else weights
    sizes = np.bincount(groups * 2 + truth, people, minlength=2 * size).reshape(size, 2).T
    totals = sizes.sum(axis=1)
    theta, rules, errors, moments = np.zeros((2, 2, size)), [], [], []
    for step in range(_ROUNDS):
        raised = np.exp(theta - theta.max())
        price = _BOUND * raised / (np.exp(-theta.max()) + raised.sum())
        signed = price[0] - price[1]
        cost = (1 - 2 * truth) / people.sum() + signed[truth, groups] / _positive(sizes)[truth, groups]
        cost = people * (cost - (signed.sum(axis=1) / totals)[truth])
        weight = np.abs(cost)
        rule = learner(features, (cost < 0).astype(np.float64), weight * len(weight) / weight.sum())
        rules.append(rule)
        given = (rule(features) >= 0.5).astype(np.float64)  # noqa: PLR2004  even odds
        apart = np.stack([_moments(given, truth == one, groups, people, size) for one in (0, 1)])
        errors.append(float(np.average(given != truth, weights=people)))
        moments.append(apart.ravel())
        theta = theta + (2.0 / np.sqrt(step + 1)) * np.stack([apart - slack, -apart - slack])
    shares = _mixed(np.array(errors), np.stack(moments), slack)

    def chance(rows: Floats) -> Floats:
        votes = np.stack([rule(rows) >= 0.5 for rule in rules])  # noqa: PLR2004  even odds
        found: Floats = np.clip(shares @ votes, 0.0, 1.0)
        return found

    return chance


def _mixed(errors: Floats, moments: Floats, slack: float) -> Floats:
    """Shares of the rules that minimise errors plus the penalty of the widest gap beyond the slack.

    Mirror descent on the simplex; the best iterate is kept. Shares below a thousandth are dropped.
    """
    signed = np.concatenate([moments, -moments], axis=1)
    weights = np.full(len(errors), 1 / len(errors))
    best, least = weights, np.inf
    for step in range(_MIXING):
        gaps = weights @ signed
        worst = int(gaps.argmax())
        cost = float(weights @ errors) + _PENALTY * max(float(gaps[worst]) - slack, 0.0)
        if cost < least:
            best, least = weights, cost
        slope = errors + (_PENALTY * signed[:, worst] if gaps[worst] > slack else 0.0)
        weights = weights * np.exp(-(slope - slope.min()) / np.sqrt(step + 1))
        weights = weights / weights.sum()
    kept = np.where(best >= 1e-3, best, 0.0)  # noqa: PLR2004  said above
    found: Floats = kept / kept.sum()
    return found


def _moments(given: Floats, of: Flags, groups: Places, people: Floats, size: int) -> Floats:
    """Each group's rate among rows of one truth, less that of all of them."""
    held = np.bincount(groups[of], people[of], minlength=size)
    rates = np.bincount(groups[of], people[of] * given[of], minlength=size) / _positive(held)
    return np.where(held > 0, rates - np.average(given[of], weights=people[of]), 0.0)
