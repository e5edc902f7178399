# SPDX-License-Identifier: Apache-2.0
"""joblib's files: a pickle with the raw bytes of each array behind the BUILD of its NumpyArrayWrapper.

As ``joblib.numpy_pickle`` reads them (versions 0.10 to 1.6): a length byte and that much padding where the wrapper
states an alignment, then exactly shape times item size bytes; an array of objects is a pickle of its own instead.
"""

import re

from hauberk.analysis.program import run
from hauberk.analysis.program_judge import Judge
from hauberk.analysis.program_machine import WRAPPER
from hauberk.analysis.program_values import UNKNOWN, Made, Named, Table
from hauberk.assets.pickles import Stream, Stretch
from hauberk.core.errors import Malformed

_KIND = re.compile(r"[|=<>]?([biufcmMSUVO])(\d{1,9})", re.ASCII)
_ELEMENT_SIZE, _FLAGS, _HAS_OBJECT = 5, 7, 1
_WIDE = 4
"""Bytes of a character in numpy's unicode strings."""


def array_behind(stream: Stream, made: Made, judge: Judge) -> object:
    """What joblib puts in a wrapper's place, after reading the array that lies behind it; other values stay."""
    if made.origin.path != WRAPPER:
        return made
    state = made.state
    if not isinstance(state, Table):
        raise Malformed(f"array wrapper before byte {stream.position} has no plain state")
    fields = state.known()
    size, objects = item(fields.get("dtype"), stream.position)
    start = stream.file_position
    if objects:
        inner = Stream(stream.content, start, framed=True, within=stream)
        found: list[object] = []
        stopped = run(inner, judge, made=found)
        if stopped:
            raise Malformed(f"in an array of objects: {stopped}")
        judge.carried.append((start, inner.file_position))
        stream.file_position = inner.file_position
        return found[0]
    if fields.get("numpy_array_alignment_bytes") not in (None, UNKNOWN):
        start += 1 + stream.byte(start)
    end = start + size * _count(fields.get("shape"), stream.position)
    stream.file_position = end
    judge.inert(start, end)
    array = Made(Named("numpy", "ndarray", stream.position), ())
    items = Stretch(bytes, stream.content, start, end - start)
    array.state = (1, fields.get("shape"), fields.get("dtype"), fields.get("order") == "F", items)
    return array


def item(dtype: object, position: int) -> tuple[int, bool]:
    """Bytes of one item of a pickled ``numpy.dtype``, and whether it holds objects."""
    arguments = dtype.arguments if isinstance(dtype, Made) and dtype.origin.path == "numpy.dtype" else None
    kind = arguments[0] if isinstance(arguments, tuple) and arguments else None
    found = _KIND.fullmatch(kind) if isinstance(kind, str) else None
    if found is None or not isinstance(dtype, Made):
        raise Malformed(f"array before byte {position} has a type that cannot be read")
    letter, size = found[1], int(found[2])
    objects = letter == "O"
    if letter == "U":
        size *= _WIDE
    state = dtype.state
    if isinstance(state, tuple) and len(state) > _ELEMENT_SIZE:
        element = state[_ELEMENT_SIZE]
        if letter in "SUV" and isinstance(element, int) and element >= 0:
            size = element
        if len(state) > _FLAGS and isinstance(state[_FLAGS], int):
            objects = bool(state[_FLAGS] & _HAS_OBJECT)
    return size, objects


def _count(shape: object, position: int) -> int:
    total = 1
    for size in shape if isinstance(shape, tuple | list) else (None,):
        if not isinstance(size, int) or size < 0:
            raise Malformed(f"array before byte {position} has a shape that is not of whole numbers")
        total *= size
    return total
