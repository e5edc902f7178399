# SPDX-License-Identifier: Apache-2.0
"""The verdict flags what was published and later broken, and leaves honest evaluations alone."""

import dataclasses

import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
pytest.importorskip("sklearn", reason="scikit-learn carries the digits")

from hauberk.attacks.validity import NAMES  # noqa: E402
from hauberk.attacks.whitebox.norms import Norm  # noqa: E402
from hauberk.attacks.whitebox.trust import judge  # noqa: E402
from tests.attacks.whitebox import evaluations, fresh_evaluations  # noqa: E402

EXPECTED = {
    "saturated logits under cross-entropy (defensive distillation)": {5, 15},
    "attacked on the softmax": {2},
    "rounded input (thermometer coding)": {1, 5},
    "random input without averaging (randomised smoothing by noise)": {8},
    "shattered slopes": {5, 9},
    "one step called a robustness": {6, 7},
    "steps too small to arrive": {7},
    "steps too large, last point": {3},
    "eps of another scale": {11},
    "dropout and batch statistics at test time": {8},
    "wrong samples counted as robust": {13},
    "too few samples": {14},
    "a detector that the attack does not see": {17},
    "preprocessing outside of what is attacked": {16},
}


HEAVY = {"shattered slopes", "one step called a robustness", "wrong samples counted as robust", "too few samples"}
"""Broken evaluations for the full suite: they train networks of their own or attack to the end."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in HEAVY)) for name in evaluations.BROKEN]
)
def test_a_broken_evaluation_is_flagged_for_what_is_wrong_with_it(name):
    torch.manual_seed(0)
    verdict = judge(evaluations.BROKEN[name]())
    assert not verdict.valid
    assert EXPECTED[name] <= {check.number for check in verdict.flagged}, str(verdict)


FAST = 1
"""Honest evaluations in the fast suite."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if place >= FAST else [])
        for place, name in enumerate(evaluations.HONEST)
    ],
)
def test_an_honest_evaluation_is_not_flagged(name):
    verdict = judge(evaluations.honest(name))
    assert verdict.valid, str(verdict)
    assert verdict.ran >= 15


def test_a_verdict_names_all_seventeen_checks_and_says_which_did_not_run():
    verdict = judge(evaluations.honest("mlp, linf 0.05"))
    assert [check.number for check in verdict.checks] == list(NAMES) == list(range(1, 18))
    assert {check.number for check in verdict.checks if check.state == "not run"} == {16, 17}
    assert str(verdict) == "valid: 15 of 17 checks ran, none flagged"


@pytest.mark.slow
def test_the_robust_accuracy_of_a_broken_evaluation_is_above_what_the_engine_finds():
    """So that what the verdict warns of is real: the model is weaker than the broken attack says."""
    evaluations.trained("mlp")  # trained here, since the first look at a model takes no slopes
    for name in ("saturated logits under cross-entropy (defensive distillation)", "one step called a robustness"):
        e = evaluations.BROKEN[name]()
        own = evaluations.strong(Norm.LINF)(e.net, e.x, e.labels, e.eps, 1.0)
        theirs = e.attack(e.net, e.x, e.labels, e.eps, 1.0)
        right = [(e.net(points).argmax(1) == e.labels).float().mean() for points in (own, theirs)]
        assert right[0] < right[1] - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", fresh_evaluations.BROKEN)
def test_a_broken_evaluation_of_the_spent_holdout_is_flagged(name):
    """Its first look, before a check was changed for it, stands in fresh_evaluations.log."""
    torch.manual_seed(0)
    assert not judge(fresh_evaluations.BROKEN[name].make()).valid


COSTLY = {"Lipschitz by construction, L2", "convolution with pooling, trained against attack", "Gaussian kernel"}
"""Honest evaluations of the spent holdout that take six seconds and more; they were valid at the first look."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in fresh_evaluations.HONEST if name not in COSTLY])
def test_an_honest_evaluation_of_the_spent_holdout_is_not_flagged(name):
    torch.manual_seed(0)
    verdict = judge(fresh_evaluations.HONEST[name].make())
    assert verdict.valid, str(verdict)


@pytest.mark.parametrize(
    ("passes", "whole", "flagged"), [(1, False, True), (3, False, False), (3, True, False)], ids=str
)
def test_an_attack_on_a_random_model_averages_if_it_is_seen_to_ask_again(passes, whole, flagged):
    """In passes one after the other, or in one batch that holds each point often."""
    inner = evaluations.trained("linear")

    def attack(net, x, y, eps, effort):
        at = x.clone().requires_grad_()
        if whole:
            given = net(at.repeat(passes, 1)).reshape(passes, len(x), -1).mean(0)
        else:
            given = sum(net(at) for _ in range(passes)) / passes
        (slope,) = torch.autograd.grad(torch.nn.functional.cross_entropy(given, y), at)
        return (x + eps * slope.sign()).clamp(0, 1)

    verdict = judge(evaluations.evaluation(evaluations.Shaky(inner), attack, eps=0.02))
    assert (8 in {check.number for check in verdict.flagged}) == flagged


def test_a_sample_that_the_data_hold_twice_is_no_averaging():
    def attack(net, x, y, eps, effort):
        at = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(torch.nn.functional.cross_entropy(net(at), y), at)
        return (x + eps * slope.sign()).clamp(0, 1)

    e = evaluations.evaluation(evaluations.Shaky(evaluations.trained("linear")), attack, eps=0.02)
    points, labels = e.x.clone(), e.labels.clone()
    points[1], labels[1] = points[0], labels[0]
    verdict = judge(dataclasses.replace(e, x=points, labels=labels))
    assert 8 in {check.number for check in verdict.flagged}


def test_a_model_whose_output_is_cut_off_from_its_input_is_judged_to_have_no_slope():
    net = evaluations.trained("linear")
    for cut in (lambda x: net(x.detach()), lambda x: net(x).detach()):
        verdict = judge(evaluations.evaluation(cut, lambda net, x, *_: x, eps=0.02))
        assert 1 in {check.number for check in verdict.flagged}
