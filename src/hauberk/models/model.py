# SPDX-License-Identifier: Apache-2.0
"""A classifier that takes the columns of a table: labels, scores, and how often it was asked.

Law: ``labels`` and ``scores`` of rows asked together are those of the same rows asked one by one.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, TooLarge
from hauberk.core.measurement import Parameter
from hauberk.core.seams import seam
from hauberk.models.onnx_rule import certify

Rows = Mapping[str, NDArray[Any]]
"""Columns of equal length by name: text (strings or objects) or floats."""
Floats = NDArray[np.float64]

BATCH = 4096
"""Rows asked at once."""

_FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_}
_LABELS = frozenset({"tensor(int64)", "tensor(int32)", "tensor(string)", "tensor(bool)"})
_MATRIX = 2
_NO_CLASSIFIER = "no output of the model is a label or a table of class scores"
_EXPORT = "assess a classifier, exported with its label or probability output"
_TEXT = "tensor(string)"
_SHOWN = 300
"""Characters of names of columns that evidence holds."""
NOT_GIVEN = "mark each column that the model is not given with `input: false` in facts.columns of the data set"
"""What to do where a model reads fewer columns than there are."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input tensor and the columns that fill it, in order."""

    name: str
    type: str
    columns: tuple[str, ...]
    rank: int
    sample: tuple[int, ...] = ()
    """Shape that the columns of one row fill, where the input is more than a matrix."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """What the model gives each class in each row; every row sums to 1."""

    classes: tuple[str, ...]
    shares: Floats

    def of(self, labels: NDArray[np.str_]) -> Floats:
        """The score of each row's own label; 0 where the model does not know that label."""
        result = np.zeros(len(labels))
        for index, name in enumerate(self.classes):
            chosen = labels == name
            result[chosen] = self.shares[chosen, index]
        return result


class Model:
    """An ONNX classifier bound to columns; ``budget`` rows may be asked, then TooLarge is raised."""

    def __init__(self, session: Any, inputs: tuple[Input, ...], known: tuple[str, ...], budget: int) -> None:
        """Bind a session; ``known`` are the label values of the data, smallest first."""
        self.inputs = inputs
        self.left_out: tuple[str, ...] = ()
        """Columns that were left out because the model has no place for them."""
        self.asked = 0
        """Rows asked so far."""
        self._session, self._known, self._budget = session, known, budget
        self._label = next((name for name, kind, _ in session.outputs if kind in _LABELS), None)
        self._score = next((name for name, kind, shape in session.outputs if _scores_in(kind, shape)), None)
        self._number = next((name for name, kind, shape in session.outputs if _number_in(kind, shape)), None)
        if self._label is None and self._score is None and self._number is None:
            raise CannotLook(_NO_CLASSIFIER, remedy=_EXPORT)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that the model reads."""
        return tuple(column for item in self.inputs for column in item.columns)

    @property
    def told(self) -> dict[str, Parameter]:
        """For the evidence: which columns the model was given, where not all were."""
        if not self.left_out:
            return {}
        return {"given": ", ".join(self.features)[:_SHOWN], "left_out": ", ".join(self.left_out)[:_SHOWN]}

    @property
    def texts(self) -> frozenset[str]:
        """Columns that the model reads as text."""
        return frozenset(column for item in self.inputs if item.type == _TEXT for column in item.columns)

    @property
    def scored(self) -> bool:
        """Whether the model gives scores beside labels."""
        return self._score is not None

    def labels(self, rows: Rows) -> NDArray[np.str_]:
        """The predicted label of each row, as text; whole numbers without a point."""
        if self._label is not None:
            return label_text(np.concatenate([np.ravel(part) for part in self._ask(self._label, rows)]))
        values = self._raw_scores(rows)[1]
        names = self._known if len(self._known) == values.shape[1] else tuple(map(str, range(values.shape[1])))
        chosen: NDArray[np.str_] = np.asarray(names)[values.argmax(axis=1)]
        return chosen

    def scores(self, rows: Rows) -> Scores:
        """What each class is given in each row.

        Where the output is a plain table, which column is which class is learnt from the labels that go with it.
        Raises CannotLook for a model without scores, or where that order cannot be told.
        """
        classes, values = self._raw_scores(rows)
        if classes is None:
            classes = (
                self._known if self._label is None else _order(values.argmax(axis=1), self.labels(rows), self._known)
            )
        if len(classes) != values.shape[1]:
            raise CannotLook(
                f"the model scores {values.shape[1]} classes and the data set's label has {len(self._known)} values"
            )
        return Scores(classes=classes, shares=_distribution(values))

    def numbers(self, rows: Rows) -> Floats:
        """The number that a regression predicts for each row; raises CannotLook where it gives no finite one."""
        if self._number is None:
            raise CannotLook(
                "no output of the model is one number for each row", remedy="export a regression with its prediction"
            )
        found = np.concatenate([np.ravel(part) for part in self._ask(self._number, rows)]).astype(np.float64)
        if not np.isfinite(found).all():
            raise CannotLook("the model predicts what is no finite number")
        return found

    def _raw_scores(self, rows: Rows) -> tuple[tuple[str, ...] | None, Floats]:
        if self._score is None and self._label is None:
            raise CannotLook(_NO_CLASSIFIER, remedy=_EXPORT)
        if self._score is None:
            raise CannotLook("the model gives labels without scores", remedy="export it with its probability output")
        parts = list(self._ask(self._score, rows))
        if not isinstance(parts[0], list):
            return None, np.concatenate(parts).astype(np.float64)
        keys = list(parts[0][0])
        values = np.array([[row[key] for key in keys] for part in parts for row in part], dtype=np.float64)
        return tuple(label_text(np.asarray(keys))), values

    def _ask(self, output: str, rows: Rows) -> Iterable[Any]:
        size = len(rows[self.features[0]])
        if size == 0:
            raise CannotLook("there are no rows to ask the model about")
        self.asked += size
        if self.asked > self._budget:
            raise TooLarge(f"the budget of {self._budget} queries is spent")
        for start in range(0, size, BATCH):
            part = {item.name: _tensor(item, rows, slice(start, start + BATCH)) for item in self.inputs}
            answer = self._session.run(output, part)
            if len(answer) != min(BATCH, size - start):
                raise CannotLook("the model does not give one answer for each row")
            yield answer


def open_model(
    data: bytes,
    columns: tuple[str, ...],
    known: tuple[str, ...] = (),
    *,
    budget: int = 1 << 24,
    spare: frozenset[str] = frozenset(),
) -> Model:
    """Open an ONNX classifier over a table's columns (without the label).

    An input of one column is filled by the column of its name; a single matrix takes all columns in the table's order,
    or, where it has just as many places fewer, all but those of ``spare``, and ``Model.told`` says so.
    Raises CannotLook or Malformed where the file may not be loaded (see ``onnx_rule``) or its inputs fit no columns,
    MissingExtra without the extra ``ml``.
    """
    certify(data)
    session = seam("hauberk.models.session", extra="ml").Session(data)
    inputs = tuple(session.inputs)
    fitting = _fitting(inputs, columns, spare)
    model = Model(session, _bind(inputs, fitting), known, budget)
    model.left_out = tuple(name for name in columns if name not in fitting)
    return model


def label_text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Labels as text in one spelling: ``1``, ``1.0`` and ``True`` as whole numbers, all else as it stands."""
    names, inverse = np.unique(np.asarray(values).astype(object).astype(str), return_inverse=True)
    result: NDArray[np.str_] = np.asarray([_plain(str(name)) for name in names], dtype=str)[inverse]
    return result


def in_order(labels: NDArray[np.str_]) -> tuple[str, ...]:
    """Distinct labels as scikit-learn orders classes: numbers by value, else by spelling."""
    names = sorted({str(label) for label in labels})
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(names)


def _plain(name: str) -> str:
    if name in ("True", "False"):
        return str(int(name == "True"))
    return re.sub(r"^([+-]?\d+)\.0*$", r"\1", name.strip())


def _scores_in(kind: str, shape: tuple[Any, ...]) -> bool:
    if kind.startswith("seq(map("):
        return True
    return kind in _FLOATS and len(shape) == _MATRIX and shape[1] != 1


def _number_in(kind: str, shape: tuple[Any, ...]) -> bool:
    return kind in _FLOATS and (len(shape) == 1 or (len(shape) == _MATRIX and shape[1] == 1))


def _fitting(
    inputs: tuple[tuple[str, str, tuple[Any, ...]], ...], columns: tuple[str, ...], spare: frozenset[str]
) -> tuple[str, ...]:
    """The columns that a single tensor of a fixed width has places for: all of them, or all but the spare ones."""
    rest = tuple(name for name in columns if name not in spare)
    if len(inputs) != 1 or not rest or any(_bare(name) == _bare(inputs[0][0]) for name in columns):
        return columns
    sizes = inputs[0][2][1:]
    fixed = bool(sizes) and all(isinstance(size, int) for size in sizes)
    return rest if fixed and math.prod(sizes) == len(rest) else columns


def _bind(inputs: Iterable[tuple[str, str, tuple[Any, ...]]], columns: tuple[str, ...]) -> tuple[Input, ...]:
    """Which columns fill which input."""
    given = tuple(inputs)
    if len(given) == 1 and _holds(given[0][2], len(columns)) and given[0][1] in _FLOATS:
        name, kind, shape = given[0]
        return (Input(name=name, type=kind, columns=columns, rank=len(shape), sample=tuple(shape[1:])),)
    for name, kind, shape in given:
        if kind not in _FLOATS and kind not in _INTEGERS and kind != _TEXT:
            raise CannotLook(f"the model's input {name[:80]!r} is {kind[:80]}, which a table does not hold")
        if len(shape) > _MATRIX or not shape or isinstance(shape[0], int):
            raise CannotLook(
                f"the model's input {name[:80]!r} has the shape {shape!r:.80}, not any number of rows by columns",
                remedy="export it with an open first dimension",
            )
    if len(given) == 1 and len(given[0][2]) == _MATRIX and (given[0][2][1] != 1 or len(columns) == 1):
        name, kind, shape = given[0]
        if isinstance(shape[1], int) and shape[1] != len(columns):
            raise CannotLook(
                f"the model reads {shape[1]} columns and the data set has {len(columns)} beside its label",
                remedy=NOT_GIVEN,
            )
        return (Input(name=name, type=kind, columns=columns, rank=_MATRIX),)
    return tuple(
        Input(name=name, type=kind, columns=(_column(name, columns),), rank=len(shape)) for name, kind, shape in given
    )


def _holds(shape: tuple[Any, ...], columns: int) -> bool:
    """Whether a row of columns fills one sample of a tensor of images or series, row by row."""
    sizes = shape[1:]
    fixed = all(isinstance(size, int) for size in sizes) and not isinstance(shape[0] if shape else 0, int)
    return len(shape) > _MATRIX and fixed and math.prod(sizes) == columns


def _column(name: str, columns: tuple[str, ...]) -> str:
    """The column that an input names, exactly or but for punctuation and case."""
    if name in columns:
        return name
    near = [column for column in columns if _bare(column) == _bare(name)]
    if len(near) != 1:
        raise CannotLook(
            f"the model's input {name[:80]!r} is no column of its data set",
            remedy="name the inputs as the columns, or declare the data set as the model reads it",
        )
    return near[0]


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _tensor(item: Input, rows: Rows, part: slice) -> NDArray[Any]:
    """The columns of one input as the tensor that it takes."""
    cells = [_cells(item.type, column, rows[column][part]) for column in item.columns]
    if item.sample:
        return np.stack(cells, axis=1).reshape(-1, *item.sample)
    return np.stack(cells, axis=1) if item.rank == _MATRIX else cells[0]


def _cells(kind: str, column: str, values: NDArray[Any]) -> NDArray[Any]:
    if kind == _TEXT:
        return values if values.dtype == object else values.astype(object)
    numbers = values.astype(np.float64)
    if kind in _FLOATS:
        return numbers.astype(_FLOATS[kind])
    if not (np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all()):
        raise CannotLook(f"column {column[:80]!r} has cells that are no whole numbers, which the model asks for")
    return numbers.astype(_INTEGERS[kind])


def _order(best: NDArray[np.intp], labels: NDArray[np.str_], known: tuple[str, ...]) -> tuple[str, ...]:
    """The class of each score column: the label that most often goes with it; a single unseen one is what is left."""
    names = sorted(set(known) | {str(label) for label in labels})
    votes = np.zeros((len(names), len(names)), dtype=np.intp)
    np.add.at(votes, (best, np.searchsorted(names, labels)), 1)
    order = [names[vote.argmax()] if vote.any() else "" for vote in votes]
    left = [name for name in names if name not in order]
    if len(left) != order.count("") or len(left) > 1:
        raise CannotLook("which score belongs to which class cannot be told from the labels the model gives")
    return tuple(name or left[0] for name in order)


def _distribution(values: Floats) -> Floats:
    """Scores that sum to 1: as they are, or by softmax where they are logits."""
    if not np.isfinite(values).all():
        raise CannotLook("the model gives scores that are no finite numbers")
    if (values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=1e-3):
        return values
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result
