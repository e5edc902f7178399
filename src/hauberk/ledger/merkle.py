# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 9162, section 2.1, with SHA-256: leaves behind 0x00, nodes behind 0x01."""

import hashlib
from collections.abc import Iterable

EMPTY = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, kept as the roots of its perfect subtrees from left to right: at most 64 hashes.

    The size's binary digits say how large each subtree is. Appending costs two hashes on average.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, peaks: Iterable[bytes] = (), size: int = 0) -> None:
        """Go on from known peaks; raises ValueError where their number does not fit the size."""
        self.peaks = list(peaks)
        self.size = size
        if len(self.peaks) != size.bit_count():
            message = f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}"
            raise ValueError(message)

    def copy(self) -> "Frontier":
        """The same tree, growing on its own."""
        return Frontier(self.peaks, self.size)

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given as its hash."""
        node, size, peaks = leaf, self.size, self.peaks
        while size & 1:
            node = hashlib.sha256(b"\x01" + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Root of the tree as it stands, 32 bytes."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root
