# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/oversee-decisions.md, run as a reader would run it; and a case is shown on a terminal and nowhere else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.shell import run_page

VALUES = ("15000", "A151")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_of_the_page_ends_well_and_only_a_terminal_sees_what_was_asked(tmp_path):
    done = run_page("oversee-decisions.md", tmp_path)
    assert '"status":"waits for a person"' in done.stdout
    assert "202\n" in done.stdout
    assert '"label":"good","decided":"override"' in done.stdout
    assert "it was planted: caught" in done.stdout
    assert "review_catch_rate  1 [" in done.stdout
    assert "rents  favourable_share  0.000 [0.000," in done.stdout
    assert not any(f'"{value}"' in done.stdout for value in VALUES), "lists, results and measures name no value"
    system = tmp_path / "credit"
    event = (system / "held.json").read_text().split('"')[3]
    hauberk = [str(Path(sys.executable).parent / "hauberk"), "guard", "queue", "show", event]
    environment = {**os.environ, "HAUBERK_KEYS": str(tmp_path / "keys"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    piped = subprocess.run(hauberk, cwd=system, env=environment, capture_output=True, text=True, check=False)
    assert (piped.returncode, piped.stdout) == (2, "")
    shown = on_a_terminal(hauberk, system, environment)
    assert all(value in shown for value in VALUES)
    assert "contributions to the score of good (linear, log-odds)" in shown
    assert "similar" in shown or "appeal" in shown
    kept = [path for path in (system / ".hauberk").rglob("*") if path.is_file() and "models" not in path.parts]
    for path in [*kept, system / "guard.log"]:
        assert not any(f'"{value}"'.encode() in path.read_bytes() for value in VALUES), path.name


def on_a_terminal(command, folder, environment):
    """What a command prints on a terminal of its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=slave, stderr=slave, stdin=slave)
    os.close(slave)
    data = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        data += piece
    process.wait(60)
    os.close(master)
    return data.decode()
