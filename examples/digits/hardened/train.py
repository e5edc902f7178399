"""Train the digits model against the attack that it will meet: python train.py (two minutes of one core).

The training is that of ``hauberk protect harden`` (PGD of 7 steps; Madry et al., ICLR 2018).
"""

import gzip

import numpy as np
import torch
from hauberk.protect.training import Recipe, train

from digits import HERE, save

RECIPE = Recipe(eps=0.15, epochs=24, steps=7, seed=0)


def main() -> None:
    with gzip.open(HERE / "data" / "train.csv.gz", "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", skiprows=1)
    x = torch.from_numpy(table[:, :-1].astype(np.float32)).reshape(-1, 1, 28, 28)
    save(train("network:network", x, torch.from_numpy(table[:, -1].astype(np.int64)), RECIPE, lambda *_: None).net)


if __name__ == "__main__":
    main()
