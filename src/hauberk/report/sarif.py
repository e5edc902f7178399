# SPDX-License-Identifier: Apache-2.0
"""SARIF 2.1.0 (OASIS, 2023) within the limits that GitHub code scanning sets, beyond which it rejects a file.

At most 25,000 results a run (5,000 of them shown, the worst by severity), 25,000 rules, 20 tags a rule (10 shown) and
10 MB compressed. What is left out is stated in a notification; so is all that could not be looked at.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.place import FilePlace, MemberPlace, Place, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.verdict import Waiver
from hauberk.report import summary
from hauberk.report.document import printable
from hauberk.report.text import clip, paragraph, plain, where

MOST_RESULTS = 25_000
MOST_RULES = 25_000
MOST_TAGS = 10
MOST_NOTIFICATIONS = 2_000
MOST_BYTES = 10_000_000
"""Compressed with gzip."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}
"""Middles of the ranges that code scanning names critical, high, medium and low."""
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}

Object = dict[str, Any]


def render(scan: Scan, cards: Mapping[str, Card]) -> str:
    """SARIF text that ends with a newline; fewer results where the compressed text would exceed MOST_BYTES."""
    found = _found(scan)
    kept = min(len(found), MOST_RESULTS)
    while True:
        log = _log(scan, cards, found[:kept], len(found) - kept)
        text = printable(json.dumps(log, indent=1, ensure_ascii=False)) + "\n"
        if not kept or len(text) <= MOST_BYTES or len(gzip.compress(text.encode(), mtime=0)) <= MOST_BYTES:
            return text
        kept //= 2


def _found(scan: Scan) -> list[tuple[Finding, Evidence]]:
    """Findings with their evidence, worst first."""
    pairs = [(finding, evidence) for evidence in scan.evidence for finding in evidence.findings]
    pairs.sort(key=lambda pair: (summary.rank(pair[0]), pair[1].id))
    return pairs


def _log(scan: Scan, cards: Mapping[str, Card], found: list[tuple[Finding, Evidence]], left: int) -> Object:
    named = sorted({item.card: item.title for item in scan.evidence}.items())[:MOST_RULES]
    worst = _worst(found)
    index = {card: position for position, (card, _) in enumerate(named)}
    waivers = {item.finding.fingerprint: item.waiver for item in scan.verdict.waived}
    name, _, version = plain(scan.tool).partition(" ")
    driver: Object = {
        "name": name or "hauberk",
        "rules": [_rule(card, title, cards.get(card), worst.get(card)) for card, title in named],
    }
    if version:
        driver["version"] = version
    run: Object = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder that was scanned"}}},
        "invocations": [_invocation(scan, left)],
        "results": [
            _result(finding, evidence, index.get(evidence.card), waivers.get(finding.fingerprint))
            for finding, evidence in found
        ],
    }
    run["automationDetails"] = {"id": _category(scan)}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _category(scan: Scan) -> str:
    """``hauberk/NAME/ID``: code scanning takes what is before the last slash as the category of an upload."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", scan.system).strip("-")
    last = plain(scan.assessment.id) if scan.assessment else ""
    return "/".join(("hauberk", *filter(None, [clip(name, 80)]), last))


def _worst(found: list[tuple[Finding, Evidence]]) -> dict[str, Finding]:
    worst: dict[str, Finding] = {}
    for finding, evidence in found:
        worst.setdefault(evidence.card, finding)
    return worst


def _rule(card_id: str, title: str, card: Card | None, worst: Finding | None) -> Object:
    """A rule; code scanning reads severity from here, so it is the worst of the card's own and of what was found."""
    known = [severity for severity in (card.severity if card else None, worst.severity if worst else None) if severity]
    severity = max(known, default=Severity.INFO)
    rule: Object = {
        "id": clip(plain(card_id), 100),
        "name": clip(plain(title), 200),
        "shortDescription": {"text": clip(plain(title), 200)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"security-severity": _SECURITY[severity]},
    }
    if worst:
        rule["properties"]["precision"] = _PRECISION[worst.confidence]
    if card is not None:
        why, remedy = paragraph(card.why), paragraph(card.remedy)
        references = ", ".join(plain(reference) for reference in card.references)
        rule["fullDescription"] = {"text": clip(why, 1000)}
        rule["help"] = {
            "text": f"{why}\n\nWhat to do: {remedy}\n\nReferences: {references}",
            "markdown": f"{why}\n\n**What to do:** {remedy}\n\n**References:** {references}",
        }
        rule["properties"]["tags"] = _tags(card)
    return rule


def _tags(card: Card) -> list[str]:
    """``security``, the stage, and references in the form that code scanning filters by."""
    tags = ["security", f"stage/{card.stage.value}", f"basis/{card.basis.value}"]
    tags.extend(
        f"external/cwe/{reference.lower()}" if reference.startswith("CWE-") else plain(reference)
        for reference in card.references
    )
    return list(dict.fromkeys(tags))[:MOST_TAGS]


def _message(text: str, most: int = 1000) -> Object:
    """Text in which no ``[words](target)`` makes a link (SARIF 3.11.6)."""
    return {"text": clip(plain(text), most).replace("](", "] (")}


def _result(finding: Finding, evidence: Evidence, index: int | None, waiver: Waiver | None) -> Object:
    result: Object = {
        "ruleId": clip(plain(evidence.card), 100),
        "level": _LEVELS[finding.severity],
        "message": _message(finding.message),
        "locations": [_location(finding.place, evidence)],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint.removeprefix('v1:')}:1",
            "hauberk/v1": finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "stage": evidence.stage.value,
            "basis": evidence.basis.value,
            "evidence": evidence.id,
        },
    }
    if index is not None:
        result["ruleIndex"] = index
    if finding.trace:
        result["codeFlows"] = [{"threadFlows": [{"locations": list(_flow(finding, evidence))}]}]
    if waiver is not None:
        said = f"{waiver.reason} (by {waiver.who} until {waiver.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": clip(plain(said), 1000)}]
    return result


def _flow(finding: Finding, evidence: Evidence) -> Iterator[Object]:
    """The way of a value, step by step, as code scanning shows it."""
    for step in finding.trace:
        yield {"location": _location(step.place, evidence) | {"message": _message(step.message, 200)}}


def _location(place: Place, evidence: Evidence) -> Object:
    """A file that code scanning can show, and what lies within it as a logical location."""
    path, line, column = _file(place, evidence)
    physical: Object = {"artifactLocation": _artifact(path, evidence)}
    if line and line > 0:
        physical["region"] = {"startLine": line} | ({"startColumn": column} if column and column > 0 else {})
    location: Object = {"physicalLocation": physical}
    within = _within(place)
    if within:
        location["logicalLocations"] = [
            {"name": clip(plain(within[0]), 200), "kind": within[1], "fullyQualifiedName": clip(where(place), 500)}
        ]
    return location


def _file(place: Place, evidence: Evidence) -> tuple[str, int | None, int | None]:
    match place:
        case FilePlace(path=path, line=line, column=column, cell=cell):
            return (path, line, column) if cell is None else (path, None, None)
        case ResourcePlace(path=path, line=line):
            return path, line, None
        case MemberPlace(archive=path) | RowPlace(table=path) | SubgroupPlace(table=path):
            return path, None, None
        case RequestPlace():
            return evidence.asset.uri, None, None


def _within(place: Place) -> tuple[str, str] | None:
    """Name and kind of what a line of a file cannot say."""
    match place:
        case FilePlace(cell=cell, line=line):
            return (f"cell {cell}" + (f" line {line}" if line else ""), "member") if cell is not None else None
        case MemberPlace(member=member):
            return member, "member"
        case ResourcePlace(kind=kind, name=name):
            return f"{kind}/{name}", "resource"
        case RowPlace(row=row, column=column):
            named = [f"row {row}" if row is not None else "", f"column {column}" if column is not None else ""]
            return " ".join(filter(None, named)) or "table", "element"
        case SubgroupPlace(predicate=predicate):
            return predicate, "element"
        case RequestPlace(event=event):
            return event, "object"


def _artifact(path: str, evidence: Evidence) -> Object:
    """A percent-encoded reference, relative to the root; an address stays absolute (RFC 3986)."""
    if evidence.asset.digest is None and path == evidence.asset.uri:
        path = path.partition("#")[0] or path
        if re.match(r"[a-z][a-z0-9+.-]*://", path):
            return {"uri": quote(path.encode("utf-8", "surrogatepass"), safe=":/?=&%@,;~+")}
    relative = quote(path.encode("utf-8", "surrogatepass"), safe="/").lstrip("/")
    return {"uri": relative or ".", "uriBaseId": _ROOT}


def _invocation(scan: Scan, left: int) -> Object:
    """The run; not successful where something could not be looked at."""
    unable = [(gap.reason, item) for gap in summary.gaps(scan) for item in gap.items]
    notes = [_notification(reason, item) for reason, item in unable[:MOST_NOTIFICATIONS]]
    notes.extend(_left(len(unable) - MOST_NOTIFICATIONS, "things that could not be looked at"))
    notes.extend(_left(left, "findings, the least severe,"))
    idle = [lamp.stage.value for lamp in summary.lamps(scan) if not lamp.ran]
    notes.extend({"level": "note", "message": {"text": f"stage {stage}: no rule ran"}} for stage in idle)
    invocation: Object = {
        "executionSuccessful": not unable,
        "exitCode": scan.verdict.exit_code,
        "exitCodeDescription": summary.exit_words(scan),
        "toolExecutionNotifications": notes,
        "properties": {"coverage": summary.coverage_words(scan), "integrity": plain(summary.integrity_words(scan))},
    }
    if scan.assessment is not None:
        times = (("startTimeUtc", scan.assessment.opened), ("endTimeUtc", scan.assessment.closed))
        invocation.update({name: plain(time) for name, time in times if _TIME.fullmatch(time)})
    return invocation


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def _notification(reason: str, item: tuple[str, str]) -> Object:
    note: Object = {
        "level": "error",
        "message": _message(f"could not look: {summary.item_words(item)}: {reason}"),
        "descriptor": {"id": "unable"},
    }
    return note | ({"associatedRule": {"id": clip(plain(item[0]), 100)}} if item[0] else {})


def _left(number: int, noun: str) -> Iterator[Object]:
    if number > 0:
        text = f"{number:,} {noun} are left out here: code scanning accepts no more; the JSON document holds all"
        yield {"level": "warning", "message": {"text": text}, "descriptor": {"id": "left-out"}}
