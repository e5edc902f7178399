# SPDX-License-Identifier: Apache-2.0
"""Power cuts, full disks and read-only media: clear errors, and nothing acknowledged is lost."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.ledger.lossy import FullDisk, LossyDisk, PowerCut

from hauberk.core.canonical import canonical
from hauberk.core.errors import HauberkError, KeyUnavailable, Misuse
from hauberk.ledger import Ledger
from hauberk.ledger.succession import rotate
from hauberk.signing import ephemeral

ALICE, HEIR = ephemeral("alice"), ephemeral("heir")


def survives(folder: Path, seed: int, monkeypatch) -> int:
    """One life of a ledger that ends in a power cut; how many acknowledged entries were found again."""
    chance = random.Random(seed)
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", chance.choice((2, 5, 4096)))
    path = folder / str(seed)
    disk = LossyDisk(cut_at=chance.randint(4, 90))
    acknowledged: list[bytes] = []
    try:
        ledger = Ledger.create(path, ALICE, disk=disk)
        for number in range(12):
            bodies = [canonical([number, part]) for part in range(chance.randint(1, 4))]
            entries = ledger.append_many([("evidence", body) for body in bodies])
            assert entries[0].index == len(acknowledged)
            acknowledged += bodies
    except PowerCut:
        pass
    disk.crash(path, chance)
    if not acknowledged and not (path / "checkpoint").exists():
        return 0  # it was cut off before it was made
    with Ledger.open(path, ALICE) as again:
        found = list(again.bodies("evidence"))
        assert found[: len(acknowledged)] == acknowledged
        again.append("evidence", b"9")
        assert again.verify().size == len(found) + 1
    return len(acknowledged)


@pytest.mark.parametrize("rounds", [30, pytest.param(250, marks=pytest.mark.slow)])
def test_a_power_cut_that_drops_whatever_was_not_synced_loses_nothing_acknowledged(tmp_path, monkeypatch, rounds):
    found = sum(survives(tmp_path, seed, monkeypatch) for seed in range(rounds))
    assert found > rounds * 2


def test_the_lossy_disk_does_lose_what_a_careless_ledger_would_lose(tmp_path, monkeypatch):
    """The test can fail: with a disk whose sync does nothing, acknowledged entries are lost."""
    monkeypatch.setattr(LossyDisk, "_sync", lambda self, descriptor: None)
    lost = 0
    for seed in range(60):
        try:
            survives(tmp_path, seed, monkeypatch)
        except (AssertionError, HauberkError):
            lost += 1
    assert lost > 20


def fill(ledger, acknowledged):
    while True:
        ledger.append("evidence", canonical(len(acknowledged)))
        acknowledged.append(canonical(len(acknowledged)))


@pytest.mark.parametrize("step", [1597, pytest.param(197, marks=pytest.mark.slow)])
def test_a_disk_that_fills_at_any_byte_acknowledges_nothing_more_and_goes_on_once_there_is_room(tmp_path, step):
    for number, room in enumerate(range(1, 24_000, step)):
        path = tmp_path / str(number)
        Ledger.create(path, ALICE).close()
        disk = FullDisk(room)
        ledger = Ledger.open(path, ALICE, disk=disk)
        acknowledged = []
        with pytest.raises(Misuse, match="No space left"):
            fill(ledger, acknowledged)
        assert list(Ledger.open(path).bodies("evidence"))[: len(acknowledged)] == acknowledged
        disk.room = 1 << 30
        ledger.append("evidence", b'"room"')
        bodies = list(ledger.bodies("evidence"))
        assert bodies[: len(acknowledged)] == acknowledged
        assert bodies[-1] == b'"room"'
        assert ledger.verify().size == len(bodies)
        shutil.rmtree(path)


def test_a_power_cut_while_a_ledger_passes_on_leaves_it_to_the_old_key_or_the_new_one(tmp_path):
    outcomes = set()
    for cut in range(12, 160, 8):
        path, chance = tmp_path / str(cut), random.Random(cut)
        disk = LossyDisk(cut_at=cut)
        try:
            ledger = Ledger.create(path, ALICE, disk=disk)
            ledger.append("evidence", b"0")
            rotate(ledger, HEIR)
            ledger.append("evidence", b"1")
        except PowerCut:
            pass
        heirs = (path / "heirs").read_bytes() if (path / "heirs").exists() else b""
        disk.crash(path, chance)
        if not (path / "checkpoint").exists():
            continue
        (path / "key.pub").write_text(ALICE.public.text)
        if heirs:
            (path / "heirs").write_bytes(heirs)  # written durably before the entry, and not through this disk
        reader = Ledger.open(path, keys=[ALICE.public])
        by = reader.writer.known.standing.ring.by
        signer = {ALICE.public.id: ALICE, HEIR.public.id: HEIR}[by]
        outcomes.add(signer.name)
        with Ledger.open(path, signer, keys=[ALICE.public]) as again:
            again.append("evidence", b"2")
            again.verify()
    assert outcomes == {"alice", "heir"}


READER = """
import json, os, sys
from pathlib import Path
from hauberk.core.errors import HauberkError
from hauberk.ledger import Ledger, index, prove
from hauberk.signing import ephemeral
path = Path(sys.argv[1])
"".encode("utf-16be"), "".encode("idna")  # loaded while the interpreter's own files can still be read
if len(sys.argv) > 2:
    os.setgid(65534)
    os.setuid(65534)
ledger = Ledger.open(path)
told = {"size": ledger.verify().size, "found": index.find(ledger, "x1"), "proof": len(prove.prove(ledger, "x1").path)}
try:
    (path / "x").write_text("x")
    told["written"] = True
except OSError:
    told["written"] = False
print(json.dumps(told))
"""


@pytest.fixture
def read_only():
    """A ledger that this test's child may read and not write, even where tests run as root."""
    root = Path(tempfile.mkdtemp())
    with Ledger.create(root / "ledger", ALICE) as ledger:
        ledger.append_many([("evidence", canonical({"id": f"x{n}"})) for n in range(3)])
    root.chmod(0o755)
    for path in (root / "ledger").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (root / "ledger").chmod(0o555)
    yield root / "ledger"
    for path in (root / "ledger", *(path for path in (root / "ledger").rglob("*") if path.is_dir())):
        path.chmod(0o755)
    shutil.rmtree(root)


def test_a_ledger_on_a_read_only_medium_is_read_verified_found_in_and_proven(read_only):
    drop = ["as nobody"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [sys.executable, "-c", READER, str(read_only), *drop], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"size": 3, "found": 1, "proof": 2, "written": False}


def test_an_error_of_a_read_only_file_system_is_a_clear_one_for_who_appends(tmp_path):
    class ReadOnly(FullDisk):
        def open_append(self, path):
            raise OSError(30, "Read-only file system")

    Ledger.create(tmp_path / "ledger", ALICE).close()
    ledger = Ledger.open(tmp_path / "ledger", ALICE, disk=ReadOnly(1))
    with pytest.raises(Misuse, match="Read-only file system"):
        ledger.append("evidence", b"1")
    with pytest.raises(KeyUnavailable):
        Ledger.open(tmp_path / "ledger").append("evidence", b"1")
