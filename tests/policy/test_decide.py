# SPDX-License-Identifier: Apache-2.0
"""Verdicts on evidence written by hand."""

from datetime import date

import msgspec
import pytest

from hauberk.core.asset import Asset
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.system import Policy, Rule
from hauberk.core.verdict import Waiver
from hauberk.policy.decide import DEFAULT, decide

TODAY = date(2026, 11, 24)
HIGH = Finding(
    card="HBK-COD-001",
    asset="a.py",
    place=FilePlace(path="a.py", line=3),
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    message="pickle.load on an upload",
    fingerprint="v1:aa",
)


def evidence(*findings, measurements=(), reason="", stage=Stage.DEVELOP, card="HBK-COD-001"):
    outcome = Outcome.UNABLE if reason else Outcome.FOUND if findings else Outcome.CLEAN
    return Evidence(
        id="sha256:1",
        card=card,
        version=1,
        stage=stage,
        title="t",
        basis=Basis.EXAMINED,
        asset=Asset(id="a.py", kind=Kind.CODE, uri="a.py"),
        outcome=outcome,
        reason=reason,
        findings=findings,
        measurements=measurements,
        started="2026-11-24T00:00:00.000000Z",
        took=0.0,
    )


def changed(**fields):
    return msgspec.structs.replace(HIGH, **fields)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        ([evidence()], 0),
        ([evidence(HIGH)], 1),
        ([evidence(changed(severity=Severity.CRITICAL))], 1),
        ([evidence(changed(severity=Severity.MEDIUM))], 0),
        ([evidence(changed(confidence=Confidence.LOW))], 0),
        ([evidence(reason="too large")], 3),
        ([evidence(HIGH), evidence(reason="too large")], 1),
        ([evidence(HIGH, reason="stopped at byte 9")], 1),
    ],
)
def test_the_default_policy_fails_on_high_with_medium_confidence_and_on_unable(seen, code):
    assert decide(DEFAULT, seen, (), TODAY).exit_code == code


@pytest.mark.parametrize(
    ("until", "passed"), [("2026-11-23", False), ("2026-11-24", True), ("2026-11-25", True), ("never", False)]
)
def test_a_waiver_never_outlives_its_date(until, passed):
    waiver = Waiver(fingerprint="v1:aa", who="ada", reason="r", until=until)
    verdict = decide(DEFAULT, [evidence(HIGH)], [waiver], TODAY)
    assert verdict.passed is passed
    assert bool(verdict.waived) is passed


def test_a_waiver_covers_only_its_own_finding():
    other = changed(fingerprint="v1:bb")
    waiver = Waiver(fingerprint="v1:aa", who="ada", reason="r", until="2027-01-01")
    verdict = decide(DEFAULT, [evidence(HIGH, other)], [waiver], TODAY)
    assert verdict.gates[0].findings == (other,)


def robust(value, low, high):
    note = "" if value is not None else "not estimable at n=2"
    return Measurement(name="robust_accuracy", value=value, low=low, high=high, n=100, note=note)


@pytest.mark.parametrize(
    ("measurements", "passed"),
    [
        ([robust(0.7, 0.6, 0.8)], True),
        ([robust(0.4, 0.3, 0.5)], False),
        ([robust(0.58, 0.5, 0.7)], False),
        ([robust(None, None, None)], False),
        ([], False),
        ([robust(0.7, 0.6, 0.8), robust(0.4, 0.3, 0.5)], False),
    ],
)
def test_a_limit_needs_a_value_and_every_value_within(measurements, passed):
    policy = Policy(rules=(Rule(id="robust", limit=Limit(measurement="robust_accuracy", at_least=0.6)),))
    verdict = decide(policy, [evidence(measurements=tuple(measurements))], (), TODAY)
    assert verdict.passed is passed


def test_a_rule_that_selects_nothing_is_an_error():
    policy = Policy(rules=(Rule(id="deploy-only", severity=Severity.LOW, stages=("deploy",)),))
    with pytest.raises(Misuse, match="deploy-only"):
        decide(policy, [evidence(HIGH)], (), TODAY)
