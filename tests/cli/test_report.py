# SPDX-License-Identifier: Apache-2.0
"""``hauberk report --from``: a document in any form, whatever its verdict; misuse is 2 and says what to do."""

import json
from xml.etree import ElementTree as ET

import pytest

from hauberk.cli.main import execute
from hauberk.report import document
from tests.report.worked import WORKED


@pytest.fixture
def scan_json(tmp_path):
    path = tmp_path / "scan.json"
    path.write_text(document.render(WORKED), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.html", "<!doctype html>"),
        ("r.md", "## hauberk"),
        ("r.sarif", "{"),
        ("r.xml", "<?xml"),
        ("r.json", "{"),
        ("r.txt", "FAILED"),
    ],
)
def test_the_name_of_the_file_decides_the_format(scan_json, tmp_path, name, begins, capsys):
    assert execute(["report", "--from", str(scan_json), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text("utf-8").startswith(begins)
    assert name in capsys.readouterr().out


def test_a_failing_verdict_is_reported_with_exit_0_and_says_what_the_gate_will_say(scan_json, capsys):
    assert execute(["report", "--from", str(scan_json)]) == 0
    assert "the gate will say: exit 1" in capsys.readouterr().out


def test_junit_and_sarif_go_to_standard_output_whole(scan_json, capsys):
    assert execute(["report", "--from", str(scan_json), "--format", "junit"]) == 0
    ET.fromstring(capsys.readouterr().out)
    assert execute(["report", "--from", str(scan_json), "--format", "sarif"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"


def test_what_a_document_says_of_a_ledger_is_not_repeated_as_ours(scan_json, tmp_path):
    execute(["report", "--from", str(scan_json), "--out", str(tmp_path / "r.html")])
    assert "not verified here; the document says: sealed" in (tmp_path / "r.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a valid Scan"),
        (b"[]", "not a valid Scan"),
        (b'{"schema": "hauberk/scan/99"}', "not a valid Scan"),
        (b"\xff\xfe\x00", "not a valid Scan"),
        (b"[" * 100_000, "not a valid Scan"),
        (document.render(WORKED).replace('"outcome": "unable"', '"outcome": "clean"').encode(), "reason"),
        (None, "cannot read"),
    ],
)
def test_something_else_than_a_document_is_misuse(tmp_path, content, words, capsys):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    assert execute(["report", "--from", str(path), "--format", "html"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "what to do" in said


def test_a_name_that_tells_no_format_is_misuse(scan_json, tmp_path, capsys):
    assert execute(["report", "--from", str(scan_json), "--out", str(tmp_path / "r.docx")]) == 2
    assert "--format" in capsys.readouterr().err


def test_without_a_manifest_or_a_document_there_is_nothing_to_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert execute(["report"]) == 2
    assert "hauberk.yaml" in capsys.readouterr().err
