# SPDX-License-Identifier: Apache-2.0
"""The contracts of the allow-list, written a second time: what arguments keep a call harmless."""

import math
from collections.abc import Callable
from typing import Any

from hauberk.analysis.checker import libraries, trees
from hauberk.analysis.checker.refusal import Unsafe
from hauberk.analysis.checker.values import Global, Group, Long, Mapping, Object, listed, permitted

Arguments = tuple[Any, ...]
_PLAIN = (int, float, str, bytes, bytearray, type(None), Long)
_BUILTINS = {"object", "dict", "list", "set", "tuple", "int", "float", "str", "bytes", "frozenset", "complex"}
_CODECS = {"latin1", "latin-1", "utf-8", "utf8", "ascii"}
_LARGEST = 1 << 20


def require(condition: object, what: str) -> None:
    """Raise Unsafe unless the condition holds."""
    if not condition:
        raise Unsafe(what)


def plain(value: Any) -> bool:
    """Whether a value is a constant, or consists of constants."""
    if isinstance(value, Group | Global):
        return False
    return all(map(plain, value)) if isinstance(value, tuple | list) else isinstance(value, _PLAIN)


def _makeable(value: Any) -> Global:
    require(isinstance(value, Global), "makes an instance of what is no class")
    permitted(value)
    uses = listed()[1][value.module][value.name]["uses"]
    require("new" in uses or "class" in uses, f"makes an instance of {value}")
    name: Global = value
    return name


def _small(shape: Any) -> None:
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    require(all(isinstance(size, int) and size >= 0 for size in sizes), "shape is not of whole numbers")
    require(math.prod(sizes) <= _LARGEST, "shape allocates more than the file holds")


def _any(callee: Global, arguments: Arguments) -> Any:
    return Object(callee, arguments)


def _constants(callee: Global, arguments: Arguments) -> Any:
    require(plain(arguments), f"{callee} takes constants only")
    return Object(callee, arguments)


def _content(callee: Global, arguments: Arguments) -> Any:
    require(
        not arguments or isinstance(arguments[0], str | bytes | bytearray | list | Long), "a size instead of content"
    )
    return _constants(callee, arguments)


def _array(classes: int) -> Callable[[Global, Arguments], Any]:
    def check(callee: Global, arguments: Arguments) -> Any:
        require(len(arguments) == classes + 2, f"{callee} takes {classes + 2} arguments")
        for one in arguments[:classes]:
            if one not in _MAPPED:
                _makeable(one)
        _small(arguments[classes])
        _typed(arguments[classes + 1])
        return Object(callee, arguments)

    return check


_MAPPED = (Global("numpy", "memmap"), Global("numpy._core.memmap", "memmap"), Global("numpy.core.memmap", "memmap"))
"""A class whose own ``__new__`` opens a file; numpy makes it here as a view of items, without that."""


def _ndarray(callee: Global, arguments: Arguments) -> Any:
    if arguments:
        _small(arguments[0])
    if len(arguments) > 1:
        _typed(arguments[1])
    return Object(callee, arguments)


def _class_first(callee: Global, arguments: Arguments) -> Any:
    require(arguments, f"{callee} takes a class")
    return Object(_makeable(arguments[0]), arguments[1:])


def _reconstructor(callee: Global, arguments: Arguments) -> Any:
    require(len(arguments) == 3, f"{callee} takes three arguments")  # noqa: PLR2004  class, base, state
    made, base = _makeable(arguments[0]), arguments[1]
    require(isinstance(base, Global) and base.module == "builtins" and base.name in _BUILTINS, "base is no builtin")
    return Object(made, arguments[2:])


def _getattr(_callee: Global, arguments: Arguments) -> Any:
    require(len(arguments) == 2, "getattr takes two arguments")  # noqa: PLR2004  owner and name
    owner = arguments[0].maker if isinstance(arguments[0], Object) else arguments[0]
    if type(owner) is str:
        owner = Global("builtins", "str")
    require(isinstance(owner, Global) and isinstance(arguments[1], str), "getattr of a computed name")
    found = Global(owner.module, f"{owner.name}.{arguments[1]}")
    permitted(found)
    if owner is not arguments[0]:
        require(
            not listed()[1][found.module][found.name]["uses"], "a method of an object, which may have another there"
        )
    return found


def _dtype(callee: Global, arguments: Arguments) -> Any:
    require(arguments, "a type of nothing")
    if arguments[0] != Global("numpy", "record"):
        _single(arguments[0])
    return Object(callee, arguments)


def _single(kind: Any) -> None:
    """One kind of item, as text or bytes: anything else numpy parses, or makes a type of objects of."""
    name = kind.decode("latin-1") if isinstance(kind, bytes) else kind
    require(isinstance(name, str) and name.isascii(), "a type that is not named")
    letter = name.lstrip("|=<>")
    require(len(name) - len(letter) <= 1 and letter[:1].isalpha() | (letter[:1] == "?"), "a type of several kinds")
    require((letter[1:] or "0").isdigit() and len(letter) <= 10, "a type of several kinds")  # noqa: PLR2004  a letter and nine digits


def _typed(kind: Any) -> None:
    """A type with its state, or the name of one: a state that came later would change under the array."""
    if isinstance(kind, Object):
        require(str(kind.maker) == "numpy.dtype" and kind.state is not None, "a type without its state")
    else:
        _single(kind)


def _letter(dtype: Any) -> str:
    """The name that a type was made with, without the order of its bytes."""
    kind = dtype.arguments[0] if dtype.arguments else None
    name = kind.decode("latin-1") if isinstance(kind, bytes) else kind
    return name.lstrip("|=<>") if isinstance(name, str) else ""


def _named_global(_callee: Global, arguments: Arguments) -> Any:
    require(len(arguments) == 2 and all(isinstance(one, str) for one in arguments), "a computed name")  # noqa: PLR2004  module and name
    found = Global(*arguments)
    permitted(found)
    return found


def _encode(callee: Global, arguments: Arguments) -> Any:
    require(len(arguments) in (1, 2) and plain(arguments), "encodes what is no constant")
    codec = arguments[1] if len(arguments) > 1 else "utf-8"
    require(codec in _CODECS, "an unusual codec")
    if isinstance(arguments[0], Long):
        return arguments[0]
    if not isinstance(arguments[0], str):
        return Object(callee, arguments)
    try:
        return arguments[0].encode(codec)
    except UnicodeEncodeError as error:
        raise Unsafe("text that its codec cannot write") from error


def _callable(callee: Global, arguments: Arguments) -> Any:
    require(arguments and isinstance(arguments[0], Global | Object), "a callable that is not known")
    if isinstance(arguments[0], Global):
        lenient = ("any", "callable", "constants", "content", "distribution", "grown", "support")
        require(permitted(arguments[0]) in lenient, "a callable whose arguments nobody could look at")
    return Object(callee, arguments)


def _generator(callee: Global, arguments: Arguments) -> Any:
    for one in arguments:
        known = isinstance(one, Object | str) or (isinstance(one, Global) and one.module.startswith("numpy.random."))
        require(known, "a constructor that is none of numpy.random's")
    return Object(callee, arguments)


def _no_arguments(callee: Global, arguments: Arguments) -> Any:
    require(not arguments, f"{callee} takes no arguments")
    return Object(callee, arguments)


def _tree(callee: Global, arguments: Arguments) -> Any:
    trees.made(arguments)
    return Object(callee, arguments)


def _dilled(_callee: Global, arguments: Arguments) -> Any:
    """An array as dill writes it: numpy's function, what it is given, and the state."""
    require(len(arguments) in (3, 4) and not any(one is not None for one in arguments[3:]), "an array and more")
    maker, given, state = arguments[:3]
    require(maker in _MAKES and isinstance(given, tuple), "an array by another function")
    made: Object = CALLS["reconstruct"](maker, given)
    if isinstance(state, tuple) and len(state) in (4, 5):
        _array_state(state)
    made.state = state
    return made


_MAKES = (Global("numpy._core.multiarray", "_reconstruct"), Global("numpy.core.multiarray", "_reconstruct"))


def _asked(check: Callable[[Arguments], None]) -> Callable[[Global, Arguments], Any]:
    """The contract of a library that only asks something of the arguments."""

    def run(callee: Global, arguments: Arguments) -> Any:
        check(arguments)
        return Object(callee, arguments)

    return run


def _sparse_index(callee: Global, arguments: Arguments) -> Any:
    libraries.sparse_index(callee, arguments)
    return Object(callee, arguments)


CALLS: dict[str, Callable[[Global, Arguments], Any]] = {
    "array": _asked(libraries.array),
    "attributes": _asked(libraries.attributes),
    "offset": _asked(libraries.offset),
    "parameter": _asked(libraries.parameter),
    "rebuilt-as": _asked(libraries.rebuilt_as),
    "sparse-index": _sparse_index,
    "sparse-tensor": _asked(libraries.sparse_tensor),
    "dilled": _dilled,
    "string-type": _asked(libraries.string_type),
    "type-named": libraries.type_named,
    "type-of": _asked(libraries.type_of),
    "zone": _asked(libraries.zone),
    "any": _any,
    "callable": _callable,
    "class-first": _class_first,
    "constants": _constants,
    "content": _content,
    "distribution": _any,
    "grown": _any,
    "neighbours": _any,
    "predictor": _any,
    "support": _any,
    "tree": _tree,
    "dtype": _dtype,
    "encode": _encode,
    "generator": _generator,
    "getattr": _getattr,
    "mareconstruct": _array(2),
    "named-global": _named_global,
    "ndarray": _ndarray,
    "new-generator": _no_arguments,
    "reconstruct": _array(1),
    "reconstructor": _reconstructor,
}


_STATED = ("generator", "new-generator", "dtype", "reconstruct", "ndarray", "distribution")
"""Contracts that ask something of a state."""


def check_state(contract: str, target: Object, state: Any) -> None:
    """The state that BUILD gives: attributes that are plain, and what two contracts ask of it besides."""
    for part in state if isinstance(state, tuple) else (state,):
        if isinstance(part, Mapping):
            part.become_attributes()
        elif isinstance(part, Object):
            require(str(part.maker) not in _DICTIONARIES, "attributes from a computed mapping")
    again = target.state is not None and contract in (*trees.STATES, *_STATED)
    require(not again, "a state for the second time")  # what was checked before would count no more
    if contract in trees.STATES:
        trees.STATES[contract](target, state)
    elif contract in ("generator", "new-generator"):
        _buffered(state)
    elif contract == "dtype":
        _type_state(target, state)
    elif contract in ("reconstruct", "ndarray") and isinstance(state, tuple) and len(state) in (4, 5):
        _array_state(state)
    elif contract == "distribution":
        libraries.distribution(state)


def _type_state(target: Object, state: Any) -> None:
    """Flags, fields and subarrays that are true of a type's items."""
    require(isinstance(state, tuple) and target.state is None, "state of a type that is no tuple, or the second")
    dated = _letter(target)[:1] in ("M", "m")
    require(len(state) in ((9,) if dated else (8, 9)), "state of a type that numpy does not write so")
    require(isinstance(state[7], int) and isinstance(state[5], int), "flags that are no number")
    bits = [bool(state[7] & bit) for bit in (1, 2, 8, 16)]  # counted, pickled as a list, cleared, under the lock
    objects = _objects([target, *state[2:5]])
    require(all(bits) if objects else not any(bits[:2]), "flags that are not true of its items")
    _within_item(state)


def _array_state(state: tuple[Any, ...]) -> None:
    """A whole type, and as many objects as the shape has."""
    shape, kind, _, items = state[-4:]
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if isinstance(kind, Object) and kind.maker.name == "_convert_to_stringdtype_kwargs":
        require(type(items) is list, "strings that are no list")
        nothing = kind.arguments[1] if len(kind.arguments) > 1 else None
        require(all(type(one) is str or one is nothing or plain(one) for one in items), "a string that is none")
    else:
        _typed(kind)
    if type(items) is list:
        require(all(isinstance(size, int) and size >= 0 for size in sizes), "shape of an array")
        require(math.prod(sizes) == len(items), "fewer or more objects than the shape has")


def _buffered(state: Any) -> None:
    """No position of a generator's state lies outside the buffer that numpy reads there."""
    pending = list(state) if isinstance(state, tuple) else [state]
    if pending and isinstance(pending[0], str):
        require(len(pending) in (3, 5) and type(pending[2]) is int, "state of a generator")
        require(0 <= pending[2] <= _BUFFERS["pos"], "a position outside its buffer")
    while pending:
        one = pending.pop()
        require(not isinstance(one, Object) or str(one.maker) not in _DICTIONARIES, "state that is computed")
        if isinstance(one, Mapping):
            require(all(isinstance(key, str) for key in one.keys), "a field whose name is not known")
            for key, value in zip(one.keys, one.values, strict=True):
                fits = isinstance(value, int) and 0 <= value <= _BUFFERS.get(key, 0)
                require(key not in _BUFFERS or fits, "a position outside its buffer")
            pending += one.values


_BUFFERS = {"pos": 624, "buffer_pos": 4}
"""Words of the state of MT19937 and of Philox's buffer."""
_DICTIONARIES = {
    "builtins.dict",
    "collections.ChainMap",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.UserDict",
    "collections.defaultdict",
}


def _within_item(state: tuple[Any, ...]) -> None:
    """No field and no subarray ends beyond its item."""
    if state[2] is not None:
        base, shape = state[2]
        sizes = shape if isinstance(shape, tuple) else (shape,)
        require(all(isinstance(size, int) and size >= 0 for size in sizes), "shape of a subarray")
        require(_extent(base) * math.prod(sizes) <= state[5], "a subarray that ends beyond its item")
    if state[4] is not None or state[3] is not None:
        require(isinstance(state[4], Mapping) and isinstance(state[3], tuple), "fields that are no dictionary")
        known = [*state[3], *(one for field in state[4].values if isinstance(field, tuple) for one in field[2:])]
        require(all(isinstance(one, str) for one in (*state[3], *state[4].keys)), "names of fields")
        require(all(one in state[4].keys for one in state[3]) and all(one in known for one in state[4].keys), "names")
        state[4].sealed = True
        for field in state[4].values:
            require(isinstance(field, tuple) and len(field) in (2, 3) and isinstance(field[1], int), "a field")
            require(0 <= field[1] <= state[5] - _extent(field[0]), "a field that ends beyond its item")


def _extent(kind: Any) -> int:
    require(isinstance(kind, Object) and isinstance(kind.state, tuple), "a field of an unknown type")
    _typed(kind)
    if len(kind.state) > 5 and isinstance(kind.state[5], int) and kind.state[5] >= 0:  # noqa: PLR2004  size of an item is the sixth
        return int(kind.state[5])
    letter = _letter(kind)
    require(letter, "a field of an unknown type")
    return int(letter[1:] or 1) * (4 if letter[0] == "U" else 1)


def _objects(values: list[Any]) -> bool:
    """Whether any type among the values, or within them, is that of objects."""
    for value in values:
        if isinstance(value, Mapping):
            inner = value.values
        elif isinstance(value, Object):
            if _letter(value)[:1] == "O":
                return True
            inner = list(value.state[2:5]) if isinstance(value.state, tuple) else []
        else:
            inner = list(value) if isinstance(value, tuple | list) else []
        if inner and _objects(inner):
            return True
    return False
