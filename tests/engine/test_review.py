# SPDX-License-Identifier: Apache-2.0
"""``review``: each clause on a repository that is built here."""

import json
import pickle
import subprocess
from datetime import date

import pytest

from hauberk.cli.main import execute
from hauberk.core.target import Target
from hauberk.engine import review as reviewing
from hauberk.engine.examine import examine
from hauberk.engine.source import FolderSource
from hauberk.engine.touched import stated, touched
from hauberk.report.review import render
from tests.engine.repository import Built

TODAY = date(2026, 11, 24)
LOAD = "import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n"
QUIET = "x = 1\n"
MANIFEST = """\
name: lender
owners:
  - {name: Ada, role: product owner}
  - {name: Grace, role: model owner}
roles:
  - {name: data protection officer, holders: [dpo-key]}
  - {name: model risk, holders: [risk-one, risk-two]}
approvals:
  - {name: model-change, role: model risk, eyes: 2, touches: [model, dataset]}
  - {name: access, role: data protection officer, eyes: 1, touches: [permission]}
"""


@pytest.fixture
def built(tmp_path, monkeypatch):
    def in_this_process(examination, step):
        source = FolderSource(examination.discovery.root)
        return [
            examine(job.card, Target(asset=job.asset, source=source, system=examination.system))
            for job in examination.plan.jobs
        ]

    monkeypatch.setattr(reviewing, "examine_all", in_this_process)
    made = Built(tmp_path / "repository")
    monkeypatch.chdir(made.top)
    made.commit(a=QUIET)
    return made


def reviewed(built, base="main"):
    return reviewing.review(built.top, base, today=TODAY, step=lambda _: None, cached=False)


def test_new_and_fixed_findings_are_told_apart_from_old_ones(built):
    built.commit(old=LOAD, cured=LOAD)
    built.git("checkout", "-q", "-b", "work")
    built.commit(fresh=LOAD, cured=QUIET, old="# moved\n\n\n" + LOAD)
    found = reviewed(built)
    assert {one.place.path for one in found.new} == {"fresh.py"}
    assert {one.place.path for one in found.fixed} == {"cured.py"}
    assert found.verdict.exit_code == 1
    built.commit(fresh=QUIET)
    assert reviewed(built).verdict.exit_code == 0


def test_a_way_that_a_change_opens_into_an_unchanged_file_is_new(built):
    built.commit(store="import pickle\n\n\ndef keep(data):\n    return pickle.loads(data)\n", service=QUIET)
    built.git("checkout", "-q", "-b", "work")
    built.commit(
        service="from flask import Flask, request\nfrom store import keep\n\napp = Flask(__name__)\n\n\n@app.post('/')\ndef take():\n    return keep(request.data)\n"
    )
    assert "store.py" in {one.place.path for one in reviewed(built).new}


def rows(found, area):
    return {(one.path, one.name, one.how, one.detail) for one in found.touched if one.area == area}


def test_models_and_data_sets_are_told_by_content_and_not_by_name(built):
    built.put("m.bin", pickle.dumps([1]))
    built.put("gone.csv", "a,b\n1,2\n")
    built.commit()
    built.git("checkout", "-q", "-b", "work")
    built.put("m.bin", pickle.dumps([2]))
    built.put("new.csv", "a,b\n1,2\n")
    (built.top / "gone.csv").unlink()
    built.commit()
    found = reviewed(built)
    assert {row[:1] + row[2:3] for row in rows(found, "model")} == {("m.bin", "changed")}
    assert {row[:1] + row[2:3] for row in rows(found, "dataset")} == {("new.csv", "added"), ("gone.csv", "removed")}


def test_dependencies_are_told_with_versions_and_never_with_an_address(built):
    built.put("requirements.txt", "numpy==2.4.0\nflask>=3\n")
    built.commit()
    built.git("checkout", "-q", "-b", "work")
    built.put("requirements.txt", "numpy==2.5.0\nevil @ https://" + "user:canary" + "@evil.test/x.whl\n")
    built.commit()
    found = reviewed(built)
    assert ("requirements.txt", "numpy", "changed", "==2.4.0 -> ==2.5.0") in rows(found, "dependency")
    assert ("requirements.txt", "flask", "removed", ">=3") in rows(found, "dependency")
    assert {row[1:3] for row in rows(found, "dependency")} >= {("evil", "added")}
    assert "canary" not in render(found)


def test_permissions_and_decisions_are_touched_and_asked_about(built):
    built.put("hauberk.yaml", MANIFEST)
    built.put("Dockerfile", "FROM python:3.11\nUSER app\n")
    built.put(".github/workflows/ci.yml", "on: push\npermissions: {contents: read}\njobs: {a: {runs-on: x}}\n")
    built.commit()
    built.git("checkout", "-q", "-b", "work")
    built.put("Dockerfile", "FROM python:3.12\nUSER root\n")
    built.put(".github/workflows/ci.yml", "on: push\npermissions: {contents: write}\njobs: {a: {runs-on: x}}\n")
    built.put("rbac.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n")
    built.put("run.sh", "#!/bin/sh\n")
    (built.top / "run.sh").chmod(0o755)
    built.put("hauberk.yaml", MANIFEST.replace("[model, dataset]", "[]") + "exclude: [{path: src, reason: no}]\n")
    built.commit()
    found = reviewed(built)
    names = {(row[0], row[1]) for row in rows(found, "permission")}
    assert ("Dockerfile", "user of stage 1") in names
    assert (".github/workflows/ci.yml", "permissions") in names
    assert ("rbac.yaml", "ClusterRole all") in names
    assert ("run.sh", "executable") in names
    assert ("Dockerfile", "image python", "changed", "3.11 -> 3.12") in rows(found, "dependency")
    assert {row[1] for row in rows(found, "decision")} >= {"exclude of the manifest", "approvals of the manifest"}
    asked = {(one.approval, one.role, one.holders, one.eyes) for one in found.asked}
    assert ("access", "data protection officer", ("dpo-key",), 1) in asked
    assert ("owner", "product owner", ("Ada",), 1) in asked


def test_approvals_are_those_of_the_manifest_before_the_change(built):
    built.put("hauberk.yaml", MANIFEST)
    built.put("m.pkl", pickle.dumps([1]))
    built.commit()
    built.git("checkout", "-q", "-b", "work")
    built.put("m.pkl", pickle.dumps([2]))
    built.put("hauberk.yaml", "name: lender\npolicy: {name: soft, rules: [{id: none, severity: critical}]}\n")
    built.commit(b=LOAD)
    found = reviewed(built)
    assert ("model-change", ("risk-one", "risk-two"), 2) in {(a.approval, a.holders, a.eyes) for a in found.asked}
    assert found.verdict.policy == "default"
    assert found.verdict.exit_code == 1


def test_a_manifest_that_is_new_judges_nothing_yet(built):
    built.put("hauberk.yaml", MANIFEST)
    found = reviewed(built, "HEAD")
    assert found.asked == ()
    assert "is new in this change" in found.notes[0]


def test_signed_and_unsigned_commits_and_what_is_not_committed(built, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    built.git("checkout", "-q", "-b", "work")
    built.git("config", "gpg.format", "ssh")
    built.git("config", "user.signingkey", str(tmp_path / "key"))
    built.write(b=QUIET)
    built.git("add", "-A")
    built.git("commit", "-q", "-S", "-m", "signed")
    plain = built.commit(c=QUIET)
    signed = reviewed(built).signed
    assert (signed.commits, signed.signed, signed.unsigned, signed.uncommitted) == (2, {"ssh": 1}, (plain,), False)
    built.write(d=QUIET)
    assert reviewed(built).signed.uncommitted


def test_protection_is_never_claimed_and_its_signs_are_told(built):
    signs = " ".join(reviewed(built).protection.signs)
    assert "no CODEOWNERS" in signs
    assert "denyNonFastForwards is not set" in signs
    built.git("config", "receive.denyNonFastForwards", "true")
    built.put(".github/CODEOWNERS", "* @team\n")
    built.commit()
    found = reviewed(built)
    assert found.protection.proven == "no"
    signs = " ".join(found.protection.signs)
    assert "named in .github/CODEOWNERS" in signs
    assert "denyNonFastForwards is true" in signs


def test_the_state_before_is_written_without_filters_links_or_paths_that_lead_outside(built, tmp_path):
    canary = tmp_path / "canary"
    built.put(".gitattributes", "* filter=evil\n")
    (built.top / "link").symlink_to("/etc/passwd")
    built.commit(b=LOAD)
    tree = built.git("mktree", "--missing", check=False)
    assert tree is not None
    built.git("config", "filter.evil.smudge", f"touch {canary}")
    built.git("config", "filter.evil.clean", f"touch {canary}")
    built.git("config", "filter.evil.required", "true")
    built.put("c.py", QUIET)
    found = reviewed(built, "HEAD")
    assert found.fixed == ()
    assert not canary.exists()


def test_the_command_prints_markdown_or_json_and_its_verdict(built, capsys):
    built.git("checkout", "-q", "-b", "work")
    built.commit(fresh=LOAD)
    assert execute(["review", "main"]) == 1
    shown = capsys.readouterr().out
    assert "### New findings: 1" in shown
    assert "### Who must approve" in shown
    assert execute(["review", "main", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "hauberk/review/1"
    assert [one["place"]["path"] for one in document["new"]] == ["fresh.py"]
    assert execute(["review", "main", "--quiet"]) == 1
    assert capsys.readouterr().out.count("\n") == 1
    assert execute(["review", "nowhere"]) == 2


STATED = [
    ("requirements-dev.txt", b"a-b==1 ; python_version < '4'\n# c\n-r more.txt\n", {("dependency", "a-b"): "==1"}),
    ("pyproject.toml", b"[project]\ndependencies = ['Numpy>=2']\n[build-system]\nrequires = ['x']\n", {("dependency", "numpy"): ">=2", ("dependency", "x"): ""}),
    ("uv.lock", b"[[package]]\nname = 'a'\nversion = '1'\n", {("dependency", "a"): "1"}),
    ("environment.yml", b"dependencies:\n  - numpy=2.4\n  - pip:\n    - flask==3\n", {("dependency", "numpy"): "=2.4", ("dependency", "flask"): "==3"}),
    ("Dockerfile", b"FROM reg:5000/a/b:1@sha256:00\n", {("dependency", "image reg:5000/a/b"): "1 sha256:00"}),
    (".github/workflows/x.yml", b"jobs: {a: {steps: [{uses: actions/checkout@v4}]}}\n", {("dependency", "action actions/checkout"): "v4"}),
    ("a.tf", b'resource "aws_iam_role" "r" {\n}\n', {("permission", "aws_iam_role r"): None}),
    ("a.py", b"x = 1  # nosec\n", {("decision", "suppressions requested inline"): "1"}),
    ("pyproject.toml", b"[broken", {("decision", "a file that could not be read"): None}),
    ("k.yaml", b"kind: Pod\nspec: {hostNetwork: true}\n", {("permission", "Pod.spec.hostNetwork"): None}),
]  # fmt: skip


@pytest.mark.parametrize(("uri", "data", "expected"), STATED)
def test_what_a_file_states(uri, data, expected):
    found = stated(uri, data)
    for key, value in expected.items():
        assert key in found
        assert value is None or found[key] == value


def test_what_is_the_same_is_not_touched():
    for uri, data, _ in STATED:
        assert list(touched(uri, data, data)) == []
    assert list(touched("requirements.txt", b"a==1\nb==2\n", b"b==2\na == 1\n".replace(b" == ", b"=="))) == []
