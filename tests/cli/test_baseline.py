# SPDX-License-Identifier: Apache-2.0
"""Baselines: owner and end, new findings fail, old ones are shown until the day."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.cli.main import execute
from hauberk.core.codec import decode
from hauberk.core.errors import Misuse
from hauberk.policy.baseline import Baseline, baseline, ended, gone, held
from hauberk.policy.decide import DEFAULT, decide
from tests.strategies import evidences

TODAY = date(2026, 11, 24)
SOON = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
LOAD = "import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n"
GIVEN = {"owner": "ada", "until": "2027-01-31", "reason": "old code"}


@pytest.mark.parametrize(
    "lacking",
    [
        {"owner": " "},
        {"reason": ""},
        {"until": ""},
        {"until": "soon"},
        {"until": "2026-11-23"},
        {"until": "2028-01-01"},
    ],
)
def test_no_baseline_without_owner_reason_and_a_near_end(lacking):
    with pytest.raises(Misuse):
        baseline((), **{**GIVEN, **lacking}, today=TODAY)


@pytest.mark.parametrize("changed", [{"owner": ""}, {"reason": ""}, {"until": "never"}, {"until": "2099-01-01"}])
def test_a_baseline_edited_by_hand_is_held_to_the_same(changed):
    with pytest.raises(Misuse):
        held(Baseline(**{**GIVEN, "written": "2026-11-24", "findings": (), **changed}), TODAY)


@given(st.lists(evidences(), min_size=1, max_size=5), st.lists(evidences(), max_size=3), st.integers(-100, 100))
def test_a_baseline_excuses_exactly_what_it_held_and_only_until_its_day(before, more, days):
    given_one = baseline(before, **GIVEN, today=TODAY)
    day = date(2027, 1, 31) + timedelta(days=days)
    waivers = held(given_one, day)
    assert bool(waivers) == (bool(given_one.findings) and day <= date(2027, 1, 31))
    verdict = decide(DEFAULT, [*before, *more], waivers, day)
    old = {one.fingerprint for one in given_one.findings} if waivers else set()
    assert {one.finding.fingerprint for one in verdict.waived} == old & {
        finding.fingerprint for one in [*before, *more] for finding in one.findings
    }
    assert not old & {finding.fingerprint for gate in verdict.gates for finding in gate.findings}
    assert ended(given_one, day) == (day > date(2027, 1, 31))
    assert gone(given_one, before) == 0


def test_known_findings_pass_and_new_ones_fail(tmp_path, monkeypatch, capsys):
    (tmp_path / "old.py").write_text(LOAD)
    monkeypatch.chdir(tmp_path)
    words = ["--owner", "ada", "--until", SOON, "--reason", "found when hauberk came"]
    assert execute(["baseline", ".", "--out", "../known.json", *words]) == 0
    said = capsys.readouterr().out
    assert "ada answers for them" in said
    known = decode((tmp_path / "../known.json").read_bytes(), Baseline)
    assert known.findings
    assert LOAD[-20:] not in (tmp_path / "../known.json").read_text()
    assert execute(["scan", ".", "--baseline", "../known.json"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"by ada (baseline of {known.written}, not signed) until {SOON}" in shown
    (tmp_path / "new.py").write_text(LOAD)
    assert execute(["scan", ".", "--baseline", "../known.json", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {f["asset"] for gate in document["verdict"]["gates"] for f in gate["findings"]} == {"new.py"}
    assert execute(["baseline", ".", "--out", "x.json", *words[:2], *words[4:]]) == 2
    assert "end date" in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()
    (tmp_path / "bad.json").write_text("{")
    assert execute(["scan", ".", "--baseline", "bad.json"]) == 2


def test_an_ended_baseline_says_so_and_excuses_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    old = Baseline(owner="ada", until="2020-01-01", reason="r", written="2019-12-01", findings=())
    (tmp_path / "k.json").write_bytes(__import__("msgspec").json.encode(old))
    assert execute(["scan", "a.py", "--baseline", "k.json"]) == 0
    assert "ended on 2020-01-01" in capsys.readouterr().err
