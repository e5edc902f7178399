# SPDX-License-Identifier: Apache-2.0
"""What any file of boosted trees holds: the shape of each tree, and whose it is."""

from typing import NamedTuple

LEAF = -1


class Tree(NamedTuple):
    """The shape of one tree: of each node its children, LEAF where it has none, and the feature that it asks for."""

    number: int
    left: tuple[int, ...]
    right: tuple[int, ...]
    features: tuple[int, ...]
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
