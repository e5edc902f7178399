# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 9162, section 2.1, with SHA-256: leaves behind 0x00, nodes behind 0x01."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from hauberk.core.errors import ProofInvalid

_RUN = 256

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

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves; whole runs of 256 in their place cost half of what they cost one by one."""
        at = 0
        while at < len(leaves):
            if self.size % _RUN or len(leaves) - at < _RUN:
                self.append(leaves[at])
                at += 1
            else:
                self._append_run(leaves[at : at + _RUN])
                at += _RUN

    def _append_run(self, nodes: Sequence[bytes]) -> None:
        sha256 = hashlib.sha256
        while len(nodes) > 1:
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        node, size, peaks = nodes[0], self.size // _RUN, self.peaks
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        peaks.append(node)
        self.size += _RUN

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
    frontier.extend(list(leaves))
    return frontier.root


Subtree = Callable[[int, int], bytes]
"""Root over the leaves from a first (inclusive) to a last (exclusive) of some tree."""


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Siblings from the leaf at ``index`` up to the root of the first ``size`` leaves (RFC 9162, 2.1.3.1)."""
    return [subtree(*sibling) for _, sibling in _descend(index, 0, size)][::-1]


def consistency_path(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """That a tree of ``size`` leaves begins with the ``old`` ones (RFC 9162, 2.1.4.1); empty for 0 or equal sizes."""
    if old in (0, size):
        return []
    turns = _descend(old - 1, old, size)
    start = _begin(turns)
    path = [subtree(*sibling) for _, sibling in turns][::-1]
    return [subtree(start, old), *path] if start else path


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """A leaf's hash is in its place under a root (RFC 9162, 2.1.3.2); raises ProofInvalid."""
    if not 0 <= index < size:
        raise _invalid(f"entry {index} is none of {size}")
    turns = _descend(index, 0, size)
    if len(path) != len(turns):
        raise _invalid(f"a path of {len(path)} hashes where {len(turns)} are due")
    node = leaf
    for (left, _), sibling in zip(reversed(turns), path, strict=True):
        node = node_hash(node, sibling) if left else node_hash(sibling, node)
    if node != root:
        raise _invalid("the path does not lead to the signed root")


def check_consistency(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> None:
    """A tree (size, root) begins with an older one (RFC 9162, 2.1.4.2); raises ProofInvalid."""
    (size_before, root_before), (size, root) = old, new
    if not 0 <= size_before <= size:
        raise _invalid(f"{size_before} entries are no beginning of {size}")
    if size_before in (0, size):
        if path or root_before != (root if size_before else EMPTY):
            raise _invalid(f"two roots over the same {size_before} entries")
        return
    turns = _descend(size_before - 1, size_before, size)
    siblings = list(path) if _begin(turns) else [root_before, *path]
    if len(siblings) != len(turns) + 1:
        raise _invalid(f"a path of {len(path)} hashes, which is not what these sizes need")
    before = after = siblings[0]
    for (left, _), sibling in zip(reversed(turns), siblings[1:], strict=True):
        before = before if left else node_hash(sibling, before)
        after = node_hash(after, sibling) if left else node_hash(sibling, after)
    if before != root_before or after != root:
        raise _invalid("the path does not lead from the one root to the other")


_Turn = tuple[bool, tuple[int, int]]
"""Whether the way from the root down went left, and the leaves on the other side."""


def _descend(leaf: int, end: int, size: int) -> list[_Turn]:
    """The way from the root over ``size`` leaves down to the subtree that ends at ``end``; at 0, to the leaf."""
    turns, start, stop = [], 0, size
    while stop != end if end else stop - start > 1:
        middle = start + (1 << ((stop - start - 1).bit_length() - 1))
        left = leaf < middle
        turns.append((left, (middle, stop) if left else (start, middle)))
        start, stop = (start, middle) if left else (middle, stop)
    return turns


def _begin(turns: Sequence[_Turn]) -> int:
    """First leaf of the subtree where the way ends."""
    return max((sibling[1] for left, sibling in turns if not left), default=0)


def _invalid(why: str) -> ProofInvalid:
    return ProofInvalid(why, remedy="ask for the proof again; if it stays so, the ledger has two histories")
