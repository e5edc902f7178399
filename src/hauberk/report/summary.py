# SPDX-License-Identifier: Apache-2.0
"""What every report says of a scan, in one order: lamps by stage, problems worst first, gaps, measurements."""

import enum
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from hauberk.core.card import Card
from hauberk.core.document import History, Scan, Unchanged
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Confidence, Outcome, Severity, Stage
from hauberk.core.verdict import Requested
from hauberk.report.text import clip, count, where

USUAL = 0.95
"""Level of an interval that is not stated beside each, but once for all of them."""


class State(enum.Enum):
    """The three values of a lamp."""

    FOUND = "found"
    CLEAN = "clean"
    DARK = "not evaluated"


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """What is known of one stage; clean only where a rule looked at the thing itself and finished."""

    stage: Stage
    state: State
    ran: int
    """Evidence of this stage."""
    found: int
    """Findings, waived ones included."""
    waived: int
    unable: int
    declared: int
    """Clean outcomes that rest on what somebody declared only."""

    @property
    def declared_only(self) -> bool:
        """Nothing was found, and all that was looked at is a declaration: declared, not verified."""
        return self.state is State.DARK and self.declared > 0 and self.declared == self.ran

    @property
    def words(self) -> str:
        """The lamp in words, for whoever sees neither colour nor shape."""
        if not self.ran:
            return "no rule ran"
        if self.declared_only:
            return "declared, not verified"
        parts = [f"{self.found:,} found" if self.found else ""]
        parts.append(f"{self.waived:,} waived" if self.waived else "")
        parts.append(f"{self.unable:,} not evaluated" if self.unable else "")
        clean = f"clean, {self.declared:,} as declared" if self.declared else "clean"
        return ", ".join(filter(None, parts)) or clean


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A finding and the evidence that it belongs to."""

    finding: Finding
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All open findings of one card, worst first."""

    card: str
    stage: Stage
    title: str
    seen: tuple[Seen, ...]

    @property
    def worst(self) -> Finding:
        """The finding that the problem is ranked by."""
        return self.seen[0].finding

    @property
    def severity(self) -> Severity:
        """Severity of the worst finding."""
        return self.worst.severity

    @property
    def declared(self) -> bool:
        """Whether the card read only what somebody declared."""
        return all(seen.evidence.basis is Basis.DECLARED for seen in self.seen)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One reason why something was not evaluated, and what it was."""

    reason: str
    items: tuple[tuple[str, str], ...]
    """Card and asset of each, sorted."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A measurement with its evidence and the limit that somebody put on it."""

    measurement: Measurement
    evidence: Evidence
    limit: Limit | None
    by_policy: bool
    """The limit is the policy's own; otherwise it is the rule's default."""

    @property
    def broken(self) -> Confidence | None:
        """How surely the limit is broken; None where it is kept, absent or nothing was estimated."""
        return self.limit.broken_by(self.measurement) if self.limit else None


def rank(finding: Finding) -> tuple[int, int, str, str, str]:
    """Sort key: most severe, then most confident first; then by rule, place and fingerprint, so that order is total."""
    return (-finding.severity.rank, -finding.confidence.rank, finding.card, where(finding.place), finding.fingerprint)


def waived(scan: Scan) -> frozenset[str]:
    """Fingerprints that a waiver covers."""
    return frozenset(item.finding.fingerprint for item in scan.verdict.waived)


def requested(scan: Scan) -> tuple[Requested, ...]:
    """Suppressions that comments ask for, those that are still judged first."""
    told = scan.verdict.requested
    return () if told is msgspec.UNSET else tuple(sorted(told, key=lambda one: (one.granted, where(one.place))))


def requested_words(one: Requested) -> str:
    """One such comment, and what became of it."""
    state = one.why if one.granted else f"still judged: {one.why}"
    return f"suppression requested: {one.card} at {where(one.place)}: {state}"


def lamps(scan: Scan) -> tuple[Lamp, ...]:
    """One lamp for each stage, in the order of a system's life."""
    covered = waived(scan)
    by_stage: dict[Stage, list[Evidence]] = defaultdict(list)
    for evidence in scan.evidence:
        by_stage[evidence.stage].append(evidence)
    return tuple(_lamp(stage, by_stage[stage], covered) for stage in Stage)


def _lamp(stage: Stage, evidence: list[Evidence], covered: frozenset[str]) -> Lamp:
    findings = [finding for item in evidence for finding in item.findings]
    unable = sum(item.outcome is Outcome.UNABLE for item in evidence)
    clean = [item for item in evidence if item.outcome is Outcome.CLEAN]
    declared = sum(item.basis is Basis.DECLARED for item in clean)
    looked = not unable and declared < len(clean)
    return Lamp(
        stage=stage,
        state=State.FOUND if findings else State.CLEAN if looked else State.DARK,
        ran=len(evidence),
        found=len(findings),
        waived=sum(finding.fingerprint in covered for finding in findings),
        unable=unable,
        declared=declared,
    )


def problems(scan: Scan) -> tuple[Problem, ...]:
    """Findings that nobody waived, grouped by card, worst first."""
    covered = waived(scan)
    by_card: dict[str, list[Seen]] = defaultdict(list)
    for evidence in scan.evidence:
        for finding in evidence.findings:
            if finding.fingerprint not in covered:
                by_card[evidence.card].append(Seen(finding=finding, evidence=evidence))
    grouped = []
    for card, found in by_card.items():
        seen = tuple(sorted(found, key=lambda item: (rank(item.finding), item.evidence.id)))
        first = seen[0].evidence
        grouped.append(Problem(card=card, stage=first.stage, title=first.title, seen=seen))
    return tuple(sorted(grouped, key=lambda problem: (rank(problem.worst), problem.stage.rank)))


def tally(scan: Scan) -> dict[Severity, int]:
    """Open findings by severity, worst first, only those that occur."""
    counts = Counter(seen.finding.severity for problem in problems(scan) for seen in problem.seen)
    return {severity: counts[severity] for severity in reversed(Severity) if counts[severity]}


def tally_words(scan: Scan) -> str:
    """Such as ``2 critical, 5 high``; empty where nothing is open."""
    return ", ".join(f"{number:,} {severity.value}" for severity, number in tally(scan).items())


def gaps(scan: Scan) -> tuple[Gap, ...]:
    """What could not be looked at, grouped by reason, most frequent first."""
    by_reason: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for evidence in scan.evidence:
        if evidence.outcome is Outcome.UNABLE:
            by_reason[evidence.reason].add((evidence.card, evidence.asset.uri))
    known = {(evidence.card, evidence.asset.id) for evidence in scan.evidence if evidence.outcome is Outcome.UNABLE}
    for inability in scan.verdict.unable:
        if (inability.card, inability.asset) not in known:
            by_reason[inability.reason].add((inability.card, inability.asset))
    grouped = [Gap(reason=reason, items=tuple(sorted(items))) for reason, items in by_reason.items()]
    return tuple(sorted(grouped, key=lambda gap: (-len(gap.items), gap.reason)))


def item_words(item: tuple[str, str]) -> str:
    """A gap's card and asset; either may be unknown, as where an assessment was never closed."""
    return " on ".join(filter(None, item)) or "the whole assessment"


def measured(scan: Scan, cards: Mapping[str, Card]) -> tuple[Measured, ...]:
    """Every measurement: those that break a limit, those not estimable, those that keep one, those without a limit."""
    policy = {gate.limit.measurement: gate.limit for gate in scan.verdict.gates if gate.limit}
    rows = []
    for evidence in scan.evidence:
        card = cards.get(evidence.card)
        for measurement in evidence.measurements:
            own = (
                next((limit for limit in card.limits if limit.measurement == measurement.name), None) if card else None
            )
            limit = policy.get(measurement.name, own)
            rows.append(
                Measured(measurement=measurement, evidence=evidence, limit=limit, by_policy=measurement.name in policy)
            )
    return tuple(sorted(rows, key=_measured_rank))


def _measured_rank(row: Measured) -> tuple[int, str, str, str, str]:
    measurement = row.measurement
    order = -row.broken.rank if row.broken else 3 if row.limit is None else 1 if measurement.value is None else 2
    return (order, measurement.name, row.evidence.asset.uri, parameters(measurement), row.evidence.id)


def parameters(measurement: Measurement) -> str:
    """Parameters as ``eps=0.1, norm=linf``, sorted by name."""
    return ", ".join(f"{name}={_short(value)}" for name, value in sorted(measurement.parameters.items()))


def labels(rows: Sequence[Measured]) -> list[tuple[str, str]]:
    """What tells each measurement from others of its name: its asset, and the parameters that differ among them."""
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        for name, value in row.measurement.parameters.items():
            values[row.measurement.name][name].add(_short(value))
    named = []
    for row in rows:
        differing = values[row.measurement.name]
        chosen = sorted(row.measurement.parameters.items())
        parts = [f"{name}={_short(value)}" for name, value in chosen if len(differing[name]) > 1]
        named.append((row.evidence.asset.id, " ".join(parts)))
    return named


def standing(row: Measured) -> str:
    """How a measurement stands to its limit, and whether its interval agrees; empty where there is no limit."""
    item, limit = row.measurement, row.limit
    if limit is None:
        return ""
    if item.value is None:
        return "nothing to judge"
    if row.broken:
        return "broken, whole interval" if row.broken is Confidence.HIGH else "broken, value only"
    if limit.at_least is not None:
        surely = item.low is not None and item.low >= limit.at_least
    else:
        surely = item.high is not None and limit.at_most is not None and item.high <= limit.at_most
    return "kept, whole interval" if surely else "kept, value only"


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """Four significant digits, enough for a reader; the document holds the exact value."""
    return f"{value:.4g}"


def value_words(measurement: Measurement) -> str:
    """Value and unit, or that it could not be estimated."""
    if measurement.value is None:
        return "not estimable"
    return f"{number(measurement.value)} {measurement.unit}".rstrip()


def interval_words(measurement: Measurement) -> str:
    """Such as ``[0.55, 0.67]``, and the level where it is not the usual one; a side that is open is stated."""
    if measurement.low is None and measurement.high is None:
        return "no interval"
    low = number(measurement.low) if measurement.low is not None else "open"
    high = number(measurement.high) if measurement.high is not None else "open"
    level = "" if measurement.level == USUAL else f" at {measurement.level * 100:.4g} %"
    return f"[{low}, {high}]{level}"


def subject(scan: Scan) -> str:
    """Name of the system, or else of what was examined."""
    return scan.system or scan.root or "this scan"


def exit_words(scan: Scan) -> str:
    """The exit code explained."""
    return {
        0: "exit 0: every rule of the policy held",
        1: "exit 1 is a verdict, not a crash: the gate failed",
        3: "exit 3: nothing failed but what could not be looked at",
    }[scan.verdict.exit_code]


def integrity_words(scan: Scan) -> str:
    """What stands behind the document, or that nothing does."""
    return scan.integrity or "not sealed in a ledger: it proves nothing to a stranger; hauberk assess seals one"


def coverage_words(scan: Scan) -> str:
    """One line that accounts for every file met."""
    cover = scan.coverage
    looked = f"{cover.examined:,} examined, {cover.unable:,} unable, {len(cover.no_rule):,} without a rule"
    parts = [f"{count(cover.files, 'file')} met: {looked}"]
    if cover.pruned:
        parts.append(f"{count(len(cover.pruned), 'folder')} not entered")
    if cover.excluded:
        parts.append(f"{count(sum(item.files for item in cover.excluded), 'file')} excluded by the manifest")
    if cover.suppressions_requested:
        parts.append(f"{count(cover.suppressions_requested, 'suppression')} requested inline, still judged")
    if cover.unchanged is not msgspec.UNSET:
        parts.append(unchanged_words(cover.unchanged))
    if cover.history is not msgspec.UNSET:
        parts.append(history_words(cover.history))
    return "; ".join(parts)


def history_words(told: History) -> str:
    """What of the history was searched, and what was not."""
    parts = [f"{count(told.commits, 'commit')} of history searched for secrets ({told.new:,} new)"]
    if told.left:
        parts.append(f"{count(told.left, 'commit')} NOT searched")
    if told.unread:
        parts.append(f"{count(told.unread, 'version')} too large")
    if told.note:
        parts = [*parts, told.note] if told.commits or told.left else [f"history: {told.note}"]
    return ", ".join(parts)


def unchanged_words(told: Unchanged) -> str:
    """What a scan of changes did not look at, and why."""
    changed = count(told.changed, "file") + (f" ({told.gone:,} gone)" if told.gone else "")
    return (
        f"only what changed since {clip(told.base, 100)} ({told.since[:12]}): {changed}, and "
        f"{count(told.connected, 'unchanged file')} of code that imports connect with them; NOT looked at because "
        f"unchanged: {told.not_examined:,}"
    )
