# SPDX-License-Identifier: Apache-2.0
"""Runs the console commands of a page as a reader would, in one shell, with keys and cache of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commands(page):
    """Every line after a ``$`` in the console blocks of a page of docs/how-to."""
    text = (ROOT / "docs" / "how-to" / page).read_text()
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)]


def run_page(page, folder):
    """Run them with a free port in place of 8417; each must end well."""
    lines = ["set -o pipefail", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    for command in commands(page):
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
        "HAUBERK_KEYS": str(folder / "keys"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PORT": free.stdout.strip(),
    }
    environment.pop("HAUBERK_IDENTITY", None)
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done
