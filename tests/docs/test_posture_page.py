# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/posture.md, run as a reader would run it; and what issue 8 asks of the two credit systems."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "posture.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
]
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_command_of_the_page_ends_well_and_the_credit_systems_are_backed_as_promised(tmp_path):
    asked = "hauberk govern posture --framework ai-act --as-of 2027-12-02 --json"
    lines = ["set -e", *COMMANDS]
    lines += [f"{asked} > hardened.json", "hauberk govern posture --framework gdpr --json > gdpr.json"]
    lines += ["hauberk govern docs --format md > docs.txt", f"cd ../as-written && {asked} > written.json"]
    lines += ["hauberk govern docs --format md > docs.txt", "hauberk govern verify-docs -q"]
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HAUBERK_KEYS": str(tmp_path / "keys"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    environment.pop("HAUBERK_IDENTITY", None)
    script = "\n".join(lines).replace("TOMORROW", TOMORROW)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    credit = tmp_path / "credit"
    for twin, name in (("as-written", "written.json"), ("hardened", "hardened.json")):
        counts = json.loads((credit / twin / name).read_text())["counts"]
        assert counts["technical_executed"] / counts["technical"] >= 0.4, (twin, counts)
        told = (credit / twin / "docs.txt").read_text()
        gaps, points = map(int, re.search(r"(\d+) GAP of (\d+) points", told).groups())
        assert gaps / points <= 0.30, told
        assert sum(int(number) for number in re.findall(r"(\d+) numbers", told)) >= 30
    gdpr = json.loads((credit / "hardened" / "gdpr.json").read_text())
    states = {one["id"]: one["state"] for one in gdpr["duties"]}
    assert states["gdpr:Art.33(1)"] == "HUMAN"
    assert gdpr["breaks"] == []
    assert {one["name"]: one["signed"] for one in gdpr["approvals"]} == {"release": 2}
