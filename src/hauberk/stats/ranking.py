# SPDX-License-Identifier: Apache-2.0
"""How well a score ranks one group above another: the area under the ROC curve with its interval."""

import math

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import normal_quantile

Floats = NDArray[np.float64]


def auc(above: Floats, below: Floats, level: float = 0.95) -> tuple[float, float, float]:
    """Share of pairs in which ``above`` scores higher (ties count half), and DeLong's interval (Biometrics 1988).

    Raises ValueError with fewer than two scores on either side.
    """
    if min(above.size, below.size) < 2:  # noqa: PLR2004  a variance needs two
        raise ValueError("an area needs two scores on each side")
    ranks = _midranks(np.concatenate((above, below)))
    upper = (ranks[: above.size] - _midranks(above)) / below.size
    lower = 1 - (ranks[above.size :] - _midranks(below)) / above.size
    area = float(upper.mean())
    spread = math.sqrt(float(upper.var(ddof=1)) / above.size + float(lower.var(ddof=1)) / below.size)
    margin = normal_quantile(level) * spread
    return area, max(0.0, area - margin), min(1.0, area + margin)


def _midranks(values: Floats) -> Floats:
    """Ranks from 1; tied values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    result: Floats = (last - (counts - 1) / 2)[inverse]
    return result
