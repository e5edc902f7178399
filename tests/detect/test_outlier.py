# SPDX-License-Identifier: Apache-2.0
"""Scores of strangeness: strange rows lie above held-in ones, where the score can see the difference at all."""

import numpy as np
import pytest

from hauberk.detect.held import Held
from hauberk.detect.outlier import SCORES
from hauberk.stats.ranking import auc
from tests.detect.blobs import CORNERS, drawn, seen

FITTED, FRESH = drawn(400, 0), drawn(300, 1)
CHANCE = np.random.default_rng(2)
UNDECIDED = seen((CORNERS[0] + CORNERS[1]) / 2 + CHANCE.normal(size=(200, 8)))
ELSEWHERE = seen(CORNERS[0] + 12.0 * np.eye(8)[7] + CHANCE.normal(size=(200, 8)))


@pytest.mark.parametrize(
    ("name", "strange", "least"),
    [
        ("msp", UNDECIDED, 0.95),
        ("knn", ELSEWHERE, 0.95),
        ("knn", UNDECIDED, 0.75),
        ("mahalanobis", ELSEWHERE, 0.99),
        ("mahalanobis", UNDECIDED, 0.9),
        ("rmds", UNDECIDED, 0.9),
        ("vim", ELSEWHERE, 0.99),
    ],
)
def test_strange_rows_lie_above_held_in_ones(name, strange, least):
    score = SCORES[name](FITTED)
    assert auc(score(strange), score(FRESH))[0] >= least


@pytest.mark.parametrize(("name", "strange"), [("msp", ELSEWHERE)])
def test_no_score_sees_everything(name, strange):
    """Why none of them is a default: a row far from all data may be classified with full confidence."""
    score = SCORES[name](FITTED)
    assert auc(score(strange), score(FRESH))[0] < 0.6


@pytest.mark.parametrize("name", SCORES)
def test_a_score_is_a_number_a_row_whatever_else_is_scored_with_it(name):
    score = SCORES[name](FITTED)
    whole = score(FRESH)
    assert whole.shape == (len(FRESH),)
    assert np.isfinite(whole).all()
    assert np.allclose(score(FRESH.take(np.arange(5))), whole[:5])
    assert score(FRESH.take(np.arange(0))).shape == (0,)


@pytest.mark.parametrize("name", SCORES)
def test_columns_that_never_vary_do_not_break_a_score(name):
    flat = Held(
        features=np.hstack([FITTED.features, np.ones((len(FITTED), 3))]), logits=FITTED.logits, labels=FITTED.labels
    )
    assert np.isfinite(SCORES[name](flat)(flat)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"features": np.zeros((2, 3)), "logits": np.zeros((3, 2)), "labels": np.zeros(2, dtype=np.int64)},
        {"features": np.zeros(2), "logits": np.zeros((2, 2)), "labels": np.zeros(2, dtype=np.int64)},
        {"features": np.full((2, 3), np.nan), "logits": np.zeros((2, 2)), "labels": np.zeros(2, dtype=np.int64)},
    ],
)
def test_rows_that_do_not_belong_together_are_refused(wrong):
    with pytest.raises(ValueError, match=r"features"):
        Held(**wrong)


def test_energy_and_ash_are_not_among_the_scores():
    assert set(SCORES) == {"msp", "knn", "mahalanobis", "rmds", "vim"}
