# SPDX-License-Identifier: Apache-2.0
"""A model's answer as logits, whatever outputs it has."""

from collections.abc import Sequence

import numpy as np

from hauberk.core.query import Tensor, Tensors
from hauberk.detect.held import Floats

_FLOATS = frozenset({"FP16", "FP32", "FP64"})
_TABLE = 2
_LEAST = 1e-12
_SURE = 8.0
"""Logit of the label of a model that gives no scores."""


def scores_of(outputs: Tensors) -> Tensor | None:
    """The table of class scores, if there is one."""
    return next(
        (one for one in outputs if one.datatype in _FLOATS and len(one.shape) == _TABLE and one.shape[1] > 1), None
    )


def classes_of(outputs: Tensors) -> tuple[str, ...]:
    """Labels that occur, as text, in order; for a model without scores."""
    return () if scores_of(outputs) or not outputs else tuple(sorted({str(label) for label in outputs[0].data}))


def logits_of(outputs: Tensors, classes: Sequence[str]) -> Floats:
    """(rows, classes); of labels alone, one high logit a row. Raises ValueError where there is neither."""
    table = scores_of(outputs)
    if table is not None:
        scores = np.asarray(table.data, dtype=np.float64).reshape(table.shape)
        if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-3):
            shares: Floats = np.log(np.maximum(scores, _LEAST))
            return shares
        return scores
    if not outputs or not classes:
        raise ValueError("an answer without scores and labels")
    places = {name: at for at, name in enumerate(classes)}
    found = np.zeros((len(outputs[0].data), len(classes)))
    for row, label in enumerate(outputs[0].data):
        if str(label) in places:
            found[row, places[str(label)]] = _SURE
    return found
