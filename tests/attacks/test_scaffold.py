# SPDX-License-Identifier: Apache-2.0
"""Two rules are told from one, however crooked the one is."""

import numpy as np
import pytest

from hauberk.attacks.scaffold import KINDS, perturbed, regimes

RNG = np.random.default_rng(0)
WEALTH = RNG.normal(0, 1, 600)
ROWS = np.column_stack(
    [*(WEALTH + RNG.normal(0, 0.1, 600) for _ in range(4)), RNG.choice([0.0, 1.0], 600), RNG.choice([0.0, 1.0], 600)]
)
WHOLE = np.array([False] * 4 + [True, True])


def real(rows):
    """Whether the four readings agree, as those of people do."""
    return np.ptp(rows[:, :4], axis=1) < 0.6


HONEST = {
    "by group": lambda rows: rows[:, 4] > 0.5,
    "crooked": lambda rows: np.sin(3 * rows[:, 0]) + rows[:, 4] > 0.5,
    "by one reading": lambda rows: rows[:, 2] > 0.3,
    "all one answer": lambda rows: np.ones(len(rows), bool),
}


@pytest.mark.parametrize(
    "rule", [pytest.param(one, marks=pytest.mark.slow if one.startswith("by ") else ()) for one in HONEST]
)
def test_one_rule_has_no_gap(rule):
    found = regimes(HONEST[rule], ROWS, WHOLE, np.random.default_rng(1), queries=1500)
    assert max(one.gap for one in found) < 0.08


def test_two_rules_have_one():
    two = lambda rows: np.where(real(rows), rows[:, 4] > 0.5, rows[:, 5] > 0.5)  # noqa: E731
    found = regimes(two, ROWS, WHOLE, np.random.default_rng(1), queries=1500)
    assert max(one.gap for one in found) > 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_perturbed_rows_keep_their_shape_and_leave_the_real_ones(kind):
    made = perturbed(ROWS, kind, 500, WHOLE, np.random.default_rng(2))
    assert made.shape == (500, 6)
    assert real(made).mean() < real(ROWS).mean() - 0.1
