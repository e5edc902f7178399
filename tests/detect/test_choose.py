# SPDX-License-Identifier: Apache-2.0
"""The choice of a score: made with in-distribution rows alone, and right where the answer is known."""

import numpy as np
import pytest

from hauberk.detect.choose import choose
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


def test_rows_for_calibration_were_not_fitted_on():
    choice = choose(HELD, {}, 0)
    assert len(choice.fresh) == 200
    assert set(choice.table[0].areas) == {"class left out"}


def test_without_trials_or_rows_nothing_is_chosen():
    two = HELD.take(HELD.labels < 2)
    with pytest.raises(ValueError, match="nothing can be tried"):
        choose(two, {}, 0)
    with pytest.raises(ValueError, match="too few"):
        choose(HELD.take(np.arange(6)), STRANGE, 0)


def test_strange_rows_keep_what_they_say_that_they_keep():
    rows = HELD.features
    made = strangers(rows, 1)
    assert set(made) == {"shuffled", "halves", "beyond", "noise"}
    assert all(one.shape == rows.shape and not np.array_equal(one, rows) for one in made.values())
    assert np.array_equal(np.sort(made["shuffled"], axis=0), np.sort(rows, axis=0))
    assert np.array_equal(made["halves"][:, :4], rows[:, :4])
    assert (made["noise"] >= rows.min(axis=0)).all()
    assert (made["noise"] <= rows.max(axis=0)).all()
