"""Train the digits model against the attack that it will meet: python train.py (a few minutes on two cores).

Each batch is first moved within eps to where the model errs most (Madry et al., ICLR 2018), then learnt from.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from digits import load, save
from network import network

EPOCHS, BATCH, SEED = 40, 100, 0
EPS, STEPS, STEP = 0.15, 7, 0.04
WARM_UP = 10
"""Epochs in which eps grows from nothing."""


def worst(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    """The batch moved within eps (each pixel) up the loss."""
    moved = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
    for _ in range(STEPS):
        moved.requires_grad_()
        (slope,) = torch.autograd.grad(cross_entropy(model(moved), y), moved)
        moved = (moved.detach() + STEP * slope.sign()).clamp(x - eps, x + eps).clamp(0, 1)
    return moved


def main() -> None:
    torch.manual_seed(SEED)
    x, y = load("train")
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(EPOCHS):
        eps = EPS * min(1.0, (epoch + 1) / WARM_UP)
        for part in torch.randperm(len(x)).split(BATCH):
            loss = cross_entropy(model(worst(model, x[part], y[part], eps)), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    save(model.eval())


if __name__ == "__main__":
    main()
