# SPDX-License-Identifier: Apache-2.0
"""The columns of a table as blocks of numbers for a reference learner, and its rows without copies."""

import numpy as np
from numpy.typing import NDArray

from hauberk.assets.table import missing
from hauberk.models.trial import Sheet

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_RARE = 10
"""Rows that a value needs to be told apart."""
_MOST_VALUES = 40
_BINS = 5
_FEW = 10
"""Numbers with at most so many values are told apart one by one as well."""


def block(sheet: Sheet, name: str, rows: Places) -> Floats:
    """One column as numbers: standardised with its fifths told apart, or one flag for each frequent value."""
    cells = sheet.table.column(name)
    numbers = sheet.table.number(name)
    if numbers is None:
        return _flags(cells[rows].astype(object).astype(str))
    numbers = numbers[rows]
    known = ~missing(cells[rows]) & np.isfinite(numbers)
    if not known.any():
        return np.empty((len(rows), 0))
    centred = np.where(known, numbers - numbers[known].mean(), 0.0)
    scale = centred[known].std() or 1.0
    if len(np.unique(numbers[known])) <= _FEW:
        steps = np.where(known, numbers, np.nan).astype(str)
    else:
        cuts = np.quantile(numbers[known], np.linspace(0, 1, _BINS + 1)[1:-1])
        steps = np.where(known, np.digitize(np.where(known, numbers, 0.0), cuts), -1).astype(str)
    return np.concatenate((centred[:, None] / scale, _flags(steps)), axis=1)


def distinct(sheet: Sheet) -> Places:
    """Row numbers without later copies of an equal row, which would stand on both sides of a fold."""
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*(sheet.table.column(name).tolist() for name in sheet.table.names), strict=True)):
        first.setdefault(key, row)
    return np.fromiter(first.values(), dtype=np.intp, count=len(first))


def _flags(values: NDArray[np.str_]) -> Floats:
    names, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
    frequent = frequent[counts[frequent] >= _RARE]
    told_apart = frequent if len(names) > len(frequent) else frequent[:-1]
    flags: Floats = (inverse[:, None] == told_apart).astype(np.float64)
    return flags
