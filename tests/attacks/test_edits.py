# SPDX-License-Identifier: Apache-2.0
"""Edits of a few values: they succeed where they must, fail where nothing can succeed, and keep to whole numbers."""

import numpy as np
import pytest

from hauberk.attacks.edits import edit
from hauberk.attacks.siege import Limits, Siege

N, WIDTH = 40, 64


def marked(points):
    """Says 1 where at least two of the first four bytes are 77, whatever the rest is; a little for each."""
    hits = (points.reshape(len(points), -1)[:, :4] == 77).sum(axis=1)
    return np.stack([1.5 - hits, hits - 0.5], axis=1).astype(float)


def summed(points):
    """Says 1 where the mean is high: no few bytes change that."""
    mean = points.reshape(len(points), -1).mean(axis=1)
    return np.stack([200 - mean, mean - 200], axis=1)


def besieged(model, *, eps, queries=600, whole=True):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 180, (N, WIDTH)).astype(np.float32)
    x[:, :4] = 10
    x[: N // 4, :4] = 77
    labels = model(x).argmax(1)
    siege = Siege(model, x, labels, Limits(norm="l0", eps=eps, low=0, high=255, queries=queries))
    edit(siege, np.random.default_rng(1), whole=whole)
    return siege


def test_the_marks_that_decide_are_found_within_the_budget_of_places_in_whole_bytes():
    siege = besieged(marked, eps=4, queries=1500)
    spoils = siege.spoils()
    fallen = spoils.right & ~spoils.robust
    assert fallen[: N // 4].mean() == 1.0
    assert fallen.mean() > 0.5
    assert (spoils.distance[fallen] <= 4).all()
    changed = (spoils.adversarial != siege.x).sum(axis=1)
    assert (changed[fallen] == spoils.distance[fallen]).all()
    assert (spoils.adversarial == np.rint(spoils.adversarial)).all()
    assert (spoils.adversarial >= 0).all()
    assert (spoils.adversarial <= 255).all()
    assert (marked(spoils.adversarial[fallen]).argmax(1) != siege.labels[fallen]).all()
    assert (siege.queries <= 1500).all()


def test_where_no_few_bytes_decide_nothing_falls():
    spoils = besieged(summed, eps=4).spoils()
    assert (spoils.robust == spoils.right).all()


def test_the_same_seed_gives_the_same_points_and_floats_go_to_the_ends_of_the_box():
    one, two = besieged(marked, eps=3, queries=50), besieged(marked, eps=3, queries=50)
    assert np.array_equal(one.best, two.best)
    assert np.array_equal(one.queries, two.queries)
    floats = besieged(marked, eps=3, queries=50, whole=False)
    fresh = floats.best[floats.best != floats.x]
    assert len(fresh)
    assert set(fresh) <= {0, 255, *floats.x.ravel()}


@pytest.mark.parametrize(
    "limits", [Limits(norm="linf", eps=1.0), Limits(norm="l0", eps=None), Limits(norm="l0", eps=0.5)]
)
def test_it_refuses_what_is_not_l0_with_an_eps(limits):
    siege = Siege(marked, np.zeros((2, WIDTH), dtype=np.float32), np.zeros(2), limits)
    with pytest.raises(ValueError, match="edits need"):
        edit(siege, np.random.default_rng(0))
