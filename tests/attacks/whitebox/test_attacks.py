# SPDX-License-Identifier: Apache-2.0
"""Each attack succeeds where it must, reports failure where it must, and counts as an independent model counts."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from hauberk.attacks.whitebox import ascent, nearest  # noqa: E402
from hauberk.attacks.whitebox.cascade import QUICK, run  # noqa: E402
from hauberk.attacks.whitebox.hunt import Hunt, Terms, result  # noqa: E402
from hauberk.attacks.whitebox.norms import Norm, size  # noqa: E402
from tests.attacks.whitebox.nets import Constant, Counting, Linear, exact, random_linear  # noqa: E402

L2, LINF, L1, L0 = Norm.L2, Norm.LINF, Norm.L1, Norm.L0
DUAL = {LINF: "l1", L2: "l2", L1: "linf"}


def climb(recipe):
    return lambda hunt: ascent.ascend(hunt, recipe)


WITHIN = {
    "fgsm": (LINF, climb(ascent.FGSM)),
    "bim": (LINF, climb(ascent.BIM)),
    "mi-fgsm": (LINF, climb(ascent.MI_FGSM)),
    "pgd linf": (LINF, climb(ascent.PGD)),
    "pgd l2": (L2, climb(ascent.PGD)),
    "pgd l1": (L1, climb(replace(ascent.PGD, steps=60))),
    "apgd-ce linf": (LINF, climb(replace(ascent.APGD_CE, steps=30))),
    "apgd-ce l2": (L2, climb(replace(ascent.APGD_CE, steps=30))),
    "apgd-dlr linf": (LINF, climb(replace(ascent.APGD_DLR, steps=30))),
    "apgd-dlr l2": (L2, climb(replace(ascent.APGD_DLR, steps=30))),
    "apgd-t linf": (LINF, climb(replace(ascent.APGD_T, steps=30))),
    "apgd-t l2": (L2, climb(replace(ascent.APGD_T, steps=30))),
    "cascade": (LINF, lambda hunt: run(hunt, QUICK)),
}
SMALLEST = {
    "ddn": (L2, lambda hunt: nearest.ddn(hunt, 200), 1.02),
    "fmn l2": (L2, lambda hunt: nearest.fmn(hunt, 200), 1.02),
    "fmn linf": (LINF, lambda hunt: nearest.fmn(hunt, 200), 1.05),
    "fmn l1": (L1, lambda hunt: nearest.fmn(hunt, 300), 1.15),
    "c&w": (L2, lambda hunt: nearest.carlini_wagner(hunt, 100, 8), 1.05),
    "deepfool l2": (L2, nearest.deepfool, 1.03),
    "deepfool linf": (LINF, nearest.deepfool, 1.03),
    "fab l2": (L2, lambda hunt: nearest.fab(hunt, 30), 1.02),
    "fab linf": (LINF, lambda hunt: nearest.fab(hunt, 30), 1.02),
}
ALL = {name: row[:2] for name, row in (WITHIN | SMALLEST).items()} | {
    "fmn l0": (L0, nearest.fmn),
    "sigma-zero": (L0, nearest.sigma_zero),
    "saliency": (L0, nearest.saliency),
}


@pytest.mark.parametrize("name", WITHIN)
def test_within_eps_a_linear_model_is_fooled_exactly_where_theory_says(name):
    norm, attack = WITHIN[name]
    model, x, labels = random_linear()
    smallest = exact(model, x, labels, DUAL[norm])
    eps = float(smallest.median())
    hunt = Hunt(model, x, labels, Terms(norm=norm, eps=eps))
    attack(hunt)
    found = result(hunt)
    assert not found.robust[smallest < 0.9 * eps].any(), "it must succeed here"
    assert found.robust[smallest > 1.001 * eps].all(), "it must report failure here"


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_change_of_a_linear_model_is_found(name):
    norm, attack, within = SMALLEST[name]
    model, x, labels = random_linear()
    smallest = exact(model, x, labels, DUAL[norm])
    hunt = Hunt(model, x, labels, Terms(norm=norm))
    attack(hunt)
    assert (hunt.distance >= smallest * 0.9999).all(), "below what is possible"
    assert (hunt.distance <= smallest * within + 1e-3).all()


@pytest.mark.parametrize("name", ["sigma-zero", "saliency", "fmn l0"])
def test_the_one_coordinate_that_decides_is_found_in_l0(name):
    weights = torch.zeros(2, 30)
    weights[1, 7] = 10.0
    weights[1, :5] = 0.05
    model = Linear(weights.tolist(), [0.0, -3.0])
    x = torch.zeros(6, 30)
    hunt = Hunt(model, x, torch.zeros(6, dtype=torch.long), Terms(norm=L0))
    ALL[name][1](hunt)
    assert (hunt.distance == 1).all()
    assert (hunt.best[:, 7] >= 0.3).all()


def test_a_step_that_falls_finds_more_than_one_that_stays():
    """Steps of an eps pass a narrow valley by, however many they are."""

    class Valley(torch.nn.Module):
        def forward(self, x):
            near = (x.flatten(1) - torch.tensor([0.633, 0.241])).abs().sum(1)
            return torch.stack([0 * near, 0.02 - near], 1)

    x = torch.full((1, 2), 0.5)
    robust = {}
    for name, recipe in (("falls", ascent.PGD), ("stays", replace(ascent.PGD, decay=False))):
        hunt = Hunt(Valley(), x, torch.tensor([0]), Terms(eps=0.3))
        ascent.ascend(hunt, recipe)
        robust[name] = bool(result(hunt).robust)
    assert robust == {"falls": False, "stays": True}


@pytest.mark.parametrize("name", ALL)
def test_a_model_that_cannot_be_fooled_is_reported_as_robust(name):
    norm, attack = ALL[name]
    x = torch.rand(4, 3, generator=torch.Generator().manual_seed(1))
    hunt = Hunt(Constant(), x, torch.tensor([0, 0, 0, 1]), Terms(norm=norm, eps=0.3))
    attack(hunt)
    found = result(hunt)
    assert found.robust.tolist() == [True, True, True, False]
    assert not found.success.any(), "a sample that was wrong before is no success"
    assert torch.equal(found.adversarial, x)


@pytest.mark.parametrize("name", ALL)
def test_what_is_returned_lies_in_ball_and_box_and_really_fools(name):
    norm, attack = ALL[name]
    model, x, labels = random_linear(seed=3, scale=1.0)
    eps = None if name in SMALLEST else {LINF: 0.15, L2: 0.5, L1: 1.0, L0: 3.0}[norm]
    hunt = Hunt(model, x, labels, Terms(norm=norm, eps=eps))
    attack(hunt)
    found = result(hunt)
    won = found.success
    assert won.any()
    assert (model(found.adversarial[won]).argmax(1) != labels[won]).all()
    assert found.adversarial.min() >= 0
    assert found.adversarial.max() <= 1
    assert torch.allclose(size(found.adversarial - x, norm)[won], found.distance[won])
    if eps is not None:
        assert (found.distance[won] <= eps * 1.000001).all()


@pytest.mark.parametrize("name", ALL)
def test_counters_equal_those_of_a_model_that_counts_for_itself(name):
    norm, attack = ALL[name]
    model, x, labels = random_linear(n=15)
    counting = Counting(model)
    eps = {LINF: 0.05, L2: 0.2, L1: 0.4, L0: 2.0}[norm]
    hunt = Hunt(counting, x, labels, Terms(norm=norm, eps=eps))
    attack(hunt)
    assert counting.forwards == int(hunt.forwards.sum())
    assert counting.backwards == int(hunt.backwards.sum())


@pytest.mark.parametrize("name", ALL)
def test_two_runs_give_the_same_bits(name):
    norm, attack = ALL[name]
    model, x, labels = random_linear(n=12)
    bests = []
    for _ in range(2):
        hunt = Hunt(model, x, labels, Terms(norm=norm, eps=0.05 if norm is LINF else 0.3, seed=7))
        attack(hunt)
        bests.append((hunt.best, hunt.distance, hunt.forwards))
    assert all(torch.equal(one, other) for one, other in zip(*bests, strict=True))


@pytest.mark.parametrize("name", ["bim", "pgd linf", "apgd-ce linf", "fmn linf", "ddn", "c&w"])
def test_a_targeted_attack_reaches_its_label_and_nothing_else_counts(name):
    norm, attack = ALL[name]
    model, x, labels = random_linear(n=20)
    wanted = (labels + 1) % 3
    eps = None if name in SMALLEST else 0.4
    hunt = Hunt(model, x, labels, Terms(norm=norm, eps=eps), wanted=wanted)
    attack(hunt)
    won = result(hunt).success
    assert won.all()
    assert (model(hunt.best).argmax(1) == wanted).all()
    never = Hunt(model, x, labels, Terms(norm=norm, eps=1e-4), wanted=wanted)
    attack(never)
    assert not result(never).success.any()


def test_fgsm_is_the_hand_computation():
    model = Linear([[0.0, 0.0, 0.0], [1.0, -2.0, 0.0]], [0.0, 0.4])
    x = torch.tensor([[0.5, 0.5, 0.5]])
    hunt = Hunt(model, x, torch.tensor([0]), Terms(eps=0.125))
    ascent.ascend(hunt, ascent.FGSM)
    assert hunt.best.tolist() == [[0.625, 0.375, 0.5]]
    assert (hunt.forwards.item(), hunt.backwards.item()) == (3, 1)  # the sample, the slope, the result


def test_a_decided_sample_takes_no_more_passes():
    model, x, labels = random_linear(n=30)
    easy = exact(model, x, labels, "l1") < 0.02
    hunt = Hunt(model, x, labels, Terms(eps=0.05))
    ascent.ascend(hunt, ascent.PGD)
    assert easy.any()
    assert hunt.forwards[easy].max() < 25
    assert hunt.forwards[~result(hunt).success].min() == 42


def test_the_budget_of_forwards_holds_and_leaves_samples_undecided():
    model, x, labels = random_linear(n=10)
    hunt = Hunt(model, x, labels, Terms(eps=1e-5, forwards=9))
    ascent.ascend(hunt, ascent.PGD)
    assert hunt.forwards.max() <= 10
    assert result(hunt).robust.all()


def test_every_point_that_was_met_counts_not_the_last_one():
    """A model that is fooled only in a thin shell, which a climb passes through."""

    class Shell(torch.nn.Module):
        def forward(self, x):
            far = (x - 0.5).abs().sum(1)
            inside = ((far > 0.1) & (far < 0.2)).float() * 2 - 1
            return torch.stack([0 * far, inside + 0.001 * far], 1)

    hunt = Hunt(Shell(), torch.full((1, 1), 0.51), torch.tensor([0]), Terms(eps=0.4))
    ascent.ascend(hunt, replace(ascent.BIM, step=0.375))
    assert 0.1 < hunt.distance.item() < 0.2
    assert result(hunt).success.all()


def test_randomness_is_averaged_and_counted():
    class Noisy(torch.nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner, self.calls = inner, 0

        def forward(self, x):
            self.calls += len(x)
            return self.inner(x) + 0.1 * torch.randn(len(x), 3)

    torch.manual_seed(0)
    model, x, labels = random_linear(n=10)
    noisy = Noisy(model)
    hunt = Hunt(noisy, x, labels, Terms(eps=0.3, samples=8))
    ascent.ascend(hunt, ascent.BIM)
    assert noisy.calls == int(hunt.forwards.sum())
    assert int(hunt.forwards.sum()) % 8 == 0
    assert result(hunt).success.float().mean() > 0.9


def test_samples_outside_the_box_are_refused():
    model, x, labels = random_linear(n=3)
    with pytest.raises(ValueError, match="box"):
        Hunt(model, x * 255, labels, Terms(eps=0.1))


def test_progress_reaches_the_number_of_samples():
    model, x, labels = random_linear(n=8)
    seen = []
    hunt = Hunt(model, x, labels, Terms(eps=0.9), progress=lambda done, total: seen.append((done, total)))
    ascent.ascend(hunt, ascent.PGD)
    assert seen[-1] == (8, 8)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
