# SPDX-License-Identifier: Apache-2.0
"""What changed since a revision: commits, index, working tree; ways through changed files; hostile repositories."""

import json
import os
import re
import subprocess
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets import git
from hauberk.cli.main import execute
from hauberk.core.errors import CannotLook, Misuse, TooLarge
from hauberk.core.target import Target
from hauberk.engine import changes
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.scan import prepare
from hauberk.engine.source import FolderSource
from tests.engine.repository import Built

LOAD = "import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n"
QUIET = "x = 1\n"


@pytest.fixture
def built(tmp_path, monkeypatch):
    made = Built(tmp_path / "repository")
    monkeypatch.chdir(made.top)
    return made


def scanned(path, base="main"):
    """The document of a scan of changes, examined in this process."""
    examination = prepare(path, changed=base, cached=False)
    source = FolderSource(examination.discovery.root)
    jobs = examination.plan.jobs
    evidence = [examine(job.card, Target(asset=job.asset, source=source)) for job in jobs]
    return examination.document(evidence, (), date(2026, 11, 24))


def places(document):
    return sorted({finding.place.path for one in document.evidence for finding in one.findings})


def test_commits_index_and_working_tree_count_and_nothing_else(built):
    built.commit(old=LOAD, committed=QUIET, staged=QUIET, edited=QUIET, reverted=QUIET)
    built.git("checkout", "-q", "-b", "work")
    built.commit(committed=LOAD, reverted=LOAD)
    built.write(staged=LOAD)
    built.git("add", "-A")
    built.write(edited=LOAD, fresh=LOAD, staged=LOAD, reverted=QUIET)
    document = scanned(built.top)
    assert places(document) == ["committed.py", "edited.py", "fresh.py", "staged.py"]
    told = document.coverage.unchanged
    assert (told.changed, told.gone, told.connected, told.not_examined) == (5, 0, 0, 1)
    assert document.coverage.files == 5


def test_what_happened_on_the_base_since_they_parted_is_not_of_the_change(built):
    built.commit(a=QUIET)
    built.git("checkout", "-q", "-b", "work")
    built.commit(mine=LOAD)
    built.git("checkout", "-q", "main")
    built.commit(theirs=LOAD)
    built.git("checkout", "-q", "work")
    assert places(scanned(built.top)) == ["mine.py"]


SERVICE = "from store import keep\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.post('/')\ndef take():\n    return keep(request.data)\n"
STORE_SAFE = "import json\n\n\ndef keep(data):\n    return json.loads(data)\n"
STORE_EVIL = "import pickle\n\n\ndef keep(data):\n    return pickle.loads(data)\n"
SERVICE_SAFE = "from store import keep\n\n\ndef take():\n    return keep(b'fixed')\n"


def test_a_way_that_ends_in_an_unchanged_file_is_found_where_its_source_changed(built):
    built.commit(service=SERVICE_SAFE, store=STORE_EVIL, other=LOAD)
    built.git("checkout", "-q", "-b", "work")
    built.commit(service=SERVICE)
    document = scanned(built.top)
    traced = [f for one in document.evidence for f in one.findings if f.trace]
    assert {finding.place.path for finding in traced} == {"store.py"}
    assert any(step.place.path == "service.py" for finding in traced for step in finding.trace)
    assert "other.py" not in places(document)
    assert document.coverage.unchanged.connected == 1


def test_a_way_that_begins_in_an_unchanged_file_is_found_where_its_sink_changed(built):
    built.commit(service=SERVICE, store=STORE_SAFE, other=LOAD)
    built.git("checkout", "-q", "-b", "work")
    built.commit(store=STORE_EVIL)
    assert "store.py" in places(scanned(built.top))
    assert "other.py" not in places(scanned(built.top))


def test_an_old_finding_beside_the_change_is_not_of_the_change(built):
    built.commit(service=SERVICE, store=STORE_EVIL, helper=QUIET + "import service\n")
    built.git("checkout", "-q", "-b", "work")
    built.commit(helper=QUIET + "import service\nz = 2\n")
    document = scanned(built.top)
    assert document.coverage.unchanged.connected == 2
    assert places(document) == []
    assert document.verdict.passed


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        ("a.py", "import pkg.deep.mod\n"),
        ("a.py", "from pkg.deep import (\n    other,\n    mod,\n)\n"),
        ("pkg/a.py", "from .deep import mod\n"),
        ("pkg/deep/a.py", "from . import mod\n"),
        ("pkg/other/a.py", "from ..deep.mod import f\n"),
        ("a.py", "def f():\n    from pkg.deep.mod import g\n"),
        (
            "a.ipynb",
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["import os\\n", "import pkg.deep.mod\\n"]}]}',
        ),
    ],
)
def test_imports_of_any_form_connect_in_both_directions(tmp_path, importer, text):
    (tmp_path / "pkg/deep").mkdir(parents=True)
    (tmp_path / "pkg/other").mkdir()
    (tmp_path / "pkg/deep/mod.py").write_text(QUIET)
    (tmp_path / "alone.py").write_text(QUIET)
    (tmp_path / importer).write_text(text)
    found = discover(tmp_path)
    assert changes.connected(found, {"pkg/deep/mod.py"}) == {importer}
    assert changes.connected(found, {importer}) == {"pkg/deep/mod.py"}
    assert changes.connected(found, {"alone.py"}) == frozenset()


def test_a_file_that_is_gone_connects_those_that_imported_it(built):
    built.commit(service=SERVICE, store=STORE_SAFE)
    (built.top / "store.py").unlink()
    told = scanned(built.top, "HEAD").coverage.unchanged
    assert (told.changed, told.gone, told.connected) == (1, 1, 1)


def test_nothing_changed_passes_and_says_so(built, capsys):
    built.commit(a=LOAD)
    assert execute(["scan", ".", "--changed", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert "NOT looked at because unchanged: 1" in " ".join(out.split())
    assert execute(["scan", ".", "--changed", "HEAD", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"]["unchanged"]["not_examined"] == 1


def test_a_scan_of_all_says_nothing_of_changes(built, capsys):
    built.commit(a=QUIET)
    assert execute(["scan", ".", "--json"]) == 0
    assert "unchanged" not in json.loads(capsys.readouterr().out)["coverage"]


def test_a_part_of_a_repository_is_named_as_before(built):
    built.commit(sub__a=QUIET, b=QUIET)
    built.write(sub__a=LOAD, b=LOAD)
    assert places(scanned(built.top / "sub", "HEAD")) == ["a.py"]


@pytest.mark.parametrize("base", ["nowhere", "", "-x", "--upload-pack=x", "a b", "HEAD^{tree}", "HEAD:a.py"])
def test_a_base_that_is_no_commit_is_misuse(built, base):
    built.commit(a=QUIET)
    with pytest.raises(Misuse):
        git.open_repository(built.top).resolve(base)


def test_no_repository_is_misuse(tmp_path):
    with pytest.raises(Misuse, match="no git repository"):
        git.open_repository(tmp_path)


HOSTILE = """\
[core]
	repositoryformatversion = 0
	fsmonitor = {run}
	hooksPath = {hooks}
	pager = {run}
	editor = {run}
	sshCommand = {run}
	gitProxy = {run}
	alternateRefsCommand = {run}
	worktree = /nowhere
	attributesFile = {hooks}/attributes
[extensions]
	partialClone = origin
[remote "origin"]
	url = ext::{run}
	promisor = true
	uploadpack = {run}
	partialclonefilter = blob:none
[protocol "ext"]
	allow = always
[filter "evil"]
	clean = {run}
	smudge = {run}
	process = {run}
	required = true
[diff]
	external = {run}
[diff "evil"]
	textconv = {run}
	command = {run}
[gpg]
	program = {run}
[gpg "ssh"]
	program = {run}
[alias]
	ls-tree = !{run}
	rev-parse = !{run}
[credential]
	helper = !{run}
[include]
	path = {hooks}/more
"""


def test_nothing_of_a_hostile_repository_runs(built, tmp_path):
    first = built.commit(a=QUIET, b=QUIET)
    built.commit(a=LOAD)
    canary = tmp_path / "canary"
    run = tmp_path / "run.sh"
    run.write_text(f"#!/bin/sh\ntouch {canary}\n")
    run.chmod(0o755)
    hooks = built.top / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        (hooks / name).symlink_to(run)
        (built.top / ".git/hooks" / name).unlink(missing_ok=True)
        (built.top / ".git/hooks").mkdir(exist_ok=True)
        (built.top / ".git/hooks" / name).symlink_to(run)
    (hooks / "attributes").write_text("* filter=evil diff=evil\n")
    (hooks / "more").write_text(f"[core]\n\tfsmonitor = {run}\n")
    built.put(".gitattributes", "* filter=evil diff=evil\n")
    (built.top / ".git/config").write_text(HOSTILE.format(run=run, hooks=hooks))
    document = scanned(built.top, first)
    assert "a.py" in places(document)
    blob = next(iter((built.top / ".git/objects").glob("[0-9a-f][0-9a-f]/*")))
    repository = git.open_repository(built.top)
    repository.commits(first, repository.resolve("HEAD"))
    repository.setting("core.editor")
    repository.refs("refs/")
    for path in (built.top / ".git/objects").glob("[0-9a-f][0-9a-f]/*"):
        path.chmod(0o600)
        path.unlink()
    with pytest.raises((CannotLook, Misuse)):
        list(repository.objects([blob.parent.name + blob.name]))
    assert not canary.exists()
    with pytest.raises(subprocess.CalledProcessError):
        built.git("status")
    built.git("fetch", "origin", check=False)


def test_the_hostile_repository_would_run_without_our_care(built, tmp_path):
    built.commit(a=QUIET)
    canary = tmp_path / "canary"
    run = tmp_path / "run.sh"
    run.write_text(f"#!/bin/sh\ntouch {canary}\n")
    run.chmod(0o755)
    built.git("config", "core.fsmonitor", str(run))
    built.git("status")
    assert canary.exists()


def test_what_steers_git_in_the_environment_is_not_heard(built, tmp_path, monkeypatch):
    built.commit(a=QUIET)
    other = Built(tmp_path / "other")
    other.commit(z=QUIET)
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    assert set(git.open_repository(built.top).index()) == {"a.py"}


def test_answers_are_bounded(built, monkeypatch):
    built.commit(**{f"f{i}": QUIET for i in range(30)})
    repository = git.open_repository(built.top)
    blob = repository.index()["f1.py"].oid
    with pytest.raises(TooLarge):
        list(repository.objects([blob] * 30, largest=50))


def test_names_of_any_bytes_are_told_apart(built):
    names = [b"caf\xe9.py", "café.py".encode(), b"a\nb.py", b"back\\slash.py", b'"quoted".py']
    for name in names:
        (built.top / os.fsdecode(name)).write_text(QUIET)
    built.commit()
    assert {os.fsencode(path) for path in git.open_repository(built.top).index()} == set(names)
    assert scanned(built.top, "HEAD").coverage.unchanged.changed == 0


@given(st.binary(max_size=200))
def test_a_blob_is_named_as_git_names_it(data):
    repository = git.Repository.__new__(git.Repository)
    made = subprocess.run(["git", "hash-object", "--stdin"], input=data, capture_output=True, check=True).stdout
    assert repository.blob_id(data, "0" * 40) == made.decode().strip()


@given(st.binary(max_size=300))
def test_no_text_of_imports_raises(data):
    assert all(re.fullmatch(r"[^\s]*", name) is not None or name for name in changes._imported("a/b.py", data))
