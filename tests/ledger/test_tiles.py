# SPDX-License-Identifier: Apache-2.0
import shutil

import pytest

from hauberk.core.canonical import canonical
from hauberk.core.errors import LedgerBroken, SignatureInvalid, TileSwapped
from hauberk.ledger import Ledger
from hauberk.ledger.merkle import leaf_hash, tree_root
from hauberk.ledger.reading import read_lines
from hauberk.ledger.tiles import subtrees, sync_tiles, synced, tile_path, verify_tiles
from hauberk.signing import ephemeral

ALICE = ephemeral("alice")


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A ledger of 600 entries, closed three times on its way there."""
    path = tmp_path_factory.mktemp("wide") / "ledger"
    Ledger.create(path, ALICE).close()
    for count in (3, 300, 297):
        with Ledger.open(path, ALICE) as ledger:
            ledger.append_many([("evidence", canonical({"n": n})) for n in range(count)])
    return path


@pytest.fixture
def copy(wide, tmp_path):
    return shutil.copytree(wide, tmp_path / "copy")


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (None, 1234067, 8, "tile/entries/x001/x234/067.p/8"),
        (2, 999, 256, "tile/2/999"),
        (2, 1000, 256, "tile/2/x001/000"),
    ],
)
def test_a_tile_has_the_path_that_c2sp_gives_it(level, index, width, path):
    assert tile_path(level, index, width) == path


def test_a_folder_has_the_tiles_of_its_size_and_no_partial_ones_beside_full_ones(wide):
    found = sorted(str(path.relative_to(wide)) for path in (wide / "tile").rglob("*") if path.is_file())
    assert found == [
        "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/1", "tile/1/000.p/2", "tile/entries/000",
        "tile/entries/001", "tile/entries/002.p/88", "tile/synced",
    ]  # fmt: skip
    assert synced(wide) == 600


def test_tiles_written_in_steps_are_those_written_at_once(wide, tmp_path):
    ledger = Ledger.open(wide)
    sync_tiles(ledger.place, 600, tmp_path)
    for path in (tmp_path / "tile").rglob("*"):
        assert path.is_dir() or path.read_bytes() == (wide / path.relative_to(tmp_path)).read_bytes()


def test_every_subtree_of_the_tiles_has_the_root_of_its_leaves(wide):
    ledger = Ledger.open(wide)
    leaves = [leaf_hash(line) for line, _ in read_lines(ledger.place, 0, 600)]
    subtree = subtrees(ledger.place, 600)
    for start, end in (
        (0, 600),
        (0, 256),
        (256, 512),
        (512, 600),
        (0, 512),
        (128, 256),
        (512, 576),
        (599, 600),
        (7, 8),
    ):
        assert subtree(start, end) == tree_root(leaves[start:end])


def test_a_folder_of_tiles_verifies_with_the_public_key(wide):
    proven = verify_tiles(wide, [ALICE.public])
    assert (proven.size, proven.by) == (600, ALICE.public.id)
    assert proven.integrity.startswith("integrity only")


def test_any_flipped_byte_of_any_tile_is_refused(copy):
    for path in sorted((copy / "tile").rglob("*")):
        if path.is_dir() or path.name in (
            "synced",
            "1",
        ):  # 000.p/1 is of an earlier size, and nothing reads it any more
            continue
        data = path.read_bytes()
        for at in (0, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            with pytest.raises((LedgerBroken, SignatureInvalid)):
                verify_tiles(copy, [ALICE.public])
        path.write_bytes(data)
    verify_tiles(copy, [ALICE.public])


def test_two_swapped_tiles_are_named(copy):
    first, second = copy / "tile/0/000", copy / "tile/0/001"
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    with pytest.raises(TileSwapped, match="tile/0/000"):
        verify_tiles(copy, [ALICE.public])
    with pytest.raises(TileSwapped, match="tile/0/000"):
        Ledger.open(copy).verify()


def test_tiles_that_are_gone_or_too_many_are_written_again(copy):
    shutil.rmtree(copy / "tile")
    with Ledger.open(copy, ALICE) as ledger:
        ledger.append("evidence", b"1")
    assert verify_tiles(copy, [ALICE.public]).size == 601
    (copy / "tile" / "synced").write_text("700\n")
    Ledger.open(copy, ALICE).close()
    assert verify_tiles(copy, [ALICE.public]).size == 601
