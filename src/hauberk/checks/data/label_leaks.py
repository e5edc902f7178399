# SPDX-License-Identifier: Apache-2.0
"""A feature from which the label can be read off."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.assets.table import Table, missing
from hauberk.checks.data.tables import FORMATS, opened
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.place import RowPlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

Codes = NDArray[np.intp]
Leak = tuple[str, Confidence]
"""What the feature does, and how sure that is."""

_FEWEST = 20
"""Rows below which agreement means nothing."""
_RAREST = 5
"""Rows that the rarer side of a split must have."""
_CLASSES = 50
"""Label values beyond which the label is a quantity, not a class."""
_REPEATED = 5
"""Rows that a category must have on average, so that it is not the name of a row."""
_NEARLY, _COMMON = 0.99, 0.95
_STRAIGHT = 1 - 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class _Label:
    codes: Codes
    """Class of each row."""
    classes: int
    numbers: NDArray[np.float64] | None
    cells: NDArray[np.str_]


def _applies(target: Target) -> bool:
    return bool(target.facts.label)


@check(
    "HBK-DAT-003",
    stage="data",
    kinds=("dataset",),
    formats=FORMATS,
    severity=Severity.HIGH,
    remedy="leave the feature out unless it is known before the label is; then measure the model again",
    references=("AI-Act:Art.10", "OWASP-ML:2023:ML02", "CWE-1039"),
    needs=("system",),
    applies=_applies,
    seconds=240,
)
def label_leaks(target: Target) -> Iterator[Hit]:
    """A feature gives the label away.

    A column that is the label under another name, or is filled in only once the outcome is known, makes a model
    perfect in the test and useless in service, where that column does not exist yet.
    """
    table = opened(target)
    label_name = target.facts.label
    label = _label(table, label_name)
    rows = ~missing(table.column(label_name))
    for name in table.names:
        leak = _leak(table, name, rows, label) if name != label_name else None
        if leak is not None:
            message, confidence = leak
            yield Hit(
                message=f"feature {name!r} {message} {label_name!r} (n={len(label.codes)})",
                place=RowPlace(table=target.asset.uri, column=name),
                confidence=confidence,
                context=f"{name} {message}",
            )


def _label(table: Table, name: str) -> _Label:
    cells = table.column(name)
    known = ~missing(cells)
    if known.sum() < _FEWEST:
        raise CannotLook(f"{known.sum()} labelled rows are too few to judge; {_FEWEST} are needed")
    values, codes = np.unique(cells[known], return_inverse=True)
    if len(values) == 1:
        raise CannotLook(f"the label {name!r} has only one value")
    numbers = table.number(name)
    return _Label(
        codes=codes, classes=len(values), numbers=numbers[known] if numbers is not None else None, cells=cells[known]
    )


def _leak(table: Table, name: str, rows: NDArray[np.bool_], label: _Label) -> Leak | None:
    cells = table.column(name)[rows]
    if np.array_equal(cells, label.cells):
        return "equals the label", Confidence.HIGH
    numbers = table.number(name)
    values = numbers[rows] if numbers is not None else None
    if label.classes > _CLASSES:
        return _straight(values, label)
    return _recoding(cells, label) or _presence(cells, label) or _threshold(values, label)


def _straight(values: NDArray[np.float64] | None, label: _Label) -> Leak | None:
    """Whether a numeric feature is a linear function of a numeric label."""
    if values is None or label.numbers is None:
        return None
    both = np.isfinite(values) & np.isfinite(label.numbers)
    x, y = values[both], label.numbers[both]
    if len(x) < _FEWEST or x.std() == 0 or y.std() == 0:
        return None
    straight = abs(float(np.corrcoef(x, y)[0, 1])) >= _STRAIGHT
    return ("is a linear function of the label", Confidence.HIGH) if straight else None


def _recoding(cells: NDArray[np.str_], label: _Label) -> Leak | None:
    """Whether categories map to labels: one to one, many to one, or nearly."""
    values, codes = np.unique(cells, return_inverse=True)
    if len(values) == 1 or len(values) * _REPEATED > len(cells):
        return None
    table = np.zeros((len(values), label.classes), dtype=np.int64)
    np.add.at(table, (codes, label.codes), 1)
    if np.sort(table.sum(axis=0))[:-1].sum() < _RAREST:
        return None
    right = table.max(axis=1).sum() / len(cells)
    if right == 1.0:
        how = "is a recoding of the label" if len(values) == label.classes else "fully determines the label"
        return how, Confidence.HIGH
    if right >= _NEARLY and table.sum(axis=0).max() / len(cells) <= _COMMON:
        return f"agrees in {right:.1%} of rows with the label", Confidence.MEDIUM
    return None


def _presence(cells: NDArray[np.str_], label: _Label) -> Leak | None:
    """Whether a feature has a value exactly where the label is of one class."""
    absent = missing(cells)
    if min(absent.sum(), (~absent).sum()) < _RAREST:
        return None
    for one in range(label.classes):
        is_one = label.codes == one
        if np.array_equal(absent, is_one) or np.array_equal(absent, ~is_one):
            return "is missing exactly by the value of the label", Confidence.HIGH
    return None


def _threshold(values: NDArray[np.float64] | None, label: _Label) -> Leak | None:
    """Whether one threshold on a numeric feature splits two classes without an error."""
    if values is None or label.classes != 2 or _numbers_rows(values):  # noqa: PLR2004  two sides of a threshold
        return None
    known = np.isfinite(values)
    first, second = values[known & (label.codes == 0)], values[known & (label.codes == 1)]
    if min(len(first), len(second)) < _RAREST or known.mean() < _NEARLY:
        return None
    if first.max() < second.min() or second.max() < first.min():
        return "separates by one threshold the values of the label", Confidence.HIGH
    return None


def _numbers_rows(values: NDArray[np.float64]) -> bool:
    """Whether a column only counts: whole numbers, all different."""
    finite = values[np.isfinite(values)]
    return bool(np.all(finite % 1 == 0)) and len(np.unique(finite)) == len(finite)
