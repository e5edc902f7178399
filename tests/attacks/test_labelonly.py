# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from hauberk.attacks.labelonly import Settings, evade
from hauberk.attacks.space import learn_space
from hauberk.core.system import Column

THOROUGH = Settings(eps=0.0, budget=600, restarts=3, exchanges=60)


def mixed_rows(rng, n):
    return {
        "amount": rng.uniform(0, 100, n),
        "months": rng.integers(1, 49, n).astype(float),
        "age": rng.integers(18, 80, n).astype(float),
        "purpose": rng.choice(np.array(["car", "radio", "school", "boat"], dtype=object), n),
        "housing": rng.choice(np.array(["own", "rent"], dtype=object), n),
    }


def worth(rows):
    bonus = {"car": 0.0, "radio": 0.2, "school": 0.6, "boat": -0.5}
    purpose = np.array([bonus[value] for value in rows["purpose"]])
    return rows["amount"] / 100 - rows["months"] / 48 + purpose + 0.3 * (rows["housing"] == "own") + rows["age"] / 90


def label_by(worth_of, space, threshold):
    return lambda codes: np.where(worth_of(space.rows(codes)) > threshold, "yes", "no")


def linear_optimum(weights, spread, low, high, row, threshold):
    """Least Gower distance to the other side of w.x = threshold: features by worth of their whole range, best first."""
    gap = threshold - row @ weights
    room = np.where(weights * gap > 0, high - row, row - low) * np.abs(weights)
    efficiency = np.abs(weights) * spread
    need, spent = abs(gap), 0.0
    for index in np.argsort(-efficiency):
        used = min(need, room[index])
        spent += used / efficiency[index]
        need -= used
        if need <= 1e-12:
            return spent / len(row)
    return np.inf


def test_on_a_linear_model_the_distance_is_near_the_analytic_optimum_and_never_below_it():
    rng = np.random.default_rng(0)
    weights = np.array([3.0, -2.0, 1.0, 0.7, -0.4, 0.2])
    rows = {f"x{index}": rng.uniform(-1, 1, 300) for index in range(6)}
    space = learn_space(rows, {})
    codes = space.codes(rows)
    flips = evade(
        lambda asked: np.where(asked @ weights > 0.3, "1", "0"),
        space,
        codes[:80],
        codes,
        THOROUGH,
        np.random.default_rng(1),
    )
    best = np.array([linear_optimum(weights, space.spread, space.low, space.high, row, 0.3) for row in codes[:80]])
    ratio = flips.distance / best
    assert (ratio > 1 - 1e-6).all()
    assert np.median(ratio) < 1.02
    assert np.quantile(ratio, 0.95) < 1.15


def test_on_a_small_discrete_space_the_distance_is_the_brute_force_optimum():
    rng = np.random.default_rng(3)
    rows = {
        "a": rng.integers(0, 6, 200).astype(float),
        "b": rng.integers(0, 5, 200).astype(float),
        "c": rng.choice(np.array(["x", "y", "z"], dtype=object), 200),
        "d": rng.choice(np.array(["p", "q"], dtype=object), 200),
    }
    space = learn_space(rows, {})
    codes = space.codes(rows)

    def tree(asked):
        a, b, c, d = asked.T
        deep = np.where(b >= 2, (c == 1) | (a <= 1), (d == 1) & (a >= 4))
        return np.where(np.where(a >= 3, deep, (c == 2) & (b >= 3)), "1", "0")

    flips = evade(tree, space, codes[:100], codes, THOROUGH, np.random.default_rng(0))
    everything = np.array(list(itertools.product(range(6), range(5), range(3), range(2))), dtype=float)
    outcomes = tree(everything)
    own = tree(codes[:100])
    best = [space.distance(row, everything[outcomes != label]).min() for row, label in zip(codes, own, strict=False)]
    assert (flips.distance >= np.array(best) - 1e-9).all()
    assert (np.abs(flips.distance - best) < 1e-9).mean() >= 0.97


@pytest.mark.parametrize("seed", range(5))
def test_every_flip_is_valid_flips_and_leaves_the_immutable_alone(seed):
    rng = np.random.default_rng(seed)
    rows = mixed_rows(rng, 200)
    space = learn_space(
        rows, {"age": Column(name="age", immutable=True), "months": Column(name="months", type="integer")}
    )
    codes = space.codes(rows)
    label = label_by(worth, space, 0.9)
    flips = evade(label, space, codes, codes, Settings(), rng)
    found = np.isfinite(flips.distance)
    assert found.mean() > 0.9
    assert space.valid(codes, flips.nearest).all()
    assert (label(flips.nearest[found]) != label(codes[found])).all()
    assert (flips.nearest[:, 2] == codes[:, 2]).all()
    assert flips.distance[found] == pytest.approx(space.distance(codes, flips.nearest)[found])


def test_only_valid_rows_are_ever_asked_about():
    rows = mixed_rows(np.random.default_rng(2), 60)
    space = learn_space(rows, {"age": Column(name="age", immutable=True)})
    codes = space.codes(rows)
    asked = []

    def label(candidates):
        asked.append(candidates)
        return label_by(worth, space, 0.9)(candidates)

    evade(label, space, codes, codes, Settings(), np.random.default_rng(0))
    every = np.concatenate(asked)
    reachable = [space.valid(np.tile(row, (len(every), 1)), every) for row in codes]
    assert np.any(reachable, axis=0).all()


def test_the_attack_repeats_bit_for_bit_with_its_seed():
    rows = mixed_rows(np.random.default_rng(4), 120)
    space = learn_space(rows, {})
    codes = space.codes(rows)
    one, two = (
        evade(label_by(worth, space, 0.9), space, codes, codes, Settings(), np.random.default_rng(7)) for _ in range(2)
    )
    assert one.nearest.tobytes() == two.nearest.tobytes()
    assert one.distance.tobytes() == two.distance.tobytes()
    assert (one.queries == two.queries).all()


@pytest.mark.parametrize("budget", [1, 10, 57])
def test_no_row_costs_more_than_its_budget_and_all_are_counted(budget):
    rows = mixed_rows(np.random.default_rng(5), 80)
    space = learn_space(rows, {})
    codes = space.codes(rows)
    asked = 0

    def label(candidates):
        nonlocal asked
        asked += len(candidates)
        return label_by(worth, space, 0.9)(candidates)

    flips = evade(label, space, codes, codes, Settings(eps=0.0, budget=budget), np.random.default_rng(0))
    assert flips.queries.max() <= budget
    assert asked == flips.queries.sum() + 2 * len(codes)


def test_a_larger_budget_never_leaves_more_rows_unflipped():
    rows = mixed_rows(np.random.default_rng(6), 150)
    space = learn_space(rows, {})
    codes = space.codes(rows)
    label = label_by(worth, space, 0.9)
    robust = [
        (evade(label, space, codes, codes, Settings(budget=budget), np.random.default_rng(0)).distance > 0.05).sum()
        for budget in (2, 8, 30, 300)
    ]
    assert robust == sorted(robust, reverse=True)
    assert robust[0] > robust[-1]


def test_decided_rows_cost_no_more_queries():
    rows = mixed_rows(np.random.default_rng(7), 100)
    space = learn_space(rows, {})
    codes = space.codes(rows)
    label = label_by(worth, space, 0.9)
    wide = evade(label, space, codes, codes, Settings(eps=0.5), np.random.default_rng(0))
    narrow = evade(label, space, codes, codes, Settings(eps=0.0), np.random.default_rng(0))
    assert wide.queries.sum() < narrow.queries.sum() / 2


def test_a_row_with_missing_cells_is_attacked_through_the_others():
    rows = mixed_rows(np.random.default_rng(8), 60)
    rows["amount"][:20] = np.nan
    space = learn_space(rows, {})
    codes = space.codes(rows)

    def safe_worth(asked):
        return worth({**asked, "amount": np.nan_to_num(asked["amount"], nan=50.0)})

    flips = evade(label_by(safe_worth, space, 0.9), space, codes, codes, Settings(), np.random.default_rng(0))
    assert np.isnan(flips.nearest[:20, 0]).all()
    assert np.isfinite(flips.distance[:20]).all()


def test_where_nothing_may_change_nothing_flips_and_nothing_is_asked_of_a_row():
    rows = {"age": np.array([20.0, 40.0, 60.0, 80.0])}
    space = learn_space(rows, {"age": Column(name="age", immutable=True)})
    codes = space.codes(rows)
    flips = evade(lambda c: np.where(c[:, 0] > 50, "1", "0"), space, codes, codes, Settings(), np.random.default_rng(0))
    assert np.isinf(flips.distance).all()
    assert (flips.nearest == codes).all()
