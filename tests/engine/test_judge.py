# SPDX-License-Identifier: Apache-2.0
"""A policy is judged on what was run; what was not run never lets it pass."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hauberk.core.errors import Misuse
from hauberk.core.limit import Limit
from hauberk.core.scales import Severity
from hauberk.core.system import Policy, Rule
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.judge import check_policy, judge_scan
from hauberk.engine.plan import plan
from hauberk.policy.decide import decide
from tests import strategies
from tests.inprocess import run_rules

TODAY = date(2026, 1, 1)
CARDS = catalogue()
STATIC = Rule(id="static", severity=Severity.HIGH)
LIMIT = Rule(id="robust", limit=Limit(measurement="robust_accuracy", at_least=0.5))
DEPLOY = Rule(id="deploy", severity=Severity.LOW, stages=("deploy",), cards=("HBK-DEP-001",))
TYPO = Rule(id="typo", severity=Severity.LOW, cards=("HBK-DEP-999",))


@pytest.fixture
def evidence(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    return run_rules(tmp_path, dict(CARDS))


@pytest.mark.parametrize(
    ("rules", "code", "words"),
    [
        ((STATIC,), 0, []),
        ((STATIC, LIMIT), 3, ["robust"]),
        ((LIMIT,), 3, ["robust"]),
        ((STATIC, DEPLOY), 3, ["deploy"]),
        ((DEPLOY, LIMIT), 3, ["deploy", "robust"]),
    ],
)
def test_a_rule_that_a_scan_cannot_judge_is_not_looked_at(evidence, rules, code, words):
    verdict = judge_scan(Policy(name="p", rules=rules), evidence, (), TODAY, CARDS)
    assert verdict.exit_code == code
    assert verdict.policy == "p"
    assert [one.reason.split("'")[1] for one in verdict.unable] == words


def test_a_rule_about_no_card_there_is_is_refused(evidence):
    with pytest.raises(Misuse, match="typo"):
        judge_scan(Policy(rules=(STATIC, TYPO)), evidence, (), TODAY, CARDS)


def test_a_policy_that_judges_nothing_of_a_system_is_refused_before_anything_is_run(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    planned = plan(CARDS, discover(tmp_path), None, measure=True)
    check_policy(Policy(rules=(STATIC, LIMIT)), planned)
    with pytest.raises(Misuse, match="'deploy' judges nothing"):
        check_policy(Policy(rules=(STATIC, DEPLOY)), planned)


@given(strategies.policies, st.lists(strategies.evidences(), min_size=1, max_size=4))
def test_a_scan_never_passes_where_the_whole_policy_would_not(policy, evidence):
    try:
        whole = decide(policy, evidence, (), TODAY)
    except Misuse:
        assume(False)
    assume(not whole.passed)
    assert not judge_scan(policy, evidence, (), TODAY, CARDS).passed


def test_a_rule_about_another_tool_asks_for_its_report(evidence):
    policy = Policy(rules=(Rule(id="b", cards=("bandit:B602",), severity=Severity.HIGH),))
    verdict = judge_scan(policy, evidence, (), TODAY, CARDS)
    assert verdict.exit_code == 3
    assert "hauberk import" in verdict.unable[0].reason
