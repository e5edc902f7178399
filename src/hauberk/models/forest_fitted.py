# SPDX-License-Identifier: Apache-2.0
"""Forests from fitted scikit-learn models, by what they hold: no class of scikit-learn is imported here.

The model is loaded with a certificate (``loading``) inside a confined child before it comes here.
"""

from typing import Any

import numpy as np

from hauberk.core.errors import CannotLook
from hauberk.models.forest import Floats, Forest

_BINARY = 2
VOTING = ("RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier", "ExtraTreeClassifier")
BOOSTING = "GradientBoostingClassifier"


def fitted_forest(model: Any) -> Forest:
    """The trees of a fitted classifier; raises CannotLook for any other model."""
    name = type(model).__name__
    if not type(model).__module__.startswith("sklearn.") or name not in (*VOTING, BOOSTING):
        raise CannotLook(f"a model of the class {name[:60]} is not one whose trees are searched")
    if name == BOOSTING:
        return _boosted(model)
    trees = [one.tree_ for one in getattr(model, "estimators_", [model])]
    if getattr(model, "n_outputs_", 1) != 1:
        raise CannotLook("a model with several outputs is not searched")
    shares = [np.asarray(tree.value)[:, 0, :] for tree in trees]
    values = [share / share.sum(axis=1, keepdims=True) for share in shares]  # a sum of votes: equal ones stay equal
    return _assembled(trees, values, np.zeros(values[0].shape[1]), int(model.n_features_in_))


def _boosted(model: Any) -> Forest:
    if type(model.init_).__name__ != "DummyClassifier":
        raise CannotLook("a boosted model that starts from another model is not searched")
    features, stages = int(model.n_features_in_), model.estimators_
    start = np.asarray(model._raw_predict_init(np.zeros((1, features), dtype=np.float32)))[0]  # noqa: SLF001  no public name
    classes = max(len(start), _BINARY)
    base = np.zeros(classes)
    base[-len(start) :] = start
    trees, values = [], []
    for stage in stages:
        for where, one in enumerate(stage):
            added = np.zeros((one.tree_.node_count, classes))
            at = classes - 1 if len(stage) == 1 else where
            added[:, at] = model.learning_rate * np.asarray(one.tree_.value)[:, 0, 0]
            trees.append(one.tree_)
            values.append(added)
    return _assembled(trees, values, base, features)


def _assembled(trees: list[Any], values: list[Floats], base: Floats, features: int) -> Forest:
    """scikit-learn rounds inputs to binary32 and sends ``x <= threshold`` (binary64) to the left."""
    starts = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])]).astype(np.intp)
    left = np.concatenate([np.asarray(tree.children_left) for tree in trees]).astype(np.intp)
    right = np.concatenate([np.asarray(tree.children_right) for tree in trees]).astype(np.intp)
    inner = left >= 0
    shift = np.repeat(starts[:-1], np.diff(starts))
    threshold = np.concatenate([np.asarray(tree.threshold) for tree in trees])
    near = threshold.astype(np.float32)
    last = np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float64)
    return Forest(
        features=features,
        roots=starts[:-1],
        feature=np.where(inner, np.concatenate([np.asarray(tree.feature) for tree in trees]), -1).astype(np.intp),
        last=np.where(inner, last, 0.0),
        left=np.where(inner, left + shift, 0),
        right=np.where(inner, right + shift, 0),
        values=np.where(inner[:, None], 0.0, np.concatenate(values)),
        base=base,
        single=True,
    )
