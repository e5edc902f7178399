# SPDX-License-Identifier: Apache-2.0
"""Relations are read as linear sums; a repaired row is valid whatever it was before."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.attacks.lawful import breaches
from hauberk.attacks.relation import parse
from hauberk.attacks.space import learn_space
from hauberk.core.errors import HauberkError, Misuse
from hauberk.core.system import Column

READ = [
    ("a <= b", {"a": 1, "b": -1}, 0, False, ""),
    ("a >= b + 2", {"a": -1, "b": 1}, -2, False, ""),
    ("total == net + 2*`tax rate` - 1", {"total": 1, "net": -1, "tax rate": -2}, -1, True, "total"),
    ("2 a + 3 <= 0.5", {"a": 2}, -2.5, False, ""),
]


@pytest.mark.parametrize(("text", "factors", "bound", "equal", "pivot"), READ)
def test_a_relation_is_read_as_a_sum(text, factors, bound, equal, pivot):
    relation = parse(text)
    assert (relation.factors, relation.bound, relation.equal, relation.pivot) == (factors, bound, equal, pivot)


@pytest.mark.parametrize("text", ["a", "a < b", "a <= b <= c", "1 <= 2", "a ** 2 <= b", "a <= (b)", "a <= b/2"])
def test_what_is_no_linear_relation_is_refused(text):
    with pytest.raises(Misuse):
        parse(text)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(HauberkError):
        assert parse(text).factors


COLUMNS = {
    "h1": Column(name="h1", one_hot="h"), "h2": Column(name="h2", one_hot="h"), "h3": Column(name="h3", one_hot="h"),
    "fixed": Column(name="fixed", immutable=True), "half": Column(name="half", low=-5.0, high=50.0),
}  # fmt: skip
RELATIONS = ("paid <= amount", "total == paid + fixed")


def rows(count=40):
    rng = np.random.default_rng(0)
    amount = rng.integers(10, 100, count).astype(float)
    paid = np.floor(amount * rng.random(count))
    fixed = rng.integers(0, 9, count).astype(float)
    hot = np.eye(3)[rng.integers(0, 3, count)]
    return {
        "amount": amount, "paid": paid, "fixed": fixed, "total": paid + fixed, "half": rng.normal(size=count),
        "kind": rng.choice(np.array(["x", "y", "z"], dtype=object), count),
        "h1": hot[:, 0], "h2": hot[:, 1], "h3": hot[:, 2],
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 100))
def test_a_repaired_row_is_valid_by_the_space_and_by_the_judge(seed, size):
    seen = rows()
    space = learn_space(seen, COLUMNS, RELATIONS)
    codes = space.codes(seen)
    rng = np.random.default_rng(seed)
    changed = codes + rng.normal(size=codes.shape) * size * (rng.random(codes.shape) < 0.5)
    mended = space.repair(codes, changed)
    assert space.valid(codes, mended).all()
    assert breaches(seen, space.rows(mended), seen, COLUMNS, RELATIONS) == {}


def test_repair_keeps_changes_that_were_valid_and_moves_what_follows():
    seen = rows()
    space = learn_space(seen, COLUMNS, RELATIONS)
    codes = space.codes(seen)
    changed = codes.copy()
    changed[:, 1] = np.maximum(changed[:, 1] - 1, 0)
    mended = space.repair(codes, changed)
    moved = mended[:, 1] != codes[:, 1]
    assert moved.mean() > 0.9
    assert (mended[:, 3] == mended[:, 1] + mended[:, 2]).all()
    hot = codes.copy()
    hot[:, 6:9] = np.roll(hot[:, 6:9], 1, axis=1)
    assert (space.repair(codes, hot) == hot).all()
    assert space.distance(codes, hot) == pytest.approx(1 / 7)
