# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/explain-and-weigh.md, run as a reader would run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "explain-and-weigh.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_the_page_ends_well_and_says_what_the_page_says(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HAUBERK_KEYS": str(tmp_path / "keys"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    environment.pop("HAUBERK_IDENTITY", None)
    script = "\n".join(["set -e", *COMMANDS])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    for said in (
        "stability",
        "explainers see another rule than people",
        "otherwise: ",
        "changes are shown",
        "by a draw",
        "standard deviations higher",
        "shift by group",
        "(below 150)",
    ):
        assert said in done.stdout, said
    assert (tmp_path / "diagnosis" / "hardened" / "frontier.svg").read_text().count("<circle") == 9
