# SPDX-License-Identifier: Apache-2.0
"""Whether a tree can be walked: from its root, each node once, within itself, by features that there are.

Libraries follow the numbers in a file without looking: a child outside the tree reads foreign memory, a child above
its parent goes round for ever (XGBoost ``RegTree::GetNext``, LightGBM ``Tree::GetLeaf``, CatBoost ``evaluation``).
"""

from collections.abc import Iterator

from hauberk.assets.ensemble import LEAF, Ensemble, Tree

MOST_FAULTS = 50


def astray(ensemble: Ensemble) -> Iterator[str]:
    """Everything that would lead a prediction outside the trees, at most MOST_FAULTS of it."""
    yield from ensemble.faults[:MOST_FAULTS]
    count = 0
    for tree in ensemble.trees:
        fault = _shape(tree) or _features(tree)
        if fault:
            yield f"tree {tree.number} {fault}"
            count += 1
        if count >= MOST_FAULTS:
            return


def _shape(tree: Tree) -> str:
    size = len(tree.left)
    seen = bytearray(size)
    waiting = [0] if size else []
    while waiting:
        node = waiting.pop()
        if seen[node]:
            return f"comes back to node {node}: a prediction goes round, or two parents share a child"
        seen[node] = 1
        for child in (tree.left[node], tree.right[node]):
            if child == LEAF:
                continue
            if not 0 <= child < size:
                return f"has a child {child} outside its {size} nodes"
            waiting.append(child)
    return ""


def _features(tree: Tree) -> str:
    worst = max(tree.features, default=0)
    if min(tree.features, default=0) < 0 or (tree.known and worst >= tree.known):
        return f"asks for a feature outside the {tree.known} that there are"
    return ""
