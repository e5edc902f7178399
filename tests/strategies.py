# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for the words of core."""

from hypothesis import strategies as st

from hauberk.core.asset import Asset
from hauberk.core.canonical import identified
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding, fingerprint
from hauberk.core.limit import Limit, Regression
from hauberk.core.lock import Release, Released
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.system import Policy, Rule
from hauberk.core.verdict import Waiver

CARDS = ("HBK-COD-001", "HBK-DEP-002", "HBK-ATK-001")
names = st.sampled_from(("a.py", "b/model.onnx", "c.csv"))
numbers = st.floats(-10, 10)


@st.composite
def findings(draw, card=None, asset=None):
    card = card or draw(st.sampled_from(CARDS))
    asset = asset or draw(names)
    context = draw(st.text(max_size=8))
    return Finding(
        card=card,
        asset=asset,
        place=FilePlace(path=asset, line=draw(st.integers(1, 99))),
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        message=draw(st.text(min_size=1, max_size=20)),
        fingerprint=fingerprint(card, asset, context),
    )


@st.composite
def measurements(draw):
    name = draw(st.sampled_from(("robust_accuracy", "membership_tpr")))
    if draw(st.booleans()):
        return Measurement(name=name, value=None, note="not estimable at n=3", n=3)
    low, value, high = sorted((draw(numbers), draw(numbers), draw(numbers)))
    return Measurement(name=name, value=value, low=low, high=high, n=draw(st.integers(1, 99)))


@st.composite
def evidences(draw, outcome=None, stage=None):
    card, asset = draw(st.sampled_from(CARDS)), draw(names)
    outcome = outcome or draw(st.sampled_from(Outcome))
    least = 1 if outcome is Outcome.FOUND else 0
    some = [] if outcome is Outcome.CLEAN else draw(st.lists(findings(card, asset), min_size=least, max_size=3))
    return identified(
        Evidence(
            id="",
            card=card,
            version=1,
            stage=stage or draw(st.sampled_from((Stage.DEVELOP, Stage.DEPLOY, Stage.ATTACK))),
            title="a rule",
            basis=draw(st.sampled_from(Basis)),
            asset=Asset(id=asset, kind=Kind.CODE, uri=asset, digest="sha256:" + "0" * 64),
            outcome=outcome,
            reason="could not" if outcome is Outcome.UNABLE else "",
            findings=tuple(some),
            measurements=tuple(draw(st.lists(measurements(), max_size=2))),
            started="2026-01-01T00:00:00.000000Z",
            took=0.5,
        )
    )


@st.composite
def rules(draw):
    limit = None
    if draw(st.booleans()):
        bound = draw(numbers)
        name = draw(st.sampled_from(("robust_accuracy", "membership_tpr")))
        limit = (
            Limit(measurement=name, at_least=bound) if draw(st.booleans()) else Limit(measurement=name, at_most=bound)
        )
    return Rule(
        id=draw(st.text("abc", min_size=1, max_size=3)),
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        stages=tuple(draw(st.lists(st.sampled_from(("develop", "deploy")), max_size=1))),
        cards=tuple(draw(st.lists(st.sampled_from(CARDS), max_size=1))),
        limit=limit,
        regression=draw(st.none() | regressions),
    )


measured = st.sampled_from(("robust_accuracy", "membership_tpr"))
regressions = st.builds(Regression, measurement=measured, may_drop=st.sampled_from((0.0, 0.1))) | st.builds(
    Regression, measurement=measured, may_rise=st.sampled_from((0.0, 0.1))
)


@st.composite
def releases(draw, evidence):
    """A release of some of what was measured, as it is or otherwise; or none."""
    pool = [(one, measurement) for one in evidence for measurement in one.measurements]
    chosen = draw(st.lists(st.sampled_from(pool), max_size=3)) if pool else []
    told = [
        Released(
            evidence=one.id,
            card=one.card,
            asset=one.asset.id,
            measurement=draw(st.just(measurement) | measurements()),
        )
        for one, measurement in chosen
    ]
    release = Release(assessment="a", closed="2026-01-01T00:00:00.000000Z", measurements=tuple(told))
    return draw(st.none() | st.just(release))


policies = st.builds(lambda some: Policy(rules=tuple(some)), st.lists(rules(), min_size=1, max_size=3))


@st.composite
def waivers(draw, known=()):
    pool = list(known) or ["v1:" + "0" * 32]
    return Waiver(
        fingerprint=draw(st.sampled_from(pool)),
        who="ada",
        reason="accepted",
        until=draw(st.sampled_from(("2020-01-01", "2026-01-01", "2026-01-02", "2099-01-01"))),
    )
