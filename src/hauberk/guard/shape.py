# SPDX-License-Identifier: Apache-2.0
"""What leaves: the model's answer, or less of it, as the decision and the manifest say."""

import hmac
import math
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from hauberk.core.codec import encode
from hauberk.core.event import Action
from hauberk.core.query import Interface, Port, Query, Response, Tensor, Tensors
from hauberk.core.system import Detecting

_LABELS: Final = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BYTES", "BOOL"})
_TABLE: Final = 2
_SUM: Final = 1e-3
LABEL: Final = "label"

REFUSING: Final = frozenset({Action.THROTTLE, Action.HOLD, Action.BLOCK, Action.QUARANTINE, Action.STOP})
"""Actions after which no answer of the model leaves."""


def only_label(answer: Tensors, query: Query) -> Tensors:
    """Labels alone."""
    del query
    return labels_of(answer)


def labels_of(answer: Tensors) -> Tensors:
    """The model's own labels where it gives them, else the place of the highest score in each row."""
    labels = tuple(one for one in answer if one.datatype in _LABELS)
    if labels:
        return labels
    scores = next((one for one in answer if len(one.shape) == _TABLE), None)
    if scores is None:
        return ()
    width = scores.shape[1]
    rows = (scores.data[start : start + width] for start in range(0, len(scores.data), width))
    best = [max(range(width), key=row.__getitem__) for row in rows]
    return (Tensor(name=LABEL, datatype="INT64", shape=(scores.shape[0],), data=best),)


def only_label_ports(interface: Interface) -> Interface:
    """The interface as clients see it where labels alone leave."""
    labels = tuple(port for port in interface.outputs if port.datatype in _LABELS)
    return Interface(inputs=interface.inputs, outputs=labels or (Port(name=LABEL, datatype="INT64", shape=(-1,)),))


def responses(detect: Detecting, secret: bytes) -> Mapping[Action, Response]:
    """What changes an answer, by action. An action that is not here refuses.

    ``secret`` draws the noise, so that nobody without it can take it away.
    """
    key = hmac.digest(secret, b"noise of answers", "sha256")
    return {
        Action.ALLOW: lambda answer, _: answer,
        Action.ROUND: lambda answer, _: _each(answer, lambda row, _: [round(cell, detect.round) for cell in row]),
        Action.NOISE: lambda answer, query: _noisy(answer, query, detect.noise, key),
        Action.TOP: lambda answer, _: _each(answer, lambda row, _: _top(row, detect.top)),
        Action.LABEL: only_label,
    }


def _each(answer: Tensors, change: Callable[[list[float], int], list[float]]) -> Tensors:
    """Every row of every output of scores changed; labels stay."""
    return tuple(one if one.datatype in _LABELS else _changed(one, change) for one in answer)


def _changed(one: Tensor, change: Callable[[list[float], int], list[float]]) -> Tensor:
    width = max(1, math.prod(one.shape[1:]))
    rows = (change(one.data[start : start + width], start // width) for start in range(0, len(one.data), width))
    return Tensor(name=one.name, datatype=one.datatype, shape=one.shape, data=[cell for row in rows for cell in row])


def _top(row: list[float], count: int) -> list[float]:
    kept = set(sorted(range(len(row)), key=row.__getitem__)[-count:])
    least = min(row)  # of logits zero may be a high score
    return [cell if at in kept else min(0.0, least) for at, cell in enumerate(row)]


def _noisy(answer: Tensors, query: Query, size: float, key: bytes) -> Tensors:
    """The same noise for the same row of the same client, so that asking again and averaging tells no more."""
    asked = [encode([_row_of(one, row, query.rows) for one in query.inputs]) for row in range(query.rows)]

    def change(row: list[float], at: int) -> list[float]:
        seed = hmac.digest(key, query.client.encode() + b"\0" + asked[at], "sha256")
        chance = random.Random(seed)  # noqa: S311  a keyed seed of 256 bits; it hides the score, and is no key itself
        spread = (max(row) - min(row)) * size
        moved = [cell + chance.gauss(0.0, spread) for cell in row]
        shares = min(row) >= 0.0 and abs(sum(row) - 1.0) < _SUM
        moved = [max(cell, 0.0) for cell in moved] if shares else moved
        best = max(range(len(row)), key=row.__getitem__)
        top = max(moved)
        moved[moved.index(top)], moved[best] = moved[best], top
        total = sum(moved)
        return [cell / total for cell in moved] if shares and total > 0 else moved

    return _each(answer, change)


def _row_of(one: Tensor, row: int, rows: int) -> list[Any]:
    width = len(one.data) // rows
    return one.data[row * width : (row + 1) * width]
