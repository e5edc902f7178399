# SPDX-License-Identifier: Apache-2.0
"""Contracts: what the arguments of an allowed callable must be for the call to stay harmless.

A contract's ``call`` gives the value that the call makes, or raises Breach with the reason; ``build`` judges the
state that BUILD gives to what was made. Each is written from the source of the callable that names it in the
allow-list.
"""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from hauberk.analysis import allowlist
from hauberk.analysis.program_values import Made, Named, Table, constant
from hauberk.assets.pickles import Stretch

MOST_ITEMS = 1 << 20
"""Elements that a constructor may be asked to allocate before the file's own bytes pay for them."""

Arguments = tuple[object, ...]
_OBJECTS, _CLEARED = 0x1B, 0x18
"""Flags that numpy sets on every type that holds objects, and those of them that it sets on others too."""
_FLAGS, _SIZE, _FIELDS, _NAMES, _SUBARRAY = 7, 5, 4, 3, 2


class Breach(Exception):
    """The arguments break the contract; the message ends a sentence that begins with ``calls X``."""


class Contract(NamedTuple):
    """What a call may be given, and which state what it made may get."""

    call: Callable[[Named, Arguments], object]
    build: Callable[[Made, object], None]


def _allowed_class(value: object) -> Named:
    """The value as a class that may be made by ``__new__``."""
    if not isinstance(value, Named):
        raise Breach("on a class that is not known")
    known = allowlist.entry(value.module, value.name)
    if known is None or not {"new", "class"}.intersection(known.uses):
        raise Breach(f"on {value.path}, which is not an allowed class")
    return value


def _any(callee: Named, arguments: Arguments) -> object:
    return Made(callee, arguments)


def _any_state(_made: Made, _state: object) -> None:
    pass


def _constants(callee: Named, arguments: Arguments) -> object:
    if not constant(arguments):
        raise Breach("with arguments that are not constants")
    return Made(callee, arguments)


def _sized(callee: Named, arguments: Arguments) -> object:
    """``bytes``, ``bytearray``: a number would allocate that many bytes."""
    if not arguments or isinstance(arguments[0], str | bytes | Stretch | list):
        return _constants(callee, arguments)
    raise Breach("with a size instead of content")


def _shape(value: object) -> None:
    sizes = value if isinstance(value, tuple | list) else (value,)
    if not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise Breach("with a shape that is not of whole numbers")
    if math.prod(size for size in sizes if isinstance(size, int)) > MOST_ITEMS:
        raise Breach("with a shape that allocates more than the file holds")


def _reconstruct(callee: Named, arguments: Arguments) -> object:
    """``numpy._core.multiarray._reconstruct(class, shape, dtype)``."""
    if len(arguments) != 3:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than three arguments")
    _allowed_class(arguments[0])
    _shape(arguments[1])
    _item_type(arguments[2])
    return Made(callee, arguments)


def _masked(callee: Named, arguments: Arguments) -> object:
    """``numpy.ma.core._mareconstruct(class, base class, shape, dtype)``."""
    if len(arguments) != 4:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than four arguments")
    _allowed_class(arguments[0])
    _allowed_class(arguments[1])
    _shape(arguments[2])
    _item_type(arguments[3])
    return Made(callee, arguments)


def _ndarray(callee: Named, arguments: Arguments) -> object:
    """``numpy.ndarray(shape, ...)`` and its subclasses by ``__new__``."""
    if arguments:
        _shape(arguments[0])
    for kind in arguments[1:2]:
        _item_type(kind)
    return Made(callee, arguments)


def _class_first(_callee: Named, arguments: Arguments) -> object:
    """``f(class, ...)`` makes an instance of that class by ``__new__`` alone."""
    if not arguments:
        raise Breach("without a class")
    return Made(_allowed_class(arguments[0]), arguments[1:])


def _reconstructor(_callee: Named, arguments: Arguments) -> object:
    """``copyreg._reconstructor(class, base, state)``: also runs ``base.__init__`` where base is not object."""
    if len(arguments) != 3:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than three arguments")
    made = _allowed_class(arguments[0])
    base = arguments[1]
    if not isinstance(base, Named) or base.module != "builtins" or base.name not in _BASES:
        raise Breach("with a base class that is not a builtin")
    return Made(made, arguments[2:])


_BASES = frozenset({"object", "dict", "list", "set", "tuple", "int", "float", "str", "bytes", "frozenset", "complex"})


def _getattr(_callee: Named, arguments: Arguments) -> object:
    """``getattr(owner, name)``: a nested class, in protocols below 4, or a method, that is itself on the list."""
    owner, name = arguments if len(arguments) == 2 else (None, None)  # noqa: PLR2004  a number of the format or of the parameters
    if isinstance(owner, Made):
        owner = owner.origin
    if not isinstance(owner, Named) or not isinstance(name, str):
        raise Breach("on what is not a global, or for a name that is computed")
    found = Named(owner.module, f"{owner.name}.{name}", owner.offset)
    if allowlist.entry(found.module, found.name) is None:
        raise Breach(f"to reach {found.path}, which is not on the allow-list")
    return found


def _named_global(_callee: Named, arguments: Arguments) -> object:
    """``_ufunc_reconstruct(module, name)`` imports a module and takes a name from it."""
    if len(arguments) != 2:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than two arguments")
    module, name = arguments
    if not (isinstance(module, str) and isinstance(name, str)):
        raise Breach("with a name that is computed")
    if allowlist.entry(module, name) is None:
        raise Breach(f"to reach {module}.{name}, which is not on the allow-list")
    return Named(module, name, 0)


def _encode(callee: Named, arguments: Arguments) -> object:
    """``_codecs.encode(text, encoding)``, how protocol 2 writes bytes; other codecs would be looked up and imported."""
    if not (1 <= len(arguments) <= 2 and constant(arguments)):  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with arguments that are not constants")
    if len(arguments) > 1 and arguments[1] not in ("latin1", "latin-1", "utf-8", "utf8", "ascii"):
        raise Breach("with an unusual codec")
    if isinstance(arguments[0], Stretch):
        return arguments[0].encoded()
    text, codec = arguments[0], str(arguments[1]) if len(arguments) > 1 else "utf-8"
    if not isinstance(text, str):
        return Made(callee, arguments)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise Breach("with text that its codec cannot write") from error


def _named_arguments(callee: Named, arguments: Arguments) -> object:
    """``partial``: its callable is an allowed global by the rule for names, or made by an allowed call."""
    if not arguments or not isinstance(arguments[0], Named | Made):
        raise Breach("with a callable that is not known")
    return Made(callee, arguments)


def _generator(callee: Named, arguments: Arguments) -> object:
    """``numpy.random._pickle``: the first argument names a generator, the second is the constructor called with it."""
    for argument in arguments:
        if isinstance(argument, Named) and not argument.module.startswith("numpy.random."):
            raise Breach(f"with {argument.path} as constructor")
        if not isinstance(argument, Named | Made | str):
            raise Breach("with a constructor that is not known")
    return Made(callee, arguments)


def _dtype(callee: Named, arguments: Arguments) -> object:
    """``numpy.dtype(kind, align, copy)``: of one kind; a text that lists several could deny that it holds objects."""
    kind = arguments[0] if arguments else None
    if not (_KIND.fullmatch(_text(kind)) or (isinstance(kind, Named) and kind.path == "numpy.record")):
        raise Breach("with a type that is not one kind of item")
    return Made(callee, arguments)


_KIND = re.compile(r"[|=<>]?([A-Za-z?])([0-9]{0,9})", re.ASCII)


def _text(kind: object) -> str:
    """The name of a kind of item, which numpy takes as text or as bytes; empty where it is neither."""
    return kind.decode("latin-1") if isinstance(kind, bytes) else kind if isinstance(kind, str) else ""


def _kind_of(dtype: object) -> str:
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


def _array_state(_made: Made, state: object) -> None:
    """``ndarray.__setstate__((version, shape, type, order, items))``: as many objects as the shape has room for.

    Where there are fewer, what is left are null pointers, and the first library that looks at them falls.
    """
    if not isinstance(state, tuple) or len(state) not in (4, 5):  # version 0 is not written down
        return
    shape, kind, _, items = state[-4:]
    _item_type(kind)
    if isinstance(items, list) and _count(shape) != len(items):
        raise Breach("with fewer or more objects than its shape has")


def _dtype_state(made: Made, state: object) -> None:
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
        if _count(shape) * _width(kind) > size:
            raise Breach("with a subarray that ends beyond its item")


def _is_date(made: Made) -> bool:
    """Whether numpy looks for the unit of a date or duration behind the flags, without looking whether it is there."""
    return _kind_of(made)[:1] in ("M", "m")


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
    found = _KIND.fullmatch(_kind_of(kind))
    state = kind.state if isinstance(kind, Made) else None
    if not isinstance(state, tuple):
        raise Breach("with a field whose type is not known")
    if len(state) > _SIZE and isinstance(state[_SIZE], int) and state[_SIZE] >= 0:
        return int(state[_SIZE])
    if found is None:
        raise Breach("with a field whose type is not known")
    return int(found[2] or 1) * (4 if found[1] == "U" else 1)


def _count(shape: object) -> int:
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise Breach("with a shape that is not of whole numbers")
    return math.prod(size for size in sizes if isinstance(size, int))


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
            if _kind_of(item).startswith("O"):
                return True
            if isinstance(item.state, tuple):
                waiting.extend(item.state[_SUBARRAY : _FIELDS + 1])
    return False


def _distribution_state(_made: Made, state: object) -> None:
    """``rv_generic.__setstate__`` of scipy runs ``_parse_arg_template`` of the state as source code."""
    if not isinstance(state, Table) or not state.whole:
        raise Breach("with a state that is not a plain dictionary")
    for key, value in state.pairs:
        if not isinstance(key, str):
            raise Breach("with an attribute name that is not known")
        if key == "_parse_arg_template" and not (isinstance(value, str) and _scipy_template(value)):
            raise Breach("with source code that scipy runs on loading")


def _scipy_template(source: str) -> bool:
    """Whether the source is what ``rv_generic._construct_argparser`` of scipy itself would write for these shapes."""
    found = _TEMPLATE_HEAD.match(source)
    if found is None:
        return False
    shapes, given = found["shapes"], found["given"]
    passed = "loc, scale" if given == "loc=0, scale=1" else "loc, 1"
    return source == _TEMPLATE.format(shapes=shapes, given=given, passed=passed)


_TEMPLATE_HEAD = re.compile(
    r"\ndef _parse_args\(self, (?P<shapes>(?:[A-Za-z_]\w*, )*) (?P<given>loc=0(?:, scale=1)?)\):\n", re.ASCII
)
_TEMPLATE = """
def _parse_args(self, {shapes} {given}):
    return ({shapes}), {passed}

def _parse_args_rvs(self, {shapes} {given}, size=None):
    return self._argcheck_rvs({shapes} {passed}, size=size)

def _parse_args_stats(self, {shapes} {given}, moments='mv'):
    return ({shapes}), {passed}, moments
"""


CONTRACTS: dict[str, Contract] = {
    "any": Contract(_any, _any_state),
    "constants": Contract(_constants, _any_state),
    "content": Contract(_sized, _any_state),
    "reconstruct": Contract(_reconstruct, _array_state),
    "mareconstruct": Contract(_masked, _any_state),
    "ndarray": Contract(_ndarray, _array_state),
    "dtype": Contract(_dtype, _dtype_state),
    "class-first": Contract(_class_first, _any_state),
    "reconstructor": Contract(_reconstructor, _any_state),
    "getattr": Contract(_getattr, _any_state),
    "named-global": Contract(_named_global, _any_state),
    "encode": Contract(_encode, _any_state),
    "callable": Contract(_named_arguments, _any_state),
    "generator": Contract(_generator, _any_state),
    "distribution": Contract(_any, _distribution_state),
}
