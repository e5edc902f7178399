# SPDX-License-Identifier: Apache-2.0
"""Evaluations of real small networks on real digits: broken in the ways that were published, and honest ones."""

import functools
from dataclasses import replace

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from hauberk.attacks.whitebox.ascent import APGD_CE, APGD_T, ascend
from hauberk.attacks.whitebox.hunt import Hunt, Terms
from hauberk.attacks.whitebox.norms import Norm
from hauberk.attacks.whitebox.trust import Evaluation

N = 120


@functools.cache
def digits():
    """Real 8 by 8 digits: training and test halves."""
    data = load_digits()
    x = torch.tensor(data.data / 16, dtype=torch.float32)
    y = torch.tensor(data.target)
    order = torch.tensor(np.random.default_rng(0).permutation(len(x)))
    x, y = x[order], y[order]
    return (x[:1200], y[:1200]), (x[1200 : 1200 + N], y[1200 : 1200 + N])


def layers(kind):
    images = nn.Unflatten(1, (1, 8, 8))
    return {
        "mlp": lambda: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)),
        "tanh": lambda: nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 10)),
        "linear": lambda: nn.Sequential(nn.Linear(64, 10)),
        "cnn": lambda: nn.Sequential(
            images, nn.Conv2d(1, 12, 3), nn.ReLU(), nn.Conv2d(12, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10)
        ),
        "norm": lambda: nn.Sequential(
            nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10)
        ),
    }[kind]()


@functools.cache
def trained(kind, adversarial=0.0, seed=0):
    """A network, trained plainly or against FGSM with a random start at this eps."""
    torch.manual_seed(seed)
    (x, y), _ = digits()
    net = layers(kind)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    for _ in range(25):
        for part in torch.randperm(len(x)).split(100):
            points = x[part]
            if adversarial:
                points = points + torch.empty_like(points).uniform_(-adversarial, adversarial)
                points.requires_grad_()
                (slope,) = torch.autograd.grad(cross_entropy(net(points), y[part]), points)
                moved = points.detach() + adversarial * slope.sign()
                points = moved.clamp(x[part] - adversarial, x[part] + adversarial).clamp(0, 1)
            loss = cross_entropy(net(points), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def strong(norm):
    """APGD-CE, then APGD-T: how hauberk itself evaluates."""

    def attack(net, x, y, eps, effort):
        hunt = Hunt(net, x, y, Terms(norm=norm, eps=eps))
        ascend(hunt, replace(APGD_CE, steps=int(30 * effort)))
        ascend(hunt, replace(APGD_T, steps=int(20 * effort), targets=4))
        return hunt.best

    return attack


def plain(steps, step, *, loss="ce", start=False, sign=1.0):
    """PGD as it stands in papers: the last point is returned, and nothing is dropped."""

    def attack(net, x, y, eps, effort):
        generator = torch.Generator().manual_seed(0)
        points = x.clone()
        if start:
            points = (x + eps * (2 * torch.rand(x.shape, generator=generator) - 1)).clamp(0, 1)
        for _ in range(int(steps * effort)):
            points = points.detach().requires_grad_()
            given = net(points)
            value = cross_entropy(given, y) if loss == "ce" else -given.gather(1, y[:, None]).sum()
            (slope,) = torch.autograd.grad(value, points, allow_unused=True)
            slope = torch.zeros_like(points) if slope is None else slope
            moved = points.detach() + sign * step * eps * slope.sign()
            points = torch.minimum(torch.maximum(moved, x - eps), x + eps).clamp(0, 1)
        return points.detach()

    return attack


def evaluation(net, attack, *, eps=0.1, norm=Norm.LINF, n=N, **more):
    _, (x, y) = digits()
    return Evaluation(net=net, x=x[:n], labels=y[:n], norm=norm, eps=eps, attack=attack, **more)


class Rounded(nn.Module):
    """Input rounded to a few levels, as thermometer coding does: no slope."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner((x * 4).round() / 4)


class Shaky(nn.Module):
    """Noise on the input at every call."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x + 0.15 * torch.randn_like(x))


class Staircase(nn.Module):
    """Slopes shattered by a fast wave of no other effect."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x + 0.004 * torch.sin(4000 * x))


def train_mode():
    net = layers("norm")
    net.load_state_dict(trained("norm").state_dict())
    return net.train()


def squeezed(x):
    """How far the answer moves where the input is rounded (feature squeezing)."""
    net = trained("mlp")
    return (net(x).softmax(1) - net((x * 8).round() / 8).softmax(1)).abs().sum(1)


def detector(x):
    """Turns away what one in twenty real digits exceeds."""
    return squeezed(x) > squeezed(digits()[1][0]).quantile(0.95)


def _wrong_scale():
    (x, y), _ = digits()
    net = trained("mlp")
    return Evaluation(
        net=lambda points: net(points / 16),
        x=x[:N] * 16,
        labels=y[:N],
        norm=Norm.LINF,
        eps=8 / 255,
        high=16.0,
        attack=lambda net, x, y, eps, effort: plain(20, 0.1)(net, x / 16, y, eps, effort) * 16,
    )


def _counted_wrong():
    _, (x, y) = digits()
    net = trained("linear", 0.0)
    shifted = torch.where(torch.arange(N) % 4 == 0, (y + 1) % 10, y)
    return Evaluation(
        net=net, x=x, labels=shifted, norm=Norm.LINF, eps=0.05, attack=strong(Norm.LINF), claimed=torch.ones(N) > 0
    )


BROKEN = {
    "saturated logits under cross-entropy (defensive distillation)": lambda: evaluation(
        lambda x: 3000 * trained("mlp")(x), plain(20, 0.1)
    ),
    "attacked on the softmax": lambda: evaluation(lambda x: trained("mlp")(x).softmax(1), plain(20, 0.1, loss="own")),
    "rounded input (thermometer coding)": lambda: evaluation(Rounded(trained("mlp")), plain(20, 0.1)),
    "random input without averaging (randomised smoothing by noise)": lambda: evaluation(
        Shaky(trained("mlp")), plain(20, 0.1)
    ),
    "shattered slopes": lambda: evaluation(Staircase(trained("cnn")), plain(20, 0.1)),
    "one step called a robustness": lambda: evaluation(trained("cnn"), plain(1, 0.3)),
    "steps too small to arrive": lambda: evaluation(trained("mlp"), plain(5, 0.02)),
    "steps too large, last point": lambda: evaluation(trained("mlp", 0.1), plain(9, 30.0, sign=-1.0)),
    "eps of another scale": _wrong_scale,
    "dropout and batch statistics at test time": lambda: evaluation(train_mode(), plain(20, 0.1)),
    "wrong samples counted as robust": _counted_wrong,
    "too few samples": lambda: evaluation(trained("mlp", 0.1), strong(Norm.LINF), n=24),
    "a detector that the attack does not see": lambda: evaluation(
        trained("mlp"), strong(Norm.LINF), eps=0.2, rejects=detector
    ),
    "preprocessing outside of what is attacked": lambda: evaluation(
        trained("mlp"), strong(Norm.LINF), served=lambda x: trained("mlp")((x * 3).round() / 3)
    ),
}
"""Each modelled on an evaluation, or a mistake, that was published."""

HONEST = {
    f"{kind}{' trained against attack' if trained_at else ''}, {norm.value} {eps:g}": (kind, trained_at, norm, eps)
    for kind, trained_at, norm, eps in [
        ("mlp", 0.0, Norm.LINF, 0.05),
        ("mlp", 0.1, Norm.LINF, 0.1),
        ("tanh", 0.0, Norm.LINF, 0.05),
        ("tanh", 0.1, Norm.LINF, 0.1),
        ("linear", 0.0, Norm.LINF, 0.03),
        ("cnn", 0.0, Norm.LINF, 0.05),
        ("cnn", 0.1, Norm.LINF, 0.1),
        ("norm", 0.0, Norm.LINF, 0.05),
        ("mlp", 0.1, Norm.L2, 0.5),
        ("cnn", 0.1, Norm.L2, 0.5),
    ]
}


def honest(name):
    kind, trained_at, norm, eps = HONEST[name]
    return evaluation(trained(kind, trained_at), strong(norm), eps=eps, norm=norm)
