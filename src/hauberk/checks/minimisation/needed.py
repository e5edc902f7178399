# SPDX-License-Identifier: Apache-2.0
"""HBK-DAT-004: personal columns that the task does not need."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.place import RowPlace
from hauberk.core.scales import Basis, Confidence, Severity
from hauberk.core.system import Column
from hauberk.core.target import Target
from hauberk.models.encoding import block, distinct
from hauberk.models.trial import Sheet, read_sheet
from hauberk.stats.intervals import mean_difference
from hauberk.stats.logistic import CrossFit, cross_fit

TOLERANCE = 0.01
"""Loss in nats a row below which a column counts as not needed: 1 % of likelihood."""
FOLDS = 5
ROWS = 2000
"""Rows that are used, drawn at random where there are more."""
LEAST_ROWS = 100
RIDGES = (1.0, 10.0, 100.0)
"""Penalties of the reference learner; the one with the smallest loss over all columns is used throughout."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


def _held(target: Target) -> tuple[Column, ...]:
    facts = target.facts
    return tuple(
        column for column in facts.columns if (column.personal or column.sensitive) and column.name != facts.label
    )


@check(
    "HBK-DAT-004",
    stage="data",
    kinds=("dataset",),
    formats=("csv", "tsv"),
    severity=Severity.MEDIUM,
    needs=("system",),
    applies=lambda target: target.facts.split == "train" and bool(_held(target)),
    basis=Basis.MEASURED,
    seconds=120,
    remedy="drop the column from training data and requests, or declare in the manifest why it is held (basis)",
    references=("GDPR:Art.5(1)(c)", "GDPR:Art.25", "AI-Act:Art.10", "doi:10.1080/01621459.2017.1307116"),
)
def needed(target: Target) -> Iterator[Hit | Measurement]:
    """Training data hold a personal column that the task does not need.

    What is not held cannot leak, and cannot be used to tell people apart. A reference learner (logistic regression over
    values and bins) predicts the label with and without the column; where the loss without it is higher by less than
    the tolerance, with 95 % confidence, the column is not needed. Other learners may make more of a column, so the
    finding is of medium confidence. A column for which the manifest states a basis is measured and not reported.
    """
    sheet = read_sheet(target)
    rng = np.random.default_rng(target.seed)
    rows = np.sort(rng.permutation(distinct(sheet))[:ROWS])
    if len(rows) < LEAST_ROWS:
        raise CannotLook(f"not estimable at n={len(rows)}: {LEAST_ROWS} different rows are needed")
    blocks = {name: block(sheet, name, rows) for name in sheet.columns}
    labels = np.unique(sheet.labels[rows], return_inverse=True)[1]
    fold = rng.permutation(len(rows)) % FOLDS
    ridge, full = _best(_joined(blocks, len(rows)), labels, fold)
    shared: dict[str, Parameter] = {
        "learner": f"ridge logistic regression, {ridge:g}",
        "folds": FOLDS,
        "seed": target.seed,
        "interval": "paired bootstrap",
    }
    prior = cross_fit(np.empty((len(rows), 0)), labels, fold)
    gain = _mean("reference_gain", prior.losses - full.losses, shared, target.seed)
    yield gain
    for column in _held(target):
        if column.name not in blocks:
            continue
        parameters = {**shared, "column": column.name, "tolerance": TOLERANCE, "basis_stated": bool(column.basis)}
        if (gain.low or 0.0) <= 0:
            note = f"not estimable at n={len(rows)}: the reference learner is no better than the label's shares"
            yield Measurement(name="drop_column_loss", value=None, n=len(rows), parameters=parameters, note=note)
            continue
        rest = {name: values for name, values in blocks.items() if name != column.name}
        starts = full.without(_places(blocks, column.name))
        without = cross_fit(_joined(rest, len(rows)), labels, fold, ridge, starts)
        loss = _mean("drop_column_loss", without.losses - full.losses, parameters, target.seed)
        yield loss
        if loss.high is not None and loss.high < TOLERANCE and not column.basis:
            yield _unneeded(sheet, column, loss)


def _best(features: Floats, labels: Places, fold: Places) -> tuple[float, CrossFit]:
    fits = [(ridge, cross_fit(features, labels, fold, ridge)) for ridge in RIDGES]
    return min(fits, key=lambda one: float(one[1].losses.mean()))


def _joined(blocks: dict[str, Floats], rows: int) -> Floats:
    return np.concatenate([np.empty((rows, 0)), *blocks.values()], axis=1)


def _places(blocks: dict[str, Floats], name: str) -> Places:
    """Where the numbers of one column stand among those of all."""
    before = list(blocks)[: list(blocks).index(name)]
    first = sum(blocks[one].shape[1] for one in before)
    return np.arange(first, first + blocks[name].shape[1])


def _mean(name: str, differences: Floats, parameters: dict[str, Parameter], seed: int) -> Measurement:
    low, high = mean_difference(differences, np.random.default_rng(seed))
    value = float(differences.mean())
    return Measurement(
        name=name, value=value, low=low, high=high, unit="nats", n=len(differences), parameters=parameters
    )


def _unneeded(sheet: Sheet, column: Column, loss: Measurement) -> Hit:
    kind = "sensitive" if column.sensitive else "personal"
    return Hit(
        message=f"the task does not need the {kind} column {column.name}: without it a reference learner loses "
        f"{loss.value:.4f} nats a row [{loss.low:.4f}, {loss.high:.4f}], tolerance {TOLERANCE:g} (n={loss.n})",
        place=RowPlace(table=sheet.uri, column=column.name),
        confidence=Confidence.MEDIUM,
        context=column.name,
    )
