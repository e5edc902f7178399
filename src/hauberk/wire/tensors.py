# SPDX-License-Identifier: Apache-2.0
"""Values of requests as tensors, checked against what the model takes: type, range, shape, number of rows."""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import le
from typing import Any, Final

from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.query import Interface, Line, Port, Tensor, Tensors

MOST_TEXT: Final = 4096
"""Characters of one text."""

_TEXT: Final = "BYTES"
_FLOATS: Final = {"FP16": 65504.0, "FP32": 3.4028234663852886e38, "FP64": 1.7976931348623157e308}
_INTEGERS: Final = {
    **{f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}


def tensor(port: Port, shape: tuple[int, ...], data: list[Any]) -> Tensor:
    """One input; raises Malformed where it does not fit the port. ``data`` is flat."""
    wanted = port.shape
    if (
        len(shape) != len(wanted)
        or (shape[1:] != wanted[1:] and not _fits(shape, wanted))
        or wanted[0] not in (-1, shape[0])
    ):
        raise Malformed(f"input {port.name!r}: the shape is not that of the model, {list(port.shape)}")
    if math.prod(shape) != len(data):
        raise Malformed(f"input {port.name!r}: the shape holds {math.prod(shape)} items, and there are {len(data)}")
    _check(port, data)
    return Tensor(name=port.name, datatype=port.datatype, shape=shape, data=data)


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(want in (-1, size) for want, size in zip(wanted, shape, strict=True))


def _check(port: Port, data: list[Any]) -> None:
    if len(data) == 1 and type(data[0]) is float and abs(data[0]) <= _FLOATS.get(port.datatype, -1.0):
        return  # the fast way for most
    kinds = set(map(type, data))
    if port.datatype in _FLOATS:
        most = _FLOATS[port.datatype]
        _refuse(port, kinds <= {int, float}, "numbers")
        _refuse(port, not data or -most <= min(data) <= max(data) <= most, f"finite numbers within {port.datatype}")
    elif port.datatype in _INTEGERS:
        least, top = _INTEGERS[port.datatype]
        _refuse(port, kinds <= {int}, "whole numbers")
        _refuse(port, not data or least <= min(data) <= max(data) <= top, f"whole numbers within {port.datatype}")
    elif port.datatype == "BOOL":
        _refuse(port, kinds <= {bool}, "true or false")
    elif port.datatype == _TEXT:
        _refuse(port, kinds <= {str}, "texts")
        _refuse(port, not data or max(map(len, data)) <= MOST_TEXT, f"texts of at most {MOST_TEXT} characters")
    else:
        raise Malformed(f"input {port.name!r}: {port.datatype} is not served")


def _refuse(port: Port, fits: bool, wanted: str) -> None:  # noqa: FBT001  the condition itself
    if not fits:
        raise Malformed(f"input {port.name!r}: {wanted} are expected")


def flatten(data: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """Nested lists of exactly this shape as one list; raises Malformed where a list is longer or shorter."""
    for depth in range(1, len(shape)):
        wanted = shape[depth]
        if not all(type(item) is list and len(item) == wanted for item in data):
            raise Malformed("nested data that does not have its shape")
        data = [cell for item in data for cell in item]
    return data


class Single:
    """One row for inputs of one number or text each, checked at once; what does not fit is for ``tensor`` to name."""

    def __init__(self, ports: Sequence[Port]) -> None:
        """Of a model's inputs."""
        self._names = [port.name for port in ports]
        self._heads = [(port.name, port.datatype, (1,) * len(port.shape)) for port in ports]
        bounds = [_bounds(port) for port in ports]
        self._low, self._high = [low for low, _ in bounds], [high for _, high in bounds]
        self._kinds = [_kinds(port) for port in ports]
        self._usual = [float if float in kinds else next(iter(kinds), int) for kinds in self._kinds]
        self._texts = any(port.datatype == _TEXT for port in ports)
        self.serves = all(self._kinds) and all(size in (-1, 1) for port in ports for size in port.shape)
        """Whether the model has such inputs only."""

    def line(self, given: Sequence[Tensor]) -> Line | None:
        """The row; None unless these are all inputs in the model's order, with a number or text each that it takes."""
        if [(one.name, one.datatype, one.shape) for one in given] != self._heads:
            return None
        cells = [one.data[0] for one in given if len(one.data) == 1]
        kinds = list(map(type, cells))
        if kinds != self._usual and not self._are_known(kinds):
            return None
        sizes = [len(cell) if type(cell) is str else cell for cell in cells] if self._texts else cells
        fits = all(map(le, self._low, sizes)) and all(map(le, sizes, self._high))
        return Line(self._names, cells) if fits else None

    def _are_known(self, kinds: list[type]) -> bool:
        return len(kinds) == len(self._kinds) and all(one in some for one, some in zip(kinds, self._kinds, strict=True))


def _kinds(port: Port) -> frozenset[type]:
    """Of what it takes; none for a port of neither numbers nor texts."""
    if port.datatype in _FLOATS:
        return frozenset({float, int})
    return frozenset({int} if port.datatype in _INTEGERS else {str} if port.datatype == _TEXT else ())


def _bounds(port: Port) -> tuple[float, float]:
    """Of its numbers, or of the length of its texts."""
    if port.datatype == _TEXT:
        return 0, MOST_TEXT
    if port.datatype in _FLOATS:
        return -_FLOATS[port.datatype], _FLOATS[port.datatype]
    return _INTEGERS.get(port.datatype, (0, 0))


def complete(interface: Interface, given: Mapping[str, Tensor], most_rows: int) -> tuple[Tensors, int]:
    """All inputs in the model's order, and how many rows they hold.

    Raises Malformed where one is missing or their rows differ, TooLarge for more rows than are allowed.
    """
    missing = next((port.name for port in interface.inputs if port.name not in given), None)
    if missing is not None:
        raise Malformed(f"input {missing!r} is missing")
    tensors = tuple(given[port.name] for port in interface.inputs)
    counts = {one.shape[0] if one.shape else 1 for one in tensors}
    if len(counts) != 1:
        raise Malformed("inputs with different numbers of rows")
    rows = counts.pop()
    bound_rows(rows, most_rows)
    return tensors, rows


def bound_rows(rows: int, most: int) -> None:
    """Raise Malformed for no rows, TooLarge for more than ``most``."""
    if rows < 1:
        raise Malformed("there are no rows")
    if rows > most:
        raise TooLarge(f"{rows} rows exceed the limit of {most}")


Reader = Callable[[Any], tuple[Tensors, int]]
