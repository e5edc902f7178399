# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/respond.md, run as a reader would run it; and no value of a request is in anything that it leaves."""

import re

import pytest
from tests.docs.shell import run_page

VALUES = tuple(str(3275 + step) for step in range(1, 61))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_command_of_the_page_ends_well_and_no_value_leaves(tmp_path):
    done = run_page("respond.md", tmp_path)
    assert " 403 " in done.stdout
    listed = re.findall(r"inc-\S+  \S+  .* detections: .*", done.stdout)
    assert len(listed) == 2, listed
    assert all("1 client  " in line and " high  open " in line for line in listed)
    assert "it is an incident" in done.stdout
    assert " entries wait, 0 sent again" in done.stdout
    verdicts = [line.partition(":")[0] for line in done.stdout.splitlines() if "policy" in line]
    assert verdicts[-2:] == ["failed", "passed"], verdicts
    assert "inc-01" in done.stdout.splitlines()[-1]
    assert "closed" in done.stdout.splitlines()[-1]
    system = tmp_path / "credit"
    for path in [system / ".hauberk" / "guard.cef", system / "guard.log", *(system / ".hauberk").glob("*.sqlite")]:
        data = path.read_bytes()
        assert not any(f'"{value}"'.encode() in data or f"={value}".encode() in data for value in VALUES), path.name
