# SPDX-License-Identifier: Apache-2.0
"""Shapley values: four roads lead to the same numbers, which obey the axioms."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.stats.shapley import additive, coalitions, exact, kernel, permutation


def arbitrary(players, seed, rows=2):
    """A game whose every coalition has a value of its own."""
    values = np.random.default_rng(seed).normal(size=(1 << players, rows))
    return lambda members: values[members @ (1 << np.arange(players))]


def by_definition(game, players):
    """The mean of what each player adds, over all orders."""
    total = np.zeros((players, game(np.zeros((1, players), bool)).shape[1]))
    orders = list(permutations(range(players)))
    for order in orders:
        members = np.zeros((1, players), bool)
        before = game(members)[0]
        for player in order:
            members[0, player] = True
            after = game(members)[0]
            total[player] += after - before
            before = after
    return (total / len(orders)).T


@pytest.mark.parametrize("players", [1, 2, 3, 5])
def test_all_coalitions_give_what_all_orders_give(players):
    game = arbitrary(players, players)
    np.testing.assert_allclose(exact(game, players), by_definition(game, players), atol=1e-12)


@given(players=st.integers(2, 7), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_contributions_sum_to_what_all_reach_together(players, seed):
    game, rng = arbitrary(players, seed), np.random.default_rng(seed)
    ends = game(coalitions(players)[[0, -1]])
    for found in (exact(game, players), kernel(game, players, 64, rng), permutation(game, players, 3, rng)):
        np.testing.assert_allclose(found.sum(axis=1), ends[1] - ends[0], atol=1e-9)


def test_estimates_come_near_the_exact_numbers():
    game, rng = arbitrary(6, 1), np.random.default_rng(0)
    true = exact(game, 6)
    assert np.abs(kernel(game, 6, 20_000, rng) - true).max() < 0.06
    assert np.abs(permutation(game, 6, 3000, rng) - true).max() < 0.06


def test_a_game_without_interactions_is_known_from_few_coalitions_and_another_is_not_taken_for_one():
    weights = np.random.default_rng(2).normal(size=(5, 3))
    np.testing.assert_allclose(additive(lambda members: members @ weights + 4.0, 5), weights.T, atol=1e-12)
    assert additive(lambda members: members @ weights + (members[:, :1] & members[:, 3:4]), 5) is None
    # what cancels out where everybody is in is met where some are
    assert additive(lambda m: m @ weights + ((m[:, :1] & m[:, 1:2]) * 1.0 - (m[:, 3:4] & m[:, 4:5])), 5) is None


def test_a_player_that_never_matters_brings_nothing_and_equal_players_bring_the_same():
    found = exact(lambda members: (members[:, :1] ^ members[:, 1:2]).astype(float), 3)
    np.testing.assert_allclose(found[0, 2], 0, atol=1e-12)
    np.testing.assert_allclose(found[0, 0], found[0, 1], atol=1e-12)


def test_too_many_players_are_refused():
    with pytest.raises(ValueError, match="not asked about"):
        exact(lambda members: members * 1.0, 13)
