# SPDX-License-Identifier: Apache-2.0
"""Forests from files that hold numbers only: XGBoost's JSON, LightGBM's text, and tree operators of ONNX.

Formats: XGBoost "Introduction to Model IO" and its JSON schema; LightGBM ``src/io/tree.cpp`` (``Tree::ToString``); ONNX
``ai.onnx.ml`` ``TreeEnsembleClassifier``. A form that is not read is CannotLook, never guessed.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.models.forest import Floats, Forest, Places
from hauberk.models.onnx_graph import Node, read_graph, stated_shape
from hauberk.models.onnx_rule import certify

MOST_BYTES = 64 << 20
MOST_NODES = 4_000_000
_CATEGORICAL, _MISSING_SHIFT, _MISSING_MASK, _ZERO_IS_MISSING = 1, 2, 3, 1
_BINARY = 2


def read_xgboost(data: bytes) -> Forest:
    """A gbtree classifier in XGBoost's JSON; a number goes left where it is below the split, as binary32."""
    held = _json(data)
    try:
        learner = held["learner"]
        booster = learner["gradient_booster"]
        name, goal = booster["name"], learner["objective"]["name"]
        if name != "gbtree" or goal not in ("binary:logistic", "multi:softprob", "multi:softmax"):
            raise CannotLook(f"an XGBoost model of {str(name)[:20]} for {str(goal)[:40]} is not searched")
        parameters = learner["learner_model_param"]
        classes = max(int(parameters["num_class"]), _BINARY)
        trees = booster["model"]["trees"]
        of_class = [int(one) for one in booster["model"]["tree_info"]]
        first = np.array([float(one) for one in str(parameters["base_score"]).strip("[]").split(",")])
        features, names = int(parameters["num_feature"]), tuple(map(str, learner.get("feature_names", ())))
        parts = [_xgboost_tree(tree, where) for tree, where in zip(trees, of_class, strict=True)]
    except (LookupError, TypeError, ValueError) as error:
        raise Malformed(f"no XGBoost model: {type(error).__name__}") from error
    binary = goal == "binary:logistic"
    base = np.zeros(classes)
    if binary and not 0 < first[0] < 1:
        raise Malformed("an XGBoost model's base score is no probability")
    base[-1 if binary else slice(None)] = math.log(first[0] / (1 - first[0])) if binary else first
    return _joined(parts, features=features, base=base, binary=binary, single=True, names=names)


def read_lightgbm(data: bytes) -> Forest:
    """A classifier in LightGBM's text; a number goes left where it is at most the split, as binary64."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"{len(data)} bytes of model")
    text = data.decode("utf-8", "replace").partition("\nend of trees")[0]
    head, *trees = text.split("\nTree=")
    try:
        top = _pairs(head.splitlines())
        goal = top["objective"].split()
        binary = goal[0] == "binary"
        if goal[0] not in ("binary", "multiclass") or "average_output" in head.splitlines():
            raise CannotLook(f"a LightGBM model for {goal[0][:40]} is not searched")
        classes = int(top["num_class"])
        features, names = int(top["max_feature_idx"]) + 1, tuple(top.get("feature_names", "").split())
        parts = [_lightgbm_tree(_pairs(tree.splitlines()), index % classes) for index, tree in enumerate(trees)]
    except (LookupError, ValueError) as error:
        raise Malformed(f"no LightGBM model: {type(error).__name__}") from error
    base = np.zeros(_BINARY if binary else classes)
    return _joined(parts, features=features, base=base, binary=binary, single=False, names=names)


def read_onnx(data: bytes) -> Forest:
    """An ONNX file that is one tree ensemble over its one input; raises CannotLook where it is more than that."""
    return _from_node(*_ensemble(data, "TreeEnsembleClassifier"), "class")


def read_onnx_numbers(data: bytes) -> Forest:
    """The same of an ensemble that predicts one number: a forest of one class; raises CannotLook for any other."""
    node, width = _ensemble(data, "TreeEnsembleRegressor")
    if node.attributes.get("aggregate_function", "SUM") not in ("SUM", b"SUM"):
        raise CannotLook("trees that are not summed are not read")
    return _from_node(node, width, "target")


def _ensemble(data: bytes, operator: str) -> tuple[Node, int]:
    """The one node over the model's one input, and how many columns that takes."""
    certify(data)
    graph = read_graph(data)
    trees = [node for node in graph.nodes if node.operator == operator]
    if len(trees) != 1 or len(graph.inputs) != 1 or trees[0].inputs[0] != graph.inputs[0]:
        raise CannotLook("no single tree ensemble over the model's input")
    return trees[0], math.prod(stated_shape(data) or (0,))


def _json(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise TooLarge(f"{len(data)} bytes of model")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    return {name: value for name, equals, value in (line.partition("=") for line in lines) if equals}


class _Tree:
    """One tree with places of its own."""

    def __init__(self, feature: Places, last: Floats, children: tuple[Places, Places], values: Floats) -> None:
        self.feature, self.last, self.values = feature, last, values
        self.left, self.right = children


def _xgboost_tree(tree: Mapping[str, Any], where: int) -> tuple[_Tree, int]:
    if any(tree.get("categories") or ()) or any(tree.get("split_type") or ()):
        raise CannotLook("an XGBoost model with categorical splits is not searched")
    left = np.asarray(tree["left_children"], dtype=np.intp)
    right = np.asarray(tree["right_children"], dtype=np.intp)
    inner = left >= 0
    conditions = np.asarray(tree["split_conditions"], dtype=np.float32)
    split = np.where(inner, np.asarray(tree["split_indices"], dtype=np.intp), -1)
    below = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    values = np.where(inner, 0.0, conditions.astype(np.float64))
    return _Tree(split, np.where(inner, below, 0.0), (left, right), values), where


def _lightgbm_tree(tree: Mapping[str, str], where: int) -> tuple[_Tree, int]:
    """Inner nodes come first; a child below zero is leaf ``~child``."""
    leaves = int(tree["num_leaves"])
    if int(tree.get("num_cat", "0")) or int(tree.get("is_linear", "0")):
        raise CannotLook("a LightGBM model with categorical splits or linear leaves is not searched")
    inner = leaves - 1
    kinds = [int(one) for one in tree.get("decision_type", "").split()]
    if any((kind >> _MISSING_SHIFT) & _MISSING_MASK == _ZERO_IS_MISSING or kind & _CATEGORICAL for kind in kinds):
        raise CannotLook("a LightGBM model that takes zero as missing is not searched")
    nothing = [0] * leaves

    def children(name: str) -> Places:
        given = [int(one) for one in tree.get(name, "").split()]
        return np.array([one if one >= 0 else inner + ~one for one in given] + nothing, dtype=np.intp)

    feature = np.array([int(one) for one in tree.get("split_feature", "").split()] + [-1] * leaves, dtype=np.intp)
    last = np.array([float(one) for one in tree.get("threshold", "").split()] + nothing, dtype=np.float64)
    values = np.array([0.0] * inner + [float(one) for one in tree["leaf_value"].split()])
    sizes = {len(feature), len(last), len(values)}
    if sizes != {inner + leaves}:
        raise Malformed("a LightGBM tree's lists differ in length")
    return _Tree(feature, last, (children("left_child"), children("right_child")), values), where


def _joined(
    parts: list[tuple[_Tree, int]], *, features: int, base: Floats, binary: bool, single: bool, names: tuple[str, ...]
) -> Forest:
    """All trees in one set of arrays; in a binary model every leaf adds to the second class."""
    sizes = [len(tree.feature) for tree, _ in parts]
    if sum(sizes) > MOST_NODES:
        raise TooLarge(f"{sum(sizes)} nodes")
    if not parts:
        raise CannotLook("the model has no trees")
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    values = np.zeros((starts[-1], len(base)))
    for (tree, where), start in zip(parts, starts, strict=False):
        at = len(base) - 1 if binary else where
        if not 0 <= at < len(base):
            raise Malformed("a tree adds to a class that the model does not have")
        values[start : start + len(tree.feature), at] = tree.values

    def shifted(name: str) -> Places:
        moved: Places = np.concatenate(
            [getattr(tree, name) + start for (tree, _), start in zip(parts, starts, strict=False)]
        )
        return moved

    return Forest(
        features=features,
        roots=starts[:-1],
        feature=np.concatenate([tree.feature for tree, _ in parts]),
        last=np.concatenate([tree.last for tree, _ in parts]),
        left=shifted("left"),
        right=shifted("right"),
        values=values,
        base=base,
        single=single,
        names=names,
    )


def _from_node(node: Node, width: int, of: str) -> Forest:
    """The operator's parallel lists, of a ``class`` or a ``target``; modes are ``BRANCH_LEQ``, ``BRANCH_LT``, ``LEAF``.

    A regression is a forest of one class.
    """
    held = node.attributes

    def numbers(name: str) -> Floats:
        return np.asarray(held.get(name, ()), dtype=np.float64)

    modes = _strings(held.get("nodes_modes", ()))
    if set(modes) - {"BRANCH_LEQ", "BRANCH_LT", "LEAF"}:
        raise CannotLook("trees that split otherwise than by order are not searched")
    keys = list(zip(numbers("nodes_treeids").tolist(), numbers("nodes_nodeids").tolist(), strict=True))
    place = {key: index for index, key in enumerate(keys)}
    inner = np.array([mode != "LEAF" for mode in modes])
    given = numbers("nodes_values").astype(np.float32)
    strict = np.array([mode == "BRANCH_LT" for mode in modes])
    last = np.where(strict, np.nextafter(given, np.float32(-np.inf)), given).astype(np.float64)
    try:
        sides = [
            np.array(
                [place[tree, child] if goes else 0 for (tree, _), child, goes in zip(keys, ids, inner, strict=True)]
            )
            for ids in (numbers("nodes_truenodeids").tolist(), numbers("nodes_falsenodeids").tolist())
        ]
        leaves = [
            place[key] for key in zip(numbers(f"{of}_treeids").tolist(), numbers(f"{of}_nodeids").tolist(), strict=True)
        ]
        roots = [index for index, (tree, _) in enumerate(keys) if index == 0 or keys[index - 1][0] != tree]
    except LookupError as error:
        raise Malformed("no ONNX trees: a node names another that is not there") from error
    of_class = numbers(f"{of}_ids").astype(np.intp)
    labels = len(_strings(held.get("classlabels_strings", ()))) or len(numbers("classlabels_int64s"))
    labels = labels if of == "class" else int(numbers("n_targets").sum() or 1)
    if of == "target" and labels != 1:
        raise CannotLook(f"a model of {labels} numbers is not read")
    binary = labels == _BINARY and len(set(of_class.tolist())) == 1
    values = np.zeros((len(keys), labels))
    np.add.at(
        values,
        (np.array(leaves, dtype=np.intp), np.full(len(leaves), labels - 1) if binary else of_class),
        numbers(f"{of}_weights"),
    )
    base = np.zeros(labels)
    stated = numbers("base_values")
    if stated.size:
        base[-stated.size :] = stated
    post = held.get("post_transform", "NONE")
    if binary and post in ("NONE", b"NONE"):
        base[-1] -= 0.5  # the weight is a probability: the second class wins beyond one half
    feature = np.where(inner, numbers("nodes_featureids"), -1).astype(np.intp)
    return Forest(
        features=max(width, int(feature.max()) + 1), roots=np.array(roots, dtype=np.intp), feature=feature,
        last=np.where(inner, last, 0.0), left=sides[0].astype(np.intp), right=sides[1].astype(np.intp),
        values=values, base=base, single=True,
    )  # fmt: skip


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in value)
