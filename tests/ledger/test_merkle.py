# SPDX-License-Identifier: Apache-2.0
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.ledger.merkle import EMPTY, Frontier, leaf_hash, tree_root

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
