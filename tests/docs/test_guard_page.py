# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/guard.md, run as a reader would run it, in one shell."""

import pytest
from tests.docs.shell import run_page


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_of_the_page_ends_well(tmp_path):
    done = run_page("guard.md", tmp_path)
    assert '"label":"good"' in done.stdout
    assert "400\n401\n" in done.stdout
    assert "the answer is the same" in done.stdout
    assert "is in it: event" in done.stdout
    assert "stopped: 1 worker ended" in done.stdout
