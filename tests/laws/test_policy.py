# SPDX-License-Identifier: Apache-2.0
"""Laws of the policy: it is monotone, pure, and never vacuous."""

from datetime import date

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests import strategies

from hauberk.core.errors import Misuse
from hauberk.core.scales import Outcome
from hauberk.core.system import Policy
from hauberk.policy.decide import decide

TODAY = date(2026, 1, 1)


def judge(policy, evidence, waivers=(), release=None):
    try:
        return decide(policy, evidence, waivers, TODAY, release=release)
    except Misuse:
        return None


def with_finding(one, finding):
    findings = (*one.findings, msgspec.structs.replace(finding, card=one.card, asset=one.asset.id))
    outcome = Outcome.UNABLE if one.outcome is Outcome.UNABLE else Outcome.FOUND
    return msgspec.structs.replace(one, findings=findings, outcome=outcome)


@given(st.data())
def test_adding_a_finding_never_turns_a_failing_verdict_into_a_passing_one(data):
    evidence = data.draw(st.lists(strategies.evidences(), min_size=1, max_size=4))
    policy = data.draw(strategies.policies)
    known = [finding.fingerprint for one in evidence for finding in one.findings]
    waivers = data.draw(st.lists(strategies.waivers(known), max_size=3))
    release = data.draw(strategies.releases(evidence))
    before = judge(policy, evidence, waivers, release)
    assume(before is not None and not before.passed)
    index = data.draw(st.integers(0, len(evidence) - 1))
    grown = list(evidence)
    grown[index] = with_finding(evidence[index], data.draw(strategies.findings()))
    assert not judge(policy, grown, waivers, release).passed


@given(st.data())
def test_adding_an_unable_never_turns_a_failing_verdict_into_a_passing_one_and_always_fails(data):
    evidence = data.draw(st.lists(strategies.evidences(), min_size=1, max_size=4))
    policy = data.draw(strategies.policies)
    release = data.draw(strategies.releases(evidence))
    assume(judge(policy, evidence, (), release) is not None)
    after = judge(policy, [*evidence, data.draw(strategies.evidences(Outcome.UNABLE))], (), release)
    assert not after.passed
    assert after.unable


@given(st.lists(strategies.evidences(), min_size=1, max_size=4), strategies.policies, st.randoms())
def test_the_verdict_does_not_depend_on_the_order_of_evidence(evidence, policy, random):
    before = judge(policy, evidence)
    assume(before is not None)
    shuffled = list(evidence)
    random.shuffle(shuffled)
    after = judge(policy, shuffled)
    assert (before.passed, before.exit_code) == (after.passed, after.exit_code)
    assert {gate.rule: gate.passed for gate in before.gates} == {gate.rule: gate.passed for gate in after.gates}


@given(st.lists(strategies.evidences(), min_size=1, max_size=3))
def test_a_policy_without_rules_is_an_error(evidence):
    with pytest.raises(Misuse, match="no rules"):
        decide(Policy(rules=()), evidence, (), TODAY)


@given(strategies.policies)
def test_no_evidence_is_an_error(policy):
    with pytest.raises(Misuse, match="no evidence"):
        decide(policy, (), (), TODAY)
