# SPDX-License-Identifier: Apache-2.0
"""Reports of other tools: what the tools themselves wrote is read; nothing that they quote is; hostile ones are refused."""

import json
import random
from pathlib import Path

import pytest

from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.core.scales import Confidence, Severity, Stage
from hauberk.wire import foreign
from hauberk.wire.foreign import parse
from tests.fuzz.mutations import mutate

REPORTS = Path(__file__).parents[1] / "corpora" / "reports"
WRITTEN = sorted(path for path in REPORTS.iterdir() if path.suffix in {".json", ".sarif"})

EXPECTED = {
    "bandit.json": ("bandit", "1.9.4", {"B403", "B404", "B506", "B602", "B301", "B105"}, 1),
    "bandit-clean.json": ("bandit", "unknown", set(), 0),
    "modelscan.json": ("modelscan", "0.8.8", {"PickleUnsafeOpScan"}, 1),
    "gitleaks.json": ("gitleaks", "unknown", {"github-pat", "aws-access-token"}, 0),
    "ruff.sarif": ("ruff", "0.17.6", {"S506", "S602", "S301", "S105"}, 0),
    "semgrep.sarif": ("semgrep-oss", "1.182.0", {"pickle-loads"}, 0),
    "trivy-config.json": ("trivy", "unknown", {"DS002"}, 0),
    "trivy-secrets.json": ("trivy", "unknown", {"aws-access-key-id", "mysecret"}, 0),
}


def test_every_fixture_is_expected_and_has_a_source():
    assert {path.name for path in WRITTEN} == EXPECTED.keys()
    told = (REPORTS / "SOURCE.md").read_text()
    assert all(f"`{name}`" in told for name in EXPECTED)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_the_tools_wrote_is_read(path):
    report = parse(path.read_bytes())
    tool, version, rules, unread = EXPECTED[path.name]
    assert (report.tool, report.version, len(report.unread)) == (tool, version, unread)
    assert {one.rule for one in report.seen} == rules
    assert all(one.path and one.title for one in report.seen)


def test_places_and_severities_are_those_of_the_tool():
    [shell] = [one for one in parse((REPORTS / "bandit.json").read_bytes()).seen if one.rule == "B602"]
    assert (shell.line, shell.severity, shell.confidence) == (11, Severity.HIGH, Confidence.HIGH)
    [root] = parse((REPORTS / "trivy-config.json").read_bytes()).seen
    assert (root.path, root.severity, root.stage) == ("Dockerfile", Severity.HIGH, Stage.DEPLOY)
    [evil] = parse((REPORTS / "modelscan.json").read_bytes()).seen
    assert (evil.path, evil.severity, evil.message) == ("evil.pkl", Severity.CRITICAL, "of os.system")
    [loads] = parse((REPORTS / "semgrep.sarif").read_bytes()).seen
    assert (loads.path, loads.line, loads.severity, loads.confidence) == ("app.py", 12, Severity.HIGH, Confidence.HIGH)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_nothing_that_a_tool_quotes_is_kept(path):
    said = encode([str(one) for one in parse(path.read_bytes()).seen]).decode()
    tree = REPORTS / "tree"
    quoted = ["kaninchen", "request.body", "Uncovered a key", "ghp_", "AKIA"]
    assert any(word in path.read_text() for word in quoted) or path.name in {
        "bandit-clean.json", "modelscan.json", "trivy-config.json", "ruff.sarif",
    }  # fmt: skip
    assert not [word for word in quoted if word in said]
    assert not [line for line in (tree / "settings.py").read_text().split('"') if "ghp" in line and line in said]


VULNERABLE = {
    "SchemaVersion": 2,
    "Trivy": {"Version": "0.65.0"},
    "Results": [
        {
            "Target": "requirements.txt",
            "Vulnerabilities": [
                {"VulnerabilityID": "CVE-2019-14806", "PkgName": "Werkzeug", "InstalledVersion": "0.11", "FixedVersion": "0.15.3", "Title": "weak PIN", "Severity": "HIGH"},
                {"VulnerabilityID": "CVE-1", "PkgName": "a\u202eb", "InstalledVersion": 3, "Severity": "WORSE"},
            ],
            "Misconfigurations": [{"ID": "DS1", "Status": "PASS"}],
        }
    ],
}  # fmt: skip


def test_packages_are_named_and_what_passed_is_not_found():
    report = parse(json.dumps({**VULNERABLE, "ArtifactName": "."}).encode())
    assert report.version == "0.65.0"
    assert [one.rule for one in report.seen] == ["CVE-2019-14806", "CVE-1"]
    assert report.seen[0].message == "in Werkzeug 0.11, fixed in 0.15.3"
    assert "\u202e" not in report.seen[1].message
    assert report.seen[1].severity is Severity.MEDIUM


def sarif(*results, rules=(), name="x", **more):
    run = {"tool": {"driver": {"name": name, "rules": list(rules)}}, "results": list(results), **more}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def test_sarif_in_its_many_ways():
    rules = [
        {"id": "A", "properties": {"security-severity": "9.8", "precision": "very-high"}},
        {"id": "B", "defaultConfiguration": {"level": "note"}},
    ]
    at = {"physicalLocation": {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 3}}}
    report = parse(
        sarif(
            {"ruleIndex": 0, "message": {"text": "m"}, "locations": [at]},
            {"ruleId": "B", "message": {"text": "m"}},
            {"rule": {"id": "C"}, "level": "error"},
            {"ruleId": "D", "kind": "pass"},
            {"ruleId": "E", "baselineState": "absent"},
            {"ruleId": "F", "locations": [{"physicalLocation": {"artifactLocation": {"uri": "http://[::1"}}}]},
            rules=rules,
            invocations=[{"executionSuccessful": False}],
        )
    )
    assert [(one.rule, one.severity) for one in report.seen] == [
        ("A", Severity.CRITICAL),
        ("B", Severity.LOW),
        ("C", Severity.HIGH),
        ("F", Severity.MEDIUM),
    ]
    assert report.seen[0].path == "a b.py"
    assert len(report.unread) == 1


REFUSED = {
    "nothing": b"",
    "an empty list of nobody knows which tool": b"[]",
    "another document": b'{"a": 1}',
    "SARIF of no tool": b'{"version": "2.1.0", "runs": []}',
    "SARIF of a tool that calls itself nothing": sarif(name="  "),
    "a key twice": b'{"version": "2.1.0", "runs": [], "runs": []}',
    "results that are a text": b'{"results": "x", "metrics": {}, "errors": []}',
    "a result that is a number": b'{"results": [3], "metrics": {}, "errors": []}',
    "another schema of trivy": b'{"SchemaVersion": 1, "Results": []}',
    "nested too deeply": b"[" * 100_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_report_is_refused(name):
    with pytest.raises(Malformed):
        parse(REFUSED[name])


def test_an_empty_report_of_a_named_tool_is_read():
    assert parse(b"[]", "gitleaks").seen == ()


def test_no_tool_can_call_itself_ours():
    assert parse(sarif(name="HBK-COD-001")).tool == "hbk-cod-001"


def test_bounds_hold(monkeypatch):
    monkeypatch.setattr(foreign, "LARGEST", 10)
    with pytest.raises(TooLarge):
        parse(b" " * 11)
    monkeypatch.setattr(foreign, "LARGEST", 10_000)
    monkeypatch.setattr(foreign, "MOST", 3)
    with pytest.raises(TooLarge):
        parse(sarif(*[{"ruleId": "A"}] * 4))


def test_mutated_reports_are_read_or_refused():
    chance, texts = random.Random(7), [path.read_bytes() for path in WRITTEN]
    kept = 0
    for _ in range(1500):
        data = mutate(chance.choice(texts), texts, chance)
        try:
            report = parse(data, chance.choice(["", "", *foreign.FORMS]))
        except CannotLook:
            continue
        kept += 1
        assert all(one.line is None or one.line > 0 for one in report.seen)
    assert kept > 100


def replaced(value, chance):
    """A document with one value somewhere replaced by one of another type."""
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice([None, 3, -1, 1.5, True, "x", "\x00", [], {}, [[]], {"a": 1}, 10**20])
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [replaced(one, chance) if i == at else one for i, one in enumerate(value)]
    key = chance.choice(list(value))
    return {name: replaced(one, chance) if name == key else one for name, one in value.items()}


def test_reports_with_values_of_other_types_are_read_or_refused():
    chance, documents = random.Random(8), [json.loads(path.read_text()) for path in WRITTEN] + [VULNERABLE]
    kept = 0
    for _ in range(2500):
        try:
            parse(json.dumps(replaced(chance.choice(documents), chance)).encode(), chance.choice(["", *foreign.FORMS]))
        except CannotLook:
            continue
        kept += 1
    assert kept > 100
