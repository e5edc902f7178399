# SPDX-License-Identifier: Apache-2.0
"""Reads CatBoost models: ``.cbm`` (a FlatBuffer, then tables of categories) and JSON.

Numbers of fields are those of ``catboost/libs/model/flatbuffers/{model,features,ctr_data}.fbs``. An oblivious tree has
one split a level, so that its shape is a depth; the others are steps that lead forward.
"""

from typing import Any

from hauberk.assets.ensemble import LEAF, Ensemble, Tree, document
from hauberk.assets.flatbuffer import Buffer
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MAGIC = b"CBM1"
MOST_BYTES = 512 << 20
_DEEPEST = 16
"""Levels of an oblivious tree that CatBoost allows."""
_TABLES = "static_provider_v1"
_APPROX, _SPLITS, _SIZES, _STARTS, _LEAVES, _STEPS, _LEAF_IDS = 0, 1, 2, 3, 8, 10, 11


def read(data: bytes) -> Ensemble:
    """The trees of a model; raises Malformed, TooLarge, or CannotLook for parts without an opener."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"CatBoost model of {len(data)} bytes")
    if not data.startswith(MAGIC):
        return _document(data)
    size = int.from_bytes(data[4:8], "little")
    if size > len(data) - 8:
        raise Malformed("CatBoost model breaks off")
    buffer = Buffer(memoryview(data)[8 : 8 + size])
    core = buffer.root
    _check_parts(data, 8 + size, buffer.texts(core, 3))
    trees = buffer.child(core, 1)
    if not trees:
        raise Malformed("CatBoost model without trees")
    info = {buffer.text(one, 0): buffer.text(one, 1) for one in buffer.tables(core, 2)}
    found, faults = _steps(buffer, trees) if buffer.vector(trees, _STEPS, 4).size else _oblivious(buffer, trees)
    return Ensemble(found, faults, _writer(info.get("catboost_version_info", ""), buffer.text(core, 0)))


def _writer(told: str, form: str) -> tuple[tuple[str, str], ...]:
    words = next((line.split("/")[-1] for line in told.splitlines() if "Branch:" in line), "")
    return (("catboost", words.strip()[:40] or "unknown"), ("format", form[:40]))


def _check_parts(data: bytes, position: int, names: list[str]) -> None:
    """Tables of categories: a number of them, then each behind its size."""
    if any(name != _TABLES for name in names):
        raise CannotLook("CatBoost model with parts that have no opener yet")
    for _ in names:
        count = int.from_bytes(data[position : position + 4], "little")
        position += 4
        if count > len(data) // 4:
            raise Malformed("CatBoost tables break off")
        for _ in range(count):
            position += 4 + int.from_bytes(data[position : position + 4], "little")
    if position != len(data):
        raise Malformed(f"CatBoost model of {len(data)} bytes, whose parts end at {position}")


def _oblivious(buffer: Buffer, trees: int) -> tuple[tuple[Tree, ...], tuple[str, ...]]:
    sizes, starts = buffer.numbers(trees, _SIZES, "i"), buffer.numbers(trees, _STARTS, "i")
    splits = buffer.numbers(trees, _SPLITS, "i")
    if len(starts) not in (0, len(sizes)):
        raise Malformed("CatBoost model has another number of starts than of trees")
    leaves = buffer.vector(trees, _LEAVES, 8).size
    return _depths(sizes, starts, splits, leaves, max(1, buffer.scalar(trees, _APPROX, "i")), _borders(buffer, trees))


def _depths(
    sizes: list[int], starts: list[int], splits: list[int], leaves: int, width: int, known: int
) -> tuple[tuple[Tree, ...], tuple[str, ...]]:
    position, values, found = 0, 0, list[Tree]()
    for number, depth in enumerate(sizes):
        start = starts[number] if starts else position
        if not (0 <= depth <= _DEEPEST and 0 <= start <= len(splits) - depth):
            return tuple(found), (f"tree {number} takes splits that the file does not hold",)
        asked = tuple(splits[start : start + depth])
        found.append(Tree(number, (LEAF,), (LEAF,), asked, known))
        position += depth
        values += (1 << depth) * width
    if values != leaves:
        return tuple(found), (f"the trees have {values} values in their leaves, and the file holds {leaves}",)
    return tuple(found), ()


def _borders(buffer: Buffer, trees: int) -> int:
    """How many yes-or-no features there are: one a border or value; 0 where some are of a kind not counted here."""
    if buffer.vector(trees, 13, 4).size:
        return 0
    floats = sum(buffer.vector(one, 3, 4).size for one in buffer.tables(trees, 5))
    hot = sum(buffer.vector(one, 1, 4).size for one in buffer.tables(trees, 6))
    return floats + hot + sum(buffer.vector(one, 1, 4).size for one in buffer.tables(trees, 7))


def _steps(buffer: Buffer, trees: int) -> tuple[tuple[Tree, ...], tuple[str, ...]]:
    vector = buffer.vector(trees, _STEPS, 4)
    pairs = [
        (buffer.number("H", vector.begin + 4 * i), buffer.number("H", vector.begin + 4 * i + 2))
        for i in range(vector.size)
    ]
    sizes, starts = buffer.numbers(trees, _SIZES, "i"), buffer.numbers(trees, _STARTS, "i")
    splits, leaf_ids = buffer.numbers(trees, _SPLITS, "i"), buffer.numbers(trees, _LEAF_IDS, "I")
    values, known = buffer.vector(trees, _LEAVES, 8).size, _borders(buffer, trees)
    faults = []
    if not len(splits) == len(pairs) == len(leaf_ids):
        faults.append("steps, splits and leaves of the trees are of other numbers")
    if any(leaf >= values for (left, right), leaf in zip(pairs, leaf_ids, strict=False) if not (left and right)):
        faults.append("a leaf takes a value that the file does not hold")
    found, position = list[Tree](), 0
    for number, count in enumerate(sizes):
        start = starts[number] if starts else position
        if count < 0 or not 0 <= start <= len(pairs) - count:
            return tuple(found), (*faults, f"tree {number} takes nodes that the file does not hold")
        held = pairs[start : start + count]
        sides = [tuple(i + pair[side] if pair[side] else LEAF for i, pair in enumerate(held)) for side in (0, 1)]
        asked = tuple(split for split, pair in zip(splits[start : start + count], held, strict=False) if any(pair))
        found.append(Tree(number, sides[0], sides[1], asked, known))
        position += count
    return tuple(found), tuple(faults)


def _document(data: bytes) -> Ensemble:
    try:
        value = document(data)
        told = str(value["model_info"].get("catboost_version_info", ""))
        if "oblivious_trees" not in value:
            return Ensemble(
                tuple(tree for number, one in enumerate(value["trees"]) for tree in _nested(number, one)),
                (),
                _writer(told, "json"),
            )
        held = value["oblivious_trees"]
        depths = [len(tree["splits"] or ()) for tree in held]
        splits = [int(split["split_index"]) for tree in held for split in tree["splits"] or ()]
        counts = [len(tree["leaf_values"]) for tree in held]
        known = _counted(value["features_info"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Malformed("no CatBoost model: a part of its schema is missing or of another type") from error
    odd = [n for n, (depth, count) in enumerate(zip(depths, counts, strict=True)) if count % (1 << min(depth, 64))]
    faults = tuple(f"tree {n} has another number of leaves than its splits ask for" for n in odd[:10])
    trees, more = _depths(depths, [], splits, sum(1 << min(d, 64) for d in depths), 1, known)
    return Ensemble(trees, (*faults, *more), _writer(told, "json"))


def _counted(features: dict[str, Any]) -> int:
    names = ("float_features", "categorical_features")
    if set(features) - {*names, "ctrs"}:
        return 0
    hot = sum(len(one.get("values") or one.get("string_values") or ()) for one in features.get(names[1], ()))
    floats = sum(len(one.get("borders") or ()) for one in features.get(names[0], ()))
    return floats + hot + sum(len(one.get("borders") or ()) for one in features.get("ctrs", ()))


def _nested(number: int, root: dict[str, Any]) -> list[Tree]:
    """A tree of nodes within nodes cannot walk outside itself; only its splits are checked."""
    asked, waiting = list[int](), [root]
    while waiting:
        node = waiting.pop()
        if "split" in node:
            asked.append(int(node["split"]["split_index"]))
            waiting.extend((node["left"], node["right"]))
    return [Tree(number, (LEAF,), (LEAF,), tuple(asked), 0)]
