"""Train the digits model: python train.py (a minute on two cores)."""

import torch
from torch.nn.functional import cross_entropy

from digits import load, save
from network import network

EPOCHS, BATCH, SEED = 15, 100, 0


def main() -> None:
    torch.manual_seed(SEED)
    x, y = load("train")
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(x)).split(BATCH):
            loss = cross_entropy(model(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    save(model.eval())


if __name__ == "__main__":
    main()
