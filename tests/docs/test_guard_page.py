# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/guard.md, run as a reader would run it, in one shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "guard.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_of_the_page_ends_well(tmp_path):
    lines = ["set -o pipefail", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    for command in COMMANDS:
        end = "" if command.endswith("&") else '\ncode=$?; [ $code -eq 0 ] || { echo "exit $code" >&2; exit 9; }'
        lines.append(f"echo '+' >&2\n{command.replace('8417', '$PORT')}{end}")
    free = subprocess.run(
        [sys.executable, "-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HAUBERK": str(ROOT),
        "HAUBERK_KEYS": str(tmp_path / "keys"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PORT": free.stdout.strip(),
    }
    environment.pop("HAUBERK_IDENTITY", None)
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert '"label":"good"' in done.stdout
    assert "400\n401\n" in done.stdout
    assert "the answer is the same" in done.stdout
    assert "is in it: event" in done.stdout
    assert "stopped: 1 worker ended" in done.stdout
