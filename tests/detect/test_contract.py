# SPDX-License-Identifier: Apache-2.0
"""A feature contract: rows like those it was learned from keep it, and what breaks it is named without a value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.codec import encode
from hauberk.detect.contract import breaches, learn

CHANCE = np.random.default_rng(3)
ROWS = 200
AGE = [float(one) for one in CHANCE.integers(18, 90, ROWS)]
TRAINED = {
    "age": AGE,
    "rate": [float(one) for one in CHANCE.uniform(0.11, 0.89, ROWS)],
    "housing": ["rent", "own", "free"] * 66 + ["castle", "tent"],
    "note": [f"unlike all others {at}" for at in range(ROWS)],
    "income": [None if at % 10 == 0 else 1000.0 * at for at in range(ROWS)],
    "since": [age - 5.0 for age in AGE],
}
CONTRACT = learn(TRAINED)


def _row(**changed):
    row = {"age": 40.0, "rate": 0.5, "housing": "own", "note": "anything", "income": None, "since": 20.0}
    return {name: [cell] for name, cell in (row | changed).items()}


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({}, set()),
        ({"age": 5.0, "since": 4.0}, {("age", "range"), ("since", "range")}),
        ({"age": 900.0}, {("age", "range")}),
        ({"age": 40.5}, {("age", "integer")}),
        ({"age": "forty"}, {("age", "type")}),
        ({"age": None}, {("age", "missing")}),
        ({"rate": 5.0}, {("rate", "range")}),
        ({"housing": "castle"}, {("housing", "category")}),
        ({"housing": 1.0}, {("housing", "type")}),
        ({"note": "never seen"}, set()),
        ({"income": 1e9}, {("income", "range")}),
        ({"age": 20.0, "since": 60.0}, {("since <= age", "relation")}),
    ],
)
def test_what_breaks_a_contract_and_what_does_not(changed, broken):
    assert {(one.column, one.why) for one in breaches(CONTRACT, _row(**changed))} == broken


def test_an_absent_column_is_a_breach_and_an_unknown_one_is_none():
    row = _row()
    del row["age"]
    row["shoe size"] = [44.0]
    assert [(one.column, one.why) for one in breaches(CONTRACT, row)] == [("age", "absent")]


def test_rows_are_counted():
    many = {name: cells * 7 for name, cells in _row(age=900.0).items()}
    assert [one.rows for one in breaches(CONTRACT, many)] == [7]


NUMBERS = st.floats(-1e9, 1e9).map(float)
TABLES = st.integers(1, 80).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "a": st.lists(st.one_of(st.none(), NUMBERS), min_size=rows, max_size=rows),
            "b": st.lists(st.sampled_from(["x", "y", "z"]), min_size=rows, max_size=rows),
            "c": st.lists(st.integers(0, 9).map(float), min_size=rows, max_size=rows),
        }
    )
)


@given(TABLES)
def test_training_rows_keep_their_own_contract_but_for_rare_categories(table):
    assert {one.why for one in breaches(learn(table), table)} <= {"category"}


def test_rare_values_and_exact_bounds_are_not_in_a_contract():
    text = encode(CONTRACT).decode()
    assert "castle" not in text
    assert "unlike all others" not in text
    assert f"{min(TRAINED['rate'])}" not in text
    assert f"{max(TRAINED['rate'])}" not in text


@pytest.mark.parametrize("table", [{}, {"a": []}, {"a": [1.0], "b": [1.0, 2.0]}])
def test_columns_that_do_not_belong_together_are_refused(table):
    with pytest.raises(ValueError, match="rows"):
        learn(table)
