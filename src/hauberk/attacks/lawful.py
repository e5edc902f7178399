# SPDX-License-Identifier: Apache-2.0
"""Whether changed rows are rows that somebody could hand in: judged on decoded rows, with no code of the attacks.

The attacks keep to a Space of codes; here the same law is read again from the declared columns, cell by cell, so that a
fault in the Space shows. Relations are evaluated from their syntax tree; nothing else is accepted in one.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import Misuse
from hauberk.core.system import Column

Cells = Mapping[str, NDArray[Any]]
Flags = NDArray[np.bool_]

_CLOSE = 1e-6
"""Rounding that a relation forgives, as a share of its sides."""
_TWO: dict[type, Callable[[Any, Any], Any]] = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def breaches(
    before: Cells, after: Cells, seen: Cells, columns: Mapping[str, Column], relations: tuple[str, ...] = ()
) -> dict[str, Flags]:
    """Which rows break the law, by what they break: only what is broken somewhere is named."""
    found = {what: flags for what, flags in _all(before, after, seen, columns, relations) if flags.any()}
    return dict(sorted(found.items()))


def _all(
    before: Cells, after: Cells, seen: Cells, columns: Mapping[str, Column], relations: tuple[str, ...]
) -> Iterator[tuple[str, Flags]]:
    for name, cells in after.items():
        column = columns.get(name, Column(name=name))
        moved = ~_same(before[name], cells)
        if column.immutable or column.type == "text":
            yield f"{name}: immutable", moved
        if cells.dtype == object or column.type == "category":
            known = {repr(one) for one in seen[name].tolist()}
            yield f"{name}: a value never seen", moved & np.array([repr(one) not in known for one in cells.tolist()])
            continue
        numbers = seen[name][~np.isnan(seen[name])]
        if numbers.size:
            low = numbers.min() if column.low is None else column.low
            high = numbers.max() if column.high is None else column.high
            yield f"{name}: out of range", moved & ~((cells >= low) & (cells <= high))
            if column.type in ("", "integer") and (numbers == np.round(numbers)).all():
                yield f"{name}: no whole number", moved & (cells != np.round(cells))
    for group in sorted({column.one_hot for column in columns.values() if column.one_hot}):
        members = [after[name] for name, column in columns.items() if column.one_hot == group and name in after]
        table = np.stack(members, axis=1)
        yield f"{group}: not one of them", (table.sum(axis=1) != 1) | ~np.isin(table, (0, 1)).all(axis=1)
    for text in relations:
        yield f"relation {text}", ~_holds(text, after) & _holds(text, before)


def _same(one: NDArray[Any], other: NDArray[Any]) -> Flags:
    equal: Flags = np.asarray(one == other, dtype=bool)
    return equal if one.dtype == object else equal | (np.isnan(one) & np.isnan(other))


def _holds(text: str, rows: Cells) -> Flags:
    names: dict[str, str] = {}

    def stand_in(matched: re.Match[str]) -> str:
        names[f"quoted_{len(names)}"] = matched[1]
        return f"quoted_{len(names) - 1}"

    try:
        tree = ast.parse(re.sub(r"`([^`]+)`", stand_in, text).strip(), mode="eval").body
    except SyntaxError as error:
        raise Misuse(f"{text[:80]!r} is no relation") from error
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1:
        raise Misuse(f"{text[:80]!r} is no relation")
    left, right = _value(tree.left, rows, names), _value(tree.comparators[0], rows, names)
    slack = _CLOSE * (np.abs(left) + np.abs(right) + 1)
    if isinstance(tree.ops[0], ast.LtE):
        return np.asarray(left <= right + slack)
    if isinstance(tree.ops[0], ast.GtE):
        return np.asarray(left >= right - slack)
    return np.asarray(np.abs(left - right) <= slack)


def _value(tree: ast.expr, rows: Cells, names: Mapping[str, str]) -> Any:
    if isinstance(tree, ast.BinOp) and type(tree.op) in _TWO:
        return _TWO[type(tree.op)](_value(tree.left, rows, names), _value(tree.right, rows, names))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_value(tree.operand, rows, names)
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return float(tree.value)
    cells = rows.get(names.get(tree.id, tree.id)) if isinstance(tree, ast.Name) else None
    if cells is not None and cells.dtype != object:
        return cells
    raise Misuse("a relation names what is no column of numbers", remedy="use columns, numbers, + - * only")
