# SPDX-License-Identifier: Apache-2.0
"""JUnit XML, for test dashboards: a suite a stage, a case a rule; found fails, unable errs, waived is skipped.

A rule that found something and could not look at something else is two cases, because readers take one result a case.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape

from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.scales import Outcome, Stage
from hauberk.report import summary
from hauberk.report.text import clip, count, paragraph, plain, where

_MOST = 200
"""Lines of one result before the rest is only counted."""

Case = tuple[str, str]
"""The kind of result (failure, error, skipped or empty for passed) and the element."""


def render(scan: Scan, cards: Mapping[str, Card]) -> str:
    """XML text that ends with a newline; every string is visible characters only, which XML 1.0 allows."""
    by_card: dict[tuple[int, str], list[Evidence]] = defaultdict(list)
    for item in scan.evidence:
        by_card[item.stage.rank, item.card].append(item)
    covered = summary.waived(scan)
    suites: dict[Stage, list[Case]] = defaultdict(list)
    for (_, card), evidence in sorted(by_card.items()):
        suites[evidence[0].stage].extend(_cases(evidence, cards.get(card), covered))
    whole = [case for cases in suites.values() for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="hauberk: {_text(summary.subject(scan))}" {_counts(whole)}>')
    integrity = _text(summary.integrity_words(scan))
    for stage, cases in suites.items():
        lines.append(f'  <testsuite name="{stage.value}" {_counts(cases)}>')
        lines.append(f'    <properties><property name="integrity" value="{integrity}"/></properties>')
        lines.extend(element for _, element in cases)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _text(text: str, most: int = 500) -> str:
    return escape(clip(plain(text), most))


def _counts(cases: list[Case]) -> str:
    kinds = [kind for kind, _ in cases]
    return (
        f'tests="{len(kinds)}" failures="{kinds.count("failure")}" '
        f'errors="{kinds.count("error")}" skipped="{kinds.count("skipped")}"'
    )


def _cases(evidence: list[Evidence], card: Card | None, covered: frozenset[str]) -> Iterator[Case]:
    findings = sorted((finding for item in evidence for finding in item.findings), key=summary.rank)
    still = [finding for finding in findings if finding.fingerprint not in covered]
    unable = [item for item in evidence if item.outcome is Outcome.UNABLE]
    if still:
        yield "failure", _case(evidence, "", _failure(still, card))
    elif findings:
        waived = f'      <skipped message="{count(len(findings), "finding")} waived"/>'
        yield "skipped", _case(evidence, "", waived)
    elif len(unable) < len(evidence):
        yield "", _case(evidence, "", "")
    if unable:
        yield "error", _case(evidence, " (could not look)", _error(unable))


def _case(evidence: list[Evidence], suffix: str, result: str) -> str:
    first = evidence[0]
    took = sum(item.took for item in evidence) if not suffix else 0.0
    name = f'classname="{_text(first.card)}" name="{_text(first.title)}{suffix}" time="{took:.3f}"'
    return f"    <testcase {name}>\n{result}\n    </testcase>" if result else f"    <testcase {name}/>"


def _failure(findings: list[Finding], card: Card | None) -> str:
    worst = findings[0]
    lines = [
        f"{where(item.place)}: {item.severity.value}, {item.confidence.value} confidence: {plain(item.message)}"
        for item in findings[:_MOST]
    ]
    if len(findings) > _MOST:
        lines.append(f"and {len(findings) - _MOST:,} more")
    if card is not None:
        lines.extend((f"why: {paragraph(card.why)}", f"do: {paragraph(card.remedy)}"))
    said = f"{count(len(findings), 'finding')}, the worst: {worst.message}"
    body = "\n".join(_text(line, 1000) for line in lines)
    return f'      <failure type="{worst.severity.value}" message="{_text(said)}">{body}</failure>'


def _error(unable: list[Evidence]) -> str:
    lines = [f"{plain(item.asset.uri)}: {plain(item.reason)}" for item in unable[:_MOST]]
    if len(unable) > _MOST:
        lines.append(f"and {len(unable) - _MOST:,} more")
    body = "\n".join(_text(line, 1000) for line in lines)
    said = f"could not look at {count(len(unable), 'asset')}: {unable[0].reason}"
    return f'      <error type="unable" message="{_text(said)}">{body}</error>'
