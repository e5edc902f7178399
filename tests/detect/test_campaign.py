# SPDX-License-Identifier: Apache-2.0
"""Campaigns: a search is linked into a chain from whatever account, an honest day is not."""

import numpy as np
import pytest

from hauberk.core.errors import CannotLook
from hauberk.detect.campaign import DIRECTIONS, Laid, Memory, calibrate

CHANCE = np.random.default_rng(21)
KEY = b"secret for tests"


def _honest(count):
    centres = 3.0 * np.random.default_rng(1).normal(size=(6, 40))
    return centres[CHANCE.integers(0, 6, count)] + CHANCE.normal(size=(count, 40))


TERMS = calibrate(_honest(1500), KEY, 2048)


def _lengths(memory, rows):
    return [memory.take(row, TERMS) for row in rows]


def _search(row, step, count):
    """What NES, HopSkipJump and the boundary walk have in common: many points around one that moves slowly."""
    at, sent = row.copy(), []
    for _ in range(count):
        sent.append(at + step * CHANCE.normal(size=row.shape))
        at = at + 0.1 * step * CHANCE.normal(size=row.shape)
    return sent


def test_an_honest_day_is_no_campaign():
    memory = Memory.of(2048)
    assert max(_lengths(memory, _honest(4000))) < TERMS.least


@pytest.mark.parametrize("step", [0.01, 0.05, 0.2])
def test_a_search_is_a_campaign_soon_also_between_the_queries_of_others(step):
    memory = Memory.of(2048)
    _lengths(memory, _honest(1000))
    for start in _honest(20):
        searched = []
        for row in _search(start, step, 3 * TERMS.least):
            searched.append(memory.take(row, TERMS))
            _lengths(memory, _honest(3))
        assert max(searched) >= TERMS.least
        assert next(at for at, length in enumerate(searched) if length >= TERMS.least) <= 2 * TERMS.least


@pytest.mark.parametrize("step", [0.01, 0.2])
def test_a_search_around_a_row_of_the_bank_is_a_campaign_as_well(step):
    rows = _honest(1500)
    terms = calibrate(rows, KEY, 2048)
    for start in rows[:40]:
        memory = Memory.of(2048)
        assert max(memory.take(row, terms) for row in _search(start, step, 3 * terms.least)) >= terms.least


def test_retries_of_one_row_count_once_and_a_few_edits_are_not_a_campaign():
    memory, row = Memory.of(64), _honest(1)[0]
    assert set(_lengths(memory, [row] * 100)) == {1}
    assert max(_lengths(memory, [row + 0.02 * CHANCE.normal(size=40) for _ in range(3)])) == 4 < TERMS.least


def test_memory_is_bounded_and_lies_where_the_caller_puts_it():
    rows, norms = np.zeros((16, DIRECTIONS), dtype=np.float32), np.zeros(16, dtype=np.float32)
    lengths, count = np.zeros(16, dtype=np.int64), np.zeros(1, dtype=np.int64)
    ours, theirs = (Memory(Laid(rows, norms), lengths, count) for _ in range(2))
    start = _honest(1)[0]
    found = [
        (ours if at % 2 else theirs).take(row, TERMS) for at, row in enumerate(_search(start, 0.02, 3 * TERMS.least))
    ]
    assert max(found) >= TERMS.least, "two workers share what they remember"
    assert count[0] == 3 * TERMS.least


def test_directions_follow_from_the_key_alone():
    rows = _honest(400)
    first, second, other = (calibrate(rows, key, 256).projection.directions for key in (KEY, KEY, b"another"))
    assert np.array_equal(first, second)
    assert not np.allclose(first, other)


def test_too_few_rows_calibrate_nothing():
    with pytest.raises(CannotLook, match="200 would"):
        calibrate(_honest(199), KEY, 64)


def test_columns_that_never_vary_and_rows_that_all_are_equal_do_no_harm():
    flat = np.hstack([_honest(400), np.ones((400, 2))])
    assert calibrate(flat, KEY, 256).least > 1
    same = calibrate(np.ones((300, 5)), KEY, 256)
    assert Memory.of(8).take(np.ones(5), same) == 1
