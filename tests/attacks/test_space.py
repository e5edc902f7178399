# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hauberk.attacks.space import learn_space
from hauberk.core.system import Column

ROWS = {
    "amount": np.array([10.0, 20.0, 40.0, np.nan]),
    "months": np.array([6.0, 12.0, 48.0, 24.0]),
    "purpose": np.array(["car", "boat", "car", "school"], dtype=object),
    "constant": np.array([1.0, 1.0, 1.0, 1.0]),
}


def test_rows_and_codes_are_inverse_wherever_values_were_seen():
    space = learn_space(ROWS, {})
    back = space.rows(space.codes(ROWS))
    for name, cells in ROWS.items():
        assert (back[name] == cells).all() or np.array_equal(back[name], cells, equal_nan=True)


def test_the_distance_is_the_mean_of_range_shares_and_changed_categories():
    space = learn_space(ROWS, {})
    one, other = space.codes(ROWS)[:1], space.codes(ROWS)[1:2]
    assert space.distance(one, other)[0] == pytest.approx((10 / 30 + 6 / 42 + 1 + 0) / 4)


CHANGES = [
    ("nothing", {}, True),
    ("a number within what was seen", {0: 12.5}, True),
    ("a number beyond what was seen", {0: 40.5}, False),
    ("half a month", {1: 6.5}, False),
    ("another whole month", {1: 7.0}, True),
    ("another category", {2: 0.0}, True),
    ("no category", {2: 0.5}, False),
    ("a category that was never seen", {2: 3.0}, False),
    ("a constant", {3: 2.0}, False),
    ("a missing number", {0: np.nan}, False),
]


@pytest.mark.parametrize(("what", "change", "valid"), CHANGES, ids=[row[0] for row in CHANGES])
def test_what_is_a_valid_change(what, change, valid):
    space = learn_space(ROWS, {"amount": Column(name="amount", type="number")})
    row = space.codes(ROWS)[:1]
    changed = row.copy()
    for index, value in change.items():
        changed[0, index] = value
    assert space.valid(row, changed)[0] == valid


@pytest.mark.parametrize(
    ("column", "frozen", "kind"),
    [
        (Column(name="months"), False, "integer"),
        (Column(name="months", type="number"), False, "number"),
        (Column(name="months", type="category"), False, "category"),
        (Column(name="months", immutable=True), True, "integer"),
        (Column(name="months", type="category", immutable=True), True, "category"),
    ],
)
def test_what_is_declared_goes_before_what_the_data_look_like(column, frozen, kind):
    feature = learn_space({"months": ROWS["months"]}, {"months": column}).features[0]
    assert (feature.frozen, feature.kind) == (frozen, kind)


def test_free_text_is_left_alone():
    text = learn_space({"purpose": ROWS["purpose"]}, {"purpose": Column(name="purpose", type="text")})
    assert text.frozen.all()


def test_a_value_that_was_never_seen_and_a_missing_one_are_not_moved():
    space = learn_space(ROWS, {})
    strange = {**ROWS, "purpose": np.array(["moon"] * 4, dtype=object)}
    codes = space.codes(strange)
    assert not space.movable(codes)[:, 2].any()
    assert not space.movable(codes)[3, 0]
