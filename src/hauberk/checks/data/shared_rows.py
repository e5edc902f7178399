# SPDX-License-Identifier: Apache-2.0
"""Rows that a model is trained on and tested on."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hauberk.assets.table import Table
from hauberk.checks.data.tables import FORMATS, opened
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Kind, Severity
from hauberk.core.system import Declared
from hauberk.core.target import Target
from hauberk.stats.intervals import newcombe, wilson

Rows = list[bytes]
"""One key for each row: equal keys are equal rows."""

_KEYS = ("id", "index", "row", "rownum", "rowid", "row_id", "uuid", "guid", "column_1", "unnamed: 0")


def _training(target: Target) -> tuple[Declared, ...]:
    """Data sets that are declared as trained on."""
    assets = target.system.assets if target.system else ()
    return tuple(one for one in assets if one.kind is Kind.DATASET and one.facts.split == "train")


def _applies(target: Target) -> bool:
    return target.facts.split in ("test", "validation") and bool(_training(target))


@check(
    "HBK-DAT-002",
    stage="data",
    kinds=("dataset",),
    formats=FORMATS,
    severity=Severity.HIGH,
    remedy="remove the shared rows from one of the two, split before any resampling, and split by person or group",
    references=("OWASP-ML:2023:ML02", "AI-Act:Art.10", "CWE-1039"),
    needs=("system",),
    applies=_applies,
    limits=(Limit(measurement="shared_rows_excess", at_most=0.0),),
    seconds=240,
)
def shared_rows(target: Target) -> Iterator[Measurement]:
    """Rows are shared by training and test data.

    A model that has seen the answers looks better than it is: every number measured on such rows, accuracy,
    robustness and fairness alike, is too good. Tables of few small integers share rows by chance, so the excess over
    the share of training rows that have a twin in the training data itself is what counts, and it is zero until
    its interval is above zero.
    """
    table = opened(target)
    for declared in _training(target):
        yield from _compare(table, opened(target.other(declared.id)), declared.id)


def _compare(test: Table, train: Table, train_id: str) -> Iterator[Measurement]:
    shared = [name for name in test.names if name in train.names]
    names = [name for name in shared if not (_is_key(test, name) and _is_key(train, name))]
    if not names:
        raise CannotLook(f"no column is in both this table and {train_id}")
    if not test.n or not train.n:
        raise CannotLook(f"this table or {train_id} has no rows")
    exact = _shared(*_keys(test, train, names, formatted=True))
    test_rows, train_rows = _keys(test, train, names, formatted=False)
    k = _shared(test_rows, train_rows)
    counts = Counter(train_rows)
    twins = sum(count for count in counts.values() if count > 1)
    low, high = wilson(k, test.n)
    parameters: dict[str, Parameter] = {
        "train": train_id,
        "columns_compared": len(names),
        "rows_equal_as_written": exact,
        "twins_within_train": round(twins / train.n, 6),
        "interval": "wilson",
    }
    note = f"{k} of {test.n} rows; within {train_id} itself {twins} of {train.n} rows have a twin"
    yield Measurement(
        name="shared_rows_rate", value=k / test.n, low=low, high=high, n=test.n, parameters=parameters, note=note
    )
    least, most = newcombe((k, test.n), (twins, train.n))
    beyond_chance = least > 0
    yield Measurement(
        name="shared_rows_excess",
        value=k / test.n - twins / train.n if beyond_chance else 0.0,
        low=max(0.0, least),
        high=max(0.0, most),
        n=test.n,
        parameters={**parameters, "interval": "newcombe"},
        note=note if beyond_chance or not k else f"{note}: no more than repetition explains",
    )


def _is_key(table: Table, name: str) -> bool:
    """Whether a column only numbers the rows."""
    return table.header and name.lower() in _KEYS and len(np.unique(table.column(name))) == table.n


def _shared(test: Rows, train: Rows) -> int:
    known = set(train)
    return sum(row in known for row in test)


def _keys(test: Table, train: Table, names: list[str], *, formatted: bool) -> tuple[Rows, Rows]:
    """Keys of the rows of both tables: by cells as written, or by what the cells say."""
    codes = np.empty((test.n + train.n, len(names)), dtype=np.uint32)
    for index, name in enumerate(names):
        cells = np.concatenate([test.column(name), train.column(name)])
        codes[:, index] = _codes(cells, formatted=formatted)
    rows = [row.tobytes() for row in codes]
    return rows[: test.n], rows[test.n :]


def _codes(cells: NDArray[np.str_], *, formatted: bool) -> NDArray[np.uint32]:
    values, inverse = np.unique(cells, return_inverse=True)
    if formatted:
        return inverse.astype(np.uint32)
    numbers: dict[str, int] = {}
    said = [numbers.setdefault(normal(value), len(numbers)) for value in values.tolist()]
    return np.asarray(said, dtype=np.uint32)[inverse]


def normal(cell: str) -> str:
    """What a cell says, however it is written: ``1``, ``1.0`` and ``1e0`` are one, as are ``Yes`` and ``yes``."""
    text = " ".join(cell.casefold().split())
    try:
        number = float(text)
    except ValueError:
        return text
    return repr(number + 0.0) if np.isfinite(number) else text
