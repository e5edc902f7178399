# SPDX-License-Identifier: Apache-2.0
"""Reports of other scanners, as they write them: bandit, gitleaks, trivy, modelscan, and SARIF 2.1.0 of any.

What they quote of the things that they looked at (code, matches, secrets, free messages) is not read at all: a finding
is its rule's id and title, a place and a severity. A secret in a report so never reaches evidence.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.scales import Confidence, Severity, Stage
from hauberk.wire.strict import read

LARGEST = 128 << 20
"""Largest report, in bytes."""
MOST = 100_000
"""Most findings of one report."""
_TEXT = 300
"""Characters kept of a title."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:/-]+")
_WORD = re.compile(r"[\w.+:~@/ -]{1,200}")
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One finding of another tool."""

    rule: str
    title: str
    path: str
    """As the tool wrote it."""
    message: str = ""
    """Made of names that the tool states in fields of their own; empty: the title says it."""
    member: str = ""
    line: int | None = None
    column: int | None = None
    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.MEDIUM
    stage: Stage = Stage.DEVELOP


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """A report of another tool."""

    tool: str
    """Its name in lower case: what its rules are called by, ``bandit:B301``."""
    version: str
    """As the report states it, or UNKNOWN."""
    form: str
    seen: tuple[Seen, ...]
    unread: tuple[tuple[str, str], ...] = ()
    """Paths that the tool could not look at, each with a reason of ours."""


def parse(data: bytes, form: str = "") -> Foreign:
    """The report that these bytes hold; its content decides which one it is unless a form of FORMS is given.

    Raises TooLarge beyond LARGEST or MOST, and Malformed for what is none of them.
    """
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes of report exceed the limit of {LARGEST}")
    document = read(data.removeprefix(b"\xef\xbb\xbf"))
    chosen = form or _recognise(document)
    if not chosen:
        raise Malformed("not a report of bandit, gitleaks, trivy or modelscan, nor SARIF 2.1.0")
    return FORMS[chosen](document)


def _recognise(document: Any) -> str:
    """Which report it is, by keys that only that one has; empty where it is none."""
    if isinstance(document, list):
        return "gitleaks" if document and all(isinstance(one, dict) and "RuleID" in one for one in document) else ""
    if not isinstance(document, dict):
        return ""
    summary = document.get("summary")
    marks = {
        "sarif": isinstance(document.get("runs"), list) and str(document.get("version", "")).startswith("2.1"),
        "trivy": "SchemaVersion" in document and ("ArtifactName" in document or "Results" in document),
        "modelscan": isinstance(summary, dict) and "modelscan_version" in summary,
        "bandit": "results" in document and "metrics" in document and "errors" in document,
    }
    return next((name for name, holds in marks.items() if holds), "")


def _bandit(document: Any) -> Foreign:
    """JSON of ``bandit -f json``; the version stands only in the links to its documentation."""
    top = _object(document, "bandit")
    rows = list(_rows(top.get("results"), "results"))
    links = (re.search(r"/en/(\d+(?:\.\d+)+)/", _string(row.get("more_info"))) for row in rows)
    seen = tuple(
        Seen(
            rule=_name(row.get("test_id")),
            title=_string(row.get("test_name")).replace("_", " "),
            path=_string(row.get("filename")),
            line=_number(row.get("line_number")),
            column=_column(row.get("col_offset")),
            severity=_ranked(Severity, row.get("issue_severity"), Severity.LOW),
            confidence=_ranked(Confidence, row.get("issue_confidence"), Confidence.LOW),
        )
        for row in rows
    )
    unread = [(_string(row.get("filename")), "bandit could not read it") for row in _rows(top.get("errors"), "errors")]
    version = next((match[1] for match in links if match), UNKNOWN)
    return Foreign(tool="bandit", version=version, form="bandit", seen=seen, unread=tuple(unread))


def _gitleaks(document: Any) -> Foreign:
    """JSON of ``gitleaks --report-format json``; it states no version and no severity."""
    seen = tuple(
        Seen(
            rule=_name(row.get("RuleID")),
            title=_string(row.get("Description")) or _name(row.get("RuleID")),
            path=_string(row.get("File")),
            message=f"in commit {commit[:12]}" if _OID.fullmatch(commit := _string(row.get("Commit"))) else "",
            line=_number(row.get("StartLine")),
            column=_number(row.get("StartColumn")),
            severity=Severity.HIGH,
        )
        for row in _rows(document, "findings")
    )
    return Foreign(tool="gitleaks", version=UNKNOWN, form="gitleaks", seen=seen)


_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def _trivy(document: Any) -> Foreign:
    """JSON of ``trivy --format json``, schema 2: vulnerabilities, misconfigurations, secrets, licences."""
    top = _object(document, "trivy")
    if top.get("SchemaVersion") != 2:  # noqa: PLR2004  the only schema that there is since 0.20
        raise Malformed("a report of trivy with another schema than 2")
    stated = top.get("Trivy")
    version = _string(stated.get("Version")) if isinstance(stated, dict) else ""
    seen = [one for result in _rows(top.get("Results"), "Results") for one in _trivy_result(result)]
    return Foreign(tool="trivy", version=version or UNKNOWN, form="trivy", seen=_bounded(seen))


def _trivy_result(result: Mapping[str, Any]) -> Iterator[Seen]:
    path = _string(result.get("Target"))
    for row in _rows(result.get("Vulnerabilities"), "Vulnerabilities"):
        parts = [_word(row.get(key)) for key in ("PkgName", "InstalledVersion", "FixedVersion")]
        fixed = f", fixed in {parts[2]}" if parts[2] else ""
        said = f"in {parts[0]} {parts[1]}{fixed}"
        yield _trivy_seen(row, row.get("VulnerabilityID"), path, message=said)
    for row in _rows(result.get("Misconfigurations"), "Misconfigurations"):
        if row.get("Status", "FAIL") == "FAIL":
            cause = row.get("CauseMetadata")
            line = _number(cause.get("StartLine")) if isinstance(cause, dict) else None
            yield _trivy_seen(row, row.get("ID"), path, line=line, stage=Stage.DEPLOY)
    for row in _rows(result.get("Secrets"), "Secrets"):
        yield _trivy_seen(row, row.get("RuleID"), path, line=_number(row.get("StartLine")))
    for row in _rows(result.get("Licenses"), "Licenses"):
        said = f"{_word(row.get('Name'))} of {_word(row.get('PkgName'))}"
        yield _trivy_seen({"Title": "licence", **row}, "licence", path, message=said)


def _trivy_seen(row: Mapping[str, Any], rule: Any, path: str, **more: Any) -> Seen:
    return Seen(
        rule=_name(rule),
        title=_string(row.get("Title")) or _name(rule),
        path=path,
        severity=_ranked(Severity, row.get("Severity"), Severity.MEDIUM),
        confidence=Confidence.HIGH,
        **more,
    )


def _modelscan(document: Any) -> Foreign:
    """JSON of ``modelscan -r json``."""
    top = _object(document, "modelscan")
    summary = _object(top.get("summary"), "summary")
    seen = []
    for row in _rows(top.get("issues"), "issues"):
        path, _, member = _string(row.get("source")).partition(":")
        called = ".".join(filter(None, (_word(row.get("module")), _word(row.get("operator")))))
        seen.append(
            Seen(
                rule=_name(_string(row.get("scanner")).rpartition(".")[2]),
                title="Use of an unsafe operator",
                path=path,
                member=member,
                message=f"of {called}" if called else "",
                severity=_ranked(Severity, row.get("severity"), Severity.HIGH),
                confidence=Confidence.HIGH,
            )
        )
    unread = [
        (_string(row.get("source")).partition(":")[0], f"modelscan could not read it: {_name(row.get('category'))}")
        for row in _rows(top.get("errors"), "errors")
    ]
    skipped = summary.get("skipped")
    left = skipped.get("skipped_files") if isinstance(skipped, dict) else None
    unread += [
        (_string(row.get("source")).partition(":")[0], f"modelscan skipped it: {_name(row.get('category'))}")
        for row in _rows(left, "skipped_files")
    ]
    version = _string(summary.get("modelscan_version")) or UNKNOWN
    return Foreign(tool="modelscan", version=version, form="modelscan", seen=_bounded(seen), unread=tuple(unread))


_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.INFO}
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
"""Ranges of ``security-severity`` as code scanning names them (CVSS 3.1, table 14)."""
_PRECISION = {"very-high": Confidence.HIGH, "high": Confidence.HIGH, "medium": Confidence.MEDIUM, "low": Confidence.LOW}


def _sarif(document: Any) -> Foreign:
    """SARIF 2.1.0 with one tool; several runs of it count as one report."""
    runs = list(_rows(_object(document, "SARIF").get("runs"), "runs"))
    drivers = [_object(_object(run.get("tool"), "tool").get("driver"), "driver") for run in runs]
    names = {_tool(driver.get("name")) for driver in drivers}
    if len(names) != 1:
        raise Malformed("SARIF without a tool, or of several: split it, so that each counts as its own")
    seen: list[Seen] = []
    unread: list[tuple[str, str]] = []
    for run, driver in zip(runs, drivers, strict=True):
        rules = list(_rows(driver.get("rules"), "rules"))
        seen.extend(_sarif_result(row, rules) for row in _rows(run.get("results"), "results") if not _absent(row))
        unread += [
            ("", "the tool says that its run was not successful")
            for invocation in _rows(run.get("invocations"), "invocations")
            if invocation.get("executionSuccessful") is False
        ]
    version = next(
        (_string(driver.get(key)) for driver in drivers for key in ("semanticVersion", "version") if driver.get(key)),
        "",
    )
    return Foreign(
        tool=names.pop(), version=version or UNKNOWN, form="sarif", seen=_bounded(seen), unread=tuple(unread)
    )


def _absent(row: Mapping[str, Any]) -> bool:
    """Whether a result says that there is nothing: passed, not applicable, or gone since a baseline."""
    return row.get("kind", "fail") in {"pass", "notApplicable", "informational"} or row.get("baselineState") == "absent"


def _sarif_result(row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Seen:
    rule = _sarif_rule(row, rules)
    properties = rule.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    settings = rule.get("defaultConfiguration")
    level = row.get("level") or (settings.get("level") if isinstance(settings, dict) else None) or "warning"
    location = next(iter(_rows(row.get("locations"), "locations")), {})
    physical = location.get("physicalLocation")
    physical = physical if isinstance(physical, dict) else {}
    artifact, region = physical.get("artifactLocation"), physical.get("region")
    region = region if isinstance(region, dict) else {}
    given = row.get("rule")
    named = row.get("ruleId") or (given.get("id") if isinstance(given, dict) else None) or rule.get("id")
    title = rule.get("shortDescription")
    return Seen(
        rule=_name(named),
        title=(_string(title.get("text")) if isinstance(title, dict) else "")
        or _string(rule.get("name"))
        or _name(named),
        path=_address(artifact.get("uri")) if isinstance(artifact, dict) else "",
        line=_number(region.get("startLine")),
        column=_number(region.get("startColumn")),
        severity=_scored(properties.get("security-severity"), _LEVELS.get(str(level), Severity.MEDIUM)),
        confidence=_PRECISION.get(str(properties.get("precision")), Confidence.MEDIUM),
    )


def _sarif_rule(row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    index = row.get("ruleIndex")
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    return next((rule for rule in rules if rule.get("id") == row.get("ruleId")), {})


def _scored(score: Any, otherwise: Severity) -> Severity:
    try:
        number = float(score)
    except (TypeError, ValueError):
        return otherwise
    return next((severity for least, severity in _SCORES if number >= least), Severity.INFO)


def _address(uri: Any) -> str:
    """A path of an address of a file; empty for an address of anything else."""
    try:
        parts = urlsplit(_string(uri))
    except ValueError:
        return ""
    return unquote(parts.path) if parts.scheme in {"", "file"} else ""


FORMS: dict[str, Callable[[Any], Foreign]] = {
    "bandit": _bandit,
    "gitleaks": _gitleaks,
    "trivy": _trivy,
    "modelscan": _modelscan,
    "sarif": _sarif,
}
"""What can be read, by the name that ``--as`` gives it."""


def _bounded(seen: list[Seen]) -> tuple[Seen, ...]:
    if len(seen) > MOST:
        raise TooLarge(f"more than {MOST:,} findings in one report")
    return tuple(seen)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{name} is no object")
    return value


def _rows(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """Objects of a list; nothing for one that is not given, as tools write an empty list."""
    if value is None:
        return
    if not isinstance(value, list):
        raise Malformed(f"{name} is no list")
    if len(value) > MOST:
        raise TooLarge(f"more than {MOST:,} {name} in one report")
    for one in value:
        yield _object(one, f"one of {name}")


def _string(value: Any) -> str:
    return value[:4096] if isinstance(value, str) else ""


def _word(value: Any) -> str:
    """A name such as a package's or a function's; empty for any other text."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _name(value: Any) -> str:
    """The id of a rule in characters that a policy can name."""
    text = value if isinstance(value, str) else ""
    return _UNSAFE.sub("-", text.strip())[:100].strip("-") or "unnamed"


def _tool(value: Any) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", _string(value).lower()).strip("-")[:40]
    if not text or not text[0].isalpha():
        raise Malformed("the report names no tool")
    return text


def _number(value: Any) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and 0 < value < 1 << 31 else None


def _column(value: Any) -> int | None:
    """A column that counts from 0 as one that counts from 1."""
    return _number(value + 1) if isinstance(value, int) and not isinstance(value, bool) else None


def _ranked(scale: Any, value: Any, otherwise: Any) -> Any:
    try:
        return scale(str(value).lower())
    except ValueError:
        return otherwise
