# SPDX-License-Identifier: Apache-2.0
"""The search for the subgroup whose mean is furthest off: what margins hide, and no alarm where there is nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.stats.subgroup_means import furthest


def rng():
    return np.random.default_rng(7)


def crossed(n=100, off=2.0):
    """Even by sex and even by age, off by so much up or down in every pair of both."""
    sex = np.repeat(["f", "f", "m", "m"], n)
    age = np.repeat(["old", "young", "old", "young"], n)
    noise = np.tile(np.linspace(-1, 1, n), 4)
    return noise + np.repeat([off, -off, -off, off], n), {"sex": sex, "age": age}


def test_an_intersection_is_found_where_both_margins_are_even():
    values, columns = crossed()
    found = furthest(values, columns, rng(), signed=True)
    assert found.compared == 8
    assert all(abs(one.difference) < 1e-9 for one in found.ranked if len(one.terms) == 1)
    assert abs(found.ranked[0].difference) == pytest.approx(2 + 2 / 3)
    assert abs(found.ranked[0].difference) > found.ranked[0].margin


def test_without_signs_only_what_lies_above_the_others_is_far():
    values, columns = crossed(off=0.0)
    values = values - 5 * (columns["sex"] == "f")
    assert furthest(values, columns, rng(), signed=True).ranked[0].difference == pytest.approx(-5)
    assert furthest(values, columns, rng(), signed=False).ranked[0].terms == (("sex", "m"),)


def test_a_margin_is_never_narrower_than_that_of_one_comparison_by_students_t():
    values, columns = crossed(off=0.0)
    (one, other) = furthest(values, {"sex": columns["sex"]}, rng(), signed=True).ranked
    alone = 1.966 * np.sqrt(values.var() * (1 / 200 + 1 / 200))
    assert alone < one.margin < 1.1 * alone
    assert one.margin == other.margin


def test_small_subgroups_are_counted_and_not_named():
    values, columns = crossed(40)
    town = np.array(["here"] * 150 + ["Quixote"] * 10)
    found = furthest(values, {**columns, "town": town}, rng(), signed=True)
    assert found.small > 0
    assert "Quixote" not in repr(found)


def test_nobody_to_compare_with_is_no_subgroup():
    assert furthest(np.arange(90.0), {"sex": np.repeat("f", 90)}, rng(), signed=True).ranked == ()


def test_a_weight_of_two_moves_means_as_the_row_twice_does():
    values, columns = crossed(60)
    weights = np.where(np.arange(len(values)) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(len(values)), weights.astype(int))
    once = furthest(values, columns, rng(), signed=True, weights=weights)
    doubled = furthest(values[twice], {name: cells[twice] for name, cells in columns.items()}, rng(), signed=True)
    assert {one.terms: one.difference for one in once.ranked} == pytest.approx(
        {one.terms: one.difference for one in doubled.ranked}
    )
    assert max(one.margin for one in once.ranked) > max(one.margin for one in doubled.ranked)


@settings(max_examples=20, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0.01, 100))
def test_a_constant_changes_nothing_and_a_unit_scales_all(constant, unit):
    values, columns = crossed(40)
    plain = furthest(values, columns, rng(), signed=True)
    moved = furthest(values * unit + constant, columns, rng(), signed=True)
    for one, other in zip(plain.ranked, sorted(moved.ranked, key=lambda o: plain_place(plain, o)), strict=True):
        assert other.difference == pytest.approx(one.difference * unit, abs=1e-6 * max(unit, 1))
        assert other.margin == pytest.approx(one.margin * unit, rel=1e-5)


def plain_place(plain, one):
    return [each.terms for each in plain.ranked].index(one.terms)


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["normal", "exponential", "laplace"])
def test_where_nobody_is_further_off_an_alarm_is_as_rare_as_the_level_says(draw):
    generator = rng()
    alarms = 0
    for _ in range(100):
        columns = {name: generator.choice(list("abc"), 442) for name in ("one", "two", "three")}
        values = getattr(generator, draw)(size=442)
        found = furthest(values, columns, generator, signed=True)
        alarms += any(abs(one.difference) > one.margin for one in found.ranked)
    assert alarms <= 11  # 0.05 of 100, and what chance adds in one of a hundred runs
