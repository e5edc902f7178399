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
    ("shape", "begins"),
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


def _assessed(manifest):
    assert execute(["assess", "-m", manifest, "-q"]) == 0


def test_documents_are_drafted_from_the_ledger_and_verify(manifest, tmp_path, capsys):
    _assessed(manifest)
    out = tmp_path.parent / f"{tmp_path.name}-papers"
    assert execute(["govern", "docs", "-m", manifest, "--out", str(out)]) == 0
    files = sorted(map(str, out.iterdir()))
    assert len(files) == 9 * 3
    assert execute(["govern", "verify-docs", *files, "-m", manifest]) == 0
    capsys.readouterr()


def test_a_changed_outcome_and_a_newer_assessment_fail_verification(manifest, tmp_path, capsys):
    _assessed(manifest)
    assert execute(["govern", "docs", "-m", manifest, "--only", "annex-iv", "--format", "md"]) == 0
    drafted = tmp_path / ".hauberk" / "documents" / "annex-iv.md"
    text = drafted.read_text("utf-8")
    assert execute(["govern", "verify-docs", "-m", manifest]) == 0
    drafted.write_text(
        text.replace(" findings [sha256", "0 findings [sha256", 1).replace("clean [sha256", "found [sha256", 1), "utf-8"
    )
    assert execute(["govern", "verify-docs", "-m", manifest]) == 1
    assert "the ledger says" in capsys.readouterr().out
    drafted.write_text(text, "utf-8")
    execute(["assess", "-m", manifest, "-q", "--no-cache"])
    assert execute(["govern", "verify-docs", "-m", manifest]) == 1
    assert "no such evidence" in capsys.readouterr().out


def test_with_a_ledger_threats_name_the_evidence_that_speaks_on_them(manifest, capsys):
    _assessed(manifest)
    document = _threats(manifest, capsys)
    proofs = [proof for threat in document["threats"] for proof in threat["proofs"]]
    assert proofs
    assert all(proof["evidence"].startswith("sha256:") for proof in proofs)
    open_ways = (one for one in document["threats"] if one["rule"] == "read-on-the-way")
    unsealed = next(one for one in open_ways if "mark" in (one["subject"], *one["places"]))
    assert unsealed["standing"] == "found"
    assert document["ledger"]


@pytest.mark.parametrize(
    "arguments", [["docs", "--only", "novel"], ["docs"], ["verify-docs"], ["verify-docs", "absent.md"]]
)
def test_documents_without_an_assessment_or_by_a_wrong_name_are_misuse(manifest, arguments, capsys):
    assert execute(["govern", *arguments, "-m", manifest]) == 2
    assert "what to do" in capsys.readouterr().err
