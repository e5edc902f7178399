# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's trees and vectors, checked a second time: whatever their arrays point at must be there."""

import math
from collections.abc import Iterator
from typing import Any

from hauberk.analysis.checker.refusal import Unsafe
from hauberk.analysis.checker.values import Group, Long, Mapping, Object

_MOST = 64 << 20


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Unsafe(what)


def attributes(state: Any) -> dict[str, Any]:
    """The attributes of a state, the last of each name."""
    _need(isinstance(state, Mapping), "state that is no dictionary")
    return {key: value for key, value in zip(state.keys, state.values, strict=True) if isinstance(key, str)}


def _parts(array: Any) -> tuple[tuple[int, ...], Any, bytes]:
    """Shape, type and bytes of an array."""
    _need(isinstance(array, Object), "an array that is none")
    if array.maker.name == "_frombuffer":
        _need(len(array.arguments) == 4, "a buffer")  # noqa: PLR2004  bytes, type, shape and order
        items, kind, shape = array.arguments[:3]
    else:
        _need(isinstance(array.state, tuple) and len(array.state) in (4, 5), "an array without its state")
        shape, kind, _, items = array.state[-4:]
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    _need(all(isinstance(one, int) and one >= 0 for one in sizes), "shape of an array")
    _need(isinstance(kind, Object) and isinstance(kind.state, tuple), "type of an array")
    _need(str(kind.maker) == "numpy.dtype", "type of an array")
    raw = _content(items)
    _need(len(raw) == math.prod(sizes) * _width(kind), "an array of fewer bytes than its shape has")
    return sizes, kind, raw


def _content(items: Any) -> bytes:
    if isinstance(items, bytes | bytearray):
        return bytes(items)
    if isinstance(items, Object) and str(items.maker) == "builtins.bytes" and not items.arguments:
        return b""
    _need(isinstance(items, Long) and items.count <= _MOST, "bytes of an array")
    found: bytes = items.source.read(items.start, items.count)
    return found if items.codec == "latin-1" else found.decode("utf-8", "surrogatepass").encode("latin-1")


def _name(kind: Object) -> str:
    given = kind.arguments[0] if kind.arguments else ""
    return str(given.decode("latin-1") if isinstance(given, bytes) else given).lstrip("|=<>")


def _width(kind: Object) -> int:
    name = _name(kind)
    return int(kind.state[5]) if name.startswith("V") else int(name[1:] or 1)


def _number(kind: Object, raw: bytes) -> int:
    """A whole number of this type."""
    _need(_name(kind)[:1] in tuple("iub"), "a number that is not whole")
    order: Any = "big" if isinstance(kind.state, tuple) and kind.state[1] == ">" else "little"
    return int.from_bytes(raw, order, signed=_name(kind)[0] == "i")


def _items(array: Any) -> Iterator[int]:
    _, kind, raw = _parts(array)
    width = _width(kind)
    return (_number(kind, raw[at : at + width]) for at in range(0, len(raw), width))


def _nodes(array: Any, *names: str) -> Iterator[list[int]]:
    """Of each node the numbers by these names."""
    shape, kind, raw = _parts(array)
    _need(len(shape) == 1 and shape[0] > 0 and isinstance(kind.state[4], Mapping), "nodes")
    fields = attributes(kind.state[4])
    _need(all(isinstance(fields.get(name), tuple) for name in names), "nodes without a field")
    places = [(fields[name][0], fields[name][1], _width(fields[name][0])) for name in names]
    size = _width(kind)
    for begin in range(0, len(raw), size):
        yield [_number(inner, raw[begin + at : begin + at + width]) for inner, at, width in places]


def _below(at: int, child: int, total: int) -> bool:
    return at < child < total


def made(arguments: tuple[Any, ...]) -> None:
    """The numbers that a tree is made of."""
    counts = (arguments[0], arguments[2]) if len(arguments) == 3 else (0,)  # noqa: PLR2004  the parameters
    _need(all(isinstance(one, int) and one > 0 for one in counts), "a tree of no features or outputs")


def _tree(target: Object, state: Any) -> None:
    facts = attributes(state)
    rows = list(_nodes(facts.get("nodes"), "left_child", "right_child", "feature"))
    _need(facts.get("node_count") == len(rows), "another number of nodes")
    for at, (left, right, feature) in enumerate(rows):
        walks = _below(at, left, len(rows)) and _below(at, right, len(rows)) and 0 <= feature < target.arguments[0]
        _need(left == -1 or walks, "a node that leads outside its tree")


def _predictor(_target: Object, state: Any) -> None:
    facts = attributes(state)
    sets = _parts(facts.get("raw_left_cat_bitsets"))[0]
    _need(sets == _parts(facts.get("binned_left_cat_bitsets"))[0], "sets of categories")
    known = sets[0] if sets[1:] == (8,) else 0
    rows = list(_nodes(facts.get("nodes"), *_PREDICTED))
    for at, (feature, left, right, leaf, categorical, chosen) in enumerate(rows):
        walks = _below(at, left, len(rows)) and _below(at, right, len(rows)) and feature >= 0
        _need(leaf or (walks and (not categorical or chosen < known)), "a node that leads outside its tree")


_PREDICTED = ("feature_idx", "left", "right", "is_leaf", "is_categorical", "bitset_idx")


def _grown(_target: Object, state: Any) -> None:
    grown(attributes(state))


def grown(facts: dict[str, Any]) -> None:
    """Of an estimator's attributes: no tree asks for more features than it takes."""
    needs = [one for name in ("tree_", "estimators_", "_predictors") for one in _asked(facts.get(name))]
    widths = [facts.get(name) for name in ("n_features_in_", "n_features_", "_n_features")]
    width = next((one for one in widths if isinstance(one, int)), 0)
    _need(max(needs, default=0) <= width, "trees of more features than the estimator takes")
    chosen, members = facts.get("estimators_features_"), facts.get("estimators_")
    if isinstance(chosen, list) and isinstance(members, list):
        for subset, member in zip(chosen, members, strict=False):
            _need(max(_asked(member), default=0) <= math.prod(_parts(subset)[0]), "trees of more features than chosen")


def _asked(value: Any) -> list[int]:
    """How many features each tree in a value needs."""
    todo, done, found = [value], set[int](), list[int]()
    while todo:
        item = todo.pop()
        if id(item) in done:
            continue
        done.add(id(item))
        if isinstance(item, Mapping | Group):
            raise Unsafe("trees in what cannot be read")
        if isinstance(item, list | tuple):
            todo += item
        elif isinstance(item, Object):
            todo += _within(item, found)
    return found


def _within(item: Object, found: list[int]) -> list[Any]:
    """What else to look at; the number that a tree needs is found."""
    if str(item.maker) == "sklearn.tree._tree.Tree":
        found.append(item.arguments[0])
        return []
    if item.maker.name == "TreePredictor":
        rows = _nodes(attributes(item.state).get("nodes"), "feature_idx", "is_leaf")
        found.append(1 + max((feature for feature, leaf in rows if not leaf), default=-1))
        return []
    if isinstance(item.state, Mapping):
        return [attributes(item.state).get("tree_")]
    _need(isinstance(item.state, tuple) and len(item.state) in (4, 5), "trees in what cannot be read")
    return [item.state[-1]]


def _neighbours(_target: Object, state: Any) -> None:
    _need(isinstance(state, tuple) and len(state) > 11, "state of a tree of neighbours")  # noqa: PLR2004  what all versions write
    shape, points = _parts(state[0])[0], _items(state[1])
    rows = list(_nodes(state[2], "idx_start", "idx_end", "is_leaf"))
    _need(len(shape) == 2 and math.prod(_parts(state[1])[0]) == shape[0], "points")  # noqa: PLR2004  a table
    _need(_parts(state[3])[0][1:] == (len(rows), shape[1]) and state[6] == len(rows), "bounds of nodes")
    _need(all(0 <= one < shape[0] for one in points), "a point that is not there")
    for at, (start, end, leaf) in enumerate(rows):
        inside = 0 <= start <= end <= shape[0]
        _need(inside and (leaf or 2 * at + 2 < len(rows)), "a node that leads outside")


def _support(target: Object, state: Any) -> None:
    facts = attributes(state)
    if not isinstance(facts.get("support_"), Object):
        return
    vectors, fitted = math.prod(_parts(facts["support_"])[0]), facts.get("shape_fit_")
    rows = fitted[0] if isinstance(fitted, tuple) and fitted else 0
    inside = isinstance(rows, int) and all(0 <= one < rows for one in _items(facts["support_"]))
    _need(inside, "a support vector that is not there")
    counts = list(_items(_either(facts, "_n_support", "n_support_")))
    counted = sum(counts) if target.maker.name in ("SVC", "NuSVC") else max(counts, default=0)
    _need(counted == vectors and all(one >= 0 for one in counts), "numbers of support vectors")
    pairs = math.prod(_parts(_either(facts, "_intercept_", "intercept_"))[0])
    _need(pairs in (1, len(counts) * (len(counts) - 1) // 2), "intercepts")
    for name in ("_probA", "_probB", "probA_", "probB_"):
        if isinstance(facts.get(name), Object):
            _need(math.prod(_parts(facts[name])[0]) in (0, pairs, 2), "probabilities")
    if facts.get("_sparse") is False:
        first, last = (*_parts(_either(facts, "_dual_coef_", "dual_coef_"))[0], -1, -1)[:2]
        _need(last == vectors and (first == max(len(counts) - 1, 1) or (first == 1 and pairs == 1)), "coefficients")
        _need(_parts(facts.get("support_vectors_"))[0][0] in (0, vectors), "support vectors")


def _either(facts: dict[str, Any], first: str, second: str) -> Any:
    return facts[first] if isinstance(facts.get(first), Object) else facts.get(second)


STATES = {"tree": _tree, "predictor": _predictor, "grown": _grown, "neighbours": _neighbours, "support": _support}
