# SPDX-License-Identifier: Apache-2.0
"""``scan`` on any path: one document, one line, a manifest only where it is named, hostile names in every output."""

import os

import pytest

from hauberk.cli.main import execute
from hauberk.core.codec import decode
from hauberk.core.document import Scan
from tests.engine.repository import Built

MANIFEST = """\
name: parcel-delay
exclude:
  - {path: src/generated, reason: made by a tool}
assets:
  - {id: app, kind: document, uri: src/app.py}
policy:
  name: ours
  rules:
    - {id: nothing-high, severity: high}
"""
LOAD = "import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    (tmp_path / "src" / "generated").mkdir(parents=True)
    (tmp_path / "src" / "app.py").write_text(LOAD)
    (tmp_path / "src" / "generated" / "g.py").write_text(LOAD)
    (tmp_path / "hauberk.yaml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scan(capsys, *words, code=None):
    got = execute(["scan", *map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert code is None or got == code, err
    assert err == ""
    return decode(out.encode(), Scan)


def places(document):
    return {(finding.asset, finding.fingerprint) for one in document.evidence for finding in one.findings}


def test_a_manifest_counts_only_where_it_is_named(tree, capsys):
    plain = scan(capsys, ".")
    assert plain.system == ""
    assert plain.verdict.policy == "default"
    assert {one.asset.uri for one in plain.evidence} >= {"src/app.py", "src/generated/g.py"}
    named = scan(capsys, ".", "-m", "hauberk.yaml")
    assert (named.system, named.verdict.policy) == ("parcel-delay", "ours")
    assert {one.asset.id for one in named.evidence} >= {"app", "hauberk.yaml"}
    assert [one.files for one in named.coverage.excluded] == [1]


def test_a_file_called_a_document_is_still_read_as_code(tree, capsys):
    document = scan(capsys, ".", "-m", "hauberk.yaml", code=1)
    assert any(one.card == "HBK-COD-001" and one.findings for one in document.evidence if one.asset.id == "app")


def test_a_part_of_the_system_is_named_as_in_the_whole(tree, capsys):
    whole, part = scan(capsys, ".", "-m", "hauberk.yaml"), scan(capsys, "src", "-m", "hauberk.yaml")
    one = scan(capsys, "src/app.py", "-m", "hauberk.yaml")
    assert places(part) == places(one) <= places(whole)
    assert {asset for asset, _ in places(part)} == {"app"}
    assert part.coverage.files == 1
    assert part.root == "src"


def test_a_manifest_elsewhere_is_about_the_path_that_is_scanned(tree, capsys, tmp_path_factory):
    stranger = tmp_path_factory.mktemp("stranger")
    (stranger / "src" / "generated").mkdir(parents=True)
    (stranger / "src" / "app.py").write_text(LOAD)
    (stranger / "src" / "generated" / "g.py").write_text(LOAD)
    (stranger / "hauberk.yaml").write_text("name: trust-me\nexclude: [{path: src, reason: no}]\n")
    document = scan(capsys, stranger, "-m", "hauberk.yaml", code=1)
    assert (document.system, document.verdict.policy) == ("parcel-delay", "ours")
    assert {one.asset.id for one in document.evidence} >= {"app", "hauberk.yaml"}
    assert [(one.pattern, one.files) for one in document.coverage.excluded] == [("src/generated", 1)]
    assert {one.asset.format for one in document.evidence if one.asset.uri == "hauberk.yaml"} == {"yaml"}


def test_quiet_is_one_line(tree, capsys):
    assert execute(["scan", ".", "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert out.startswith("failed: policy default")
    assert err == ""


def test_what_asks_to_look_away_is_counted_and_judged(tree, capsys):
    (tree / "src" / "app.py").write_text(LOAD.replace("body)", "body)  # nosec"))
    document = scan(capsys, ".", code=1)
    assert document.coverage.suppressions_requested == 1
    assert execute(["scan", "."]) == 1
    assert "1 suppression" in capsys.readouterr().out


EVIL = [
    "a\nb.py",
    "a\x1b[2J\x1b]0;x\x07.py",
    "a\u202eyp.py",
    "a\u2028b.py",
    "<script>alert(1)</script>.py",
    "a|b`c*.py",
    "caf\u00e9.py",
]


@pytest.mark.parametrize("form", ["terminal", "json", "html", "md", "sarif", "junit"])
def test_no_name_of_a_file_drives_an_output(tmp_path, capsys, form):
    for name in [*EVIL, os.fsdecode(b"caf\xe9.py")]:
        (tmp_path / name.replace("/", "_")).write_text(LOAD)
    assert execute(["scan", str(tmp_path), "--format", form]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    out.encode()
    assert "\x1b" not in out
    assert "\x07" not in out
    if form in {"terminal", "md", "html"}:
        assert "\u202e" not in out
    if form == "html":
        assert "<script>alert" not in out
    if form == "json":
        assert decode(out.encode(), Scan).coverage.files == len(EVIL) + 1


def test_a_folder_whose_own_name_is_not_utf8_is_unable_with_the_reason(tmp_path, capsys):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    document = scan(capsys, folder, "--no-cache", code=3)
    assert document.root.endswith("caf\\xe9")
    assert {one.reason for one in document.evidence} == {"the name of the folder is not UTF-8; give it another one"}
    folder.rename(tmp_path / "plain")
    assert scan(capsys, tmp_path / "plain", code=0)


def test_the_history_of_a_repository_is_searched_unless_it_is_switched_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    built = Built(tmp_path / "tree")
    built.commit(config='TOKEN = "ghp_' + 'ocJ2isAjIhKtJ0RlgLKOmxgJTeKdNn0ENBew"\n')
    built.commit(config="import os\n")
    found = scan(capsys, built.top, code=1)
    (evidence,) = [one for one in found.evidence if one.card == "HBK-SEC-004"]
    assert evidence.asset.labels["commits"] == "2"
    assert (found.coverage.history.new, found.coverage.files) == (2, 1)
    assert scan(capsys, built.top, "--only", "HBK-SEC-004", code=1).coverage.history.new == 0
    without = scan(capsys, built.top, "--no-history", code=0)
    assert "HBK-SEC-004" not in {one.card for one in without.evidence}
