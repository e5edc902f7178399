# SPDX-License-Identifier: Apache-2.0
"""Shapley values of a game: what each player brings to what all together reach, by four roads to one number.

A game gives the value of every coalition that it is asked about, for several outcomes (rows explained) at once:
``value(coalitions)``, (m, players) of bool, answers (m, rows). Law (efficiency): the contributions of a row sum to
the value of all players less the value of none.

Shapley, 1953; kernel: Lundberg and Lee, NeurIPS 2017, and Covert and Lee, AISTATS 2021 (paired draws); permutations:
Castro, Gomez and Tejada, Computers and Operations Research 2009, drawn forwards and backwards.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Game = Callable[[Flags], Floats]

MOST_EXACT = 12
"""Players up to which all coalitions are asked about."""
_TOLERANCE = 1e-5
"""How far an additive game may be from its sum, of the widest value: scores come in binary32."""


def coalitions(players: int) -> Flags:
    """All of them, (2^players, players): bit i of the row's number says whether player i is in."""
    found: Flags = (np.arange(1 << players)[:, None] >> np.arange(players) & 1).astype(bool)
    return found


def exact(game: Game, players: int) -> Floats:
    """Contributions, (rows, players), from all coalitions; raises ValueError beyond ``MOST_EXACT`` players."""
    if not 1 <= players <= MOST_EXACT:
        raise ValueError("all coalitions of so many players are not asked about")
    members = coalitions(players)
    values = game(members)
    sizes = members.sum(axis=1)
    weight = np.array([1 / (players * math.comb(players - 1, size)) for size in range(players)])
    found = []
    for player in range(players):
        without = np.flatnonzero(~members[:, player])
        gained = values[without | (1 << player)] - values[without]
        found.append(weight[sizes[without]] @ gained)
    return np.stack(found, axis=1)


def additive(game: Game, players: int) -> Floats | None:
    """Contributions of a game whose players do not interact, from players + 2 coalitions; None where they do."""
    asked = np.concatenate([np.zeros((1, players), bool), np.eye(players, dtype=bool), np.ones((1, players), bool)])
    values = game(asked)
    found = (values[1:-1] - values[0]).T
    missing = np.abs(found.sum(axis=1) - (values[-1] - values[0]))
    others = np.tri(players, dtype=bool)[: max(players - 1, 1)]
    partial = np.abs(others.astype(np.float64) @ found.T - (game(others) - values[0]))
    size = max(float(np.ptp(values)), float(np.abs(values).max()), 1e-9)
    return found if max(missing.max(), partial.max()) <= _TOLERANCE * size else None


def kernel(game: Game, players: int, draws: int, rng: np.random.Generator) -> Floats:
    """Contributions by weighted least squares over ``draws`` coalitions, each with its complement; players from 2."""
    sizes = np.arange(1, players)
    chance = 1 / (sizes * (players - sizes))
    size = rng.choice(sizes, draws // 2, p=chance / chance.sum())
    order = rng.random((len(size), players)).argsort(axis=1).argsort(axis=1)
    half = order < size[:, None]
    members, times = np.unique(np.concatenate([half, ~half]), axis=0, return_counts=True)
    ends = game(np.stack([np.zeros(players, bool), np.ones(players, bool)]))
    total = ends[1] - ends[0]
    target = game(members) - ends[0] - members[:, -1:] * total
    design = members[:, :-1].astype(np.float64) - members[:, -1:]
    root = np.sqrt(times)[:, None]
    first = np.linalg.lstsq(root * design, root * target, rcond=None)[0]
    return np.concatenate([first, (total - first.sum(axis=0))[None]]).T


def permutation(game: Game, players: int, draws: int, rng: np.random.Generator) -> Floats:
    """Contributions as means over ``draws`` orders of joining, each walked both ways; unbiased."""
    found = np.zeros((0, 0))
    for _ in range(draws):
        order = rng.permutation(players)
        for walk in (order, order[::-1]):
            members = np.zeros((players + 1, players), dtype=bool)
            for step, player in enumerate(walk, 1):
                members[step:, player] = True
            gained = np.diff(game(members), axis=0)
            brought = np.empty_like(gained.T)
            brought[:, walk] = gained.T
            found = brought if not found.size else found + brought
    return found / (2 * draws)
