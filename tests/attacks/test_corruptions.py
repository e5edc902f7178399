# SPDX-License-Identifier: Apache-2.0
"""Corruptions are graded and repeat; they fool a fragile model, and no model that is right whatever it sees."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from hauberk.attacks.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from hauberk.attacks.spoilt import spoil
from hauberk.core.errors import CannotLook
from hauberk.models.asked import OnnxScores

SAMPLES = Path(__file__).parents[2] / "samples" / "HBK-ATK-004"


def pictures(count=40):
    held = load_digits()
    x = (held.images[:count, None] / 16).astype(np.float32)
    return np.kron(x, np.ones((1, 1, 3, 3), dtype=np.float32)), held.target[:count]


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=[one.name for one in CORRUPTIONS])
def test_each_severity_spoils_more_than_the_one_before_and_repeats(corruption):
    x, _ = pictures()
    damage = []
    for severity in SEVERITIES:
        spoilt = corrupt(x, corruption, severity, seed=1)
        assert spoilt.shape == x.shape
        assert spoilt.dtype == np.float32
        assert 0 <= spoilt.min() <= spoilt.max() <= 1
        assert (spoilt == corrupt(x, corruption, severity, seed=1)).all()
        damage.append(float(np.abs(spoilt - x).mean()))
    assert damage[0] > 0
    assert damage[-1] > 1.3 * damage[0]
    assert all(b > 0.97 * a for a, b in pairwise(damage)), damage


def test_pictures_of_odd_sides_and_three_channels_are_spoilt_too():
    x = np.random.default_rng(0).random((2, 3, 13, 21)).astype(np.float32)
    for corruption in CORRUPTIONS:
        assert corrupt(x, corruption, 5, seed=0).shape == x.shape


def test_a_severity_that_is_none_is_refused():
    with pytest.raises(ValueError, match="severity 6"):
        corrupt(pictures()[0], CORRUPTIONS[0], 6, seed=0)


def numbers(query, x, y):
    measured, curve = spoil(query, x, y, (0.0, 1.0), 0, lambda *_: None)
    return {one.parameters.get("corruption", one.name): one for one in measured}, curve


def test_a_fragile_model_errs_and_one_that_is_always_right_does_not():
    held = np.loadtxt(SAMPLES / "bad" / "data" / "test.csv", delimiter=",", skiprows=1)[:100]
    x, y = held[:, :-1].reshape(-1, 1, 8, 8).astype(np.float32), held[:, -1].astype(int)
    fragile, curve = numbers(OnnxScores((SAMPLES / "bad" / "model.onnx").read_bytes()), x, y)
    sound, flat = numbers(lambda points: np.eye(10)[y[: len(points)]], x, y)
    assert fragile["accuracy"].value > 0.95
    assert fragile["mean_corruption_error"].low > 0.3
    assert fragile["pixelate"].value > fragile["defocus blur"].value
    assert curve[5][1] < curve[1][1] < curve[0][1]
    assert sound["mean_corruption_error"].value == 0
    assert sound["mean_corruption_error"].high > 0
    assert {point[1] for point in flat} == {1.0}


def test_a_row_is_no_picture_and_a_silent_model_is_no_measurement():
    with pytest.raises(CannotLook, match="shape"):
        numbers(lambda points: points, np.zeros((4, 9), np.float32), np.zeros(4, int))
    x, y = pictures(4)
    with pytest.raises(CannotLook, match="no answer"):
        numbers(lambda points: np.full((len(points), 10), np.nan), x, y)
