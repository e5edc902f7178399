# SPDX-License-Identifier: Apache-2.0
"""Models that can only be asked: the runtime, and an endpoint whose silence is never an answer."""

import contextlib
import threading

import numpy as np
import pytest

from hauberk.attacks.siege import Limits, Siege
from hauberk.attacks.square import square
from hauberk.core.errors import CannotLook, Misuse
from hauberk.models.asked import Endpoint, OnnxScores
from hauberk.models.onnx_graph import stated_shape
from tests.checks.measuring import echo, linear, whole
from tests.models.endpoint import Handler, server

DATA = linear([1.0, -2.0, 0.5], 0.1)
X = np.random.default_rng(0).uniform(0, 1, (20, 3)).astype(np.float32)


@contextlib.contextmanager
def serving(**how):
    made = server(DATA, **how)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}/v2/models/m"
    finally:
        made.shutdown()
        made.server_close()


def test_the_runtime_gives_scores_for_each_sample_and_counts_them():
    model = OnnxScores(DATA)
    raw = X @ np.array([1.0, -2.0, 0.5]) - 0.1
    scores = model(X)
    assert np.allclose(np.log(scores[:, 1] / scores[:, 0]), raw, atol=1e-4)
    assert model.asked == 20
    assert model.sample == (3,) == stated_shape(DATA)


def test_a_model_without_one_float_input_is_refused_with_the_way_to_go():
    with pytest.raises(CannotLook, match="hauberk assess"):
        OnnxScores(echo())


def test_a_model_of_whole_numbers_is_asked_with_whole_numbers_only_where_that_is_meant():
    with pytest.raises(CannotLook, match="--norm l0"):
        OnnxScores(whole())
    model = OnnxScores(whole(), whole=True)
    assert model.whole
    points = np.array([[3.0, 1.0], [0.0, 9.0]], dtype=np.float32)
    assert model(points).tolist() == points.tolist()
    with pytest.raises(CannotLook, match="asked with others"):
        model(points + 0.5)


def test_an_endpoint_answers_as_its_model_and_both_count_alike():
    with serving() as url:
        endpoint = Endpoint(url)
        assert np.allclose(endpoint(X), OnnxScores(DATA)(X))
        assert (endpoint.asked, endpoint.unanswered, Handler.asked) == (20, 0, 20)
        assert endpoint.sample == (3,)


@pytest.mark.parametrize("garbage", [False, True], ids=["time-outs", "garbage"])
def test_what_an_endpoint_does_not_answer_is_never_robust(garbage):
    with serving(silent_after=30, garbage=garbage) as url:
        endpoint = Endpoint(url, timeout=0.3)
        labels = OnnxScores(DATA)(X).argmax(axis=1)
        siege = Siege(endpoint, X, labels, Limits(eps=1e-6, queries=10))
        square(siege, np.random.default_rng(0))
        spoils = siege.spoils()
        assert spoils.unanswered.sum() > 10
        assert not (spoils.robust & spoils.unanswered).any()
        assert endpoint.unanswered == spoils.unanswered.sum()


def test_addresses_that_are_none_and_endpoints_that_are_none_are_told_apart():
    with pytest.raises(Misuse, match="no http address"):
        Endpoint("file:///etc/passwd")
    with pytest.raises(CannotLook, match="does not describe its model"):
        Endpoint("http://127.0.0.1:9/v2/models/m", timeout=0.5)
