# SPDX-License-Identifier: Apache-2.0
"""Seam to shap: exact interventional TreeSHAP of a forest. Reached by ``seam(..., extra="explain")``.

Lundberg et al., Nature Machine Intelligence 2020. The library is given plain arrays, never a model object.
"""

from typing import Any

import numpy as np
import shap
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.models.forest import Floats, Forest

_TOLERANCE = 1e-4
"""How far contributions may be from the score that they explain, of the widest score: shap computes in binary32."""


def contributions(forest: Forest, weight: Floats, rows: Floats, background: Floats) -> Floats:
    """What each feature brings to the score ``scores @ weight`` of each row, (rows, features), before a background.

    Raises CannotLook where the library's contributions do not add up to the score.
    """
    trees = [_tree(forest, weight, int(root)) for root in forest.roots]
    explainer = shap.TreeExplainer(
        {"trees": trees}, data=forest.on_grid(background), feature_perturbation="interventional"
    )
    found = np.asarray(explainer.shap_values(forest.on_grid(rows), check_additivity=False), dtype=np.float64)
    found = found.reshape(len(rows), forest.features)
    scores = forest.scores(rows) @ weight
    apart = np.abs(found.sum(axis=1) - (scores - (forest.scores(background) @ weight).mean()))
    if apart.max() > _TOLERANCE * max(float(np.abs(scores).max()), 1.0):
        raise CannotLook("TreeSHAP's contributions do not add up to the model's score")
    return found


def _tree(forest: Forest, weight: Floats, root: int) -> dict[str, NDArray[Any]]:
    """One tree with places of its own, as shap takes it."""
    order, at = [root], 0
    while at < len(order):
        node = order[at]
        if forest.feature[node] >= 0:
            order += [int(forest.left[node]), int(forest.right[node])]
        at += 1
    place = {node: index for index, node in enumerate(order)}
    nodes = np.array(order)
    inner = forest.feature[nodes] >= 0
    left, right = (
        np.array(
            [place[int(child)] if split else -1 for child, split in zip(side[nodes], inner, strict=True)], np.int32
        )
        for side in (forest.left, forest.right)
    )
    return {
        "children_left": left,
        "children_right": right,
        "children_default": left,
        "features": np.where(inner, forest.feature[nodes], -2).astype(np.int32),
        "thresholds": np.where(inner, forest.last[nodes], 0.0),
        "values": (forest.values[nodes] @ weight)[:, None],
        "node_sample_weight": np.ones(len(nodes)),
    }
