# SPDX-License-Identifier: Apache-2.0
import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from hauberk.attacks.whitebox.hunt import Hunt, Terms  # noqa: E402
from hauberk.attacks.whitebox.nearest import onto  # noqa: E402
from hauberk.attacks.whitebox.norms import Norm, dual_size, project, random_change, size, steepest  # noqa: E402
from tests.attacks.whitebox.nets import Constant  # noqa: E402

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(50, 2, 5, generator=GENERATOR)


@pytest.mark.parametrize("norm", Norm)
def test_a_projection_is_within_eps_and_leaves_what_is_within(norm):
    eps = torch.full((50,), 3.0 if norm is Norm.L0 else 0.7)
    moved = project(X, norm, eps)
    assert (size(moved, norm) <= eps * 1.00001).all()
    assert torch.allclose(project(moved, norm, eps), moved, atol=1e-6)


@pytest.mark.parametrize("norm", [Norm.LINF, Norm.L2, Norm.L1])
def test_no_point_of_the_ball_is_nearer_than_the_projection(norm):
    eps = torch.full((50,), 0.7)
    near = (X - project(X, norm, eps)).flatten(1).norm(dim=1)
    for _ in range(200):
        other = project(torch.randn(X.shape, generator=GENERATOR), norm, eps)
        assert ((X - other).flatten(1).norm(dim=1) >= near - 1e-5).all()


@pytest.mark.parametrize("norm", [Norm.LINF, Norm.L2])
def test_the_steepest_step_gains_the_dual_norm(norm):
    step = steepest(X, norm)
    assert torch.allclose(size(step, norm), torch.ones(50))
    assert torch.allclose((step * X).flatten(1).sum(1), dual_size(X, norm), rtol=1e-5)


@pytest.mark.parametrize("norm", Norm)
def test_a_random_change_is_within_eps_and_not_nothing(norm):
    eps = torch.full((50,), 3.0 if norm is Norm.L0 else 0.7)
    change = random_change(X, norm, eps, GENERATOR)
    assert (size(change, norm) <= eps * 1.00001).all()
    assert (size(change, norm) > 0).all()


@pytest.mark.parametrize("norm", [Norm.LINF, Norm.L2])
def test_a_point_is_put_onto_the_hyperplane_within_the_box(norm):
    x = torch.rand(40, 6, generator=GENERATOR)
    slope = torch.randn(40, 6, generator=GENERATOR)
    low, high = slope.clamp(max=0).sum(1), slope.clamp(min=0).sum(1)
    offset = low + (high - low) * (0.1 + 0.8 * torch.rand(40, generator=GENERATOR))
    hunt = Hunt(Constant(), x, torch.zeros(40, dtype=torch.long), Terms())
    moved = onto(x, slope, offset, norm, hunt)
    assert moved.min() >= 0
    assert moved.max() <= 1
    assert ((slope * moved).sum(1) - offset).abs().max() < 1e-2
    for _ in range(500):
        other = torch.rand(40, 6, generator=GENERATOR)
        beyond = ((slope * other).sum(1) - offset) * ((slope * x).sum(1) - offset) <= 0
        assert (size(other - x, norm)[beyond] >= size(moved - x, norm)[beyond] - 1e-2).all()
