# SPDX-License-Identifier: Apache-2.0
"""What ``skops.io.load`` would import and construct, by the schema of a skops file.

Every node names a class or function by module and name and the loader that rebuilds it (``skops/io/_general.py``,
``_numpy.py``, ``_sklearn.py``, versions 0.3 to 0.16). Each name is judged by the allow-list, like a pickle's global.
skops itself refuses what its caller does not trust by name, and callers copy the names that it asks for.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.analysis import allowlist
from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.core.scales import Severity

MOST_NODES = 2_000_000
_LOADERS = frozenset(
    ["BunchNode", "BytearrayNode", "BytesNode", "CachedNode", "ConstructorFromReduceNode", "DTypeNode",
     "DatetimeTimeDeltaNode", "DefaultDictNode", "DictNode", "FunctionNode", "JsonNode", "ListNode", "LossNode",
     "MaskedArrayNode", "MethodNode", "NdArrayNode", "ObjectNode", "OperatorFuncNode", "OrderedDictNode", "PartialNode",
     "QuantileForestNode", "RandomGeneratorNode", "RandomStateNode", "SGDNode", "SetNode", "SliceNode",
     "SparseMatrixNode", "TreeNode", "TupleNode", "TypeNode", "_DictWithDeprecatedKeysNode"]
)  # fmt: skip
_CALLED = frozenset({"ConstructorFromReduceNode", "FunctionNode", "MethodNode", "OperatorFuncNode", "PartialNode"})
"""Loaders of what is called, at loading or by the first prediction."""
_PLAIN = frozenset(
    ["NoneType", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object",
     "range", "set", "slice", "str", "tuple"]
)  # fmt: skip
_HARMLESS = frozenset({"any", "constants", "content", "ndarray", "dtype", "distribution"}) | {
    "grown", "neighbours", "predictor", "support", "tree",
}  # fmt: skip
"""Contracts of the allow-list that do not rest on the arguments of a pickle's call.

Those of the second line ask what numbers point at; which code a skops file needs does not hang on it, and its numbers
are not looked at here.
"""
_KNOWN = frozenset(
    [("numpy.random", name) for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")]
    + [("functools", "partial"), ("operator", "itemgetter"), ("_operator", "itemgetter")]
)
"""Judged through their parts, or without an effect of their own."""
_NUMERIC = {"scipy.special._ufuncs", "scipy.special._special_ufuncs"}
_SETTERS = {"errstate", "geterr", "seterr"}


class Named(NamedTuple):
    """A class or function that loading needs and that is not on the allow-list."""

    path: str
    loader: str
    severity: Severity


def named(schema: Any) -> Iterator[Named]:
    """Each name once; raises Malformed for what is no schema, CannotLook for a loader that is not known."""
    if not isinstance(schema, dict) or not {"__module__", "__class__", "__loader__"} <= schema.keys():
        raise Malformed("skops file whose schema names no object")
    waiting: list[Any] = [schema]
    seen: set[tuple[str, str, bool]] = set()
    count = 0
    while waiting:
        value = waiting.pop()
        count += 1
        if count > MOST_NODES:
            raise TooLarge(f"skops schema of more than {MOST_NODES} values")
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            if "__loader__" in value:
                yield from _node(value, seen)


def _node(value: dict[str, Any], seen: set[tuple[str, str, bool]]) -> Iterator[Named]:
    module, name, loader = (value.get(key) for key in ("__module__", "__class__", "__loader__"))
    if not (isinstance(module, str) and isinstance(name, str) and isinstance(loader, str)):
        raise Malformed("skops node whose names are no text")
    if loader not in _LOADERS:
        raise CannotLook(f"skops loader {loader[:60]!r} is not known")
    called = loader in _CALLED
    if (module, name, called) in seen or loader == "JsonNode":
        return
    seen.add((module, name, called))
    if not _allowed(module, name):
        yield Named(f"{module}.{name}", loader, allowlist.severity(module, name, called=called))
    elif loader == "MethodNode" and module.partition(".")[0] != "sklearn":
        yield Named(f"{module}.{name}", loader, Severity.MEDIUM)


def _allowed(module: str, name: str) -> bool:
    if (module == "builtins" and name in _PLAIN) or (module, name) in _KNOWN:
        return True
    if module in _NUMERIC:
        return name not in _SETTERS
    entry = allowlist.entry(module, name)
    return entry is not None and entry.contract in _HARMLESS
