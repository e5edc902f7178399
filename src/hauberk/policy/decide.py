# SPDX-License-Identifier: Apache-2.0
"""Judges evidence by a policy."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.lock import Release
from hauberk.core.scales import Confidence, Outcome, Severity
from hauberk.core.system import Policy, Rule
from hauberk.core.verdict import Gate, Inability, Verdict, Waived, Waiver
from hauberk.policy.regress import compare
from hauberk.policy.waive import covering

DEFAULT = Policy(
    name="default",
    rules=(
        Rule(
            id="no-high-findings",
            severity=Severity.HIGH,
            confidence=Confidence.MEDIUM,
            why="a finding of high severity is one that an attacker, a regulator or an affected person can act on",
        ),
    ),
)
"""What judges where no policy is named: fail on severity >= high with confidence >= medium."""


def decide(
    policy: Policy,
    evidence: Sequence[Evidence],
    waivers: Iterable[Waiver],
    today: date,
    *,
    release: Release | None = None,
) -> Verdict:
    """The verdict of a policy on evidence; rules about regressions compare with the last release.

    Fails on each rule that is broken by a finding without a waiver that holds today, and on every Unable.
    Raises Misuse for a policy without rules, for no evidence, and for a rule that selects nothing.
    """
    if not policy.rules:
        raise Misuse("the policy has no rules", remedy="an empty policy passes everything: write at least one rule")
    if not evidence:
        raise Misuse("there is no evidence to judge", remedy="run hauberk assess or hauberk scan")
    held = tuple(waivers)
    waived = tuple(
        Waived(finding=finding, waiver=waiver)
        for one in evidence
        for finding in one.findings
        if (waiver := covering(finding.fingerprint, held, today))
    )
    excused = frozenset(one.finding.fingerprint for one in waived)
    gates = tuple(_judge(rule, evidence, excused, release) for rule in policy.rules)
    unable = tuple(
        Inability(card=one.card, asset=one.asset.id, reason=one.reason)
        for one in evidence
        if one.outcome is Outcome.UNABLE
    )
    passed = all(gate.passed for gate in gates) and not unable
    return Verdict(passed=passed, policy=policy.name, gates=gates, waived=waived, unable=unable)


def _judge(rule: Rule, evidence: Sequence[Evidence], excused: frozenset[str], release: Release | None) -> Gate:
    if rule.regression is None:
        return _judge_now(rule, evidence, excused)
    compared = compare(rule, rule.regression, evidence, release)
    if rule.limit is None and rule.severity is None:
        return compared
    now = _judge_now(rule, evidence, excused)
    why = compared.why if now.passed else now.why if compared.passed else f"{now.why}; {compared.why}"
    return msgspec.structs.replace(now, passed=now.passed and compared.passed, why=why)


def _judge_now(rule: Rule, evidence: Sequence[Evidence], excused: frozenset[str]) -> Gate:
    selected = [one for one in evidence if _selects(rule, one)]
    if not selected and foreign(rule):
        tools = ", ".join(sorted({card.partition(":")[0] for card in rule.cards}))
        return Gate(rule=rule.id, passed=False, why=f"seen: no report of {tools}; import one: hauberk import FILE")
    if not selected:
        raise Misuse(
            f"policy rule {rule.id!r} judges nothing: no evidence of its stages or cards",
            remedy="correct the rule, or run the checks that it is about",
        )
    if rule.limit is not None:
        return _judge_limit(rule, rule.limit, selected, excused)
    least = rule.severity or Severity.INFO
    failing = [
        finding
        for one in selected
        for finding in one.findings
        if finding.severity >= least and finding.confidence >= rule.confidence and finding.fingerprint not in excused
    ]
    asked = f"no finding of severity >= {least.value} with confidence >= {rule.confidence.value}"
    if not failing:
        return Gate(rule=rule.id, passed=True, why=f"asked: {asked}; seen: none")
    why = f"asked: {asked}; seen: {len(failing)}" + (f"; {rule.why}" if rule.why else "")
    return Gate(rule=rule.id, passed=False, why=why, findings=_worst_first(failing))


def _judge_limit(rule: Rule, limit: Limit, selected: Sequence[Evidence], excused: frozenset[str]) -> Gate:
    """Every measurement of the name keeps the limit, and at least one has a value."""
    seen = [
        (one, measurement)
        for one in selected
        for measurement in one.measurements
        if measurement.name == limit.measurement and measurement.value is not None
    ]
    if not seen:
        return Gate(rule=rule.id, passed=False, limit=limit, why=f"asked: {limit}; seen: no measurement with a value")
    broken = [
        (one, measurement)
        for one, measurement in seen
        if limit.broken_by(measurement) and not _all_excused(one, excused)
    ]
    if not broken:
        values = ", ".join(sorted({f"{measurement.value:.3g}" for _, measurement in seen}))
        return Gate(rule=rule.id, passed=True, limit=limit, why=f"asked: {limit}; seen: {values}")
    values = ", ".join(f"{measurement.value:.3g} on {one.asset.id}" for one, measurement in broken)
    findings = [finding for one, _ in broken for finding in one.findings if finding.fingerprint not in excused]
    why = f"asked: {limit}; seen: {values}" + (f"; {rule.why}" if rule.why else "")
    return Gate(rule=rule.id, passed=False, limit=limit, why=why, findings=_worst_first(findings))


def _all_excused(one: Evidence, excused: frozenset[str]) -> bool:
    return bool(one.findings) and all(finding.fingerprint in excused for finding in one.findings)


def _selects(rule: Rule, one: Evidence) -> bool:
    """Whether a rule is about a piece of evidence; that a tool reported at all is about each of that tool's rules."""
    stage = not rule.stages or one.stage.value in rule.stages
    reported = one.card.endswith(":report") and any(card.startswith(one.card[:-6]) for card in rule.cards)
    return reported or (stage and (not rule.cards or one.card in rule.cards))


def foreign(rule: Rule) -> bool:
    """Whether a rule is about rules of other tools only, such as ``bandit:B301``, whose reports are imported."""
    return bool(rule.cards) and all(":" in card for card in rule.cards)


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {finding.fingerprint: finding for finding in findings}
    return tuple(
        sorted(unique.values(), key=lambda one: (-one.severity.rank, -one.confidence.rank, one.card, one.fingerprint))
    )
