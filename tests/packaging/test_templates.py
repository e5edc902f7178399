# SPDX-License-Identifier: Apache-2.0
"""What users copy: the hooks, the action and the GitLab template, each run as far as it can be without its host."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.engine.repository import Built

from hauberk.cli.main import application

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".prepared" / "peers" / "hooks" / "bin"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
TEMPLATE = ROOT / "packaging" / "templates" / "hauberk.gitlab-ci.yml"
LOAD = "import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n"
DIRTY = '{"nbformat": 4, "nbformat_minor": 4, "metadata": {"a": "b"}, "cells": []}'


@pytest.fixture
def built(tmp_path):
    made = Built(tmp_path / "repository")
    made.commit(a="x = 1\n")
    return made


def environment(built, **more):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(built.top.parent), **more}


def bash(script, built, **more):
    return subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-c", script],
        cwd=built.top,
        env=environment(built, **more),
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_hook_names_a_command_that_there_is():
    for hook in HOOKS:
        words = shlex.split(hook["entry"])
        assert words[0] == "hauberk"
        application(words[1])[words[1]]
        assert hook["language"] == "python"
        assert {"id", "name", "description"} <= hook.keys()


def test_no_input_of_the_action_is_written_into_a_script():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert all(value.startswith("${{ inputs.") for value in step["env"].values())


@pytest.mark.slow
def test_the_action_scans_what_changed_and_writes_sarif(built):
    given = {"INSTALL": "", "SCANNED": ".", "CHANGED": "HEAD", "MANIFEST": "", "BASELINE": "", "SARIF": "out.sarif"}
    named = {key for step in ACTION["runs"]["steps"] for key in step["env"]}
    assert named == given.keys()
    script = "\n".join(step["run"] for step in ACTION["runs"]["steps"])
    assert bash(script, built, **given).returncode == 0
    built.write(b=LOAD)
    done = bash(script, built, **given)
    assert done.returncode == 1, done.stderr
    results = json.loads((built.top / "out.sarif").read_text())["runs"][0]["results"]
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results} == {"b.py"}


@pytest.mark.slow
def test_the_jobs_of_the_gitlab_template_run(built):
    jobs = yaml.safe_load(TEMPLATE.read_text())
    built.git("update-ref", "refs/remotes/origin/main", "HEAD")
    built.git("checkout", "-q", "-b", "work")
    built.commit(b=LOAD)
    scanned = bash("\n".join(jobs["hauberk:scan"]["script"]), built)
    assert scanned.returncode == 1, scanned.stderr
    assert (built.top / "hauberk.xml").is_file()
    (built.top / "hauberk.xml").unlink()
    reviewed = bash("\n".join(jobs["hauberk:review"]["script"]), built, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")
    assert reviewed.returncode == 1, reviewed.stderr
    assert "New findings: 1" in (built.top / "hauberk-review.md").read_text()


@pytest.mark.slow
def test_the_files_are_valid_by_their_hosts_own_schemas(built):
    for command in (
        ["pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"],
        ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", TEMPLATE],
    ):
        done = subprocess.run(
            [PEERS / command[0], *command[1:]], env=environment(built), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_pre_commit_runs_the_hooks(built):
    hooks = [{**hook, "language": "system"} for hook in HOOKS if hook["id"] != "hauberk-notebooks"]
    built.put(".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]}))
    built.commit()
    built.put("n.ipynb", DIRTY)
    built.write(b=LOAD)
    built.git("add", "-A")

    def run(hook):
        command = [PEERS / "pre-commit", "run", hook, "--color", "never"]
        return subprocess.run(
            command, cwd=built.top, env=environment(built), capture_output=True, text=True, check=False
        )

    scanned = run("hauberk-changed")
    assert scanned.returncode == 1, scanned.stderr
    assert "b.py" in scanned.stdout
    assert run("hauberk-notebooks-check").returncode == 1
    built.put("n.ipynb", '{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}')
    built.write(b="x = 1\n")
    built.git("add", "-A")
    assert run("hauberk-changed").returncode == 0
    assert run("hauberk-notebooks-check").returncode == 0
