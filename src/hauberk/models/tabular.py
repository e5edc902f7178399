# SPDX-License-Identifier: Apache-2.0
"""A classifier over a table's columns, whatever file it is in: ONNX, XGBoost, LightGBM, or scikit-learn by certificate.

XGBoost's and LightGBM's files are scored by ``forest`` from the numbers that they hold; neither library is needed. A
file of the pickle family is loaded only with a clean certificate, and only where the process is already confined.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, TooLarge
from hauberk.models.forest import Forest
from hauberk.models.forest_files import read_lightgbm, read_onnx, read_xgboost
from hauberk.models.forest_fitted import fitted_forest
from hauberk.models.loading import load_bytes
from hauberk.models.model import Floats, Rows, Scores, label_text, open_model

READERS: dict[str, Callable[[bytes], Forest]] = {"xgboost-json": read_xgboost, "lightgbm": read_lightgbm}
PICKLES = frozenset({"pickle", "joblib-compressed"})
FORMATS = PICKLES | READERS.keys()
"""Formats that only a table's columns are asked through."""


class Classifier(Protocol):
    """What an attack on rows asks."""

    asked: int

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that the model reads."""

    @property
    def texts(self) -> frozenset[str]:
        """Columns that it reads as text."""

    @property
    def scored(self) -> bool:
        """Whether it gives scores beside labels."""

    def labels(self, rows: Rows) -> NDArray[np.str_]:
        """The predicted label of each row."""

    def scores(self, rows: Rows) -> Scores:
        """What each class is given in each row."""


class Matrix:
    """A classifier that takes all columns as one matrix of numbers."""

    def __init__(
        self, score: Callable[[Floats], Floats], columns: tuple[str, ...], names: tuple[str, ...], budget: int
    ) -> None:
        """``names`` are the classes in the order of the scores; ``budget`` rows may be asked."""
        self.features, self.texts, self.scored, self.asked = columns, frozenset[str](), True, 0
        self._score, self._names, self._budget = score, names, budget

    def labels(self, rows: Rows) -> NDArray[np.str_]:
        """The class with the highest score."""
        result: NDArray[np.str_] = np.asarray(self._names)[self._ask(rows).argmax(axis=1)]
        return result

    def scores(self, rows: Rows) -> Scores:
        """The model's own scores, raw or as shares; only their order is used."""
        return Scores(classes=self._names, shares=self._ask(rows))

    def _ask(self, rows: Rows) -> Floats:
        table = np.stack([rows[name].astype(np.float64) for name in self.features], axis=1)
        self.asked += len(table)
        if self.asked > self._budget:
            raise TooLarge(f"the budget of {self._budget} queries is spent")
        return self._score(table)


class Opened:
    """A classifier, and its trees where it is an ensemble of them."""

    def __init__(self, classifier: Classifier, forest: Forest | None) -> None:
        """Keep both."""
        self.classifier, self.forest = classifier, forest


def open_table_model(
    data: bytes, form: str, columns: tuple[str, ...], known: tuple[str, ...], *, budget: int
) -> Opened:
    """Open a model file over a table's columns; ``known`` are the label's values, smallest first.

    Raises CannotLook for a format that is not opened, NotCertified for a pickle without a clean certificate.
    """
    if form == "onnx":
        return Opened(open_model(data, columns, known, budget=budget), _trees_of(read_onnx, data))
    if form in READERS:
        forest = READERS[form](data)
        return Opened(Matrix(forest.scores, _fitting(forest, columns), _classes(forest, known), budget), forest)
    if form not in PICKLES:
        raise CannotLook(f"a {form} model is not one that is asked about a table", remedy="export it to ONNX")
    model = load_bytes(data, "joblib")
    names = tuple(label_text(np.asarray(getattr(model, "classes_", ()))).tolist())
    if not callable(getattr(model, "predict_proba", None)) or len(names) < 2:  # noqa: PLR2004  a choice
        raise CannotLook("the file holds no fitted classifier that gives probabilities")
    width = int(getattr(model, "n_features_in_", len(columns)))
    if width != len(columns):
        raise CannotLook(f"the model reads {width} columns, and the data have {len(columns)} beside the label")
    return Opened(Matrix(_asking(model), columns, names, budget), _trees_of(fitted_forest, model))


def _asking(model: Any) -> Callable[[Floats], Floats]:
    def score(table: Floats) -> Floats:
        try:
            return np.asarray(model.predict_proba(table), dtype=np.float64)
        except (AttributeError, TypeError, ValueError) as error:
            raise CannotLook(
                f"the model does not take a matrix of numbers: {type(error).__name__}", remedy="export it to ONNX"
            ) from error

    return score


def _trees_of(read: Callable[[Any], Forest], model: Any) -> Forest | None:
    """The trees of a model that is nothing but trees."""
    try:
        return read(model)
    except CannotLook:
        return None


def _fitting(forest: Forest, columns: tuple[str, ...]) -> tuple[str, ...]:
    if forest.features != len(columns):
        raise CannotLook(
            f"the model reads {forest.features} columns, and the data have {len(columns)} beside the label"
        )
    return forest.names if set(forest.names) == set(columns) else columns


def _classes(forest: Forest, known: tuple[str, ...]) -> tuple[str, ...]:
    return known if len(known) == forest.classes else tuple(map(str, range(forest.classes)))
