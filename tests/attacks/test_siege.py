# SPDX-License-Identifier: Apache-2.0
"""Black-box attacks: they succeed where they must, fail where they must, keep to the budget and count every query."""

from functools import partial

import numpy as np
import pytest

from hauberk.attacks.decision import boundary, hopskipjump
from hauberk.attacks.estimate import nes, simba
from hauberk.attacks.siege import Limits, Siege, measure
from hauberk.attacks.square import square

DIMENSION = 16
WEIGHTS = np.random.default_rng(5).standard_normal((3, DIMENSION))


class Model:
    """A linear model that counts what it is asked."""

    def __init__(self, weights=WEIGHTS, *, labels=False):
        self.weights, self.only_labels, self.asked = weights, labels, 0

    def __call__(self, points):
        self.asked += len(points)
        scores = (points.reshape(len(points), -1).astype(np.float64) - 0.5) @ self.weights.T
        return scores.argmax(axis=1) if self.only_labels else scores


def samples(n=24, shape=(DIMENSION,)):
    x = np.random.default_rng(1).uniform(0.2, 0.8, (n, *shape)).astype(np.float32)
    return x, Model()(x).argmax(axis=1)


def exact(x, labels, dual):
    flat = x.reshape(len(x), -1)
    logits = (flat - 0.5) @ WEIGHTS.T
    across = WEIGHTS[labels][:, None] - WEIGHTS[None]
    size = {"l1": np.abs(across).sum(axis=2), "l2": np.sqrt((across**2).sum(axis=2))}[dual]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (logits[np.arange(len(x)), labels][:, None] - logits) / size
    ratio[np.arange(len(x)), labels] = np.inf
    return ratio.min(axis=1)


ATTACKS = {
    "square": (square, "linf", "l1", False, 600),
    "nes": (nes, "linf", "l1", False, 1500),
    "simba": (simba, "l2", "l2", False, 400),
    "hopskipjump l2": (hopskipjump, "l2", "l2", True, 1500),
    "hopskipjump linf": (hopskipjump, "linf", "l1", True, 1500),
    "boundary": (boundary, "l2", "l2", True, 1500),
}


def run(name, *, eps, query=None, n=24, queries=None, targeted=False, labels=None):
    attack, norm, _, only_labels, most = ATTACKS[name]
    x, truth = samples(n)
    limits = Limits(norm=norm, eps=eps, queries=queries or most, targeted=targeted)
    model = query or Model(labels=only_labels)
    siege = Siege(model, x, truth if labels is None else labels, limits)
    attack(siege, np.random.default_rng(0))
    return model, siege


@pytest.mark.parametrize("name", ATTACKS)
def test_a_linear_model_falls_where_it_must_and_stands_where_it_must(name):
    x, labels = samples()
    smallest = exact(x, labels, ATTACKS[name][2])
    eps = float(np.median(smallest)) * 1.5
    spoils = run(name, eps=eps)[1].spoils()
    fallen = ~spoils.robust
    assert fallen[smallest < eps / 3].all(), "it must succeed here"
    assert not fallen[smallest > eps * 1.001].any(), "it must report failure here"
    assert fallen[smallest < eps].mean() > 0.6


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_returned_lies_in_ball_and_box_and_really_fools(name):
    _, siege = run(name, eps=0.4 if ATTACKS[name][1] == "linf" else 1.5)
    spoils = siege.spoils()
    won = spoils.right & ~spoils.robust
    assert won.any()
    assert spoils.adversarial.min() >= 0
    assert spoils.adversarial.max() <= 1
    assert (Model()(spoils.adversarial[won]).argmax(axis=1) != siege.labels[won]).all()
    distance = measure(spoils.adversarial - siege.x, siege.limits.norm)
    assert spoils.distance[won] == pytest.approx(distance[won])
    assert (distance[won] <= siege.limits.eps * 1.00001).all()


@pytest.mark.parametrize("name", ATTACKS)
def test_every_query_is_counted_and_none_is_asked_beyond_the_budget(name):
    model, siege = run(name, eps=1e-6, queries=97)
    assert model.asked == siege.queries.sum()
    assert siege.queries.max() <= 97
    assert siege.spoils().robust.all()


@pytest.mark.parametrize("name", ATTACKS)
def test_two_runs_give_the_same_bits(name):
    one, other = (run(name, eps=0.1, queries=150)[1].spoils() for _ in range(2))
    assert np.array_equal(one.adversarial, other.adversarial)
    assert np.array_equal(one.queries, other.queries)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_sample_that_was_wrong_before_takes_no_queries_and_is_no_success(name):
    labels = (samples()[1] + 1) % 3
    _, siege = run(name, eps=0.3, labels=labels)
    assert not siege.right.any()
    assert (siege.queries == 1).all()
    assert not siege.spoils().robust.any()


class Silent(Model):
    """Does not answer from a given number of queries on."""

    def __init__(self, until, *, labels=False):
        super().__init__(labels=labels)
        self.until = until

    def __call__(self, points):
        answers = super().__call__(points)
        if self.asked <= self.until:
            return answers
        return np.full_like(answers, -1) if self.only_labels else np.full_like(answers, np.nan)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_query_without_an_answer_is_never_robust(name):
    _, siege = run(name, eps=1e-6, query=Silent(60, labels=ATTACKS[name][3]))
    spoils = siege.spoils()
    assert spoils.unanswered.all()
    assert not spoils.robust.any()
    assert siege.queries.max() < 30


@pytest.mark.parametrize("name", ["hopskipjump l2", "boundary"])
def test_a_decision_attack_comes_near_the_smallest_change(name):
    x, labels = samples()
    smallest = exact(x, labels, "l2")
    _, siege = run(name, eps=None, queries=4000)
    assert (siege.distance >= smallest * 0.999).all()
    assert np.median(siege.distance / smallest) < (1.25 if name.startswith("hop") else 1.7)


def test_images_and_rows_of_features_are_both_attacked_by_squares():
    x, _ = samples()
    images = x.reshape(-1, 1, 4, 4)
    labels = Model()(images).argmax(axis=1)
    siege = Siege(Model(), images, labels, Limits(eps=0.5, queries=300))
    square(siege, np.random.default_rng(0))
    assert (~siege.spoils().robust).mean() > 0.9
    assert siege.spoils().adversarial.shape == images.shape


def test_attacks_that_need_scores_refuse_labels():
    x, labels = samples()
    for attack in (square, nes, simba):
        with pytest.raises(ValueError, match="scores"):
            attack(Siege(Model(labels=True), x, labels, Limits(eps=0.1)), np.random.default_rng(0))


def test_a_wanted_label_is_reached_and_nothing_else_counts():
    wanted = (samples()[1] + 1) % 3
    for name in ("square", "nes", "hopskipjump l2"):
        _, siege = run(name, eps=2.0, targeted=True, labels=wanted)
        won = np.isfinite(siege.distance)
        assert won.mean() > 0.9, name
        assert (Model()(siege.best[won]).argmax(axis=1) == wanted[won]).all()


def test_samples_outside_the_box_are_refused():
    x, labels = samples()
    with pytest.raises(ValueError, match="box"):
        Siege(Model(), x * 255, labels, Limits(eps=0.1))


def test_progress_counts_samples():
    seen = []
    x, labels = samples()
    siege = Siege(Model(), x, labels, Limits(eps=1.0, queries=200), progress=lambda *both: seen.append(both))
    partial(square, siege)(np.random.default_rng(0))
    assert seen[-1] == (24, 24)
