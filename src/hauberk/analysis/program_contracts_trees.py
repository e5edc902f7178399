# SPDX-License-Identifier: Apache-2.0
"""Contracts of scikit-learn's compiled models, whose predictions follow the numbers in their arrays without looking.

A child, feature or index outside its array reads foreign memory, and a child above its parent never comes to a leaf.
Sources: ``tree/_tree.pyx`` (``Tree.__setstate__`` checks types and sizes only), ``_hist_gradient_boosting/
_predictor.pyx``, ``neighbors/_binary_tree.pxi.tp``, ``svm/src/libsvm/svm.cpp`` and ``libsvm_helper.c``.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hauberk.analysis.program_contract import Arguments, Breach, count
from hauberk.analysis.program_contracts_numpy import kind_of
from hauberk.analysis.program_values import Bag, Made, Named, Table
from hauberk.assets.pickles import Stretch

_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "b1": "?"}
_LEAF = -1
_WORDS = 8
"""Words of 32 bits in a set of categories."""


class _Array(NamedTuple):
    """An array of numpy's, as its pickle states it."""

    shape: tuple[int, ...]
    kind: Made
    items: bytes | Stretch

    @property
    def length(self) -> int:
        """Its first size; none where it is a single item."""
        return self.shape[0] if self.shape else 0

    def raw(self) -> bytes:
        """The bytes of its items, as many as its shape has room for."""
        found = self.items.raw() if isinstance(self.items, Stretch) else self.items
        if len(found) != count(self.shape) * _item(self.kind):
            raise Breach("with an array of fewer or more bytes than its shape has")
        return found

    def rows(self, *names: str) -> Iterator[tuple[int, ...]]:
        """Of each item its fields by these names, as whole numbers."""
        try:
            form = struct.Struct(_layout(self.kind, names))
        except struct.error as error:
            raise Breach("with nodes whose fields end beyond them") from error
        return form.iter_unpack(self.raw())

    def numbers(self) -> Iterator[int]:
        """Its items, where they are whole numbers."""
        letter, order = kind_of(self.kind), _order(self.kind)
        if letter not in _CODES:
            raise Breach("with an array that is not of whole numbers")
        return (one for (one,) in struct.Struct(order + _CODES[letter]).iter_unpack(self.raw()))


def _array(value: object) -> _Array:
    state = value.state if isinstance(value, Made) else None
    if isinstance(value, Made) and value.origin.name == "_frombuffer" and isinstance(value.arguments, tuple):
        items, kind, shape = value.arguments[:3] if len(value.arguments) == 4 else (None, None, None)  # noqa: PLR2004  and the order
    elif isinstance(state, tuple) and len(state) in (4, 5):
        shape, kind, _, items = state[-4:]
    else:
        raise Breach("with an array that cannot be read")
    if isinstance(items, Made) and items.origin.path == "builtins.bytes" and items.arguments == ():
        items = b""  # as protocols below 3 write it
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    if not isinstance(kind, Made) or kind.origin.path != "numpy.dtype" or not isinstance(items, bytes | Stretch):
        raise Breach("with an array that cannot be read")
    count(sizes)
    return _Array(tuple(size for size in sizes if isinstance(size, int)), kind, items)


def _part(kind: Made, at: int) -> object:
    """One part of the state of a type; None where it has none."""
    return kind.state[at] if isinstance(kind.state, tuple) and at < len(kind.state) else None


def _order(kind: Made) -> str:
    order = _part(kind, 1)
    return ">" if order in (">", b">") else "<"


def _item(kind: Made) -> int:
    letter, size = kind_of(kind), _part(kind, 5)
    if letter[:1] == "V" and isinstance(size, int):
        return size
    return int(letter[1:] or 1) if letter[1:].isdigit() else 1


def _layout(kind: Made, names: tuple[str, ...]) -> str:
    """The format of ``struct`` that reads these fields, which must lie in this order, and steps over the others."""
    table = _part(kind, 4)
    if not isinstance(table, Table):
        raise Breach("with nodes that have no fields")
    found, at, orders, fields = "", 0, set(), table.known()
    for name in names:
        field = fields.get(name)
        inner, offset = field[:2] if isinstance(field, tuple) else (None, None)
        code = _CODES.get(kind_of(inner))
        if code is None or not isinstance(inner, Made) or not isinstance(offset, int) or offset < at:
            raise Breach(f"with nodes whose field {name} cannot be read")
        orders.add(_order(inner) if code not in "bB?" else "")
        found += f"{offset - at}x{code}"
        at = offset + struct.calcsize("<" + code)
    orders.discard("")
    return f"{orders.pop() if len(orders) == 1 else '<'}{found}{_item(kind) - at}x"


def tree(callee: Named, arguments: Arguments) -> object:
    """``Tree(n_features, n_classes, n_outputs)``."""
    numbers = (arguments[0], arguments[2]) if len(arguments) == 3 else ()  # noqa: PLR2004  the parameters
    if not numbers or not all(isinstance(one, int) and one > 0 for one in numbers):
        raise Breach("with a number of features or outputs that is none")
    return Made(callee, arguments)


def tree_state(made: Made, state: object) -> None:
    """Children below their parents, features that there are, and as many nodes as are counted."""
    table = _whole(state)
    nodes = _array(table.last("nodes"))
    total, features = nodes.length, _features(made)
    if total < 1 or len(nodes.shape) != 1 or table.last("node_count") != total:
        raise Breach("with another number of nodes than it has")
    for at, (left, right, feature) in enumerate(nodes.rows("left_child", "right_child", "feature")):
        if left != _LEAF and not (at < left < total and at < right < total):
            raise Breach(f"with a child outside its {total} nodes, or above its parent")
        if left != _LEAF and not 0 <= feature < features:
            raise Breach(f"with a split by feature {feature} of {features}")


def _features(made: Made) -> int:
    first = made.arguments[0] if isinstance(made.arguments, tuple) and made.arguments else None
    if not isinstance(first, int):
        raise Breach("without a number of features")
    return first


def predictor_state(_made: Made, state: object) -> None:
    """The same for ``TreePredictor``, whose splits by category look into sets besides."""
    table = _whole(state)
    nodes, sets = _array(table.last("nodes")), _array(table.last("raw_left_cat_bitsets"))
    total, known = nodes.length, sets.length if sets.shape[1:] == (_WORDS,) else 0
    if total < 1 or len(nodes.shape) != 1:
        raise Breach("without nodes")
    for at, (feature, left, right, leaf, categorical, chosen) in enumerate(nodes.rows(*_PREDICTOR)):
        if not leaf and not (at < left < total and at < right < total and feature >= 0):
            raise Breach(f"with a child outside its {total} nodes, or above its parent")
        if not leaf and categorical and chosen >= known:
            raise Breach("with a set of categories that is not there")
    binned = _array(table.last("binned_left_cat_bitsets"))
    if binned.shape != sets.shape:
        raise Breach("with sets of categories of two sizes")


_PREDICTOR = ("feature_idx", "left", "right", "is_leaf", "is_categorical", "bitset_idx")


def grown_state(_made: Made, state: object) -> None:
    """An estimator that hands its rows to trees unchecked."""
    grown(_whole(state).known())


def grown(known: Mapping[str, object]) -> None:
    """None of the trees among these attributes may ask for more features than the estimator takes."""
    width = next((one for one in map(known.get, _WIDTHS) if isinstance(one, int)), None)
    most = max((needed for value in map(known.get, _TREES) for needed in _needed(value)), default=0)
    if most and (width is None or most > width):
        raise Breach(f"with trees of {most} features, where it takes {width}")
    chosen, members = known.get("estimators_features_"), known.get("estimators_")
    if isinstance(chosen, list) and isinstance(members, list):
        for subset, member in zip(chosen, members, strict=False):
            if max(_needed(member), default=0) > count(_array(subset).shape):
                raise Breach("with trees of more features than are chosen for them")


_WIDTHS = ("n_features_in_", "n_features_", "_n_features")
_TREES = ("tree_", "estimators_", "_predictors")


def _needed(value: object) -> Iterator[int]:
    """Of each tree in a list, an array of objects, or an estimator: how many features it needs."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:  # a list may hold itself, or the same one many times
            continue
        seen.add(id(one))
        if isinstance(one, list | tuple):
            waiting.extend(one)
        elif isinstance(one, Made) and one.origin.path == "sklearn.tree._tree.Tree":
            yield _features(one)
        elif isinstance(one, Made) and one.origin.name == "TreePredictor":
            nodes = _array(_whole(one.state).last("nodes"))
            yield 1 + max((row[0] for row in nodes.rows("feature_idx", "is_leaf") if not row[1]), default=-1)
        elif isinstance(one, Made) and isinstance(one.state, Table):
            waiting.append(one.state.last("tree_"))
        elif isinstance(one, Made) and isinstance(one.state, tuple) and len(one.state) in (4, 5):
            waiting.append(one.state[-1])
        elif isinstance(one, Made | Table | Bag):
            raise Breach("with trees in what cannot be read")


def neighbours_state(_made: Made, state: object) -> None:
    """``KDTree``, ``BallTree``: points that there are, and nodes whose children are there."""
    if not isinstance(state, tuple) or len(state) < 12:  # noqa: PLR2004  what all versions write
        raise Breach("with a state of another length than scikit-learn writes")
    data, order, nodes, bounds = (_array(one) for one in state[:4])
    points, total = data.length, nodes.length
    if len(data.shape) != 2 or count(order.shape) != points or bounds.shape[1:] != (total, data.shape[1]):  # noqa: PLR2004  a table
        raise Breach("with arrays that do not fit each other")
    if state[6] != total or any(not 0 <= one < points for one in order.numbers()):
        raise Breach(f"with a point outside its {points}, or another number of nodes")
    for at, (start, end, leaf) in enumerate(nodes.rows("idx_start", "idx_end", "is_leaf")):
        if not 0 <= start <= end <= points or (not leaf and 2 * at + 2 >= total):
            raise Breach("with a node that leads outside")


def support_state(made: Made, state: object) -> None:
    """``SVC`` and its like: libsvm copies and follows as many numbers as it is told."""
    table = _whole(state)
    if isinstance(table.last("support_"), Made):
        shape, at = table.last("shape_fit_"), _array(table.last("support_"))
        rows = shape[0] if isinstance(shape, tuple) and shape else None
        if not isinstance(rows, int) or any(not 0 <= one < rows for one in at.numbers()):
            raise Breach("with a support vector that is none of its rows")
        named = table.last("_n_support")
        each = list(_array(named if isinstance(named, Made) else table.last("n_support_")).numbers())
        total = sum(each) if made.origin.name in ("SVC", "NuSVC") else max(each, default=0)
        if min(each, default=0) < 0 or total != count(at.shape):
            raise Breach("with another number of support vectors than it counts")
        _coefficients(table, len(each), count(at.shape))


def _coefficients(table: Table, classes: int, vectors: int) -> None:
    """Sizes of the arrays that libsvm copies."""
    two = _array(table.last("_intercept_" if isinstance(table.last("_intercept_"), Made) else "intercept_"))
    pairs = count(two.shape)
    if pairs not in (1, classes * (classes - 1) // 2):
        raise Breach("with another number of intercepts than it has classes")
    for name in ("_probA", "_probB", "probA_", "probB_"):
        if isinstance(table.last(name), Made) and count(_array(table.last(name)).shape) not in (0, pairs, 2):
            raise Breach("with another number of probabilities than it has classes")
    if table.last("_sparse") is False:
        dual = _array(table.last("_dual_coef_" if isinstance(table.last("_dual_coef_"), Made) else "dual_coef_")).shape
        if dual not in ((max(classes - 1, 1), vectors), (1, vectors)) or (dual[0] == 1 and pairs > 1):
            raise Breach("with other coefficients than it has support vectors")
        if _array(table.last("support_vectors_")).length not in (0, vectors):  # none of a kernel that is computed
            raise Breach("with other support vectors than it counts")


def _whole(state: object) -> Table:
    if not isinstance(state, Table) or not state.whole:
        raise Breach("with a state that is no plain dictionary")
    return state
