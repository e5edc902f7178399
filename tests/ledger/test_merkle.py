# SPDX-License-Identifier: Apache-2.0
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import ProofInvalid
from hauberk.ledger.merkle import (
    EMPTY,
    Frontier,
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
)

LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
"""The eight leaves on which implementations of RFC 6962 agree (certificate-transparency's reference tests)."""

ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_trees_have_their_known_roots(size):
    assert tree_root(leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_is_the_hash_of_nothing():
    assert tree_root([]) == EMPTY == hashlib.sha256(b"").digest()


def oracle(leaves):
    """RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + oracle(leaves[:split]) + oracle(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=200))
def test_a_growing_tree_has_the_root_that_the_definition_gives(leaves):
    assert tree_root(leaf_hash(leaf) for leaf in leaves) == oracle(leaves)


@given(st.lists(st.binary(max_size=4), max_size=80), st.integers(0, 80))
def test_a_tree_goes_on_from_its_peaks_as_if_never_stopped(leaves, at):
    first = Frontier()
    for leaf in leaves[:at]:
        first.append(leaf_hash(leaf))
    second = Frontier(first.peaks, first.size)
    for leaf in leaves[at:]:
        second.append(leaf_hash(leaf))
    assert second.root == oracle(leaves)
    assert first.root == oracle(leaves[:at])


@pytest.mark.parametrize(("peaks", "size"), [((), 1), ((b"",), 0), ((b"", b""), 4)])
def test_peaks_that_do_not_fit_the_size_are_refused(peaks, size):
    with pytest.raises(ValueError, match="peaks"):
        Frontier(peaks, size)


def subtree(leaves):
    return lambda start, end: oracle(leaves[start:end])


def inclusion_oracle(index, leaves):
    """RFC 9162, section 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    split = largest_power_below(len(leaves))
    if index < split:
        return [*inclusion_oracle(index, leaves[:split]), oracle(leaves[split:])]
    return [*inclusion_oracle(index - split, leaves[split:]), oracle(leaves[:split])]


def consistency_oracle(old, leaves, whole=True):
    """RFC 9162, section 2.1.4.1, word for word."""
    if old == len(leaves):
        return [] if whole else [oracle(leaves)]
    split = largest_power_below(len(leaves))
    if old <= split:
        return [*consistency_oracle(old, leaves[:split], whole), oracle(leaves[split:])]
    return [*consistency_oracle(old - split, leaves[split:], False), oracle(leaves[:split])]


def largest_power_below(size):
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def leaves_of(size):
    return [b"%d" % number for number in range(size)]


@given(st.integers(1, 150), st.data())
def test_an_inclusion_path_is_what_the_rfc_gives_and_proves_its_leaf_only(size, data):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, subtree(leaves))
    assert path == inclusion_oracle(index, leaves)
    check_inclusion(leaf_hash(leaves[index]), index, size, path, oracle(leaves))
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index)) if size > 1 else size
    for wrong in (
        lambda: check_inclusion(leaf_hash(b"x"), index, size, path, oracle(leaves)),
        lambda: check_inclusion(leaf_hash(leaves[index]), other, size, path, oracle(leaves)),
        lambda: check_inclusion(leaf_hash(leaves[index]), index, size, [*path, EMPTY], oracle(leaves)),
        lambda: check_inclusion(leaf_hash(leaves[index]), index, size, path, EMPTY),
        lambda: check_inclusion(leaf_hash(leaves[index]), size, size, path, oracle(leaves)),
    ):
        with pytest.raises(ProofInvalid):
            wrong()


@given(st.integers(0, 150), st.data())
def test_a_consistency_path_is_what_the_rfc_gives_and_proves_these_two_roots_only(size, data):
    leaves = leaves_of(size)
    old = data.draw(st.integers(0, size))
    path = consistency_path(old, size, subtree(leaves))
    if 0 < old < size:
        assert path == consistency_oracle(old, leaves)
    before, after = (old, oracle(leaves[:old])), (size, oracle(leaves))
    check_consistency(before, after, path)
    forked = [b"fork", *leaves[1:]]
    wrongs = [(before, after, [*path, EMPTY]), ((old, b"\0" * 32), after, path), ((size + 1, before[1]), after, path)]
    if old > 0:
        wrongs.append((before, (size, oracle(forked)), path))
        wrongs.append((before, (size, oracle(forked)), consistency_path(old, size, subtree(forked))))
    for wrong in wrongs:
        with pytest.raises(ProofInvalid):
            check_consistency(*wrong)
