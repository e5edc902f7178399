# SPDX-License-Identifier: Apache-2.0
"""A person at a terminal: progress within two seconds, and Ctrl-C leaves a ledger that verifies."""

import os
import pty
import select
import signal
import subprocess
import time

import pytest

from hauberk.ledger.log import Ledger
from tests.cli.cases import HAUBERK, example, hauberk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def start(system, home):
    master, slave = pty.openpty()
    environment = {
        **os.environ, "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache"), "TERM": "xterm",
    }  # fmt: skip
    process = subprocess.Popen(
        [HAUBERK, "assess", "--no-cache"],
        cwd=system, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),  # noqa: PLW1509  no thread runs yet
    )  # fmt: skip
    os.close(slave)
    return process, master


def read_until(master, words, seconds):
    seen, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
            if words in seen:
                return seen, True
    return seen, False


def test_progress_shows_within_two_seconds_and_ctrl_c_leaves_a_ledger_that_verifies(tmp_path):
    system = example("as-written", tmp_path)
    hauberk("key", "new", "--name", "ada", cwd=tmp_path, home=tmp_path)
    process, master = start(system, tmp_path)
    try:
        seen, shown = read_until(master, b"[", 2.0)
        assert shown, seen
        seen, going = read_until(master, b"#", 30.0)
        assert going, seen
        os.write(master, b"\x03")
        read_until(master, b"never", 5.0)
        assert process.wait(timeout=20) == 130
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        os.close(master)
    with Ledger.open(system / ".hauberk" / "ledger") as ledger:
        assert ledger.verify().kinds["assessment.opened"] == 1
        assert "assessment.closed" not in ledger.verify().kinds
    judged = hauberk("gate", cwd=system, home=tmp_path)
    assert judged.code == 2
    assert hauberk("assess", "--quiet", cwd=system, home=tmp_path).code == 0
    assert hauberk("gate", "--quiet", cwd=system, home=tmp_path).code == 1
