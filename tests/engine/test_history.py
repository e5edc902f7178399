# SPDX-License-Identifier: Apache-2.0
"""Secrets in the history of a repository: what is found, what is read again, and that nothing of it is run."""

import os

import pytest

from hauberk.core.scales import Outcome
from hauberk.core.system import Exclusion, System
from hauberk.engine.discover import discover
from hauberk.engine.history import looking
from tests.engine.repository import Built

TOKEN = "ghp_" + "ocJ2isAjIhKtJ0RlgLKOmxgJTeKdNn0ENBew"
OTHER = "ghp_" + "Qx7Lw2RzP4mYcB8nHs1dFgJ6aEuV3iXo5KpZ"  # no such checksum: told with less certainty


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def built(tmp_path):
    return Built(tmp_path / "tree")


def look(built, *, cached=True, since=""):
    found = looking(discover(built.top), cached=cached, since=since)
    evidence = found.evidence() if found.repository else None
    return evidence, found.told([evidence] if evidence else [])


def members(evidence):
    return [finding.place.member.partition(":")[2] for finding in evidence.findings]


def leaked(built):
    """A repository whose first commit holds a token and whose second does not."""
    first = built.commit(config=f'TOKEN = "{TOKEN}"\n')
    built.commit(config="import os\n")
    return first


def test_a_secret_that_was_deleted_is_found_where_it_came_in_and_is_not_shown(built):
    first = leaked(built)
    evidence, told = look(built)
    assert evidence.outcome is Outcome.FOUND
    (finding,) = evidence.findings
    assert finding.place.archive == ".git"
    assert finding.place.member == f"{first[:12]}:config.py"
    assert "line 1 of config.py" in finding.message
    assert TOKEN not in repr(evidence)
    assert (told.commits, told.new, told.blobs, told.left, told.note) == (2, 2, 2, 0, "")


def test_nothing_of_the_secret_is_remembered(built, tmp_path):
    leaked(built)
    look(built)
    (kept,) = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert TOKEN.encode() not in kept.read_bytes()
    assert TOKEN.encode().hex().encode() not in kept.read_bytes()


def test_a_secret_that_a_file_still_holds_is_left_to_the_rule_of_files(built):
    built.commit(config=f'TOKEN = "{TOKEN}"\n')
    built.commit(config=f'# more\nTOKEN = "{TOKEN}"\n')
    assert look(built)[0].outcome is Outcome.CLEAN
    built.write(config="import os\n")  # not committed yet
    assert look(built)[0].outcome is Outcome.FOUND


def test_a_secret_that_was_exchanged_for_another_is_told(built):
    built.commit(config=f'TOKEN = "{OTHER}"\n')
    built.commit(config=f'TOKEN = "{TOKEN}"\n')
    evidence, _ = look(built)
    assert members(evidence) == ["config.py"]


def test_the_same_secret_in_many_versions_of_a_file_is_told_once(built):
    for number in range(4):
        built.commit(config=f'N = {number}\nTOKEN = "{TOKEN}"\n')
    built.commit(config="import os\n")
    assert members(look(built)[0]) == ["config.py"]


def test_a_second_run_reads_only_what_is_new_and_tells_the_same(built):
    leaked(built)
    before, _ = look(built)
    again, told = look(built)
    assert (told.new, told.blobs) == (0, 0)
    assert again.findings == before.findings
    built.commit(more=f'OLD = "{TOKEN}"\n')
    built.commit(more="import os\n", config="import os\n")
    after, told = look(built)
    assert (told.commits, told.new, told.blobs) == (4, 2, 1)  # the last commit's blob is known by another path
    assert members(after) == ["config.py", "more.py"]


def test_without_a_cache_all_is_read_again(built):
    leaked(built)
    assert look(built, cached=False)[1].blobs == look(built, cached=False)[1].blobs == 2


def test_what_a_rewritten_history_no_longer_leads_to_is_no_longer_told(built):
    leaked(built)
    assert look(built)[0].outcome is Outcome.FOUND
    built.git("checkout", "-q", "--orphan", "clean")
    built.git("commit", "-q", "-m", "anew")
    built.git("branch", "-D", "main")
    evidence, told = look(built)
    assert evidence.outcome is Outcome.CLEAN
    assert (told.commits, told.blobs) == (1, 0)


def test_a_rewritten_history_that_kept_the_secret_is_told_at_its_new_commit(built):
    first = leaked(built)
    look(built)
    built.git("commit", "-q", "--amend", "-m", "other words")
    built.git(
        "rebase", "-q", "--root", "--force-rebase", "--reset-author-date", GIT_COMMITTER_DATE="2001-01-01T00:00:00Z"
    )
    (finding,) = look(built)[0].findings
    assert finding.place.member.endswith(":config.py")
    assert not finding.place.member.startswith(first[:12])


@pytest.mark.parametrize("where", ["branch", "tag", "stash", "merge", "message"])
def test_it_is_found_wherever_a_reference_leads(built, where):
    built.commit(start="x = 1\n")
    if where == "message":
        built.commit(f"use {TOKEN}", start="x = 2\n")
        assert members(look(built)[0]) == [""]
        return
    built.git("checkout", "-q", "-b", "side")
    if where == "stash":
        built.write(start=f'x = "{TOKEN}"\n')
        built.git("stash")
    elif where == "merge":
        built.commit(other="y = 1\n")
        built.git("checkout", "-q", "main")
        built.commit(third="y = 1\n")
        built.git("merge", "-q", "--no-commit", "side")
        built.commit(other=f'y = "{TOKEN}"\n')  # in the merge alone
        built.commit(other="y = 1\n")
    else:
        built.commit(other=f'y = "{TOKEN}"\n')
        built.git("tag", "v1")
    built.git("checkout", "-q", "main")
    if where == "tag":
        built.git("branch", "-D", "side")
    assert len(look(built)[0].findings) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_loose_and_packed_objects_are_read_alike(built, packed):
    leaked(built)
    if packed:
        built.git("gc", "-q", "--aggressive", "--prune=now")
        assert not [path for path in (built.top / ".git/objects").iterdir() if len(path.name) == 2]
    assert members(look(built)[0]) == ["config.py"]


def test_names_that_are_no_utf8_and_binary_files_are_no_trouble(built):
    folder = built.top / os.fsdecode(b"b\xff")
    folder.mkdir()
    (folder / "c.env").write_text(f"TOKEN={TOKEN}\n")
    built.put("w.bin", b"\0" * 10 + TOKEN.encode())
    built.commit()
    built.git("rm", "-q", "-r", ".")
    built.commit()
    assert members(look(built)[0]) == ["b\\xff/c.env"]


@pytest.mark.parametrize(("glob", "found"), [("config.py", 0), (".git/config.py", 0), (".git/other.py", 1)])
def test_what_the_named_manifest_excludes_is_left_out_of_the_history_too(built, glob, found):
    leaked(built)
    system = System(name="s", exclude=(Exclusion(path=glob, reason="made up"),))
    seen = looking(discover(built.top, system=system), cached=False).evidence()
    assert len(seen.findings) == found


def test_only_commits_since_a_base_are_told(built):
    leaked(built)
    base = built.git("rev-parse", "HEAD").strip()
    built.commit(other="y = 1\n")
    assert look(built, since=base)[0].outcome is Outcome.CLEAN
    assert look(built)[0].outcome is Outcome.FOUND


def test_a_run_that_has_no_time_is_unable_and_the_next_goes_on(built):
    leaked(built)
    found = looking(discover(built.top), cached=True)
    evidence = found.evidence(seconds=-1)
    assert evidence.outcome is Outcome.UNABLE
    assert "2 commits of the history are not searched" in evidence.reason
    assert found.told([evidence]).left == 2
    assert look(built)[0].outcome is Outcome.FOUND


def test_a_shallow_clone_says_that_older_commits_are_not_here(built, tmp_path):
    leaked(built)
    built.git("clone", "-q", "--depth=1", f"file://{built.top}", str(tmp_path / "shallow"))
    clone = Built(tmp_path / "shallow")
    evidence, told = look(clone)
    assert evidence.outcome is Outcome.CLEAN
    assert "shallow" in told.note
    assert told.commits == 1


def test_a_partial_clone_says_what_is_not_here_and_fetches_nothing(built, tmp_path):
    leaked(built)
    built.git("config", "uploadpack.allowFilter", "true")
    built.git("clone", "-q", "--filter=blob:none", f"file://{built.top}", str(tmp_path / "partial"))
    evidence, told = look(Built(tmp_path / "partial"))
    assert evidence.outcome is Outcome.CLEAN  # the version that held the token is not here
    assert "partial clone" in told.note
    assert (told.commits, told.left) == (1, 1)


def test_a_repository_that_is_broken_is_unable(built):
    leaked(built)
    for path in (built.top / ".git/objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"x")
    assert look(built)[0].outcome is Outcome.UNABLE


def test_without_git_it_is_said_that_nothing_was_searched(built, monkeypatch):
    leaked(built)
    monkeypatch.setenv("PATH", str(built.top.parent / "nothing"))
    evidence, told = look(built)
    assert evidence is None
    assert "git program is not installed" in told.note


@pytest.mark.parametrize("how", ["alternates", "link", "file", "commondir"])
def test_what_lies_outside_of_the_folder_is_not_read(built, tmp_path, how):
    leaked(built)
    other = Built(tmp_path / "other")
    folder = other.top / ".git"
    match how:
        case "alternates":
            (folder / "objects/info/alternates").write_text(f"{built.top}/.git/objects\n")
        case "commondir":
            (folder / "commondir").write_text(f"{built.top}/.git\n")
        case _:
            folder.rename(tmp_path / "moved")
            folder.symlink_to(built.top / ".git") if how == "link" else folder.write_text(f"gitdir: {built.top}/.git\n")
    evidence, told = look(other)
    assert evidence is None
    assert told.note.startswith("NOT searched")


def test_nothing_that_the_repository_configures_is_run(built, tmp_path):
    leaked(built)
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    program.chmod(0o755)
    for name in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "core.alternateRefsCommand", "core.editor",
        "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "filter.evil.clean",
        "filter.evil.process", "gpg.program", "uploadpack.packObjectsHook", "credential.helper", "pager.rev-list",
        "pager.diff-tree", "pager.cat-file", "alias.rev-list", "alias.cat-file", "core.hooksPath", "interactive.diffFilter",
    ):  # fmt: skip
        value = f"!{program}" if name.startswith(("alias", "credential")) else str(program)
        built.git("config", name, value)
    built.git("config", "log.showSignature", "true")
    (built.top / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
    (built.top / ".git/info/attributes").write_text("* diff=evil filter=evil\n")
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (built.top / ".git/hooks").mkdir(exist_ok=True)
        (built.top / f".git/hooks/{hook}").write_text(program.read_text())
        (built.top / f".git/hooks/{hook}").chmod(0o755)
    before = sorted(built.top.rglob("*"))
    evidence, _ = look(built)
    assert evidence.outcome is Outcome.FOUND
    assert not ran.exists()
    assert sorted(built.top.rglob("*")) == before


def test_a_setting_that_never_ends_does_not_stop_the_scan(built, monkeypatch):
    leaked(built)
    os.mkfifo(built.top / "endless")
    with (built.top / ".git/config").open("a") as config:
        config.write(f"[include]\n\tpath = {built.top}/endless\n")
    monkeypatch.setattr("hauberk.assets.git.SECONDS", 0.5)
    assert look(built)[0].outcome is Outcome.UNABLE
