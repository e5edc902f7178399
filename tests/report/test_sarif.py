# SPDX-License-Identifier: Apache-2.0
import gzip
import json

import pytest
from msgspec.structs import replace
from sarif_kit.validate import validation_errors

from hauberk.core.asset import Asset
from hauberk.core.place import FilePlace, RequestPlace
from hauberk.core.scales import Kind
from hauberk.report import sarif
from tests.report.crowd import crowded
from tests.report.worked import CARDS, HOSTILE, WORKED


def run_of(scan):
    return json.loads(sarif.render(scan, CARDS))["runs"][0]


RUN = run_of(WORKED)


def test_the_schema_holds():
    assert validation_errors(json.loads(sarif.render(WORKED, CARDS))) == []


def test_each_finding_is_a_result_with_a_stable_name():
    findings = [finding for item in WORKED.evidence for finding in item.findings]
    assert {result["partialFingerprints"]["hauberk/v1"] for result in RUN["results"]} == {
        one.fingerprint for one in findings
    }
    assert len(RUN["results"]) == len(findings)
    assert all(
        RUN["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in RUN["results"]
    )


def test_what_could_not_be_looked_at_is_told_and_the_run_did_not_succeed():
    (invocation,) = RUN["invocations"]
    told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"] if note["level"] == "error"]
    assert invocation["executionSuccessful"] is False
    assert any("models/old.pkl: ends inside a frame" in text for text in told)
    assert any("hauberk[ml]" in text for text in told)
    assert any("no rule ran" in note["message"]["text"] for note in invocation["toolExecutionNotifications"])


def test_a_waived_finding_is_suppressed_with_who_why_and_until():
    (result,) = [result for result in RUN["results"] if "suppressions" in result]
    assert result["ruleId"] == "HBK-DAT-002"
    assert "by data-lead until 2026-12-31" in result["suppressions"][0]["justification"]


def test_rules_carry_help_severity_and_few_tags():
    rules = {rule["id"]: rule for rule in RUN["tool"]["driver"]["rules"]}
    assert float(rules["HBK-MOD-001"]["properties"]["security-severity"]) > 9
    assert "external/cwe/cwe-502" in rules["HBK-MOD-001"]["properties"]["tags"]
    for rule in rules.values():
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b.py", "a%20b.py"),
        ("a#b?.py", "a%23b%3F.py"),
        ("c:/x.py", "c%3A/x.py"),
        ("/etc/passwd", "etc/passwd"),
        ("é.py", "%C3%A9.py"),
        ("100%.py", "100%25.py"),
        ("\udc80.py", "%ED%B2%80.py"),
        (HOSTILE, "notebooks/%1B%5B2J%E2%80%AEgnp.%3Cscript%3Ealert%281%29%3C/script%3E%0A%7C%40all.ipynb"),
    ],
)
def test_paths_are_percent_encoded_and_relative_to_the_root(path, uri):
    item = WORKED.evidence[1]
    moved = replace(item, findings=(replace(item.findings[0], place=FilePlace(path=path, line=4)),))
    location = run_of(replace(WORKED, evidence=(moved,)))["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert location["region"] == {"startLine": 4}


@pytest.mark.parametrize(
    ("uri", "place", "artifact"),
    [
        ("https://x.example/v2?a=1", RequestPlace(event="e", client="c"), {"uri": "https://x.example/v2?a=1"}),
        ("hauberk.yaml#flows", FilePlace(path="hauberk.yaml#flows"), {"uri": "hauberk.yaml", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_an_address_stays_absolute_and_a_declaration_points_at_its_manifest(uri, place, artifact):
    item = WORKED.evidence[1]
    asset = Asset(id="x", kind=Kind.ENDPOINT, uri=uri)
    moved = replace(item, asset=asset, findings=(replace(item.findings[0], place=place),))
    location = run_of(replace(WORKED, evidence=(moved,)))["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == artifact


def test_no_message_becomes_a_link():
    item = WORKED.evidence[1]
    moved = replace(item, findings=(replace(item.findings[0], message="see [here](http://evil)"),))
    assert "](" not in json.dumps(run_of(replace(WORKED, evidence=(moved,)))["results"])


@pytest.mark.slow
def test_thirty_thousand_findings_stay_within_the_limits_and_the_worst_are_kept():
    text = sarif.render(crowded(3000, 10), CARDS)
    run = json.loads(text)["runs"][0]
    assert len(gzip.compress(text.encode())) <= sarif.MOST_BYTES
    assert len(run["results"]) == 25_000
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert any(text.startswith("5,009 findings") for text in told)
    kept = {result["properties"]["severity"] for result in run["results"]}
    assert kept == {"critical", "high", "medium", "low", "info"}
    assert sum(result["properties"]["severity"] == "info" for result in run["results"]) < 6000


def test_fewer_results_are_kept_where_they_would_weigh_too_much(monkeypatch):
    monkeypatch.setattr(sarif, "MOST_BYTES", 6000)
    text = sarif.render(crowded(20, 5), CARDS)
    assert len(gzip.compress(text.encode(), mtime=0)) <= 6000
    assert "are left out here" in text
