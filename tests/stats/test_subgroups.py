# SPDX-License-Identifier: Apache-2.0
"""The search for the worst subgroup: it finds what margins hide, and raises no alarm where there is nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.stats.intervals import newcombe
from hauberk.stats.subgroups import search


def gerrymandered(n=400):
    """Even by sex and even by age, uneven in every pair of both: n people a cell, served 30 % or 70 %."""
    sex = np.repeat(["f", "f", "m", "m"], n)
    age = np.repeat(["old", "young", "old", "young"], n)
    served = np.concatenate([np.arange(n) < n * share for share in (0.7, 0.3, 0.3, 0.7)])
    return served, {"sex": sex, "age": age}


def test_an_intersection_is_found_where_both_margins_are_even():
    served, columns = gerrymandered()
    found = search(served, columns)
    margins = {one.terms: one.shortfall for one in found.ranked if len(one.terms) == 1}
    assert all(abs(value) < 1e-12 for value in margins.values())
    assert found.worst.predicate == "age = old and sex = m"
    assert found.worst.shortfall == pytest.approx(17 / 30 - 0.3)
    assert found.worst.low > 0.15


def test_the_interval_allows_for_all_that_was_compared():
    served, columns = gerrymandered()
    found = search(served, columns)
    # by hand: two sexes (each the other's complement), two ages, four pairs
    assert found.compared == 8
    assert (found.worst.low, found.worst.high) == newcombe((680, 1200), (120, 400), 1 - 0.05 / 8)


def test_predicates_of_the_same_people_count_once():
    served, columns = gerrymandered()
    twice = {**columns, "gender": np.where(columns["sex"] == "f", "woman", "man")}
    assert search(served, twice).compared == 8


def test_small_subgroups_are_counted_and_not_named():
    served, columns = gerrymandered(40)
    town = np.array(["here"] * 150 + ["Quixote"] * 10)
    found = search(served, {**columns, "town": town})
    assert found.small > 0
    assert "Quixote" not in repr(found)


def test_more_than_are_allowed_are_said():
    served, columns = gerrymandered()
    found = search(served, columns, most=3)
    assert (found.compared, found.skipped) == (3, 1)


def test_nobody_to_compare_with_is_no_worst_subgroup():
    found = search(np.ones(100, dtype=bool), {"sex": np.repeat("f", 100)})
    assert found.worst is None
    assert found.bounds is None


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(random):
    served, columns = gerrymandered(50)
    order = list(range(len(served)))
    random.shuffle(order)
    moved = {name: columns[name][order] for name in reversed(columns)}
    assert search(served[order], moved) == search(served, columns)


@pytest.mark.slow
def test_where_nobody_fares_worse_an_alarm_is_as_rare_as_the_level_says():
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(300):
        columns = {name: rng.choice(list("abc"), 900) for name in ("one", "two", "three")}
        low, _ = search(rng.random(900) < 0.6, columns, depth=2).bounds
        alarms += low > 0
    assert alarms <= 300 * 0.05 * 1.6


def test_weights_change_rates_and_the_search_says_how_intervals_were_made():
    rng = np.random.default_rng(4)
    sex, served = np.repeat(["f", "m"], 200), rng.random(400) < 0.5
    weights = np.where(served & (sex == "m"), 3.0, 1.0)
    found = search(served, {"sex": sex}, weights=weights, rng=rng)
    expected = {one: float(np.average(served[sex == one], weights=weights[sex == one])) for one in "fm"}
    assert {one.terms[0][1]: one.rate for one in found.ranked} == pytest.approx(expected, abs=1e-12)
    worst = found.worst
    assert worst.predicate == "sex = f"
    assert worst.low < worst.shortfall < worst.high
    assert "bootstrap" in found.interval


def test_weights_of_one_give_about_the_plain_intervals():
    rng = np.random.default_rng(5)
    columns = {"sex": rng.choice(["f", "m"], 600), "town": rng.choice(["a", "b"], 600)}
    served = rng.random(600) < 0.6
    plain, found = search(served, columns), search(served, columns, weights=np.ones(600), rng=rng)
    assert [one.terms for one in plain.ranked] == [one.terms for one in found.ranked]
    for one, other in zip(plain.ranked, found.ranked, strict=True):
        assert other.shortfall == pytest.approx(one.shortfall, abs=1e-12)
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.25)


def test_a_weighted_rate_of_zero_keeps_an_interval():
    sex = np.repeat(["f", "m"], 50)
    found = search(sex == "m", {"sex": sex}, weights=np.full(100, 2.0), rng=np.random.default_rng(0))
    assert found.worst.low < found.worst.shortfall == 1
