# SPDX-License-Identifier: Apache-2.0
"""A waiver from end to end: refused without an end, signed, shown, and no longer once its day is past."""

from datetime import UTC, datetime, timedelta

import pytest

from hauberk.cli import gate as gate_module
from hauberk.cli.main import execute
from hauberk.core.codec import decode
from hauberk.core.document import Scan

MANIFEST = """\
name: parcel-delay
purpose: tells a depot which parcels will be late
owners: [{name: Ines Alvarado, role: owner}]
policy:
  name: strict
  rules:
    - {id: nothing-medium, severity: medium, stages: [develop]}
"""
TODAY = datetime.now(UTC).date()
SOON = (TODAY + timedelta(days=30)).isoformat()


@pytest.fixture
def system(tmp_path, monkeypatch, capsys):
    (tmp_path / "hauberk.yaml").write_text(MANIFEST)
    (tmp_path / "a.py").write_text("import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n")
    monkeypatch.chdir(tmp_path)
    assert execute(["key", "new", "--name", "ada"]) == 0
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    return tmp_path


def judged(capsys, code):
    assert execute(["gate", "--json"]) == code
    return decode(capsys.readouterr().out.encode(), Scan)


def failing(scan):
    return [finding for gate in scan.verdict.gates for finding in gate.findings]


def waive(fingerprint, *more, until=SOON, reason="replaced with the next release"):
    words = ["waive", fingerprint, *(["--until", until] if until else []), *(["--reason", reason] if reason else [])]
    return execute([*words, *more])


def test_a_waived_finding_is_shown_and_fails_no_more_until_its_day_is_past(system, capsys, monkeypatch):
    before = judged(capsys, 1)
    findings = failing(before)
    assert findings
    for finding in findings:
        assert waive(finding.fingerprint) == 0
    capsys.readouterr()
    after = judged(capsys, 0)
    assert {one.finding.fingerprint for one in after.verdict.waived} == {one.fingerprint for one in findings}
    assert {one.waiver.who for one in after.verdict.waived} == {"ada"}
    assert execute(["gate"]) == 0
    assert "Waived, and still there" in capsys.readouterr().out

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.combine(TODAY + timedelta(days=31), datetime.min.time(), tz)

    monkeypatch.setattr(gate_module, "datetime", Later)
    assert failing(judged(capsys, 1)) == findings


def test_a_waiver_is_for_one_finding_and_a_new_assessment_keeps_it(system, capsys):
    (system / "b.py").write_text("import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n")
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    findings = failing(judged(capsys, 1))
    assert len({one.fingerprint for one in findings}) >= 2
    assert waive(findings[0].fingerprint) == 0
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    left = failing(judged(capsys, 1))
    assert {one.fingerprint for one in left} == {one.fingerprint for one in findings[1:]}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"until": ""}, "end date"),
        ({"reason": ""}, "a reason"),
        ({"reason": "   "}, "a reason"),
        ({"until": "soon"}, "not a date"),
        ({"until": "2020-01-01"}, "past"),
        ({"until": "2199-01-01"}, "366 days"),
        ({"fingerprint": "everything"}, "not a fingerprint"),
        ({"fingerprint": "v1:" + "0" * 32}, "no finding of the last assessment"),
    ],
)
def test_a_waiver_without_end_reason_or_finding_is_refused_and_nothing_is_sealed(system, capsys, fields, says):
    known = failing(judged(capsys, 1))[0].fingerprint
    assert waive(**{"fingerprint": known, **fields}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert judged(capsys, 1).verdict.waived == ()


def test_a_waiver_signed_by_somebody_else_names_them(system, capsys):
    assert execute(["key", "new", "--name", "grace", "--role", "approver"]) == 0
    capsys.readouterr()
    finding = failing(judged(capsys, 1))[0]
    assert waive(finding.fingerprint, "--as", "grace", "--json") == 0
    assert '"who": "grace"' in capsys.readouterr().out
    assert execute(["gate", "--json"]) in {0, 1}
    scan = decode(capsys.readouterr().out.encode(), Scan)
    assert [(one.finding.fingerprint, one.waiver.who) for one in scan.verdict.waived] == [
        (finding.fingerprint, "grace")
    ]


def test_a_waiver_by_nobody_is_refused(system, capsys):
    finding = failing(judged(capsys, 1))[0]
    assert waive(finding.fingerprint, "--as", "nobody") == 2
    assert "no key named nobody" in capsys.readouterr().err
