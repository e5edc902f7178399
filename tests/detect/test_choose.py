# SPDX-License-Identifier: Apache-2.0
"""The choice of a score: made with in-distribution rows alone, and right where the answer is known."""

import numpy as np
import pytest

from hauberk.detect.choose import BROAD, choose
from hauberk.detect.strange import strangers
from hauberk.stats.ranking import auc
from tests.detect.blobs import CORNERS, drawn, seen

HELD, FRESH = drawn(800, 3), drawn(400, 4)
STRANGE = {name: seen(rows) for name, rows in strangers(HELD.features, 0).items()}
ELSEWHERE = seen(CORNERS[1] + 12.0 * np.eye(8)[6] + np.random.default_rng(5).normal(size=(200, 8)))


def test_a_blind_score_is_not_chosen_and_the_chosen_one_sees_what_it_was_never_shown():
    choice = choose(HELD, STRANGE, 0)
    assert choice.name != "msp"
    assert auc(choice.score(ELSEWHERE), choice.score(FRESH))[0] > 0.97
    assert [one.mean for one in choice.table] == sorted((one.mean for one in choice.table), reverse=True)
    assert {"msp", "knn", "mahalanobis", "rmds", "vim"} <= {one.name for one in choice.table}


def test_the_same_rows_and_seed_give_the_same_choice():
    first, second = choose(HELD, STRANGE, 0), choose(HELD, STRANGE, 0)
    assert (first.name, first.why) == (second.name, second.why)
    assert np.array_equal(first.score(FRESH), second.score(FRESH))


def test_without_made_rows_classes_and_ends_are_left_out():
    choice = choose(HELD, {}, 0)
    assert set(choice.table[0].areas) == {"class left out", "end left out"}
    two = HELD.take(HELD.labels < 2)
    assert set(choose(two, {}, 0).table[0].areas) == {"end left out"}


def test_a_sum_of_several_is_taken_unless_another_is_clearly_better():
    choice = choose(HELD, STRANGE, 0)
    broad = next(one for one in choice.table if one.name == BROAD)
    gain = choice.table[0].mean - broad.mean
    assert choice.name == (choice.table[0].name if gain > np.sqrt(1 / 600) else BROAD)
    few = choose(HELD.take(np.arange(30)), {name: rows.take(np.arange(30)) for name, rows in STRANGE.items()}, 0)
    assert few.name == BROAD, "of 30 rows hardly anything is clear"


def test_without_rows_nothing_is_chosen():
    with pytest.raises(ValueError, match="too few"):
        choose(HELD.take(np.arange(5)), STRANGE, 0)


def test_strange_rows_keep_what_they_say_that_they_keep():
    rows = HELD.features
    made = strangers(rows, 1)
    assert set(made) == {"shuffled", "halves", "beyond", "noise"}
    assert all(one.shape == rows.shape and not np.array_equal(one, rows) for one in made.values())
    assert np.array_equal(np.sort(made["shuffled"], axis=0), np.sort(rows, axis=0))
    assert np.array_equal(made["halves"][:, :4], rows[:, :4])
    assert (made["noise"] >= rows.min(axis=0)).all()
    assert (made["noise"] <= rows.max(axis=0)).all()
