# SPDX-License-Identifier: Apache-2.0
"""``protect notebook`` in its place: files replaced whole or not at all, a filter of git, exit codes."""

import json
import os
import subprocess

import pytest

from hauberk.cli.main import execute
from tests.cli.cases import HAUBERK

DIRTY = {
    "nbformat": 4,
    "nbformat_minor": 4,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {},
            "source": "1",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "canary-output"}],
        }
    ],
}


@pytest.fixture
def dirty(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(DIRTY))
    path.chmod(0o640)
    return path


def test_a_file_is_replaced_keeps_its_mode_and_is_then_left_alone(dirty, capsys):
    assert execute(["protect", "notebook", str(dirty), "--check"]) == 1
    assert "canary" in dirty.read_text()
    assert execute(["protect", "notebook", str(dirty)]) == 0
    assert "canary" not in dirty.read_text()
    assert dirty.stat().st_mode & 0o777 == 0o640
    before = dirty.stat().st_ino
    assert execute(["protect", "notebook", str(dirty)]) == 0
    assert dirty.stat().st_ino == before
    assert execute(["protect", "notebook", str(dirty), "--check", "--json"]) == 0
    said = capsys.readouterr().out
    assert "1 outputs" in said
    assert "canary" not in said
    assert [one.name for one in dirty.parent.iterdir()] == ["n.ipynb"]


def test_what_cannot_be_read_is_left_as_it_is(tmp_path, capsys):
    path = tmp_path / "n.ipynb"
    path.write_text('{"nbformat": 4, "cells": [' + "x" * 50)
    assert execute(["protect", "notebook", str(path)]) == 3
    assert path.read_text().endswith("xxx")
    assert "left as it is" in capsys.readouterr().out


def test_a_link_is_not_followed_and_no_prepared_name_is_written(dirty, tmp_path):
    link = tmp_path / "link.ipynb"
    link.symlink_to(dirty)
    assert execute(["protect", "notebook", str(link)]) == 3
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "n.ipynb.new").symlink_to(victim)
    assert execute(["protect", "notebook", str(dirty)]) == 0
    assert victim.read_text() == "mine"


def test_the_original_survives_a_disk_that_takes_no_more(dirty, monkeypatch, capsys):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert execute(["protect", "notebook", str(dirty)]) == 2
    assert json.loads(dirty.read_text()) == DIRTY
    assert [one.name for one in dirty.parent.iterdir()] == ["n.ipynb"]
    assert "No space left" in capsys.readouterr().err


def test_it_is_a_clean_filter_of_git(tmp_path):
    def git(*words):
        return subprocess.run(
            ["git", *words], cwd=tmp_path, check=True, capture_output=True, env={**os.environ, "HOME": str(tmp_path)}
        ).stdout

    git("init", "-q")
    git("config", "filter.hauberk.clean", f"{HAUBERK} protect notebook - --quiet")
    git("config", "filter.hauberk.required", "true")
    (tmp_path / ".gitattributes").write_text("*.ipynb filter=hauberk\n")
    (tmp_path / "n.ipynb").write_text(json.dumps(DIRTY))
    git("add", ".")
    assert b"canary" not in git("show", ":n.ipynb")
    assert b"canary" in (tmp_path / "n.ipynb").read_bytes()
    assert json.loads(git("show", ":n.ipynb"))["cells"][0]["source"] == "1"
