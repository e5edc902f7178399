# SPDX-License-Identifier: Apache-2.0
"""Contracts of what numpy's pickles call: arrays, types of items and generators.

Each is written from the source of the callable that names it in the allow-list.
"""

import re

from hauberk.analysis.program_contract import MAPPINGS, MOST_ITEMS, Arguments, Breach, allocable, allowed_class, count
from hauberk.analysis.program_values import Made, Named, Table, constant

_OBJECTS, _CLEARED = 0x1B, 0x18
"""Flags that numpy sets on every type that holds objects, and those of them that it sets on others too."""
_FLAGS, _SIZE, _FIELDS, _NAMES, _SUBARRAY = 7, 5, 4, 3, 2


def reconstruct(callee: Named, arguments: Arguments) -> object:
    """``numpy._core.multiarray._reconstruct(class, shape, dtype)``."""
    if len(arguments) != 3:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than three arguments")
    if not (isinstance(arguments[0], Named) and arguments[0].path in _MAPPED):
        allowed_class(arguments[0])
    allocable(arguments[1])
    _item_type(arguments[2])
    return Made(callee, arguments)


_MAPPED = frozenset({"numpy.memmap", "numpy._core.memmap.memmap", "numpy.core.memmap.memmap"})
"""A class whose own ``__new__`` opens a file; ``_reconstruct`` makes a view of items, by ndarray's."""


def masked(callee: Named, arguments: Arguments) -> object:
    """``numpy.ma.core._mareconstruct(class, base class, shape, dtype)``."""
    if len(arguments) != 4:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than four arguments")
    allowed_class(arguments[0])
    allowed_class(arguments[1])
    allocable(arguments[2])
    _item_type(arguments[3])
    return Made(callee, arguments)


def ndarray(callee: Named, arguments: Arguments) -> object:
    """``numpy.ndarray(shape, ...)`` and its subclasses by ``__new__``."""
    if arguments:
        allocable(arguments[0])
    for kind in arguments[1:2]:
        _item_type(kind)
    return Made(callee, arguments)


def generator(callee: Named, arguments: Arguments) -> object:
    """``numpy.random._pickle``: the first argument names a generator, the second is the constructor called with it."""
    for argument in arguments:
        if isinstance(argument, Named) and not argument.module.startswith("numpy.random."):
            raise Breach(f"with {argument.path} as constructor")
        if not isinstance(argument, Named | Made | str):
            raise Breach("with a constructor that is not known")
    return Made(callee, arguments)


def string_type(callee: Named, arguments: Arguments) -> object:
    """``_convert_to_stringdtype_kwargs(coerce, na_object)``: numpy's type of strings."""
    nothing = arguments[1] if len(arguments) == 2 else None  # noqa: PLR2004  the parameters
    if not 1 <= len(arguments) <= 2 or not isinstance(arguments[0], int):  # noqa: PLR2004  the parameters
        raise Breach("with other than whether it converts, and what stands for nothing")
    if not (constant(nothing) or (isinstance(nothing, Named) and nothing.path in _NOTHING)):
        raise Breach("with something that is no constant for nothing")
    return Made(callee, arguments)


_NOTHING = frozenset({"pandas.NA", "pandas._libs.missing.NA"})


def new_generator(callee: Named, arguments: Arguments) -> object:
    """A function without parameters."""
    if arguments:
        raise Breach("with arguments, where it takes none")
    return Made(callee, ())


_POSITIONS = {"pos": 624, "buffer_pos": 4}
"""Where a generator stands in its own buffer: numpy keeps the number as it is, and reads from there."""


def generator_state(_made: Made, state: object) -> None:
    """``_mt19937.pyx`` and ``_philox.pyx`` believe the position in their buffer that a state gives."""
    parts = state if isinstance(state, tuple) else (state,)
    if isinstance(state, tuple) and isinstance(state[0] if state else None, str):  # as numpy wrote it before 1.17
        _positions([("pos", state[2] if len(state) in (3, 5) else None)])
    for part in parts:
        inner = [value for _, value in part.pairs] if isinstance(part, Table) else []
        for one in (part, *inner):
            if isinstance(one, Made) and one.origin.path in MAPPINGS:
                raise Breach("with a state that is computed")
            if isinstance(one, Table):
                _positions(one.pairs)


def _positions(pairs: list[tuple[object, object]]) -> None:
    for key, value in pairs:
        if not isinstance(key, str):
            raise Breach("with a field whose name is not known")
        if key in _POSITIONS and not (isinstance(value, int) and 0 <= value <= _POSITIONS[key]):
            raise Breach("with a position outside its buffer")


def dtype(callee: Named, arguments: Arguments) -> object:
    """``numpy.dtype(kind, align, copy)``: of one kind; a text that lists several could deny that it holds objects."""
    kind = arguments[0] if arguments else None
    if not (_KIND.fullmatch(_text(kind)) or (isinstance(kind, Named) and kind.path == "numpy.record")):
        raise Breach("with a type that is not one kind of item")
    return Made(callee, arguments)


_KIND = re.compile(r"[|=<>]?([A-Za-z?])([0-9]{0,9})", re.ASCII)


def _text(kind: object) -> str:
    """The name of a kind of item, which numpy takes as text or as bytes; empty where it is neither."""
    return kind.decode("latin-1") if isinstance(kind, bytes) else kind if isinstance(kind, str) else ""


def kind_of(dtype: object) -> str:
    """The name that a pickled type was made with, without the order of its bytes."""
    arguments = dtype.arguments if isinstance(dtype, Made) else None
    return _text(arguments[0]).lstrip("|=<>") if isinstance(arguments, tuple) and arguments else ""


def _item_type(value: object) -> None:
    """What numpy makes a type of: other texts than one kind are parsed as source code, by ``ast.literal_eval``.

    A type that gets its state later would change under the array that has it.
    """
    whole = isinstance(value, Made) and value.origin.path == "numpy.dtype" and value.state is not None
    if not (whole or _KIND.fullmatch(_text(value))):
        raise Breach("with a type that is not one kind of item")


def array_state(_made: Made, state: object) -> None:
    """``ndarray.__setstate__((version, shape, type, order, items))``: as many objects as the shape has room for.

    Where there are fewer, what is left are null pointers, and the first library that looks at them falls.
    """
    if not isinstance(state, tuple) or len(state) not in (4, 5):  # version 0 is not written down
        return
    shape, kind, _, items = state[-4:]
    if isinstance(kind, Made) and kind.origin.name == "_convert_to_stringdtype_kwargs":
        _strings(kind, items)
    else:
        _item_type(kind)
    if isinstance(items, list) and count(shape) != len(items):
        raise Breach("with fewer or more objects than its shape has")


def _strings(kind: Made, items: object) -> None:
    """Numpy turns items of its type of strings into text by ``str``; bytes it would take for its own pointers."""
    nothing = kind.arguments[1] if isinstance(kind.arguments, tuple) and len(kind.arguments) > 1 else None
    if not isinstance(items, list) or not all(one is nothing or constant(one) for one in items):
        raise Breach("with strings that are no list of constants")


def dilled(_callee: Named, arguments: Arguments) -> object:
    """``dill._dill._create_array(function, arguments, state, attributes)``: numpy's own function, and its state."""
    function, given, state = arguments[:3] if len(arguments) in (3, 4) else (None, None, None)
    if not isinstance(function, Named) or function.path not in _ARRAYS or not isinstance(given, tuple):
        raise Breach("with a function that makes no array")
    if any(one is not None for one in arguments[3:]):
        raise Breach("with attributes besides")
    made = Made(function, given)
    reconstruct(function, given)
    array_state(made, state)
    made.state = state
    return made


_ARRAYS = frozenset({"numpy._core.multiarray._reconstruct", "numpy.core.multiarray._reconstruct"})


def dtype_state(made: Made, state: object) -> None:
    """``dtype.__setstate__`` believes the state; two lies of it corrupt memory when the array behind it is filled.

    Flags that deny that items are objects, or that they must be counted and cleared, make numpy take raw bytes for
    pointers; a field or subarray that ends beyond its item makes it write behind the array.
    """
    if not isinstance(state, tuple) or made.state is not None:
        raise Breach("with a state that is not a tuple, or a second time")
    if len(state) not in (_FLAGS + 1, _FLAGS + 2) or (_is_date(made) and len(state) == _FLAGS + 1):
        raise Breach("with a state of another length than numpy writes for its type")
    flags, size = state[_FLAGS], state[_SIZE]
    if not isinstance(flags, int) or not isinstance(size, int):
        raise Breach("with flags or a size that are no numbers")
    if flags & _OBJECTS != (_OBJECTS if _holds_objects([made, *state[_SUBARRAY : _FIELDS + 1]]) else flags & _CLEARED):
        raise Breach("with flags that are not true of its items")
    _fit(state[_FIELDS], state[_NAMES], size)
    base = state[_SUBARRAY]
    if base is not None:
        kind, shape = base if isinstance(base, tuple) and len(base) == 2 else (None, None)  # noqa: PLR2004  type and shape
        if count(shape) * _width(kind) > size:
            raise Breach("with a subarray that ends beyond its item")


def _is_date(made: Made) -> bool:
    """Whether numpy looks for the unit of a date or duration behind the flags, without looking whether it is there."""
    return kind_of(made)[:1] in ("M", "m")


def _fit(fields: object, names: object, size: int) -> None:
    """Fields, each ``(type, offset)`` or with a title behind, lie within the item, and every name has one.

    numpy looks names up without asking whether they are there.
    """
    if fields is None and names is None:
        return
    if not isinstance(fields, Table) or not fields.whole or not isinstance(names, tuple):
        raise Breach("with fields that are no dictionary")
    titles = set()
    for _, field in fields.pairs:
        kind, offset = field[:2] if isinstance(field, tuple) and len(field) in (2, 3) else (None, -1)
        if not isinstance(offset, int) or offset < 0 or offset + _width(kind) > size:
            raise Breach("with a field that ends beyond its item")
        titles |= {one for one in field[2:] if isinstance(one, str)} if isinstance(field, tuple) else set()
    keys = [key for key, _ in fields.pairs]
    if not all(isinstance(one, str) for one in (*names, *keys)) or not set(names) <= set(keys) <= {*names, *titles}:
        raise Breach("with names that are not those of its fields")
    fields.sealed = True


def _width(kind: object) -> int:
    """Bytes of an item of a pickled type."""
    _item_type(kind)
    found = _KIND.fullmatch(kind_of(kind))
    state = kind.state if isinstance(kind, Made) else None
    if not isinstance(state, tuple):
        raise Breach("with a field whose type is not known")
    if len(state) > _SIZE and isinstance(state[_SIZE], int) and state[_SIZE] >= 0:
        return int(state[_SIZE])
    if found is None:
        raise Breach("with a field whose type is not known")
    return int(found[2] or 1) * (4 if found[1] == "U" else 1)


def _holds_objects(waiting: list[object]) -> bool:
    """Whether any type among these values, or within them, is that of objects."""
    seen = 0
    while waiting:
        item = waiting.pop()
        seen += 1
        if seen > MOST_ITEMS:
            raise Breach("with more fields than are looked at")
        if isinstance(item, Table):
            waiting.extend(value for _, value in item.pairs)
        elif isinstance(item, tuple | list):
            waiting.extend(item)
        elif isinstance(item, Made):
            if kind_of(item).startswith("O"):
                return True
            if isinstance(item.state, tuple):
                waiting.extend(item.state[_SUBARRAY : _FIELDS + 1])
    return False
