# SPDX-License-Identifier: Apache-2.0
"""Models with a known nearest adversarial example, and one that counts its own calls."""

import torch
from torch import nn


class Linear(nn.Module):
    """Two or more classes by weighted sums: all smallest changes are known in closed form."""

    def __init__(self, weights, bias):
        super().__init__()
        self.w, self.b = torch.tensor(weights), torch.tensor(bias)

    def forward(self, x):
        return x.flatten(1) @ self.w.T + self.b


class Counting(nn.Module):
    """Counts samples forwards and slopes backwards, independently of the engine."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.forwards, self.backwards = inner, 0, 0

    def forward(self, x):
        self.forwards += len(x)
        out = self.inner(x)
        if out.requires_grad:
            out.register_hook(self._count)
        return out

    def _count(self, slope):
        self.backwards += len(slope)


class Constant(nn.Module):
    """Always the same answer: nothing can fool it."""

    def __init__(self, classes=3, label=0):
        super().__init__()
        self.out = torch.zeros(classes)
        self.out[label] = 5.0

    def forward(self, x):
        return self.out + 0.0 * x.flatten(1).sum(1, keepdim=True)


def random_linear(seed=0, dimension=12, classes=3, n=40, scale=0.5):
    """A linear model with samples in the middle of the box, labelled by the model itself."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(classes, dimension, generator=generator)
    model = Linear(weights.tolist(), torch.zeros(classes).tolist())
    x = 0.5 + scale * (torch.rand(n, dimension, generator=generator) - 0.5)
    return model, x, model(x).argmax(1)


def exact(model, x, labels, dual):
    """The smallest change in closed form: the least of margin over the dual norm of the difference of weights."""
    logits = model(x)
    gaps = logits.gather(1, labels[:, None]) - logits
    across = model.w[labels][:, None] - model.w[None]
    size = {"l1": across.abs().sum(2), "l2": across.norm(dim=2), "linf": across.abs().amax(2)}[dual]
    ratio = gaps / size.clamp_min(1e-12)
    ratio[torch.arange(len(x)), labels] = torch.inf
    return ratio.amin(1)
