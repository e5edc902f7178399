# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern threats`` and ``accept``: formats, a ledger beside the manifest, signed acceptance, misuse."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hauberk.cli.main import execute

CORPUS = Path(__file__).parents[1] / "corpora" / "threats"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    shutil.copy(CORPUS / "radiology" / "hauberk.yaml", tmp_path / "hauberk.yaml")
    return str(tmp_path / "hauberk.yaml")


def _threats(manifest, capsys):
    capsys.readouterr()
    assert execute(["govern", "threats", "-m", manifest, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("format", "begins"),
    [("text", "radiology:"), ("json", "{"), ("md", "# Threats"), ("html", "<!doctype"), ("svg", "<svg")],
)
def test_a_manifest_without_code_or_ledger_has_its_threats_in_every_format(manifest, shape, begins, capsys):
    assert execute(["govern", "threats", "-m", manifest, "--format", shape]) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_without_a_ledger_every_threat_is_a_gap(manifest, capsys):
    document = _threats(manifest, capsys)
    assert document["schema"] == "hauberk/threats/1"
    assert {threat["standing"] for threat in document["threats"]} == {"GAP"}


def test_an_accepted_threat_carries_the_signers_name_and_the_last_day(manifest, capsys):
    assert execute(["key", "new", "--name", "ana"]) == 0
    chosen = _threats(manifest, capsys)["threats"][0]["id"]
    accept = ["govern", "accept", chosen, "--until", SOON, "--reason", "one site only", "-m", manifest, "--as", "ana"]
    assert execute(accept) == 0
    held = {one["id"]: one["accepted"] for one in _threats(manifest, capsys)["threats"] if one["accepted"]}
    assert held[chosen]["who"] == "ana"
    assert held[chosen]["until"] == SOON
    assert len(held) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["accept", "T-0000000000", "--until", SOON, "--reason", "x"],
        ["accept", "FIRST", "--reason", "x"],
        ["accept", "FIRST", "--until", SOON],
        ["threats", "--against", "MANIFEST", "--format", "svg"],
    ],
)
def test_misuse_is_exit_2_and_says_what_to_do(manifest, arguments, capsys):
    first = _threats(manifest, capsys)["threats"][0]["id"]
    words = [{"FIRST": first, "MANIFEST": manifest}.get(word, word) for word in arguments]
    assert execute(["govern", *words, "-m", manifest]) == 2
    assert "what to do" in capsys.readouterr().err
    assert not (Path(manifest).parent / ".hauberk").exists()


def test_a_comparison_names_what_came(manifest, capsys):
    other = str(CORPUS / "husky" / "hauberk.yaml")
    assert execute(["govern", "threats", "-m", manifest, "--against", other, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "hauberk/threats-compared/1"
    assert document["added"]
    assert document["removed"]
