# SPDX-License-Identifier: Apache-2.0
"""A model file's page: byte for byte on samples, harmless on hostile files, silent on texts, and without a script."""

import json
import os
import pickle
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hauberk.cli.main import execute
from hauberk.core.target import Target
from hauberk.engine.examine import examine
from hauberk.engine.run import Runner
from hauberk.engine.source import FolderSource

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SAMPLES = ROOT / "samples"
UPDATE = os.environ.get("HAUBERK_UPDATE_GOLDEN") == "1"
SECRET = "echo only-for-the-owner"


class Calls:
    def __init__(self, path, *arguments):
        self.path, self.arguments = path, arguments

    def __reduce__(self):
        return self.path, self.arguments


@pytest.fixture(autouse=True)
def _without_a_child(monkeypatch):
    """Rules run in this process, in a hundredth of the time; ``tests/cli/test_explain.py`` runs the whole command."""

    def run(self, planned):
        source = FolderSource(self.root)
        return [examine(job.card, Target(asset=job.asset, source=source)) for job in planned.jobs]

    monkeypatch.setattr(Runner, "run", run)


def page(capsys, path, *options):
    assert execute(["explain", str(path), *options]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "sample", "options"),
    [
        ("model-file.txt", "001/bad/weights.pt", ()),
        ("model-file.html", "001/bad/weights.pt", ("--format", "html")),
        ("model-trees.txt", "008/bad/circle.json", ()),
        ("model-skops.html", "007/bad/transformer.skops", ("--format", "html")),
    ],
)
def test_the_page_of_a_sample_is_what_it_was(name, sample, options, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = page(capsys, SAMPLES / f"HBK-MOD-{sample}", *options)
    if UPDATE:
        (GOLDEN / name).write_text(text, "utf-8")
    assert (GOLDEN / name).read_text("utf-8") == text, f"{name} differs; if meant: HAUBERK_UPDATE_GOLDEN=1"


def test_the_page_of_a_clean_pickle_has_its_certificate(capsys):
    text = page(capsys, SAMPLES / "HBK-MOD-001" / "good" / "pipeline.pkl")
    assert "nothing that a rule knows of" in text
    assert re.search(r"programs +\d+, of \d+ operations", text)
    assert "sklearn.pipeline.Pipeline" in text
    facts = json.loads(page(capsys, SAMPLES / "HBK-MOD-001" / "good" / "pipeline.pkl", "--json"))
    assert facts["certificate"]["digest"] == facts["digest"]
    assert facts["exit_code"] == 0
    assert facts["written_by"]["pickle protocol"] == "5"


def test_texts_in_a_program_are_told_by_their_length_and_shown_only_on_demand(tmp_path, capsys):
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps([SECRET, Calls(os.system, SECRET)], 4))
    for options in ((), ("--format", "html"), ("--json",)):
        assert SECRET not in page(capsys, path, *options)
    assert SECRET in page(capsys, path, "--reveal")
    assert execute(["explain", str(path), "--reveal", "--format", "html"]) == 2
    assert execute(["explain", str(path), "--reveal", "--out", str(tmp_path / "x.html")]) == 2


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert not (value or "").startswith(("http", "//", "javascript"))


HOSTILE = b"c<script>alert(1)</script>\n\xe2\x80\xae<img src=x onerror=y>\x1b[2J\n(S'x'\ntR."


def test_what_a_hostile_file_says_stays_text(tmp_path, capsys):
    path = tmp_path / "<b>x<script>.pkl"
    path.write_bytes(HOSTILE)
    text = page(capsys, path, "--format", "html")
    tags = _Tags()
    tags.feed(text)
    assert not tags.seen & {"script", "img", "b", "iframe", "object", "link"}
    assert "\u202e" not in text
    assert "\x1b" not in text
    shown = page(capsys, path)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_page_is_one_document_that_asks_for_nothing(tmp_path, capsys):
    out = tmp_path / "page.html"
    said = page(capsys, SAMPLES / "HBK-MOD-001" / "bad" / "classifier.pkl", "--out", str(out))
    assert "written" in said
    text = out.read_text("utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"<script|src=|href=[\"']?http|url\(", text)
    assert len(text) < 100_000


def test_a_program_in_an_archive_is_told_under_its_name(tmp_path, capsys):
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/model.pkl", pickle.dumps([1] * 500 + [Calls(os.system, "true")], 4))
    text = page(capsys, path)
    assert "deep/model.pkl" in text
    assert re.search(r"[\d,]+ operations that rebuild values", text)
    assert "> calls posix.system" in text


def test_a_long_program_is_told_within_bounds(tmp_path, capsys):
    path = tmp_path / "many.pkl"
    path.write_bytes(pickle.dumps([Calls(os.system, str(n)) for n in range(5000)], 2))
    text = page(capsys, path)
    assert len(text.splitlines()) < 400
    assert "what follows is not told" in text


def test_a_cut_file_says_where_the_reading_ended(tmp_path, capsys):
    path = tmp_path / "cut.pkl"
    path.write_bytes(pickle.dumps(Calls(os.system, "x" * 50), 2)[:-20])
    text = page(capsys, path)
    assert "imports posix.system" in text
    assert "could not be read on" in text


def test_options_of_a_file_are_misuse_for_a_rule():
    assert execute(["explain", "HBK-MOD-001", "--reveal"]) == 2
    assert execute(["explain", "--format", "html"]) == 2


@pytest.mark.parametrize("name", ["empty.pkl", "text.txt"])
def test_a_file_of_any_kind_has_a_page(name, tmp_path, capsys):
    path = tmp_path / name
    path.write_bytes({"empty.pkl": b"", "text.txt": b"hello\n"}[name])
    assert name in page(capsys, path)


@pytest.mark.parametrize(
    "sample", sorted(SAMPLES.glob("HBK-MOD-0*/*/*.*")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_every_sample_has_a_page(sample, tmp_path, capsys):
    if not sample.is_file():
        pytest.skip("a folder")
    shutil.copy(sample, tmp_path / sample.name)
    facts = json.loads(page(capsys, tmp_path / sample.name, "--json"))
    assert facts["is"]
    assert facts["rules"]
    assert sample.parent.name == "bad" or facts["exit_code"] == 0
