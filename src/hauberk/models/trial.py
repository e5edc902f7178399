# SPDX-License-Identifier: Apache-2.0
"""A model beside one of its declared data sets: rows as the model reads them, true labels, declared columns."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hauberk.assets import table as tables
from hauberk.assets.table import Table, missing
from hauberk.core.errors import CannotLook
from hauberk.core.system import Column, Facts
from hauberk.core.target import Target
from hauberk.models.model import Floats, Model, Rows, in_order, label_text, open_model

ONNX = "onnx"
REGRESS = "regress"
"""``facts.task`` of a model that predicts a number."""
MOST_GROUPS = 50
"""Values of a column beyond which it makes no groups."""
PICKLES = frozenset({"pickle", "joblib-compressed", "torch-zip", "torchscript", "npy", "npz"})
"""Formats whose files may carry a program that runs when they are loaded."""
EXPORT = (
    "export it to ONNX (skl2onnx.to_onnx, torch.onnx.export, onnxmltools), and declare that file with the same "
    "facts.tested_on; or take tested_on from this one"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """A declared data set with its label."""

    id: str
    uri: str
    table: Table
    facts: Facts

    @property
    def labels(self) -> NDArray[np.str_]:
        """True labels as text, in one spelling."""
        return label_text(self.table.column(self.facts.label))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns but the label, the weight and those that are declared as no input of the model."""
        apart = {self.facts.label, self.facts.weight, *(one.name for one in self.facts.columns if one.input is False)}
        return tuple(name for name in self.table.names if name not in apart)

    @property
    def spare(self) -> frozenset[str]:
        """Sensitive columns of which the manifest does not say whether the model is given them."""
        return frozenset(one.name for one in self.facts.columns if one.sensitive and one.input is None)

    @property
    def numbers(self) -> Floats:
        """True values of a model that predicts a number; raises CannotLook where a cell is none."""
        found = self.table.number(self.facts.label)
        if found is None or not np.isfinite(found).all():
            raise CannotLook(f"{self.id}: the label {self.facts.label!r} has cells that are no finite numbers")
        return found

    @property
    def weights(self) -> Floats | None:
        """For how many people each row stands; None where the manifest names no such column.

        Raises CannotLook where a cell is missing, no finite number or negative, or all are zero.
        """
        if not self.facts.weight:
            return None
        found = self.table.number(self.facts.weight)
        if found is None or not np.isfinite(found).all() or (found < 0).any() or not found.any():
            raise CannotLook(
                f"{self.id}: the weights in {self.facts.weight!r} are not all finite numbers of at least 0",
                remedy="fill the column, or correct facts.weight",
            )
        return found

    @property
    def declared(self) -> dict[str, Column]:
        """Declared columns by name."""
        return {column.name: column for column in self.facts.columns}


def open_sheet(target: Target, asset_id: str) -> Sheet:
    """The declared data set of this id; raises CannotLook where it has no file, no rows or no declared label."""
    return read_sheet(target.other(asset_id))


def read_sheet(target: Target) -> Sheet:
    """The data set that the target is; raises CannotLook where it has no rows or no declared label."""
    name, facts = target.asset.id, target.facts
    if not facts.label:
        raise CannotLook(
            f"{name}: the manifest does not say which column is the label", remedy="add facts.label to the data set"
        )
    table = tables.read(target.data)
    if facts.label not in table.names:
        raise CannotLook(f"{name}: no column has the name of the declared label", remedy="correct facts.label")
    if table.n == 0:
        raise CannotLook(f"{name}: the table has no rows")
    return Sheet(id=name, uri=target.asset.uri, table=table, facts=facts)


def tested_on(target: Target) -> Sheet:
    """The first data set that the model was tested on; raises CannotLook saying what the manifest lacks."""
    return open_sheet(target, _first(target, target.facts.tested_on, "tested_on"))


def trained_on(target: Target) -> Sheet:
    """The first data set that the model was trained on; raises CannotLook saying what the manifest lacks."""
    return open_sheet(target, _first(target, target.facts.trained_on, "trained_on"))


def _first(target: Target, ids: tuple[str, ...], fact: str) -> str:
    if not ids:
        raise CannotLook(
            f"the manifest does not say what data set {target.asset.id} was {fact.replace('_', ' ')}",
            remedy=f"add facts.{fact} to the model, with the id of a data set",
        )
    return ids[0]


def is_tested(target: Target) -> bool:
    """Whether a rule that asks a model has something to look at: the manifest declares it, and it is ONNX or tested."""
    declared = target.declared
    return declared is not None and (target.asset.format == ONNX or bool(declared.facts.tested_on))


def classifies(target: Target) -> bool:
    """The same of a rule that asks for labels: not where the manifest says that the model predicts a number."""
    return is_tested(target) and target.facts.task != REGRESS


def groups_of(sheet: Sheet, name: str) -> NDArray[np.str_] | None:
    """The group of each row by one column: between its declared cut points, or by value; ``missing`` for an empty cell.

    None where there is no such column, or it cannot be cut: more than ``MOST_GROUPS`` values, or text between cuts.
    """
    if name not in sheet.table.names:
        return None
    cells, column = sheet.table.column(name), sheet.declared.get(name)
    absent = missing(cells)
    if column is not None and column.groups:
        numbers = sheet.table.number(name)
        if numbers is None:
            return None
        cuts = sorted(column.groups)
        between = (f"{low:g} to under {high:g}" for low, high in pairwise(cuts))
        names = [f"under {cuts[0]:g}", *between, f"{cuts[-1]:g} and over"]
        groups: NDArray[np.str_] = np.asarray(names)[np.digitize(np.nan_to_num(numbers), cuts)]
    else:
        groups = cells.astype(object).astype(str)
        if len(np.unique(groups)) > MOST_GROUPS:
            return None
    result: NDArray[np.str_] = np.where(absent, "missing", groups)
    return result


def open_for(target: Target, sheet: Sheet, *, budget: int) -> Model:
    """The target's model over the columns of a sheet; ``budget`` rows may be asked."""
    require_onnx(target)
    return open_model(target.data, sheet.columns, in_order(sheet.labels), budget=budget, spare=sheet.spare)


def require_onnx(target: Target) -> None:
    """Raises CannotLook, saying what to do, where the model's format is not one that is loaded to be asked."""
    name = target.asset.format
    if name in PICKLES:
        raise CannotLook(
            f"a model of the pickle family ({name}) is loaded only with a clean certificate, which this rule does not "
            "make",
            remedy=EXPORT,
        )
    if name != ONNX:
        what = f"a {name} model" if target.asset.is_file else "a model without a file"
        raise CannotLook(f"this rule asks ONNX models and cannot ask {what}", remedy=EXPORT)


def rows_of(sheet: Sheet, model: Model, chosen: NDArray[np.intp] | None = None) -> Rows:
    """The columns that the model reads, text or floats as it takes them; all rows, or those chosen by number."""
    rows = {}
    for name in model.features:
        cells = sheet.table.column(name).astype(object) if name in model.texts else sheet.table.number(name)
        if cells is None:
            raise CannotLook(f"{sheet.id}: column {name!r} holds text, and the model reads it as numbers")
        rows[name] = cells if chosen is None else cells[chosen]
    return rows
