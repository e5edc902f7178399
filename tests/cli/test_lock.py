# SPDX-License-Identifier: Apache-2.0
"""``hauberk lock`` as a user types it, and what assess says of a file that was exchanged since."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hauberk.cli.main import execute
from hauberk.manifest.lock import lock_bytes, parse_lock

SAMPLES = Path(__file__).parents[2] / "samples" / "HBK-ATK-001"

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


RELEASING = """
name: s
assets:
  - {id: test, kind: dataset, uri: test.csv, facts: {split: test, label: credit_risk}}
  - {id: model, kind: model, uri: model.onnx, facts: {modality: table, tested_on: [test]}}
policy:
  name: release
  rules:
    - {id: no-worse, regression: {measurement: robust_accuracy, may_drop: 0.02}}
"""


def _gate(capsys):
    capsys.readouterr()
    code = execute(["gate", "--json"])
    document = json.loads(capsys.readouterr().out)
    return code, document["verdict"]


@pytest.fixture
def releasing(system):
    (system / "hauberk.yaml").write_text(RELEASING)
    put(system, "good")
    return system


def put(folder, which):
    (folder / "model.onnx").write_bytes((SAMPLES / which / "model.onnx").read_bytes())
    rows = (SAMPLES / which / "data" / "test.csv").read_bytes().splitlines(keepends=True)
    (folder / "test.csv").write_bytes(b"".join(rows[:61]))


@pytest.mark.slow
def test_a_release_that_is_worse_than_the_last_fails_the_gate_and_the_same_again_passes(releasing, capsys):
    assert execute(["assess", "--quiet"]) == 0
    code, verdict = _gate(capsys)
    assert code == 1
    assert "no release is pinned" in verdict["gates"][0]["why"]
    assert execute(["lock", "--release"]) == 0
    assert "released: model robust_accuracy" in capsys.readouterr().out
    assert execute(["assess", "--quiet"]) == 0
    assert _gate(capsys)[1]["gates"][0]["passed"]
    kept = (releasing / "hauberk.lock").read_bytes()
    assert execute(["lock", "--quiet"]) == 0
    assert (releasing / "hauberk.lock").read_bytes() == kept
    put(releasing, "bad")
    assert execute(["assess", "--quiet"]) == 0
    code, verdict = _gate(capsys)
    assert code == 1
    assert "worse by" in verdict["gates"][0]["why"]


@pytest.mark.slow
def test_a_lock_that_tells_a_better_or_worse_release_than_the_ledger_is_not_believed(releasing, capsys):
    assert execute(["assess", "--quiet"]) == 0
    assert execute(["lock", "--release", "--quiet"]) == 0
    held = parse_lock((releasing / "hauberk.lock").read_bytes())
    one = held.release.measurements[0]
    lower = replace(one, measurement=replace(one.measurement, low=0.0))
    (releasing / "hauberk.lock").write_bytes(
        lock_bytes(replace(held, release=replace(held.release, measurements=(lower,))))
    )
    assert execute(["assess", "--quiet"]) == 0
    code, verdict = _gate(capsys)
    assert code == 3
    assert any("the ledger differ about the last release" in one["reason"] for one in verdict["unable"])


@pytest.mark.slow
def test_nothing_is_released_that_was_not_measured_or_has_changed(releasing, system, capsys):
    assert execute(["lock", "--release"]) == 2
    assert execute(["assess", "--quiet"]) == 0
    (releasing / "test.csv").write_bytes(b"credit_risk\n")
    capsys.readouterr()
    assert execute(["lock", "--release"]) == 2
    assert "changed since it was assessed" in capsys.readouterr().err
    (system / "hauberk.yaml").write_text(MANIFEST)
    (system / "rules.py").write_text("LIMIT = 1\n")
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    assert execute(["lock", "--release"]) == 2
    assert "no rule of the policy compares" in capsys.readouterr().err
