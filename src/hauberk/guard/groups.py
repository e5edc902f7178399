# SPDX-License-Identifier: Apache-2.0
"""Which rows of a request belong to a group of the manifest, and which outcome each row got."""

import functools
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from hauberk.core.query import Tensor, Tensors
from hauberk.core.system import Group
from hauberk.guard.shape import labels_of
from hauberk.wire.rows import bare

_PLACE: Final = re.compile(r"(.+)\[([0-9]{1,6})\]")


def members(group: Group, inputs: Tensors) -> list[bool]:
    """For each row whether it belongs to the group; empty where the request has no such column."""
    return [_belongs(group, value) for value in _cells(group.column, inputs)]


def outcomes(answer: Tensors) -> list[str]:
    """The label of each row, as text; the place of the highest score where the model gives no label."""
    labels = labels_of(answer)
    return [_text(value) for value in labels[0].data] if labels else []


def highest(answer: Tensors) -> list[float]:
    """The highest score of each row; empty where the model gives none."""
    return [max(row) for row in _scores(answer)]


def _scores(answer: Tensors) -> list[Sequence[Any]]:
    scores = next((one for one in answer if one.datatype.startswith("FP")), None)
    if scores is None:
        return []
    width = _width(scores)
    return [scores.data[at : at + width] for at in range(0, len(scores.data), width)] if width else []


@functools.lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    """``bare``, remembered: names of inputs are few and asked for with every request."""
    return bare(name)


def _width(one: Tensor) -> int:
    return math.prod(one.shape[1:])


def _cells(column: str, inputs: Tensors) -> Sequence[Any]:
    """The column's value in each row."""
    for one in inputs:
        if (one.name == column or _bare(one.name) == _bare(column)) and _width(one) == 1:
            return one.data
    placed = _PLACE.fullmatch(column)
    if placed is None:
        return ()
    name, place = placed[1], int(placed[2])
    for one in inputs:
        if one.name == name and place < _width(one):
            return one.data[place :: _width(one)]
    return ()


def _belongs(group: Group, value: Any) -> bool:
    if _text(value) in group.values:
        return True
    if (group.low is None and group.high is None) or isinstance(value, (str, bool)):
        return False
    low = -math.inf if group.low is None else group.low
    high = math.inf if group.high is None else group.high
    return bool(low <= value < high)


def _text(value: Any) -> str:
    """A value as the manifest writes it: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
