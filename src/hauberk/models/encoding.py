# SPDX-License-Identifier: Apache-2.0
"""The columns of a table as numbers for a reference learner, and its rows without copies."""

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


def encode(cells: NDArray[np.str_], numbers: Floats | None, learnt_from: Places | None = None) -> Floats:
    """One column as numbers: standardised with its fifths told apart, or one flag for each frequent value.

    ``numbers`` are the cells as numbers, None where they are text. Means, cuts and values are those of the rows
    ``learnt_from``, of all rows where it is not given.
    """
    rows = np.arange(len(cells)) if learnt_from is None else learnt_from
    if numbers is None:
        return _flags(cells.astype(object).astype(str), rows)
    known = ~missing(cells) & np.isfinite(numbers)
    learnt = numbers[rows][known[rows]]
    if not learnt.size:
        return np.empty((len(cells), 0))
    filled = np.where(known, numbers, learnt.mean())
    centred = (filled - learnt.mean()) / (learnt.std() or 1.0)
    if len(np.unique(learnt)) <= _FEW:
        steps = np.where(known, numbers, np.nan).astype(str)
    else:
        cuts = np.quantile(learnt, np.linspace(0, 1, _BINS + 1)[1:-1])
        steps = np.where(known, np.digitize(filled, cuts), -1).astype(str)
    return np.concatenate((centred[:, None], _flags(steps, rows)), axis=1)


def block(sheet: Sheet, name: str, rows: Places) -> Floats:
    """One column of these rows as numbers."""
    numbers = sheet.table.number(name)
    return encode(sheet.table.column(name)[rows], None if numbers is None else numbers[rows])


def distinct(sheet: Sheet) -> Places:
    """Row numbers without later copies of an equal row, which would stand on both sides of a fold."""
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*(sheet.table.column(name).tolist() for name in sheet.table.names), strict=True)):
        first.setdefault(key, row)
    return np.fromiter(first.values(), dtype=np.intp, count=len(first))


def _flags(values: NDArray[np.str_], rows: Places) -> Floats:
    names, counts = np.unique(values[rows], return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
    frequent = frequent[counts[frequent] >= _RARE]
    told_apart = frequent if len(names) > len(frequent) else frequent[:-1]
    flags: Floats = (values[:, None] == names[told_apart]).astype(np.float64)
    return flags
