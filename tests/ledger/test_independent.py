# SPDX-License-Identifier: Apache-2.0
"""An implementation of C2SP logs that is not ours (tlog-scales, in its own environment) reads what we write."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hauberk.core.canonical import canonical
from hauberk.ledger import Ledger
from hauberk.ledger.prove import prove
from hauberk.ledger.witness import Witness, ask, take
from hauberk.signing import ephemeral

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".prepared" / "peers" / "tlog" / "bin" / "python"
ALICE, WITNESS = ephemeral("alice"), ephemeral("witness")

pytestmark = pytest.mark.slow


def read(folder, *olds):
    assert PEER.exists(), "make test-all prepares it: python packaging/prepare.py .prepared"
    script = Path(__file__).parent / "independent.py"
    words = [PEER, script, folder / "ledger", folder / "k.pub", folder / "w.vkey", *map(str, olds)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.fixture
def ledger(tmp_path):
    (tmp_path / "k.pub").write_text(ALICE.public.text)
    (tmp_path / "w.vkey").write_text(f"{WITNESS.public.cosigner}\n")
    with Ledger.create(tmp_path / "ledger", ALICE) as made:
        made.append_many([("evidence", canonical({"id": f"x{n}"})) for n in range(700)])
        witness = Witness(WITNESS, tmp_path / "seen", [ALICE.public], lambda: datetime(2026, 11, 24, tzinfo=UTC))
        take(made, witness.sign(ask(made, 0)), WITNESS.public)
        made.append("evidence", b"1")
        (tmp_path / "ledger" / "17.tlog-proof").write_bytes(prove(made, "x17").data)
    return tmp_path


def test_it_accepts_checkpoint_tiles_proofs_receipt_and_countersignature(ledger, printed):
    done = read(ledger, 1, 2, 255, 256, 257, 512, 700, 702)
    assert done.returncode == 0, done.stderr
    printed(done.stdout)
    assert "accepts the checkpoint, 702 inclusion and 8 consistency proofs" in done.stdout
    assert "accepts the receipt 17.tlog-proof and its countersignature" in done.stdout


@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/0/001", "tile/entries/002.p/190", "tile/1/000.p/2", "17.tlog-proof"]
)
def test_it_refuses_what_was_tampered_with(ledger, path):
    file = ledger / "ledger" / path
    data = bytearray(file.read_bytes())
    before = {"checkpoint": b"\n702\n", "17.tlog-proof": b"index 17\n"}.get(path)
    at = len(data) // 8 if before is None else data.index(before) + len(before) + (path != "checkpoint")
    data[at] ^= 4
    file.write_bytes(data)
    assert read(ledger, 256).returncode != 0
