# SPDX-License-Identifier: Apache-2.0
"""The README's commands, run as a reader would run them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
FENCE = re.compile(r"```console\n(.*?)```", re.DOTALL)
EXPECTED = {
    "hauberk scan .": 1,
    "hauberk scan . --format sarif --out hauberk.sarif": 1,
    "hauberk init .": 0,
    "hauberk assess": 0,
    "hauberk gate": 1,
    "hauberk report --format html --out report.html": {0, 1},
    "hauberk demo --keep credit": 1,
    "hauberk ledger export --ledger credit/.hauberk/ledger credit.bundle": 0,
    "hauberk ledger key --ledger credit/.hauberk/ledger > credit.pub": 0,
    "hauberk verify credit.bundle --key credit.pub": 0,
    'hauberk waive FINGERPRINT --until 2027-06-30 --reason "the vendor\'s contract ends then"': 0,
}
BY_MAKE = {"make demo"}


def commands():
    return [line for block in FENCE.findall((ROOT / "README.md").read_text()) for line in COMMAND.findall(block)]


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_every_command_of_the_readme_ends_as_it_says(tmp_path):
    work = tmp_path / "repository"
    shutil.copytree(
        ROOT / "examples" / "credit" / "as-written", work, ignore=shutil.ignore_patterns("hauberk.yaml", ".hauberk")
    )
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    seen = set()
    for command in commands():
        if command in BY_MAKE:
            continue
        seen.add(command)
        run = command
        if "FINGERPRINT" in command:
            shown = subprocess.run(
                ["hauberk", "gate", "--json"], cwd=work, env=environment, capture_output=True, check=False
            )
            finding = next(f for one in json.loads(shown.stdout)["evidence"] for f in one["findings"])
            run = command.replace("FINGERPRINT", finding["fingerprint"])
        done = subprocess.run(
            ["bash", "-c", run], cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        expected = EXPECTED[command]
        allowed = expected if isinstance(expected, set) else {expected}
        assert done.returncode in allowed, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        assert "Traceback" not in done.stderr
    assert seen == set(EXPECTED)
