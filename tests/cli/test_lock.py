# SPDX-License-Identifier: Apache-2.0
"""``hauberk lock`` as a user types it, and what assess says of a file that was exchanged since."""

import json

import pytest

from hauberk.cli.main import execute

MANIFEST = """
name: s
assets:
  - {id: rules, kind: code, uri: rules.py}
  - {id: api, kind: endpoint, uri: 'https://x.example/'}
"""


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "hauberk.yaml").write_text(MANIFEST)
    (folder / "rules.py").write_text("LIMIT = 1\n")
    monkeypatch.chdir(folder)
    return folder


def _found(capsys):
    capsys.readouterr()
    assert execute(["assess", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = [one for one in document["evidence"] if one["card"] == "HBK-DEP-013"]
    return document["assessment"]["lock_digest"], [one["outcome"] for one in rows]


def test_a_file_that_was_exchanged_since_it_was_locked_is_found(system, capsys):
    assert execute(["lock"]) == 0
    assert "1 assets" in capsys.readouterr().out
    assert execute(["lock", "--check"]) == 0
    digest, outcomes = _found(capsys)
    assert digest.startswith("sha256:")
    assert outcomes == ["clean"]
    (system / "rules.py").write_text("LIMIT = 9\n")
    assert execute(["lock", "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["differences"] == [
        "asset rules: rules.py is not the file that was locked"
    ]
    assert _found(capsys) == (digest, ["found"])


def test_a_locked_file_that_is_gone_is_not_looked_at_and_cannot_be_locked(system, capsys):
    assert execute(["lock", "--quiet"]) == 0
    (system / "rules.py").unlink()
    assert _found(capsys)[1] == ["unable"]
    assert execute(["lock"]) == 2
    assert "declared and not there: rules.py" in capsys.readouterr().err


def test_without_a_lock_nothing_is_locked_and_there_is_nothing_to_check(system, capsys):
    assert _found(capsys) == ("", [])
    assert execute(["lock", "--check"]) == 2
    assert "hauberk lock" in capsys.readouterr().err


def test_a_lock_that_is_none_stops_an_assessment_before_it_begins(system, capsys):
    (system / "hauberk.lock").write_text("not json")
    for words in (["assess"], ["lock"]):
        assert execute(words) == 2
        assert "hauberk.lock is no lock" in capsys.readouterr().err
    assert not (system / ".hauberk").exists()
