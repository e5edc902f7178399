# SPDX-License-Identifier: Apache-2.0
"""The page "write a check", followed to the letter by somebody who knows nothing else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "write-a-check.md").read_text()
RULE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1)
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
ID = "HBK-COD-090"


@pytest.fixture
def clone(tmp_path):
    for name in ("src", "tests", "samples", "docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(command, clone):
    command = command.replace("make rule ID=", f"{sys.executable} docs/new_rule.py ").replace(
        ".venv/bin/pytest", f"{sys.executable} -m pytest"
    )
    environment = {**os.environ, "PYTHONPATH": str(clone / "src")}
    return subprocess.run(
        ["bash", "-c", command], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_page_leads_a_newcomer_from_nothing_to_a_green_rule(clone):
    for command in COMMANDS:
        if "pytest" in command:
            (clone / "src" / "hauberk" / "checks" / "code" / "tls_off.py").write_text(RULE)
        if command.startswith((".venv/bin/hauberk", "make docs")):
            continue
        done = run(command, clone)
        assert done.returncode == 0, (command, done.stdout[-1500:], done.stderr[-1500:])
    tested = run(f".venv/bin/pytest -n 0 tests/contract -k {ID} -v", clone)
    assert "3 passed" in tested.stdout, tested.stdout[-1500:]


@pytest.mark.slow
@pytest.mark.parametrize("bad", ["HBK-XYZ-001", "HBK-COD-1", "", "HBK-COD-001"])
def test_an_id_that_is_malformed_or_taken_is_refused(clone, bad):
    done = run(f"make rule ID={bad}", clone)
    assert done.returncode == 2
    assert not list((clone / "src").rglob("rule_*.py"))


def test_the_rule_of_the_page_is_short():
    assert len(RULE.splitlines()) <= 32
