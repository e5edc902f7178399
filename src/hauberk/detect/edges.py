# SPDX-License-Identifier: Apache-2.0
"""Rows of which too many cells lie where hardly any training row lies, each by itself and however little.

Noise that an attack lays over a whole row moves many cells a little: distances hardly notice, since honest rows differ
more in the few cells that carry what they show. Here each cell counts once, so that one wild value is not a thousand
small ones (the higher criticism of Donoho and Jin 2004 counts alike). A cell counts where it lies beyond its own range
by more than it usually deviates: a sensor's grain is no attack. Cells that vary freely tell nothing, so an attacker who
changes only those is not seen.
"""

from dataclasses import dataclass

import numpy as np

from hauberk.detect.held import Floats
from hauberk.detect.layout import scales

_RARE = 0.01
"""Share of training rows on either side of the range."""


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Range of each cell, widened by its usual deviation."""

    low: Floats
    high: Floats

    def beyond(self, rows: Floats) -> Floats:
        """(rows, width) to the share of cells that lie beyond, (rows,), 0 to 1."""
        found: Floats = ((rows < self.low) | (rows > self.high)).mean(axis=1)
        return found


def fit(rows: Floats) -> Edges:
    """Of training rows (rows, width)."""
    low, high = np.quantile(rows, (_RARE, 1.0 - _RARE), axis=0)
    usual = 1.0 / scales(rows)[1]
    return Edges(low=low - usual, high=high + usual)
