# SPDX-License-Identifier: Apache-2.0
"""``import``: other tools' findings are theirs, sealed, judged by the policy, stale where files changed."""

import json
import shutil
from pathlib import Path

import pytest

from hauberk.cli.main import execute

REPORTS = Path(__file__).parents[1] / "corpora" / "reports"
MANIFEST = """\
name: theirs
policy:
  name: ours
  rules:
    - {id: no-shell, severity: high, cards: ["bandit:B602"]}
    - {id: nothing-critical, severity: critical}
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("app.py", "settings.py", "conf.ini"):
        shutil.copy(REPORTS / "tree" / name, tmp_path / name)
    (tmp_path / "app.py").write_text("x = 1\n" * 20)
    (tmp_path / "settings.py").write_text("y = 1\n")
    (tmp_path / "conf.ini").write_text("")
    (tmp_path / "hauberk.yaml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gate(capsys):
    capsys.readouterr()
    code = execute(["gate", "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_another_tools_findings_are_sealed_as_its_own_and_judged(tree, capsys):
    assert execute(["import", str(REPORTS / "bandit.json")]) == 0
    assert "bandit 1.9.4: 6 findings, 1 thing that it could not look at" in capsys.readouterr().out
    assert execute(["assess", "--quiet"]) == 0
    code, document = gate(capsys)
    assert code == 1
    failed = {one["rule"]: one for one in document["verdict"]["gates"] if not one["passed"]}
    assert [one["card"] for one in failed["no-shell"]["findings"]] == ["bandit:B602"]
    theirs = [one for one in document["evidence"] if one["card"] == "bandit:B602"]
    assert [one["tools"]["bandit"] for one in theirs] == ["1.9.4"]
    assert theirs[0]["asset"]["digest"].startswith("sha256:")
    assert {one["card"] for one in document["verdict"]["unable"]} == {"bandit:unread"}
    sealed = b"".join(path.read_bytes() for path in (tree / ".hauberk").rglob("*") if path.is_file())
    assert b"kaninchen" not in sealed
    assert b"request.body" not in sealed

    assert execute(["import", str(REPORTS / "bandit-clean.json")]) == 0
    code, document = gate(capsys)
    assert not [one for one in document["evidence"] if one["card"] == "bandit:B602"]
    assert [one["outcome"] for one in document["evidence"] if one["card"] == "bandit:report"] == ["clean"]

    assert execute(["import", str(REPORTS / "gitleaks.json"), "--json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["tool"] == "gitleaks"
    assert "ghp_" not in said
    _, document = gate(capsys)
    assert {one["card"] for one in document["evidence"]} >= {"gitleaks:github-pat", "bandit:report"}
    (tree / "settings.py").write_text("y = 2\n")
    assert execute(["assess", "--quiet"]) == 0
    _, document = gate(capsys)
    assert any("run gitleaks again" in one["reason"] for one in document["verdict"]["unable"])
    assert execute(["ledger", "verify", "--quiet"]) == 0


def test_what_is_no_report_is_misuse_and_seals_nothing(tree, capsys):
    (tree / "x.json").write_text("{}")
    assert execute(["import", "x.json"]) == 2
    assert "not a report" in capsys.readouterr().err
    assert not (tree / ".hauberk").exists()
