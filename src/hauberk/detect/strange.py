# SPDX-License-Identifier: Apache-2.0
"""Rows that are surely strange, made of in-distribution rows alone: what a chooser of scores is tried on.

No outlier from elsewhere is needed, so nothing is tuned to the outliers that a benchmark happens to hold.
"""

from collections.abc import Mapping

import numpy as np

from hauberk.detect.held import Floats


def strangers(rows: Floats, seed: int) -> Mapping[str, Floats]:
    """Kinds of strange rows by name, each (rows, width) like what is given; at least two rows are needed.

    ``shuffled``: each column permuted on its own, which keeps every marginal and breaks every relation. ``halves``:
    the first half of the columns of one row and the second half of another's. ``beyond``: rows pushed away from the
    mean, half as far again. ``noise``: uniform between the columns' extremes. Midpoints of rows are left out: they are
    undecided rather than strange, and a trial on them favours MSP, which measures just that.
    """
    chance = np.random.default_rng(seed)
    count, width = rows.shape
    other = rows[(np.arange(count) + chance.integers(1, count)) % count]
    first = np.arange(width) < width // 2 if width > 1 else np.zeros(width, dtype=bool)
    mean = rows.mean(axis=0)
    return {
        "shuffled": chance.permuted(rows, axis=0),
        "halves": np.where(first, rows, other),
        "beyond": mean + 1.5 * (rows - mean),
        "noise": chance.uniform(rows.min(axis=0), rows.max(axis=0), size=rows.shape),
    }
