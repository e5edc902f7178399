# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/keep-a-ledger.md, run as a reader would run it, in one shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hauberk.cli.ledger import MORE
from hauberk.cli.ledger import app as ledger

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "keep-a-ledger.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
]
FAILS = {"hauberk demo --keep credit": 1}
"""The demo's exit code is its verdict."""


def test_every_sub_command_of_ledger_is_on_the_page():
    named = {name for name, _ in MORE} | {"export", "key", "list", "show", "verify"}
    assert named <= {name for name in ledger if not name.startswith("-")}
    shown = {line.split("hauberk ledger ")[1].split()[0] for line in COMMANDS if "hauberk ledger " in line}
    assert shown == named


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_of_the_page_ends_well(tmp_path):
    """One shell for all: folders and variables carry on from line to line."""
    lines = ["set -o pipefail"]
    for command in COMMANDS:
        run = command.replace(
            "reveal ENTRY", "reveal $(hauberk ledger list --kind payload | head -1 | awk '{print $1}')"
        )
        run = run.replace("KEY --from", "$(hauberk key list | grep '^alice/' | cut -d' ' -f1) --from")
        lines.append(
            f'{run}\ncode=$?; [ $code -eq {FAILS.get(command, 0)} ] || {{ echo "exit $code: {command.replace(chr(34), "")}" >&2; exit 9; }}'
        )
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HAUBERK_KEYS": str(tmp_path / "keys"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    environment.pop("HAUBERK_IDENTITY", None)
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    assert done.stdout.count("integrity only") >= 5
    assert "witnessed: the first" in done.stdout
    assert '{"income": 31000}' in done.stdout
