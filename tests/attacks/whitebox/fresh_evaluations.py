# SPDX-License-Identifier: Apache-2.0
"""A fresh holdout of robustness evaluations: broken in ways that were published, and honest ones of unlike models.

None of the causes is one of ``evaluations.py``. Each case is an ``Evaluation`` of callables and tensors alone.
``BROKEN`` and ``HONEST`` give, by name, what makes the evaluation and the work that it is modelled on.

``python -m tests.attacks.whitebox.fresh_evaluations`` shows the labels to be right: for each case the robust accuracy
that the evaluation's own attack finds, and the one of an attack made for that model (a smooth stand-in where the model
has no slope, more steps, many starts). A broken evaluation claims much more than is left; an honest one does not.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from hauberk.attacks.whitebox.norms import Norm
from hauberk.attacks.whitebox.trust import Evaluation

N = 100


@dataclass(frozen=True)
class Case:
    """An evaluation, where it was published, and the model that an attack made for it goes through."""

    make: Callable[[], Evaluation]
    paper: str
    through: Callable[[], Callable[[torch.Tensor], torch.Tensor]] | None = None


# --- data and training -------------------------------------------------------------------------------------------


@functools.cache
def digits():
    data = load_digits()
    x = torch.tensor(data.data / 16, dtype=torch.float32)
    y = torch.tensor(data.target)
    order = torch.tensor(np.random.default_rng(11).permutation(len(x)))
    return x[order][:1300], y[order][:1300], x[order][1300 : 1300 + N], y[order][1300 : 1300 + N]


@functools.cache
def cells():
    """Breast cancer cells: 30 numbers, brought to 0 to 1; two classes."""
    data = load_breast_cancer()
    x = torch.tensor(data.data, dtype=torch.float32)
    x = (x - x.min(0).values) / (x.max(0).values - x.min(0).values)
    y = torch.tensor(data.target)
    order = torch.tensor(np.random.default_rng(12).permutation(len(x)))
    return x[order][:450], y[order][:450], x[order][450 : 450 + N], y[order][450 : 450 + N]


@functools.cache
def trials():
    """Two rows of bars far apart: classes that no small change confuses."""
    draw = np.random.default_rng(13)
    y = torch.tensor(draw.integers(0, 2, 500))
    clean = torch.stack([torch.arange(64) // 8 % 2, torch.arange(64) % 2]).float()
    x = (0.25 + 0.5 * clean[y] + 0.05 * torch.tensor(draw.normal(size=(500, 64)), dtype=torch.float32)).clamp(0, 1)
    return x[:400], y[:400], x[400:], y[400:]


def fit(net, data=digits, *, epochs=30, against=0.0, norm=Norm.LINF, rate=4e-3, trades=0.0, seed=3):
    torch.manual_seed(seed)
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    x, y, *_ = data()
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(100):
            points = pgd(net, x[part], y[part], against, norm, 4) if against else x[part]
            given = net(points)
            loss = cross_entropy(given, y[part])
            if trades:
                plain = net(x[part])
                apart = nn.functional.kl_div(given.log_softmax(1), plain.softmax(1), reduction="batchmean")
                loss = cross_entropy(plain, y[part]) + trades * apart
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


# --- attacks -----------------------------------------------------------------------------------------------------


def margin(given, y):
    own = given.gather(1, y[:, None])[:, 0]
    return (given - 1e9 * one_hot(y, given.shape[1])).max(1).values - own


def within(points, x, eps, norm, high=1.0):
    if norm is Norm.LINF:
        return torch.minimum(torch.maximum(points, x - eps), x + eps).clamp(0, high)
    change = points - x
    size = change.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (x + change * (eps / size).clamp_max(1)).clamp(0, high)


def pgd(net, x, y, eps, norm, steps, *, through=None, restarts=1, high=1.0, loss="margin", seed=0, averaged=1):
    """Keeps, for each sample, the point that the served model gets most wrong."""
    generator = torch.Generator().manual_seed(seed)
    best = x.clone()
    worst = torch.full((len(x),), -float("inf"))
    through = through or net
    for start in range(restarts):
        points = x.clone()
        if start:
            points = within(x + eps * (2 * torch.rand(x.shape, generator=generator) - 1), x, eps, norm, high)
        slope_before = torch.zeros_like(x)
        for step in range(steps):
            points = points.detach().requires_grad_()
            given = sum(through(points) for _ in range(averaged)) / averaged
            kind = loss if loss != "both" else ("ce", "margin")[start % 2]
            value = cross_entropy(given, y, reduction="sum") if kind == "ce" else margin(given, y).sum()
            (slope,) = torch.autograd.grad(value, points)
            slope = slope / slope.abs().mean(1, keepdim=True).clamp_min(1e-30)
            slope_before = 0.75 * slope_before + slope
            size = 2 * eps * (1 - step / steps) / max(4, steps**0.5) + eps / steps
            if norm is Norm.LINF:
                moved = points.detach() + size * slope_before.sign()
            else:
                moved = points.detach() + 2 * size * slope_before / slope_before.norm(dim=1, keepdim=True).clamp_min(
                    1e-30
                )
            points = within(moved, x, eps, norm, high)
            with torch.no_grad():
                reached = margin(net(points), y)
                better = reached > worst
                best[better], worst[better] = points[better], reached[better]
    return best.detach()


def fair(norm, *, steps=60, restarts=4, averaged=1, high=1.0):
    """An honest attack: margin and cross-entropy, several starts, the best point kept."""

    def attack(net, x, y, eps, effort):
        many = max(2, int(steps * effort))
        return pgd(net, x, y, eps, norm, many, restarts=restarts, loss="both", averaged=averaged, high=high)

    return attack


def papers(*, steps=20, box=(0.0, 1.0), target=None, surrogate=None, whole=False, flat=False, size=0.15):
    """PGD on cross-entropy with signs, as papers run it; the flags are the published mistakes."""

    def attack(net, x, y, eps, effort):
        at = surrogate() if surrogate else net
        points = x.clone()
        for _ in range(int(steps * effort)):
            points = points.detach().requires_grad_()
            given = at(points)
            if whole and (given.argmax(1) != y).float().mean() > 0.1:
                return points.detach()
            value = cross_entropy(given, y) if target is None else -cross_entropy(given, torch.full_like(y, target))
            slope = None
            if value.requires_grad:
                (slope,) = torch.autograd.grad(value, points, allow_unused=True)
            slope = torch.zeros_like(x) if slope is None else slope
            if flat:
                moved = points.detach() + eps * size * slope / slope.norm().clamp_min(1e-30)
                change = moved - x
                points = x + change * (eps / change.norm().clamp_min(1e-12)).clamp_max(1)
            else:
                moved = (points.detach() + eps * size * slope.sign()).clamp(*box)
                points = torch.minimum(torch.maximum(moved, x - eps), x + eps)
        return points.detach().clamp(0, max(1.0, float(x.max())))

    return attack


def posed(net, attack, *, data=digits, eps=0.1, norm=Norm.LINF, **more):
    *_, x, y = data()
    return Evaluation(net=net, x=x[:N], labels=y[:N], norm=norm, eps=eps, attack=attack, **more)


# --- models that hide their slopes -------------------------------------------------------------------------------


class Winners(nn.Module):
    """k-WTA: the k largest of a layer pass, the others are nothing."""

    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, x):
        kept = max(1, int(self.share * x.shape[1]))
        return x * (x >= x.topk(kept, dim=1).values[:, -1:])


class Voters(nn.Module):
    """EMPIR: members of low precision, whose single votes are added up."""

    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x):
        votes = [one_hot(one(x).argmax(1), 10).float() for one in self.members]
        return sum(votes) / len(votes) + 0 * x.sum()


class Codes(nn.Module):
    """Error-correcting output codes: tanh of each bit, then the correlation with each class's word."""

    def __init__(self, inner, sharp):
        super().__init__()
        self.inner, self.sharp = inner, sharp
        words = torch.tensor(np.random.default_rng(4).choice([-1.0, 1.0], size=(10, 32)), dtype=torch.float32)
        self.register_buffer("words", words)

    def forward(self, x):
        return torch.tanh(self.sharp * self.inner(x)) @ self.words.T


class Restored(nn.Module):
    """ME-Net: pixels dropped at random, then the image rebuilt from its strongest components, out of the graph."""

    def __init__(self, inner, kept, rank):
        super().__init__()
        self.inner, self.kept, self.rank = inner, kept, rank

    def forward(self, x):
        mask = (torch.rand_like(x) < self.kept).float()
        with torch.no_grad():
            left, strength, right = torch.linalg.svd((x * mask / self.kept).reshape(-1, 8, 8))
            strength = strength * (torch.arange(8) < self.rank)
            rebuilt = (left * strength[:, None, :] @ right).reshape(-1, 64).clamp(0, 1)
        return self.inner(rebuilt)


class Cosines(nn.Module):
    """JPEG-like: the cosine transform of the image, rounded."""

    def __init__(self, inner, step):
        super().__init__()
        self.inner, self.step = inner, step
        k, n = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
        base = torch.cos(torch.pi * (n + 0.5) * k / 8) * 0.5
        base[0] = 8**-0.5
        self.register_buffer("base", base)

    def forward(self, x):
        found = self.base @ x.reshape(-1, 8, 8) @ self.base.T
        found = (found / self.step).round() * self.step
        return self.inner((self.base.T @ found @ self.base).reshape(-1, 64))


class Halves(nn.Module):
    """Scores that pass through sixteen bits at a small scale: slopes below the smallest number are nothing."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        small = (self.inner(x.half().float() if not x.requires_grad else x) * 1e-4).half()
        return Shrunk.apply(small.float() * 1e4)


class Shrunk(torch.autograd.Function):
    """The backward pass of a half-precision layer without loss scaling."""

    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, slope):
        return (slope.half() * torch.tensor(1e-7).half()).float()


class Smoothed(nn.Module):
    """Randomised smoothing of few draws, and the votes alone given out."""

    def __init__(self, inner, draws, spread):
        super().__init__()
        self.inner, self.draws, self.spread = inner, draws, spread

    def forward(self, x):
        votes = [one_hot(self.inner(x + self.spread * torch.randn_like(x)).argmax(1), 10) for _ in range(self.draws)]
        return sum(votes).float() / self.draws + 0 * x.sum()


class Detached(nn.Module):
    """The normalising step was written with ``.data``: the graph ends there."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner((x.data - 0.3) / 0.4)


class Sluggish(nn.Module):
    """A bounded activation driven into saturation: the last layer's sigmoid of large sums."""

    def __init__(self, inner, gain):
        super().__init__()
        self.inner, self.gain = inner, gain

    def forward(self, x):
        return torch.sigmoid(self.gain * self.inner(x))


def mlp(width=64, inputs=64, classes=10, between=nn.ReLU):
    return nn.Sequential(nn.Linear(inputs, width), between(), nn.Linear(width, classes))


@functools.cache
def plain(seed=3, width=64):
    return fit(mlp(width), seed=seed)


@functools.cache
def winners():
    net = nn.Sequential(nn.Linear(64, 256), Winners(0.08), nn.Linear(256, 128), Winners(0.08), nn.Linear(128, 10))
    return fit(net, epochs=40, rate=2e-3)


def softened(net):
    """A k-WTA net seen through the mean slope about the point, as the adaptive attack on it does."""

    def through(x):
        shifts = [0.03 * torch.randn_like(x) for _ in range(20)]
        return sum(net(x + shift) for shift in shifts) / len(shifts)

    return through


@functools.cache
def voters():
    members = [fit(mlp(48), seed=seed, epochs=15) for seed in (1, 2, 3)]
    with torch.no_grad():
        for one in members[:2]:
            for weight in one.parameters():
                scale = weight.abs().max() / 7
                weight.copy_((weight / scale).round() * scale)
    return Voters(members)


@functools.cache
def coded():
    net = Codes(mlp(64, classes=32), 1.0)
    fit(net)
    net.sharp = 40.0
    return net


@functools.cache
def standard():
    """A net that wants its input normalised."""

    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = mlp()

        def forward(self, x):
            return self.inner((x - 0.3) / 0.4)

    return fit(Shifted())


@functools.cache
def sluggish():
    net = Sluggish(mlp(), 1.0)
    fit(net)
    net.gain = 60.0
    return net


def _wrong_box():
    *_, x, y = digits()
    net = plain()
    return Evaluation(
        net=lambda points: net(points / 4),
        x=x * 4,
        labels=y,
        norm=Norm.LINF,
        eps=0.4,
        high=4.0,
        attack=papers(box=(0.0, 1.0)),
    )


CHECKLIST = "Carlini et al. 2019, On Evaluating Adversarial Robustness, arXiv 1902.06705"
ADAPTIVE = "Tramer et al. 2020, On Adaptive Attacks to Adversarial Example Defenses, arXiv 2002.08347"
GRADIENTS = "Athalye et al. 2018, Obfuscated Gradients Give a False Sense of Security, arXiv 1802.00420"

BROKEN: dict[str, Case] = {
    "k winners take all": Case(
        lambda: posed(winners(), papers(steps=20)), ADAPTIVE + ", section 5 (k-WTA)", lambda: softened(winners())
    ),
    "votes of low-precision members (EMPIR)": Case(
        lambda: posed(voters(), papers(steps=20)),
        ADAPTIVE + ", EMPIR",
        lambda: lambda x: sum(one(x).softmax(1) for one in voters().members),
    ),
    "error-correcting output codes": Case(
        lambda: posed(coded(), papers(steps=20)),
        ADAPTIVE + ", error correcting codes",
        lambda: lambda x: coded().inner(x) @ coded().words.T,
    ),
    "matrix estimation (ME-Net)": Case(
        lambda: posed(Restored(plain(), 0.9, 6), papers(steps=20)), ADAPTIVE + ", ME-Net", plain
    ),
    "rounded cosines (JPEG)": Case(lambda: posed(Cosines(plain(), 0.12), papers(steps=20)), GRADIENTS, plain),
    "the graph ends at the normalising step": Case(
        lambda: posed(Detached(standard().inner), papers(steps=20)), GRADIENTS, standard
    ),
    "slopes below sixteen bits": Case(lambda: posed(Halves(plain()), papers(steps=20)), CHECKLIST, plain),
    "votes of few noisy draws": Case(
        lambda: posed(Smoothed(plain(), 7, 0.05), papers(steps=20)),
        "Cohen et al. 2019, arXiv 1902.02918, attacked as in " + GRADIENTS,
        plain,
    ),
    "a sigmoid driven into saturation": Case(
        lambda: posed(sluggish(), papers(steps=20)), GRADIENTS, lambda: sluggish().inner
    ),
    "the attack's box is another than the model's": Case(_wrong_box, CHECKLIST),
    "the attack ends when the batch is hurt at all": Case(
        lambda: posed(plain(), papers(steps=40, size=0.05, whole=True)), CHECKLIST
    ),
    "one target class for all": Case(lambda: posed(plain(), papers(steps=20, target=0), eps=0.07), CHECKLIST),
    "points made on another net": Case(lambda: posed(plain(), papers(steps=20, surrogate=waves), eps=0.1), CHECKLIST),
    "one L2 budget for the whole batch": Case(
        lambda: posed(plain(), papers(steps=20, flat=True), norm=Norm.L2, eps=0.6), CHECKLIST
    ),
}


# --- honest ------------------------------------------------------------------------------------------------------


class Prototypes(nn.Module):
    """The distance to each class's mean: large scores, smooth everywhere."""

    def __init__(self):
        super().__init__()
        x, y, *_ = digits()
        self.register_buffer("means", torch.stack([x[y == label].mean(0) for label in range(10)]))

    def forward(self, x):
        return -20 * ((x[:, None] - self.means) ** 2).sum(2)


class Kernel(nn.Module):
    """Ridge regression with a Gaussian kernel upon the training samples."""

    def __init__(self, width):
        super().__init__()
        x, y, *_ = digits()
        x, y = x[:600], y[:600]
        self.register_buffer("seen", x)
        self.width = width
        held = torch.exp(-(torch.cdist(x, x) ** 2) / width) + 1e-2 * torch.eye(len(x))
        self.register_buffer("weights", torch.linalg.solve(held, one_hot(y, 10).float()))

    def forward(self, x):
        apart = (x**2).sum(1)[:, None] + (self.seen**2).sum(1) - 2 * x @ self.seen.T
        return 10 * torch.exp(-apart.clamp_min(0) / self.width) @ self.weights


class Pairs(nn.Module):
    """GroupSort of two: keeps the length of what passes."""

    def forward(self, x):
        halves = x.reshape(len(x), -1, 2)
        return torch.cat([halves.max(2).values, halves.min(2).values], 1)


@functools.cache
def lipschitz():
    """Orthogonal layers and GroupSort: no score moves faster than the input does."""
    layers = [nn.utils.parametrizations.orthogonal(nn.Linear(64, 64)) for _ in range(3)]
    last = nn.utils.parametrizations.orthogonal(nn.Linear(64, 10))
    net = nn.Sequential(layers[0], Pairs(), layers[1], Pairs(), layers[2], Pairs(), last)
    x, y, *_ = digits()
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(25):
        for part in torch.randperm(len(x)).split(100):
            loss = cross_entropy(10 * net(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


class Waves(nn.Module):
    """Random Fourier features under a trained linear layer."""

    def __init__(self):
        super().__init__()
        draw = np.random.default_rng(5)
        self.register_buffer("turn", torch.tensor(draw.normal(size=(64, 300)) * 0.5, dtype=torch.float32))
        self.register_buffer("shift", torch.tensor(draw.uniform(0, 6.28, 300), dtype=torch.float32))
        self.last = nn.Linear(300, 10)

    def forward(self, x):
        return self.last(torch.cos(x @ self.turn + self.shift))


class Noisy(nn.Module):
    """Means of the probabilities under noise, of many draws: an honest stochastic model."""

    def __init__(self, inner, draws, spread):
        super().__init__()
        self.inner, self.draws, self.spread = inner, draws, spread

    def forward(self, x):
        many = x[None] + self.spread * torch.randn(self.draws, *x.shape)
        return self.inner(many.reshape(-1, x.shape[1])).softmax(1).reshape(self.draws, len(x), -1).mean(0).log()


class Scaled(nn.Module):
    def __init__(self, inner, by):
        super().__init__()
        self.inner, self.by = inner, by

    def forward(self, x):
        return self.by * self.inner(x)


class Bars(nn.Module):
    """The sum of one set of bars less that of the other, as two scores: its margin can be computed by hand."""

    def forward(self, x):
        wanted = torch.stack([torch.arange(64) // 8 % 2, torch.arange(64) % 2]).float()
        return (x - 0.5) @ (wanted - 0.5).T


@functools.cache
def hardened(kind):
    """Trained against attack, of unlike kinds."""
    if kind == "cells":
        return fit(mlp(24, 30, 2, nn.Tanh), cells, against=0.05, epochs=40)
    if kind == "l2":
        return fit(mlp(64, between=nn.GELU), against=0.6, norm=Norm.L2)
    if kind == "trades":
        return fit(mlp(80, between=nn.Softplus), against=0.1, trades=3.0)
    images = nn.Unflatten(1, (1, 8, 8))
    net = nn.Sequential(
        images, nn.Conv2d(1, 8, 3, padding=1), nn.SiLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(128, 10)
    )
    return fit(net, against=0.08, epochs=25)


@functools.cache
def waves():
    return fit(Waves(), rate=1e-2)


@functools.cache
def kernel():
    return Kernel(6.0).eval()


TREE = "an attack of several starts and two losses, as Croce et al. 2020, arXiv 2003.01690, ask for"

HONEST: dict[str, Case] = {
    "distance to prototypes, large scores": Case(lambda: posed(Prototypes(), fair(Norm.LINF), eps=0.08), TREE),
    "Gaussian kernel": Case(lambda: posed(kernel(), fair(Norm.LINF), eps=0.06), TREE),
    "Lipschitz by construction, L2": Case(
        lambda: posed(lipschitz(), fair(Norm.L2), norm=Norm.L2, eps=0.3),
        "Anil et al. 2019, Sorting Out Lipschitz Function Approximation, arXiv 1811.05381",
    ),
    "Fourier features": Case(lambda: posed(waves(), fair(Norm.LINF), eps=0.03), TREE),
    "two classes, trained against attack": Case(
        lambda: posed(hardened("cells"), fair(Norm.LINF), data=cells, eps=0.05), "Madry et al. 2018, arXiv 1706.06083"
    ),
    "trained against attack, L2": Case(
        lambda: posed(hardened("l2"), fair(Norm.L2), norm=Norm.L2, eps=0.6), "Madry et al. 2018, arXiv 1706.06083"
    ),
    "TRADES with softplus": Case(
        lambda: posed(hardened("trades"), fair(Norm.LINF), eps=0.1), "Zhang et al. 2019, arXiv 1901.08573"
    ),
    "convolution with pooling, trained against attack": Case(
        lambda: posed(hardened("pooled"), fair(Norm.LINF), eps=0.08), "Madry et al. 2018, arXiv 1706.06083"
    ),
    "very large scores, attacked by the margin": Case(
        lambda: posed(Scaled(plain(), 300.0), fair(Norm.LINF), eps=0.05),
        "Carlini and Wagner 2017, arXiv 1608.04644: the margin does not saturate",
    ),
    "very small scores": Case(lambda: posed(Scaled(hardened("trades"), 1e-3), fair(Norm.LINF), eps=0.1), TREE),
    "nothing can be confused": Case(
        lambda: posed(Bars(), fair(Norm.LINF), data=trials, eps=0.1), "a linear margin, computed by hand"
    ),
    "mean under noise, attacked in expectation": Case(
        lambda: posed(Noisy(hardened("trades"), 64, 0.04), fair(Norm.LINF, steps=30, restarts=2, averaged=2), eps=0.1),
        "Athalye et al. 2018, expectation over transformation, arXiv 1707.07397",
    ),
}


# --- are the labels right? ---------------------------------------------------------------------------------------


def left(case: Case) -> tuple[float, float, float]:
    """Accuracy, the robust accuracy that the evaluation's attack finds, and the one that an attack made for it does."""
    torch.manual_seed(0)
    posed_ = case.make()
    x, y = posed_.x, posed_.labels
    high = getattr(posed_, "high", 1.0)
    tight = posed_.eps + 1e-4

    def right(points):
        return torch.stack([posed_.net(points).argmax(1) == y for _ in range(3)]).float().mean(0) > 0.5

    with torch.no_grad():
        clean = right(x)
    claimed = posed_.attack(posed_.net, x, y, posed_.eps, 1.0)
    size = (claimed - x).abs().amax(1) if posed_.norm is Norm.LINF else (claimed - x).norm(dim=1)
    if size.max() > tight:
        raise ValueError(f"the attack leaves its ball: {float(size.max())}")
    through = case.through() if case.through else posed_.net
    stands = clean & right(claimed)
    given = float(stands.float().mean())
    for seed in (1, 2):
        found = pgd(
            posed_.net,
            x,
            y,
            posed_.eps,
            posed_.norm,
            60,
            through=through,
            restarts=3,
            loss="both",
            high=high,
            seed=seed,
        )
        straight = pgd(through, x, y, posed_.eps, posed_.norm, 60, restarts=2, loss="both", high=high, seed=seed)
        with torch.no_grad():
            stands = stands & right(found) & right(straight)
    return float(clean.float().mean()), given, float(stands.float().mean())


def main() -> None:
    for label, cases in (("broken", BROKEN), ("honest", HONEST)):
        for name, case in cases.items():
            accuracy, given, truly = left(case)
            fits = (given - truly > 0.1) if label == "broken" else (given - truly <= 0.03)
            mark = "" if fits else "LABEL IN DOUBT "
            print(f"{label}  {accuracy:.2f} {given:.2f} {truly:.2f}  {mark}{name}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
