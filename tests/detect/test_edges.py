# SPDX-License-Identifier: Apache-2.0
"""Faint noise all over a row moves many cells beyond their range; a wild cell, grain and honest rows do not."""

import numpy as np
import pytest

from hauberk.detect.edges import fit

CHANCE = np.random.default_rng(31)


def _pictures(count):
    """A bright patch that wanders on a dark ground of 20 by 20."""
    made = np.zeros((count, 20, 20))
    for one in made:
        top, left = CHANCE.integers(5, 11, 2)
        one[top : top + 5, left : left + 5] = CHANCE.uniform(0.3, 1.0, (5, 5))
    return made.reshape(count, -1)


EDGES, FRESH = fit(_pictures(1000)), _pictures(300)
HONEST = EDGES.beyond(FRESH).max()


def _stripes(rows):
    return np.clip(
        rows + 0.15 * CHANCE.choice([-1.0, 1.0], (len(rows), 1, 20)).repeat(20, axis=1).reshape(-1, 400), 0, 1
    )


def _squares(rows):
    moved = _stripes(rows).reshape(-1, 20, 20)
    moved[:, 3:9, 2:11] = np.clip(rows.reshape(-1, 20, 20)[:, 3:9, 2:11] + 0.15, 0, 1)
    return moved.reshape(-1, 400)


@pytest.mark.parametrize("changed", [_stripes, _squares], ids=["stripes", "squares"])
def test_faint_noise_all_over_a_row_is_seen_where_distances_hardly_notice(changed):
    assert (EDGES.beyond(changed(FRESH)) > 3 * HONEST).all()


@pytest.mark.parametrize(
    "changed",
    [
        lambda rows: np.clip(rows + 0.01 * CHANCE.normal(size=rows.shape), 0, 1),
        lambda rows: np.where(np.arange(400) == 7, 1000.0, rows),
        lambda rows: 0.9 * rows,
        lambda rows: np.roll(rows, 1, axis=1),
    ],
    ids=["grain", "one wild cell", "dimmed", "moved by a cell"],
)
def test_what_an_honest_client_does_to_a_row_is_not(changed):
    assert EDGES.beyond(changed(FRESH)).max() <= HONEST + 0.01


def test_columns_of_a_table_count_alike_and_equal_rows_are_all_inside():
    assert fit(np.ones((50, 3))).beyond(np.ones((2, 3))).tolist() == [0.0, 0.0]
    assert fit(CHANCE.normal(size=(500, 4))).beyond(np.array([[0.0, 0.0, 99.0, -99.0]])).tolist() == [0.5]
