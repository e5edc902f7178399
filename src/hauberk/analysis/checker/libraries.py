# SPDX-License-Identifier: Apache-2.0
"""What the standard library, pandas and torch ask of the arguments of their own constructors, for the checker."""

from collections.abc import Iterator
from typing import Any

from hauberk.analysis.checker.refusal import Unsafe
from hauberk.analysis.checker.values import Global, Group, Long, Mapping, Object, listed

Arguments = tuple[Any, ...]
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-")
_SINGLETONS = (None, Global("builtins", "Ellipsis"), Global("builtins", "NotImplemented"))
_PLAIN = (int, float, str, bytes, type(None), Long)


_LONGEST = 40
"""Letters of a part of a time zone's name."""


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Unsafe(what)


def _leaves(value: Any) -> Iterator[Any]:
    """What stands in a value, through tuples and lists."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, tuple | list) and not isinstance(one, Group | Global):
            pending.extend(one)
        else:
            yield one


def _only_plain(value: Any) -> bool:
    return all(isinstance(one, _PLAIN) for one in _leaves(value))


def zone(arguments: Arguments) -> None:
    """A name of the zones' database, whose parts have no dots."""
    _need(arguments and type(arguments[0]) is str and _only_plain(arguments), "a time zone that is not named")
    parts = arguments[0].split("/")
    _need(len(parts) <= 4, "a time zone far down")  # noqa: PLR2004  America/Argentina/Buenos_Aires has three
    _need(all(0 < len(part) <= _LONGEST and _LETTERS.issuperset(part) for part in parts), "no time zone")


def array(arguments: Arguments) -> None:
    """The class itself, and constants."""
    _need(len(arguments) == 4, "an array takes four arguments")  # noqa: PLR2004  class, type, format, bytes
    _need(arguments[0] == Global("array", "array"), "an array of another class")
    _need(_only_plain(arguments[1:]), "an array of what is no constant")


def attributes(arguments: Arguments) -> None:
    """Names without an underscore in front, each part of them."""
    _need(arguments and all(type(one) is str for one in arguments), "attributes whose names are computed")
    for part in ".".join(arguments).split("."):
        _need(part.isidentifier() and part[0] != "_", "an attribute that is not public")


def type_of(arguments: Arguments) -> None:
    """The class of a singleton."""
    _need(
        len(arguments) == 1 and any(arguments[0] is one or arguments[0] == one for one in _SINGLETONS), "no singleton"
    )


def type_named(callee: Global, arguments: Arguments) -> Global | Object:
    """A plain builtin class by its name, or that of a singleton."""
    if arguments in (("NoneType",), ("EllipsisType",), ("NotImplementedType",)):
        return Object(callee, arguments)
    _need(len(arguments) == 1 and type(arguments[0]) is str and arguments[0] in _BUILT, "a class that is not plain")
    return Global("builtins", arguments[0])


_BUILT = {"bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "set",
          "slice", "str", "tuple"}  # fmt: skip


def offset(arguments: Arguments) -> None:
    """Constants, times and other offsets; a calendar of another class would be called."""
    for one in _leaves(arguments):
        if isinstance(one, Object):
            known = str(one.maker) in _TIMES or one.maker.module.startswith("pandas._libs.tslibs.offsets")
            _need(known, f"an offset with what {one.maker} made")
        else:
            _need(isinstance(one, _PLAIN), "an offset of what is no constant")


_TIMES = {
    "datetime.time",
    "datetime.timedelta",
    "dateutil.relativedelta.relativedelta",
    "numpy.busdaycalendar",
    "numpy._core.multiarray.scalar",
    "numpy.core.multiarray.scalar",
}


def sparse_index(callee: Global, arguments: Arguments) -> None:
    """A length and one array, or two; the argument behind them would leave out the check."""
    wanted = {"IntIndex": 2, "BlockIndex": 3}
    _need(len(arguments) == wanted.get(callee.name) and isinstance(arguments[0], int), "a sparse index")
    for one in arguments[1:]:
        _need(isinstance(one, Object) and one.maker.name in ("_frombuffer", "_reconstruct"), "an index of no array")


def sparse_tensor(arguments: Arguments) -> None:
    """A layout by name, and tensors."""
    _need(len(arguments) == 2 and isinstance(arguments[1], tuple), "a sparse tensor")  # noqa: PLR2004  layout and parts
    layout = arguments[0].maker if isinstance(arguments[0], Object) else arguments[0]
    _need(isinstance(layout, Global), "a layout that is not named")
    _need(layout.name == "_get_layout" or str(layout).startswith("torch.sparse_"), "a layout that is not known")
    for one in arguments[1]:
        tensor = isinstance(one, Object) and one.maker.module in ("torch", "torch._utils")
        _need(tensor or _only_plain(one), "a sparse tensor of no tensors")


def parameter(arguments: Arguments) -> None:
    """The fourth holds attributes."""
    _need(len(arguments) == 4, "a parameter takes four arguments")  # noqa: PLR2004  tensor, gradient, hooks, state
    _attributes_of_tensor(arguments[3])


def rebuilt_as(arguments: Arguments) -> None:
    """A function that rebuilds a tensor, and a class that is torch's own."""
    _need(len(arguments) == 4, "takes four arguments")  # noqa: PLR2004  function, class, arguments, state
    function, kind, given, state = arguments
    _need(isinstance(function, Global) and function.module == "torch._utils", "a function that makes no tensor")
    _need(function.name in _MAKERS, "a function that makes no tensor")
    _need("call" in listed()[1].get("torch._utils", {}).get(function.name, {}).get("uses", ()), "not allowed")
    _need(isinstance(kind, Global) and str(kind) in _KINDS, "a class that is none of torch's own")
    _need(isinstance(given, tuple), "arguments that are no tuple")
    if function.name == "_rebuild_sparse_tensor":
        sparse_tensor(given)
    _attributes_of_tensor(state)


_KINDS = ("torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")
_MAKERS = (
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
    "_rebuild_parameter",
    "_rebuild_qtensor",
    "_rebuild_sparse_tensor",
    "_rebuild_meta_tensor_no_storage",
)


def _attributes_of_tensor(state: Any) -> None:
    for one in state if isinstance(state, tuple) and len(state) == 2 else [state]:  # noqa: PLR2004  and slots
        if one is not None:
            _need(isinstance(one, Mapping), "attributes that are no dictionary")
            one.become_attributes()
            for key in one.keys:
                _need(type(key) is str and key.isidentifier() and key[:2] != "__", "a special attribute")


def string_type(arguments: Arguments) -> None:
    """Numpy's type of strings: whether it converts, and what stands for nothing."""
    _need(len(arguments) in (1, 2) and isinstance(arguments[0], int), "a type of strings")
    nothing = arguments[1] if len(arguments) > 1 else None
    missing = isinstance(nothing, Global) and str(nothing) in ("pandas.NA", "pandas._libs.missing.NA")
    _need(missing or _only_plain(nothing), "what stands for no string")


def distribution(state: Any) -> None:
    """Attributes by name, and no source code but scipy's own."""
    _need(isinstance(state, Mapping), "state of a distribution that is no dictionary")
    for key, value in zip(state.keys, state.values, strict=True):
        _need(isinstance(key, str), "an attribute whose name is not known")
        _need(key != "_parse_arg_template" or _template(value), "source code that scipy runs on loading")


def _template(value: Any) -> bool:
    """Whether source is what scipy writes by itself, up to the names of the shapes."""
    if not isinstance(value, str) or not value.isascii():
        return False
    head = value.partition("(self, ")[2].partition(")")[0]
    for given, passed in (("loc=0, scale=1", "loc, scale"), ("loc=0", "loc, 1")):
        if head.endswith(" " + given):
            shapes = head.removesuffix(" " + given)
            names = shapes.removesuffix(", ").split(", ") if shapes else []
            return all(map(str.isidentifier, names)) and value == _SOURCE.format(
                shapes=shapes, given=given, passed=passed
            )
    return False


_SOURCE = """
def _parse_args(self, {shapes} {given}):
    return ({shapes}), {passed}

def _parse_args_rvs(self, {shapes} {given}, size=None):
    return self._argcheck_rvs({shapes} {passed}, size=size)

def _parse_args_stats(self, {shapes} {given}, moments='mv'):
    return ({shapes}), {passed}, moments
"""
