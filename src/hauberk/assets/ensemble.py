# SPDX-License-Identifier: Apache-2.0
"""What any file of boosted trees holds: the shape of each tree, and whose it is."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from hauberk.core.errors import TooLarge

LEAF = -1
MOST_MEMORY = 100 << 20
"""Bytes that a document in JSON may take, by our reckoning, before it is read."""
_CONTAINER, _ITEM = 64, 32
"""Bytes of a list or dictionary, and of a value with its place in one, at least."""


class Tree(NamedTuple):
    """The shape of one tree: of each node its children, LEAF where it has none, and the feature that it asks for."""

    number: int
    left: Sequence[int]
    right: Sequence[int]
    features: Sequence[int]
    """One for each node that has children, in no particular order."""
    known: int
    """How many features there are; 0 where the file does not say."""


class Ensemble(NamedTuple):
    """The trees of a file and what it records of its writer."""

    trees: tuple[Tree, ...]
    faults: tuple[str, ...]
    """What the file's own numbers contradict, apart from the shapes of trees."""
    writer: tuple[tuple[str, str], ...]
    """Name and value, such as the version of the library that wrote it."""


def document(data: bytes, **options: Any) -> Any:
    """A document in JSON; raises TooLarge where its values would take more memory than allowed, else as ``json``."""
    containers = data.count(b"[") + data.count(b"{")
    items = data.count(b",") + data.count(b":")
    if len(data) + containers * _CONTAINER + items * _ITEM > MOST_MEMORY:
        raise TooLarge(f"document of {len(data)} bytes, whose values take more than {MOST_MEMORY >> 20} MiB of memory")
    return json.loads(data, **options)
