# SPDX-License-Identifier: Apache-2.0
"""Reads the header of numpy's ``.npy`` files without numpy (format of ``numpy.lib.format``, versions 1 to 3)."""

import ast
import math

from hauberk.core.content import Content
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.value import Value

MAGIC = b"\x93NUMPY"
MOST_HEADER = 1 << 16
"""Bytes of a header; numpy itself refuses more than 10,000 unless pickles are allowed."""
MOST_FIELDS = 10_000


class Header(Value, frozen=True, kw_only=True):
    """What the header says of the array behind it."""

    offset: int
    """Byte at which the array's data begin."""
    objects: bool
    """The data are a pickle, not raw items."""
    size: int
    """Bytes of raw data; 0 for objects."""


def header(data: bytes | Content, start: int = 0) -> Header:
    """The header at an offset; raises Malformed where numpy would refuse it, TooLarge beyond the budget."""
    fixed = data[start : start + 12]
    if not fixed.startswith(MAGIC) or len(fixed) < 12:  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed("no npy header")
    major = fixed[6]
    if major not in (1, 2, 3):
        raise Malformed(f"npy version {major} is not known")
    width = 2 if major == 1 else 4
    length = int.from_bytes(fixed[8 : 8 + width], "little")
    begin = start + 8 + width
    if length > MOST_HEADER:
        raise TooLarge(f"npy header of {length} bytes")
    raw = data[begin : begin + length]
    if len(raw) < length:
        raise Malformed("npy header breaks off")
    return _read(raw, begin + length, "utf-8" if major == 3 else "latin-1")  # noqa: PLR2004  a number of the format or of the parameters


def _read(raw: bytes, offset: int, encoding: str) -> Header:
    try:
        value = ast.literal_eval(raw.decode(encoding).strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise Malformed("npy header is no Python literal") from error
    if not isinstance(value, dict) or set(value) != {"descr", "fortran_order", "shape"}:
        raise Malformed("npy header has other keys than descr, fortran_order and shape")
    shape = value["shape"]
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise Malformed("npy header has no valid shape")
    size, objects = _item(value["descr"])
    return Header(offset=offset, objects=objects, size=0 if objects else size * math.prod(shape))


def _item(descr: object) -> tuple[int, bool]:
    """Bytes of an item and whether it holds objects, from a type string or a list of fields."""
    waiting: list[tuple[object, int]] = [(descr, 1)]
    total, seen, objects = 0, 0, False
    while waiting:
        item, times = waiting.pop()
        seen += 1
        if seen > MOST_FIELDS:
            raise TooLarge(f"npy type of more than {MOST_FIELDS} fields")
        if isinstance(item, list):
            waiting.extend(_field(field, times) for field in item)
        elif isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004  a number of the format or of the parameters
            waiting.append((item[0], times * _times(item[1])))
        elif isinstance(item, str):
            size, of_objects = _basic(item)
            total += size * times
            objects = objects or of_objects
        else:
            raise Malformed("npy header has no valid type")
    return total, objects


def _field(field: object, times: int) -> tuple[object, int]:
    if not isinstance(field, tuple) or len(field) not in (2, 3):
        raise Malformed("npy header has no valid field")
    return field[1], times * (_times(field[2]) if len(field) == 3 else 1)  # noqa: PLR2004  a number of the format or of the parameters


def _times(shape: object) -> int:
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise Malformed("npy header has a field without a valid shape")
    return math.prod(size for size in sizes if isinstance(size, int))


def _basic(text: str) -> tuple[int, bool]:
    code = text.lstrip("|<>=")
    letter, digits = code[:1], code[1:].partition("[")[0]
    if letter == "O":
        return 8, True
    if letter not in "biufcmMSUVa?" or not letter or not (digits.isascii() and digits.isdigit() and len(digits) < 10):  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed("npy header has a type that is not known")
    return int(digits) * (4 if letter == "U" else 1), False
