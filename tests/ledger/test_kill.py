# SPDX-License-Identifier: Apache-2.0
import os
import random
import signal
import subprocess
import sys

import pytest

from hauberk.ledger import Ledger
from hauberk.signing import create

WRITER = """
import sys, threading
from pathlib import Path
from hauberk.ledger import Ledger
from hauberk.signing import load
ledger = Ledger.open(Path(sys.argv[1]), load("alice", folder=Path(sys.argv[2])))
out = sys.stdout.fileno()
import os
def write(name):
    n = 0
    while True:
        body = b'{"n":%d,"run":"%s","thread":%d}' % (n, sys.argv[3].encode(), name)
        entry = ledger.append("evidence", body)
        os.write(out, b"%d %s\\n" % (entry.index, body))
        n += 1
for name in range(4):
    threading.Thread(target=write, args=(name,), daemon=True).start()
threading.Event().wait(60)
"""


def killed(path, keys, run, seconds):
    """Acknowledged entries of a writer that was killed at a random moment: index to body."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(keys), str(run)], stdout=subprocess.PIPE)
    first = writer.stdout.readline()
    try:
        writer.wait(seconds)
    except subprocess.TimeoutExpired:
        os.kill(writer.pid, signal.SIGKILL)
    rest = writer.communicate(timeout=30)[0]
    whole = [line for line in (first + rest).split(b"\n")[:-1] if line.endswith(b"}")]
    return {int(index): body for index, body in (line.split(b" ", 1) for line in whole)}


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path):
    rng = random.Random(20261124)
    alice = create("alice", folder=tmp_path / "keys")
    path = tmp_path / "state" / "ledger"
    Ledger.create(path, alice).close()
    acknowledged, repairs = {}, 0
    for run in range(20):
        acknowledged |= killed(path, tmp_path / "keys", run, rng.uniform(0.005, 0.08))
        ledger = Ledger.open(path)
        repairs += len(ledger.repairs)
        bodies = [body for _, body in ledger.entries()]
        lost = [index for index, body in acknowledged.items() if index >= len(bodies) or bodies[index] != body]
        assert lost == []
    assert Ledger.open(path).verify().size >= len(acknowledged) > 100
