# SPDX-License-Identifier: Apache-2.0
"""Predicted numbers whose errors are more alike between groups: weights and bounds in fitting, corrections after it.

A correction by group is a shift (the group's mean error is taken off) or a line (the group's own calibration). Bounded
group loss: Agarwal, Dudik and Wu, ICML 2019, by exponentiated gradient over groups; of linear rules the mean of rounds
is a rule, so that nobody is told a number by a draw. ``weights`` say for how many people a row stands.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Learner = Callable[[Floats, Floats, Floats], Callable[[Floats], Floats]]
"""Features, truth, weights to a rule that predicts a number for each row."""

_ROUNDS = 50
_BOUND = 10.0
"""Largest price of one unit of a group's loss beyond its bound, in units of everybody's."""
_MIXING, _PENALTY = 2000, 10.0


def ridge(features: Floats, truth: Floats, weights: Floats, penalty: float = 1.0) -> Callable[[Floats], Floats]:
    """A ridge regression of weighted rows; the constant is not shrunk."""
    share = weights / weights.sum()
    middle, mean = share @ features, float(share @ truth)
    off = features - middle
    pull = penalty * np.eye(features.shape[1])
    beta = np.linalg.solve((off * weights[:, None]).T @ off + pull, off.T @ (weights * (truth - mean)))

    def told(rows: Floats) -> Floats:
        found: Floats = mean + (rows - middle) @ beta
        return found

    return told


def shifts(predicted: Floats, truth: Floats, groups: Places, weights: Floats) -> Floats:
    """What to add to the numbers of each group so that its mean error is zero on these rows; 0 for an empty group."""
    total = np.bincount(groups, weights)
    found: Floats = np.bincount(groups, weights * (truth - predicted)) / np.where(total > 0, total, 1.0)
    return found


def lines(predicted: Floats, truth: Floats, groups: Places, weights: Floats) -> Floats:
    """Constant and slope of each group by weighted least squares, (groups, 2); slope 1 where there is no spread."""
    size = int(groups.max()) + 1
    found = np.tile([0.0, 1.0], (size, 1))
    for group in range(size):
        mine = groups == group
        if not mine.any() or not weights[mine].any():
            continue
        x, y, weight = predicted[mine], truth[mine], weights[mine] / weights[mine].sum()
        spread = weight @ (x - weight @ x) ** 2
        slope = weight @ ((x - weight @ x) * (y - weight @ y)) / spread if spread > 0 else 1.0
        found[group] = weight @ y - slope * (weight @ x), slope
    return found


def alike(groups: Places, weights: Floats) -> Floats:
    """Weights under which every group counts as much as any other, as many people in all as before."""
    total = np.bincount(groups, weights)
    found: Floats = weights * weights.sum() / (total[groups] * (total > 0).sum())
    return found


def bounded(
    learner: Learner, features: Floats, truth: Floats, groups: Places, weights: Floats, *, part: float
) -> Callable[[Floats], Floats]:
    """The mixture of rules that a game between everybody's squared error and the worst group's leads to.

    The bound that no group's mean squared error shall exceed lies ``part`` of the way from everybody's to the worst
    group's, both by the rule that is fitted without it: 1 asks for nothing, 0 that no group fare worse than all do now.
    """
    size = int(groups.max()) + 1
    total = np.bincount(groups, weights, minlength=size)
    held = np.where(total > 0, total, 1.0)

    def losses(told: Callable[[Floats], Floats]) -> Floats:
        by_group: Floats = np.bincount(groups, weights * (told(features) - truth) ** 2, minlength=size) / held
        return by_group

    rules = [learner(features, truth, weights)]
    first = losses(rules[0])
    everybody = float(total @ first / total.sum())
    bound = everybody + part * (float(first.max()) - everybody)
    theta, seen = np.zeros(size), [first]
    for step in range(_ROUNDS):
        raised = np.exp(theta - max(float(theta.max()), 0.0))
        price = _BOUND * raised / (np.exp(-max(float(theta.max()), 0.0)) + raised.sum())
        rules.append(learner(features, truth, weights * (1 + (price * total.sum() / held)[groups])))
        seen.append(losses(rules[-1]))
        theta = theta + (2.0 / np.sqrt(step + 1)) * (seen[-1] - bound) / (everybody or 1.0)
    shares = _mixed(np.stack(seen) / (everybody or 1.0), total / total.sum(), bound / (everybody or 1.0))

    def told(rows: Floats) -> Floats:
        found: Floats = shares @ np.stack([rule(rows) for rule in rules])
        return found

    return told


def _mixed(losses: Floats, people: Floats, bound: float) -> Floats:
    """Shares of the rules that minimise everybody's loss and a penalty on the worst group's beyond the bound.

    Mirror descent on the simplex; the best iterate is kept. ``losses`` are (rules, groups).
    """
    shares = np.full(len(losses), 1 / len(losses))
    best, least = shares, np.inf
    for step in range(_MIXING):
        by_group = shares @ losses
        worst = int(by_group.argmax())
        cost = float(people @ by_group) + _PENALTY * max(float(by_group[worst]) - bound, 0.0)
        if cost < least:
            best, least = shares, cost
        slope = losses @ people + (_PENALTY * losses[:, worst] if by_group[worst] > bound else 0.0)
        shares = shares * np.exp(-(slope - slope.min()) / np.sqrt(step + 1))
        shares = shares / shares.sum()
    return best
