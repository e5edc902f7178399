# SPDX-License-Identifier: Apache-2.0
"""What detectors are fitted on and what they judge: a model's features, logits and labels, row by row."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Held:
    """Rows that one model has seen. Law: all arrays have the same number of rows."""

    features: Floats
    """(rows, width): what the model makes of a row before its last layer, or the standardised columns themselves."""
    logits: Floats
    """(rows, classes): unnormalised scores, or the logarithms of probabilities."""
    labels: NDArray[np.int64]
    """(rows,): the true class where it is known, else the model's own answer."""

    def __post_init__(self) -> None:
        """Refuse rows that do not belong together, and numbers that are none."""
        shapes = (self.features.ndim, self.logits.ndim, self.labels.ndim)
        rows = {len(self.features), len(self.logits), len(self.labels)}
        if shapes != (2, 2, 1) or len(rows) != 1:
            message = f"features {self.features.shape}, logits {self.logits.shape} and labels {self.labels.shape}"
            raise ValueError(message)
        if not (np.isfinite(self.features).all() and np.isfinite(self.logits).all()):
            raise ValueError("features or logits that are not finite")

    def __len__(self) -> int:
        """Rows."""
        return len(self.labels)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Held":
        """Some of the rows."""
        return Held(features=self.features[chosen], logits=self.logits[chosen], labels=self.labels[chosen])


def joined(first: Held, second: Held) -> Held:
    """The rows of both."""
    return Held(
        features=np.concatenate([first.features, second.features]),
        logits=np.concatenate([first.logits, second.logits]),
        labels=np.concatenate([first.labels, second.labels]),
    )
