# SPDX-License-Identifier: Apache-2.0
"""Samples of a declared data set as the robustness rules hand them to a model."""

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.models.model import in_order
from hauberk.models.trial import Sheet

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
"""Usual ranges of inputs."""


def draw(sheet: Sheet, seed: int, rows: int) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """Rows as numbers, and labels as places of classes: whole numbers from 0 on as they are, else in order."""
    chosen = np.sort(np.random.default_rng(seed).permutation(sheet.table.n)[:rows])
    columns = [sheet.table.number(name) for name in sheet.columns]
    held = [column[chosen] for column in columns if column is not None]
    if len(held) != len(columns) or any(np.isnan(column).any() for column in held):
        raise CannotLook(f"{sheet.id}: a column holds text or gaps, where samples are numbers")
    truth, classes = sheet.labels, in_order(sheet.labels)
    numbered = all(name.isdecimal() for name in classes)
    place = {name: int(name) if numbered else index for index, name in enumerate(classes)}
    return np.stack(held, axis=1).astype(np.float32), tuple(place[name] for name in truth[chosen].tolist())


def box_of(x: NDArray[np.float32]) -> tuple[float, float]:
    """Where inputs lie: the first usual range that holds all samples."""
    least, most = float(x.min()), float(x.max())
    return next(((low, high) for low, high in RANGES if low <= least and most <= high), (least, most))
