# SPDX-License-Identifier: Apache-2.0
"""Reads XGBoost models: JSON, UBJSON and the binary form that was written until version 3.0.

The JSON and UBJSON forms have one schema (``doc/model.schema`` of XGBoost). The binary form is the memory of
``LearnerModelParamLegacy`` (136 bytes), two names, ``GBTreeModelParam`` (160 bytes), and for each tree a ``TreeParam``
(148 bytes), nodes of 20 bytes and statistics of 16 (``src/learner.cc``, ``src/gbm/gbtree_model.h``,
``include/xgboost/tree_model.h`` of 1.7).
"""

import re
import struct
from array import array
from typing import Any, Final, cast

from hauberk.assets import ubjson
from hauberk.assets.ensemble import LEAF, Ensemble, Tree, document
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_BYTES = 256 << 20
MOST_NODES = 20_000_000
_PREFIX = b"binf"
_PARAM, _MODEL_PARAM, _TREE_PARAM, _NODE, _STATISTIC = 136, 160, 148, 20, 16
_OBJECTIVE: Final = re.compile(rb"[\x01-\x40]\0{7}(?:reg|binary|multi|rank|count|survival):[\w]{1,50}", re.ASCII)
_INDEX = 0x7FFFFFFF
_MARGIN = 0x80000000


def is_binary(head: bytes) -> bool:
    """Whether bytes begin as the binary form does: the name of an objective stands behind a block of fixed size."""
    start = len(_PREFIX) if head.startswith(_PREFIX) else 0
    return _OBJECTIVE.match(head, start + _PARAM) is not None


def read(data: bytes) -> Ensemble:
    """The trees of a model in any of the three forms; raises Malformed, TooLarge, or CannotLook for a linear one."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"XGBoost model of {len(data)} bytes")
    if is_binary(data):
        return _Binary(data).read()
    if data.startswith((b"{L", b"{i", b"{U", b"{l", b"{I")):
        return _document(ubjson.parse(data))
    try:
        return _document(document(data, object_pairs_hook=_once))
    except (ValueError, RecursionError) as error:
        raise Malformed("XGBoost model is no JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice in one object, and readers take different ones")
    return found


def _document(value: Any) -> Ensemble:
    try:
        learner = value["learner"]
        booster = learner["gradient_booster"]
        features = _whole(learner["learner_model_param"]["num_feature"])
        version = ".".join(str(_whole(part)) for part in value["version"])
        objective = learner["objective"]["name"]
        name = booster["name"]
        if name == "dart":
            booster = booster["gbtree"]
        held = booster["model"]["trees"] if name in ("gbtree", "dart") else []
        if name not in ("gbtree", "dart", "gblinear") or not isinstance(held, list):
            raise CannotLook(f"booster {str(name)[:40]!r} is recognised, no opener yet")
        trees = tuple(_tree(number, tree, features) for number, tree in enumerate(held))
        faults = _faults(booster["model"], trees) if held else ()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Malformed("no XGBoost model: a part of its schema is missing or of another type") from error
    return Ensemble(trees, faults, (("xgboost", version), ("objective", str(objective)[:80]), ("booster", str(name))))


def _whole(value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and value != number:
        raise ValueError
    return number


def _tree(number: int, held: dict[str, Any], features: int) -> Tree:
    left, right = (array("q", map(_whole, held[key])) for key in ("left_children", "right_children"))
    asked = array("q", map(_whole, held["split_indices"]))
    count = _whole(held["tree_param"]["num_nodes"])
    if not len(left) == len(right) == len(asked) == count:
        raise Malformed(f"tree {number} of {count} nodes has lists of other lengths")
    own = _whole(held["tree_param"]["num_feature"]) or features
    inner = array("q", (feature for feature, child in zip(asked, left, strict=True) if child != LEAF))
    return Tree(number, left, right, inner, own)


def _faults(model: dict[str, Any], trees: tuple[Tree, ...]) -> tuple[str, ...]:
    declared, info = _whole(model["gbtree_model_param"]["num_trees"]), model["tree_info"]
    return (
        (f"declares {declared} trees and holds {len(trees)}",)
        if declared != len(trees) or len(info) != declared
        else ()
    )


class _Binary:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = len(_PREFIX) if data.startswith(_PREFIX) else 0

    def take(self, form: str) -> tuple[int, ...]:
        size = struct.calcsize("<" + form)
        if self.position + size > len(self.data):
            raise Malformed("XGBoost model breaks off")
        self.position += size
        return cast("tuple[int, ...]", struct.unpack_from("<" + form, self.data, self.position - size))

    def text(self) -> str:
        size = self.take("Q")[0]
        if size > len(self.data) - self.position:
            raise Malformed("XGBoost model breaks off")
        self.position += size
        return self.data[self.position - size : self.position].decode("utf-8", "replace")

    def read(self) -> Ensemble:
        _, features, _, attributes, metrics, major, minor = self.take("fIiiiII")
        self.take(f"{_PARAM - 28}x")
        objective, name = self.text(), self.text()
        if name not in ("gbtree", "dart"):
            raise CannotLook(f"booster {name[:40]!r} in XGBoost's binary form is recognised, no opener yet")
        count = self.take("i")[0]
        self.take(f"{_MODEL_PARAM - 4}x")
        if not 0 <= count <= len(self.data) // _TREE_PARAM:
            raise Malformed(f"XGBoost model declares {count} trees")
        trees = tuple(self.tree(number, features) for number in range(count))
        self.take(f"{count}i")
        if name == "dart" and count:
            self.take(f"{self.take('Q')[0]}f" if self.position + 8 <= len(self.data) else "Q")
        self.rest(attributes, metrics, objective)
        version = f"{major}.{minor}" if major else "before 1.0"
        return Ensemble(trees, (), (("xgboost", version), ("objective", objective[:80]), ("booster", name)))

    def tree(self, number: int, features: int) -> Tree:
        _, nodes, _, _, own, vector = self.take("6i")
        self.take(f"{_TREE_PARAM - 24}x")
        if not 0 < nodes <= (len(self.data) - self.position) // (_NODE + _STATISTIC) or vector:
            raise Malformed(f"tree {number} declares {nodes} nodes, leaf vectors of {vector}")
        left, right, inner = array("i"), array("i"), array("I")
        for _ in range(nodes):
            _, one, other, asked, _ = self.take("iiiIf")
            left.append(one)
            right.append(other)
            if one != LEAF:
                inner.append(asked & _INDEX)
        self.take(f"{nodes * _STATISTIC}x")
        return Tree(number, left, right, inner, own or features)

    def rest(self, attributes: int, metrics: int, objective: str) -> None:
        """Attributes and the names of metrics, up to the end of the file."""
        if attributes:
            for _ in range(2 * self.amount()):
                self.text()
        if objective == "count:poisson":
            self.text()
        if metrics:
            for _ in range(self.amount()):
                self.text()
        if self.position != len(self.data):
            raise Malformed(f"{len(self.data) - self.position} bytes follow the XGBoost model")

    def amount(self) -> int:
        count = self.take("Q")[0]
        if count > len(self.data):
            raise Malformed("XGBoost model breaks off")
        return count
