# SPDX-License-Identifier: Apache-2.0
"""What an attacker who holds rows of the same population expects of each row, without the model under attack."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.models.encoding import encode
from hauberk.models.trial import Sheet
from hauberk.stats.logistic import fit, losses

LEAST = 100
"""Outsiders needed: half of them train the reference for the other half."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """Rows of one data set."""

    sheet: Sheet
    rows: Places

    @property
    def labels(self) -> NDArray[np.str_]:
        """True labels of the rows."""
        chosen: NDArray[np.str_] = self.sheet.labels[self.rows]
        return chosen


def expected_shares(inside: Side, outside: Side, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """What a logistic regression trained on outsiders gives each row's true label: members', then outsiders'.

    Outsiders are cut into two halves, and members likewise; a half is judged by the regression that the other half of
    the outsiders trained, so that a member and an outsider are judged alike.
    """
    shared = [name for name in outside.sheet.columns if name in inside.sheet.table.names]
    size = len(inside.rows)
    labels = np.unique(np.concatenate((inside.labels, outside.labels)), return_inverse=True)[1]
    half = np.concatenate((rng.permutation(size) % 2, rng.permutation(len(outside.rows)) % 2))
    result = np.empty(len(labels))
    for judged in (0, 1):
        learnt_from = size + np.flatnonzero(half[size:] != judged)
        columns = [_column(inside, outside, name, learnt_from) for name in shared]
        features = np.concatenate([np.empty((len(labels), 0)), *columns], axis=1)
        weights = fit(features[learnt_from], labels[learnt_from], int(labels.max()) + 1)
        chosen = half == judged
        result[chosen] = np.exp(-losses(features[chosen], labels[chosen], weights))
    return result[:size], result[size:]


def _column(inside: Side, outside: Side, name: str, learnt_from: Places) -> Floats:
    sides = (inside, outside)
    cells = np.concatenate([side.sheet.table.column(name)[side.rows] for side in sides])
    numbers = [side.sheet.table.number(name) for side in sides]
    if any(one is None for one in numbers):
        return encode(cells, None, learnt_from)
    both = np.concatenate([one[side.rows] for one, side in zip(numbers, sides, strict=True) if one is not None])
    return encode(cells, both, learnt_from)
