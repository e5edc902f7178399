# SPDX-License-Identifier: Apache-2.0
import pytest
from msgspec.structs import replace

from hauberk.core.asset import Asset
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.verdict import Inability, Verdict, Waived, Waiver
from hauberk.report import summary
from hauberk.report.summary import Measured, State
from tests.report.worked import CARDS, WORKED


def finding(name="x", severity=Severity.HIGH, confidence=Confidence.HIGH):
    return Finding(
        card="HBK-COD-001",
        asset="a",
        place=FilePlace(path=name),
        severity=severity,
        confidence=confidence,
        message="m",
        fingerprint=name,
    )


def evidence(
    outcome=Outcome.CLEAN, basis=Basis.EXAMINED, findings=(), card="HBK-COD-001", reason="could not", uri="a.py"
):
    return Evidence(
        id=f"{outcome}{basis}{card}{uri}", card=card, version=1, stage=Stage.DEVELOP, title="t", basis=basis,
        asset=Asset(id=uri, kind=Kind.CODE, uri=uri), outcome=outcome, reason=reason if outcome is Outcome.UNABLE else "",
        findings=findings, started="2026-01-01T00:00:00.000000Z", took=0.1,
    )  # fmt: skip


def scan(*items, waived=(), unable=()):
    verdict = Verdict(passed=False, policy="p", gates=(), waived=waived, unable=unable)
    return replace(WORKED, evidence=items, verdict=verdict)


FOUND, CLEAN, UNABLE = Outcome.FOUND, Outcome.CLEAN, Outcome.UNABLE
DECLARED = Basis.DECLARED


@pytest.mark.parametrize(
    ("items", "state", "words"),
    [
        ((), State.DARK, "no rule ran"),
        ((evidence(),), State.CLEAN, "clean"),
        ((evidence(), evidence(basis=DECLARED)), State.CLEAN, "clean, 1 as declared"),
        ((evidence(basis=Basis.MEASURED),), State.CLEAN, "clean"),
        ((evidence(basis=DECLARED),), State.DARK, "declared, not verified"),
        ((evidence(UNABLE),), State.DARK, "1 not evaluated"),
        ((evidence(), evidence(UNABLE)), State.DARK, "1 not evaluated"),
        ((evidence(basis=DECLARED), evidence(UNABLE)), State.DARK, "1 not evaluated"),
        ((evidence(FOUND, findings=(finding(),)), evidence(UNABLE)), State.FOUND, "1 found, 1 not evaluated"),
        ((evidence(UNABLE, findings=(finding(),)),), State.FOUND, "1 found, 1 not evaluated"),
    ],
)
def test_a_lamp_is_clean_only_where_a_rule_looked_at_the_thing_itself_and_finished(items, state, words):
    lamp = next(lamp for lamp in summary.lamps(scan(*items)) if lamp.stage is Stage.DEVELOP)
    assert (lamp.state, lamp.words) == (state, words)


def test_every_stage_has_a_lamp():
    assert [lamp.stage for lamp in summary.lamps(scan())] == list(Stage)


def test_a_waived_finding_is_no_open_problem_and_still_keeps_its_lamp_from_clean():
    one = finding()
    covered = Waived(finding=one, waiver=Waiver(fingerprint=one.fingerprint, who="w", reason="r", until="2026-12-31"))
    waived = scan(evidence(FOUND, findings=(one,)), waived=(covered,))
    assert summary.problems(waived) == ()
    assert next(lamp for lamp in summary.lamps(waived) if lamp.ran).words == "1 found, 1 waived"


def test_problems_come_worst_first_and_one_a_rule():
    low = evidence(FOUND, findings=(finding("l", Severity.LOW),), card="HBK-COD-002")
    mixed = evidence(FOUND, findings=(finding("m", Severity.MEDIUM), finding("c", Severity.CRITICAL)))
    unsure = evidence(FOUND, findings=(finding("u", Severity.CRITICAL, Confidence.LOW),), card="HBK-COD-003")
    found = summary.problems(scan(low, unsure, mixed))
    assert [problem.card for problem in found] == ["HBK-COD-001", "HBK-COD-003", "HBK-COD-002"]
    assert [seen.finding.fingerprint for seen in found[0].seen] == ["c", "m"]
    assert list(summary.tally(scan(low, unsure, mixed))) == [Severity.CRITICAL, Severity.MEDIUM, Severity.LOW]


def test_gaps_are_counted_by_reason_and_none_is_told_twice():
    items = [evidence(UNABLE, uri=f"{n}.pkl", reason="too large") for n in range(3)]
    known = tuple(Inability(card=item.card, asset=item.asset.id, reason=item.reason) for item in items)
    open_one = Inability(card="", asset="", reason="assessment 1 was never closed")
    gaps = summary.gaps(scan(*items, unable=(*known, open_one)))
    assert [(gap.reason, len(gap.items)) for gap in gaps] == [("too large", 3), ("assessment 1 was never closed", 1)]
    assert summary.item_words(gaps[1].items[0]) == "the whole assessment"


@pytest.mark.parametrize(
    ("limit", "value", "low", "high", "words"),
    [
        (Limit(measurement="x", at_least=0.5), 0.4, 0.3, 0.45, "broken, whole interval"),
        (Limit(measurement="x", at_least=0.5), 0.4, 0.3, 0.6, "broken, value only"),
        (Limit(measurement="x", at_least=0.5), 0.6, 0.4, 0.7, "kept, value only"),
        (Limit(measurement="x", at_least=0.5), 0.6, 0.5, 0.7, "kept, whole interval"),
        (Limit(measurement="x", at_most=0.5), 0.4, 0.3, 0.5, "kept, whole interval"),
        (Limit(measurement="x", at_most=0.5), 0.4, None, None, "kept, value only"),
        (Limit(measurement="x", at_most=0.5), None, None, None, "nothing to judge"),
        (None, 0.4, 0.3, 0.5, ""),
    ],
)
def test_a_measurement_stands_to_its_limit(limit, value, low, high, words):
    measurement = Measurement(name="x", value=value, low=low, high=high, note="" if value is not None else "n=0")
    row = Measured(measurement=measurement, evidence=evidence(), limit=limit, by_policy=True)
    assert summary.standing(row) == words


def test_the_limit_of_the_policy_replaces_that_of_the_rule():
    rows = {row.measurement.name: row for row in summary.measured(WORKED, CARDS)}
    assert (rows["robust_accuracy"].limit.at_least, rows["robust_accuracy"].by_policy) == (0.6, True)
    assert rows["demographic_parity_difference"].by_policy is False


def test_labels_hold_only_the_parameters_that_differ():
    rows = [row for row in summary.measured(WORKED, CARDS) if row.measurement.name == "robust_accuracy"]
    assert summary.labels(rows) == [("model", "eps=0.1"), ("model", "eps=0.02")]


def test_a_scan_without_cards_is_still_reported():
    assert summary.measured(WORKED, {})[0].limit is not None
    assert len(summary.problems(WORKED)) == 7
