# SPDX-License-Identifier: Apache-2.0
"""Evidence of another tool's report: its own names, the files on disk, no path that leads outside, no secret."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.canonical import evidence_id
from hauberk.core.scales import Outcome, Severity
from hauberk.engine.adopt import adopt, stale
from hauberk.wire.foreign import Foreign, Seen

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"


def report(*seen, unread=()):
    return Foreign(tool="other", version="1", form="sarif", seen=seen, unread=unread)


def made(folder, *seen, root=None, unread=()):
    return adopt(report(*seen, unread=unread), b"{}", folder, root or folder, NOW)


def seen(path, **more):
    return Seen(**{"rule": "R", "title": "t", "path": path, "severity": Severity.HIGH, **more})


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a.py", "a.py"),
        ("./a.py", "a.py"),
        ("sub/../a.py", "a.py"),
        ("{top}/a.py", "a.py"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("", "."),
    ],
)
def test_a_path_is_one_of_the_folder_or_no_file_at_all(tmp_path, path, uri):
    (tmp_path / "a.py").write_text("x = 1\n")
    found, _ = made(tmp_path, seen(path.format(top=tmp_path)))
    assert found.asset.uri == uri
    assert bool(found.asset.digest) == (uri == "a.py")
    assert found.card == "other:R"
    assert found.id == evidence_id(found)


def test_a_root_below_the_folder_is_where_paths_begin(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("x = 1\n")
    found, _ = made(tmp_path, seen("a.py"), root=tmp_path / "sub")
    assert found.asset.uri == "sub/a.py"
    assert found.asset.digest


def test_what_the_tool_could_not_read_is_unable_and_a_clean_report_is_clean(tmp_path):
    outcomes = [one.outcome for one in made(tmp_path, unread=(("b.py", "other could not read it"),))]
    assert outcomes == [Outcome.UNABLE, Outcome.CLEAN]
    assert [one.outcome for one in made(tmp_path)] == [Outcome.CLEAN]


def test_a_secret_in_a_title_does_not_reach_evidence(tmp_path):
    evidence = made(tmp_path, seen("a.py", title=f"found {TOKEN}", message=f"as {TOKEN}", member=TOKEN))
    assert TOKEN not in str(evidence)


def test_changed_files_are_stale_and_the_report_itself_never_is(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    evidence = made(tmp_path, seen("a.py"), seen("gone.py"))
    assert list(stale(tmp_path, evidence)) == []
    (tmp_path / "a.py").write_text("x = 2\n")
    assert [one.asset for one in stale(tmp_path, evidence)] == ["a.py"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_path_and_no_title_raises(path, title):
    evidence = made(Path("/nonexistent-folder"), seen(path, title=title, member=title))
    assert all(one.id == evidence_id(one) for one in evidence)
