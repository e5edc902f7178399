# SPDX-License-Identifier: Apache-2.0
from xml.etree import ElementTree as ET

from hauberk.report import junit
from tests.report.worked import CARDS, WORKED

ROOT = ET.fromstring(junit.render(WORKED, CARDS))


def results(card):
    return [[child.tag for child in case] for case in ROOT.iter("testcase") if case.get("classname") == card]


def test_found_fails_unable_errs_waived_is_skipped_and_clean_passes():
    assert results("HBK-DEP-003") == [["failure"]]
    assert results("HBK-DAT-002") == [["skipped"]]
    assert results("HBK-GOV-001") == [[]]
    assert results("HBK-MOD-001") == [["failure"], ["error"]]


def test_each_rule_that_ran_is_a_case():
    assert {case.get("classname") for case in ROOT.iter("testcase")} == {item.card for item in WORKED.evidence}


def test_a_failure_says_where_why_and_what_to_do():
    failure = next(case for case in ROOT.iter("testcase") if case.get("classname") == "HBK-DEP-003").find("failure")
    assert "deploy/serve.yaml:21" in failure.text
    assert "why: An attacker" in failure.text
    assert "do: set securityContext" in failure.text
