# SPDX-License-Identifier: Apache-2.0
"""The commands of docs/how-to/attack.md name options that exist, and the first of them runs as written."""

import re
import shlex
from pathlib import Path

import pytest

from hauberk.cli.main import execute

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "attack.md").read_text()
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("hauberk ")
]
QUICK = {"--rows": "60", "--budget-queries": "100"}


def test_the_page_shows_commands():
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(command[1:3]) for command in COMMANDS])
def test_every_option_on_the_page_exists(command, capsys):
    verb = command[1:3] if command[1] == "protect" else command[1:2]
    execute([*verb, "--help"])
    known = set(re.findall(r"--[a-z-]+|-m", capsys.readouterr().out))
    assert {word for word in command if word.startswith("-")} <= known


def local(command, folder):
    """The command on an example's files, with fewer rows and queries."""
    words = [
        str(folder / word) if word.startswith(("models/", "data/")) or word == "hauberk.yaml" else word
        for word in command[1:]
    ]
    kept = [word for at, word in enumerate(words) if word not in QUICK and words[at - 1] not in QUICK]
    return [*kept, *(word for pair in QUICK.items() for word in pair), "--quiet"]


@pytest.mark.parametrize(
    ("start", "folder"),
    [("attack models/credit.onnx", "credit/as-written"), ("attack models/digits.onnx", "digits/as-written")],
)
def test_the_commands_run_as_written(start, folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # journals and pages that a command writes
    chosen = [command for command in COMMANDS if " ".join(command[1:]).startswith(start)]
    assert chosen
    for command in chosen:
        assert execute(local(command, ROOT / "examples" / folder)) in (0, 3)
        assert capsys.readouterr().out.startswith("evaluation ")
