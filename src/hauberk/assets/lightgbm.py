# SPDX-License-Identifier: Apache-2.0
"""Reads LightGBM's text models (``src/boosting/gbdt_model_text.cpp``, ``src/io/tree.cpp``, versions v2 to v4)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hauberk.assets.ensemble import LEAF, Ensemble, Tree
from hauberk.core.errors import Malformed, TooLarge

MOST_BYTES = 512 << 20
_START = re.compile(rb"tree\r?\nversion=")
_END_TREES, _END_PARAMETERS, _CATEGORIES = "end of trees", "end of parameters", "pandas_categorical:"


def read(data: bytes) -> Ensemble:
    """The trees of a model; raises Malformed for one that breaks off, TooLarge beyond a budget."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"LightGBM model of {len(data)} bytes")
    if not _START.match(data):
        raise Malformed("no LightGBM model")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"LightGBM model is not UTF-8 at byte {error.start}") from error
    lines = text.split("\n")
    head, trees, tail = _parts(lines)
    sizes = head.get("tree_sizes", "").split()
    features = _number(head, "max_feature_idx") + 1
    _check_tail(tail)
    found = tuple(_tree(number, held, features) for number, held in enumerate(trees))
    if sizes and len(sizes) != len(found):
        raise Malformed(f"LightGBM model of {len(sizes)} trees holds {len(found)}")
    writer = (("lightgbm model format", head.get("version", "")[:20]), ("objective", head.get("objective", "")[:80]))
    return Ensemble(found, (), writer)


def _parts(lines: list[str]) -> tuple[dict[str, str], list[dict[str, str]], list[str]]:
    """The header, each tree, and what follows them."""
    head: dict[str, str] = {}
    trees: list[dict[str, str]] = []
    for index, line in enumerate(lines):
        name, equals, value = line.rstrip("\r").partition("=")
        if name == _END_TREES:
            return head, trees, lines[index + 1 :]
        if name == "Tree" and equals:
            if value != str(len(trees)):
                raise Malformed(f"tree {len(trees)} of the LightGBM model calls itself {value[:20]!r}")
            trees.append({})
        elif equals:
            held = trees[-1] if trees else head
            if name in held:
                raise Malformed(f"{name[:40]!r} stands twice in one part of the LightGBM model")
            held[name] = value
        elif name and name not in ("tree", "average_output", "monotone_constraints"):
            raise Malformed(f"line {index + 1} of the LightGBM model is none of its format")
    raise Malformed("LightGBM model breaks off within its trees")


def _check_tail(tail: list[str]) -> None:
    """The model ends with its parameters, or with the categories that the Python package adds."""
    if _END_PARAMETERS not in (line.rstrip("\r") for line in tail):
        raise Malformed("LightGBM model breaks off before the end of its parameters")
    if tail[-1] or tail[-2:] == [_END_PARAMETERS, ""]:
        raise Malformed("LightGBM model breaks off in its last line")
    last = [line for line in tail[tail.index(_END_PARAMETERS) + 1 :] if line.strip()] if _END_PARAMETERS in tail else []
    if len(last) > 1 or (last and not last[0].startswith(_CATEGORIES)):
        raise Malformed("content follows the end of the LightGBM model")


def _tree(number: int, held: dict[str, str], features: int) -> Tree:
    leaves = _number(held, "num_leaves")
    splits = leaves - 1
    if leaves < 1:
        raise Malformed(f"tree {number} has {leaves} leaves")
    left, right, asked = (_numbers(held, name, splits) for name in ("left_child", "right_child", "split_feature"))
    _check_categories(number, held, splits)
    ends = (LEAF,) * leaves
    below = [tuple(_child(one, splits) for one in side) + ends for side in (left, right)]
    return Tree(number, below[0], below[1], asked, features)


def _child(value: int, splits: int) -> int:
    """A leaf is written as its complement; here leaves follow the splits."""
    return value if value >= 0 else splits + ~value


def _check_categories(number: int, held: dict[str, str], splits: int) -> None:
    """Splits on categories name a set of bits, which must be there."""
    count = _number(held, "num_cat") if "num_cat" in held else 0
    if not count:
        return
    bounds = _numbers(held, "cat_boundaries", count + 1)
    bits = held.get("cat_threshold", "").split()
    kinds, asked = _numbers(held, "decision_type", splits), list(_floats(held, "threshold", splits))
    if bounds[0] != 0 or bounds[-1] != len(bits) or any(a > b for a, b in pairwise(bounds)):
        raise Malformed(f"tree {number} has categories that its bits do not cover")
    if any(kind & 1 and not 0 <= int(where) < count for kind, where in zip(kinds, asked, strict=True)):
        raise Malformed(f"tree {number} asks for a set of categories that it does not have")


def _number(held: dict[str, str], name: str) -> int:
    return _numbers(held, name, 1)[0]


def _numbers(held: dict[str, str], name: str, count: int) -> tuple[int, ...]:
    try:
        found = tuple(map(int, held.get(name, "").split()))
    except ValueError as error:
        raise Malformed(f"{name} of the LightGBM model is not of whole numbers") from error
    if len(found) != count:
        raise Malformed(f"{name} of the LightGBM model has {len(found)} numbers, not {count}")
    return found


def _floats(held: dict[str, str], name: str, count: int) -> Iterator[float]:
    words = held.get(name, "").split()
    if len(words) != count:
        raise Malformed(f"{name} of the LightGBM model has {len(words)} numbers, not {count}")
    try:
        yield from map(float, words)
    except ValueError as error:
        raise Malformed(f"{name} of the LightGBM model is not of numbers") from error
