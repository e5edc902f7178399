# SPDX-License-Identifier: Apache-2.0
"""Trains a small network against the attack that it will meet. A seam: imports torch.

Madry et al., ICLR 2018: each batch is first moved within eps to where the model errs most (projected gradient), then
learnt from; eps grows from nothing over the first quarter of the epochs, without which training may not start. Adam,
cosine schedule. One thread, so that one seed gives the same bits on machines with other numbers of cores.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from hauberk.attacks.campaign import Order, Outcome, Progress
from hauberk.attacks.whitebox.campaign import attack
from hauberk.attacks.whitebox.norms import Norm, project, random_change, spread, steepest
from hauberk.models.gradient.weights import make

_WARM_UP = 4
"""Eps is whole after a fourth of the epochs."""
_STEP = 2.0
"""Steps together reach twice as far as eps, so that a start anywhere in the ball can reach its edge."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What shapes the training, and so the weights."""

    norm: Norm = Norm.LINF
    eps: float = 0.0
    """Zero trains as usual."""
    low: float = 0.0
    high: float = 1.0
    steps: int = 7
    epochs: int = 20
    batch: int = 100
    rate: float = 2e-3
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A network and what it took."""

    net: nn.Module
    passes: int
    """Forwards and backwards of samples, both counted."""
    seconds: float
    """Of this thread's CPU."""


def train(factory: str, x: Tensor, labels: Tensor, recipe: Recipe, progress: Progress) -> Trained:
    """The network that the granted ``module:function`` makes, trained; raises Misuse where there is none."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    net = make(factory).train()
    generator = torch.Generator().manual_seed(recipe.seed)
    adam = _Adam(net)
    began, passes = time.process_time(), 0
    for epoch in range(recipe.epochs):
        eps = recipe.eps * min(1.0, _WARM_UP * (epoch + 1) / recipe.epochs)
        progress("training" if not eps else "training against the attack", epoch, recipe.epochs)
        for part in torch.split(torch.randperm(len(x), generator=generator), recipe.batch):
            given = worst(net, x[part], labels[part], recipe, eps, generator) if eps else x[part]
            loss = cross_entropy(net(given), labels[part])
            adam.step(loss, recipe.rate * (1 + math.cos(math.pi * epoch / recipe.epochs)) / 2)
            passes += 2 * len(part) * (1 + (recipe.steps if eps else 0))
    return Trained(net=net.eval(), passes=passes, seconds=time.process_time() - began)


class _Adam:
    """Kingma and Ba, ICLR 2015; torch's own optimisers load its compiler, which a confined child may not."""

    def __init__(self, net: nn.Module) -> None:
        self.weights = [weight for weight in net.parameters() if weight.requires_grad]
        self.mean = [torch.zeros_like(weight) for weight in self.weights]
        self.square = [torch.zeros_like(weight) for weight in self.weights]
        self.turn = 0

    def step(self, loss: Tensor, rate: float) -> None:
        """One step down the slope of the loss."""
        self.turn += 1
        slopes = torch.autograd.grad(loss, self.weights)
        mend = math.sqrt(1 - 0.999**self.turn) / (1 - 0.9**self.turn)
        with torch.no_grad():
            for weight, slope, mean, square in zip(self.weights, slopes, self.mean, self.square, strict=True):
                mean.mul_(0.9).add_(slope, alpha=0.1)
                square.mul_(0.999).addcmul_(slope, slope, value=0.001)
                weight.addcdiv_(mean, square.sqrt().add_(1e-8), value=-rate * mend)


def worst(
    net: Callable[[Tensor], Tensor], x: Tensor, labels: Tensor, recipe: Recipe, eps: float, generator: torch.Generator
) -> Tensor:
    """The batch moved within eps and the box up the loss."""
    radius = torch.full((len(x),), eps)
    step = spread(radius * _STEP / recipe.steps, x)
    change = random_change(x, recipe.norm, radius, generator)
    moved = (x + change).clamp(recipe.low, recipe.high)
    for _ in range(recipe.steps):
        moved.requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(net(moved), labels, reduction="sum"), moved)
        change = moved.detach() + step * steepest(slope, recipe.norm) - x
        moved = (x + project(change, recipe.norm, radius)).clamp(recipe.low, recipe.high)
    return moved.detach()


def evaluate(net: nn.Module, order: Order, progress: Progress) -> Outcome:
    """The full attack on a network, judged as ``hauberk attack`` judges."""
    return attack(order, net, None, progress)
