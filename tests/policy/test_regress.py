# SPDX-License-Identifier: Apache-2.0
"""Rules that compare with the last release."""

import msgspec
import pytest
from tests.policy.test_decide import TODAY, evidence

from hauberk.core.limit import Regression
from hauberk.core.lock import Release, Released
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Severity
from hauberk.core.system import Policy, Rule
from hauberk.policy.decide import decide

ASKED = Regression(measurement="robust_accuracy", may_drop=0.02)
POLICY = Policy(rules=(Rule(id="no-worse", regression=ASKED),))
BEFORE = Measurement(
    name="robust_accuracy", value=0.8, low=0.74, high=0.85, n=200, parameters={"eps": 0.1, "queries": 900}
)


def changed(**fields):
    return msgspec.structs.replace(BEFORE, **fields)


def gate(*seen, before=(BEFORE,), policy=POLICY, asset="a.py"):
    release = Release(
        assessment="assessment-1",
        closed="2026-11-01T00:00:00.000000Z",
        measurements=tuple(
            Released(evidence="sha256:0", card="HBK-COD-001", asset=asset, measurement=one) for one in before
        ),
    )
    return decide(policy, [evidence(measurements=seen)], (), TODAY, release=release).gates[0]


@pytest.mark.parametrize(
    ("seen", "passed", "said"),
    [
        ((BEFORE,), True, "a.py no worse"),
        ((changed(value=0.9, low=0.85, high=0.93),), True, "a.py no worse"),
        ((changed(low=0.725),), True, "worse by 0.015"),
        ((changed(low=0.71),), False, "worse by 0.03"),
        ((changed(value=0.79, low=None, high=None),), True, "no worse"),
        ((changed(value=None, low=None, high=None, note="too few"),), False, "no value"),
        ((changed(n=100),), False, "measured otherwise (number of samples)"),
        ((changed(parameters={"eps": 0.01}),), False, "measured otherwise (eps)"),
        ((changed(parameters={"eps": 0.1, "queries": 7}),), True, "no worse"),
        ((), False, "not measured"),
        ((BEFORE, changed(low=0.1)), False, "worse by 0.64"),
        ((BEFORE, changed(low=0.1, parameters={"eps": 0.2})), True, "no worse"),
    ],
)
def test_the_worse_end_is_compared_with_the_release_of_what_was_asked_alike(seen, passed, said):
    found = gate(*seen)
    assert found.passed is passed
    assert said in found.why


def test_less_is_better_where_the_rule_says_so():
    policy = Policy(rules=(Rule(id="r", regression=Regression(measurement="robust_accuracy", may_rise=0.02)),))
    assert gate(changed(high=0.86), policy=policy).passed
    assert not gate(changed(high=0.88), policy=policy).passed
    assert gate(changed(low=0.1), policy=policy).passed


def test_an_asset_that_changed_its_name_is_not_measured_and_nothing_pinned_is_not_passed():
    assert "not measured" in gate(BEFORE, asset="old.py").why
    assert not gate(BEFORE, asset="old.py").passed
    assert not gate(BEFORE, before=()).passed
    bare = decide(POLICY, [evidence(measurements=(BEFORE,))], (), TODAY)
    assert not bare.passed
    assert "no release is pinned" in bare.gates[0].why


def test_a_rule_with_a_severity_fails_on_either():
    policy = Policy(rules=(Rule(id="r", severity=Severity.HIGH, regression=ASKED),))
    assert gate(BEFORE, policy=policy).passed
    assert "worse by" in gate(changed(low=0.1), policy=policy).why


@pytest.mark.parametrize("bounds", [{}, {"may_drop": 0.1, "may_rise": 0.1}, {"may_drop": -0.1}])
def test_a_regression_is_bounded_once_and_never_below_zero(bounds):
    with pytest.raises(ValueError, match="give may_drop or may_rise"):
        Regression(measurement="robust_accuracy", **bounds)
