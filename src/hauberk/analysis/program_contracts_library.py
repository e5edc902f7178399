# SPDX-License-Identifier: Apache-2.0
"""Contracts of what pickles of the standard library, of pandas and of torch call beside plain constructors.

Sources: ``zoneinfo/_zoneinfo.py`` and ``pytz/__init__.py``, ``Modules/arraymodule.c``, ``Modules/_operator.c``, pandas'
``_libs/tslibs/offsets.pyx`` and ``_libs/sparse.pyx``, torch's ``_utils.py`` and ``_tensor.py``, ``dill/_dill.py``.
"""

import re

from hauberk.analysis import allowlist
from hauberk.analysis.program_contract import Arguments, Breach
from hauberk.analysis.program_values import CONSTANTS, Made, Named, Table, constant

_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,3}", re.ASCII)
"""Names of the database of time zones: no dot, so that none leads out of its folder or to another package."""


def zone(callee: Named, arguments: Arguments) -> object:
    """``ZoneInfo._unpickle(key, from_cache)``, ``pytz._p(zone, ...)``: read the file of a zone that is named."""
    if (
        not arguments
        or not constant(arguments)
        or not (isinstance(arguments[0], str) and _ZONE.fullmatch(arguments[0]))
    ):
        raise Breach("with what is no name of a time zone")
    return Made(callee, arguments)


def array(callee: Named, arguments: Arguments) -> object:
    """``array._array_reconstructor(array, typecode, format, bytes)``: a subclass would be made instead."""
    first = arguments[0] if len(arguments) == 4 else None  # noqa: PLR2004  the parameters
    if not isinstance(first, Named) or first.path != "array.array" or not constant(arguments[1:]):
        raise Breach("with other arguments than a type, a format and bytes")
    return Made(callee, arguments)


def attributes(callee: Named, arguments: Arguments) -> object:
    """``attrgetter(name, ...)``: one after another these could lead from an object to its module and on."""
    if not arguments or not all(isinstance(one, str) and _public(one) for one in arguments):
        raise Breach("with an attribute that is not public")
    return Made(callee, arguments)


def _public(path: str) -> bool:
    return all(part.isidentifier() and not part.startswith("_") for part in path.split("."))


def type_of(callee: Named, arguments: Arguments) -> object:
    """``type(None)`` and its like, how picklers write the classes of singletons; with three it makes a class."""
    one = arguments[0] if len(arguments) == 1 else callee
    singleton = isinstance(one, Named) and one.path in ("builtins.Ellipsis", "builtins.NotImplemented")
    if one is not None and not singleton:
        raise Breach("on what is no singleton")
    return Made(callee, arguments)


def type_named(callee: Named, arguments: Arguments) -> object:
    """``dill._dill._load_type(name)``: a builtin class by its name; others of its table make code and functions."""
    name = arguments[0] if len(arguments) == 1 else None
    if name in ("NoneType", "EllipsisType", "NotImplementedType"):
        return Made(callee, arguments)
    if not isinstance(name, str) or name not in _TYPES:
        raise Breach("for a class that is none of the plain builtins")
    return Named("builtins", name, 0)


_TYPES = frozenset(["bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object",
                    "set", "slice", "str", "tuple"])  # fmt: skip


def offset(callee: Named, arguments: Arguments) -> object:
    """Offsets of pandas: of a calendar that is none of numpy's a method is called, so only plain values may be."""
    waiting, seen = list(arguments), 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > _MOST_DAYS:
            raise Breach("with more holidays than are looked at")
        if isinstance(one, tuple | list):
            waiting.extend(one)
        elif isinstance(one, Made):
            if one.origin.path not in _DATES and not one.origin.module.startswith("pandas._libs.tslibs.offsets"):
                raise Breach(f"with what {one.origin.path} made")
        elif not isinstance(one, CONSTANTS):
            raise Breach("with arguments that are not constants")
    return Made(callee, arguments)


_MOST_DAYS = 100_000
_DATES = frozenset(["datetime.timedelta", "datetime.time", "numpy._core.multiarray.scalar", "numpy.busdaycalendar",
                    "numpy.core.multiarray.scalar", "dateutil.relativedelta.relativedelta"])  # fmt: skip


def sparse_index(callee: Named, arguments: Arguments) -> object:
    """``IntIndex(length, indices)``, ``BlockIndex(length, places, lengths)``: one more turns their check off."""
    arrays = arguments[1:]
    if len(arrays) != (1 if callee.name == "IntIndex" else 2) or not isinstance(arguments[0], int):
        raise Breach("with other than a length and its arrays")
    if not all(isinstance(one, Made) and one.origin.name in ("_reconstruct", "_frombuffer") for one in arrays):
        raise Breach("with what is no array")
    return Made(callee, arguments)


def sparse_tensor(callee: Named, arguments: Arguments) -> object:
    """``_rebuild_sparse_tensor(layout, parts)``: views of storages, which torch.load looks at when all is made."""
    layout, parts = arguments if len(arguments) == 2 else (None, None)  # noqa: PLR2004  the parameters
    named = layout.origin if isinstance(layout, Made) else layout
    if not isinstance(named, Named) or not (named.name == "_get_layout" or named.path.startswith("torch.sparse_")):
        raise Breach("with a layout that is not known")
    if not isinstance(parts, tuple) or not all(_of_tensor(one) for one in parts):
        raise Breach("with parts that are no tensors")
    return Made(callee, arguments)


def _of_tensor(one: object) -> bool:
    return (isinstance(one, Made) and one.origin.module in ("torch", "torch._utils")) or constant(one)


def parameter(callee: Named, arguments: Arguments) -> object:
    """``_rebuild_parameter_with_state(tensor, gradient, hooks, state)``."""
    if len(arguments) != 4:  # noqa: PLR2004  the parameters
        raise Breach("with other than four arguments")
    _settable(arguments[3])
    return Made(callee, arguments)


def rebuilt_as(callee: Named, arguments: Arguments) -> object:
    """``_rebuild_from_type_v2(function, class, arguments, state)``: calls the function, then sets attributes."""
    if len(arguments) != 4:  # noqa: PLR2004  the parameters
        raise Breach("with other than four arguments")
    function, kind, given, state = arguments
    if not isinstance(function, Named) or function.path not in _REBUILDS or "call" not in _uses(function):
        raise Breach("with a function that makes no tensor")
    if not isinstance(kind, Named) or kind.path not in _TENSORS:
        raise Breach("as a class that is none of torch's own")
    if not isinstance(given, tuple):
        raise Breach("with arguments that are no tuple")
    if function.name == "_rebuild_sparse_tensor":
        sparse_tensor(function, given)
    _settable(state)
    return Made(callee, arguments)


_REBUILDS = frozenset(f"torch._utils.{name}" for name in (
    "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_qtensor",
    "_rebuild_sparse_tensor", "_rebuild_meta_tensor_no_storage",
))  # fmt: skip
"""Functions that put tensors together and do no more."""
_TENSORS = frozenset(
    {"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"}
)


def _uses(named: Named) -> tuple[str, ...]:
    known = allowlist.entry(named.module, named.name)
    return known.uses if known is not None else ()


def _settable(state: object) -> None:
    """Attributes that ``setattr`` gives to a tensor: none of those that Python or torch looks at while loading."""
    for part in state if isinstance(state, tuple) and len(state) == 2 else (state,):  # noqa: PLR2004  and slots
        if part is None:
            continue
        if not isinstance(part, Table) or not part.whole:
            raise Breach("with attributes that are no plain dictionary")
        part.attributes = True
        if not all(isinstance(key, str) and key.isidentifier() and not key.startswith("__") for key, _ in part.pairs):
            raise Breach("with an attribute that is special or computed")
