# SPDX-License-Identifier: Apache-2.0
"""Scans as hostile as their types allow: any text anywhere, floats of any size, outcomes in any mixture."""

import sys

from hypothesis import strategies as st

from hauberk.core.asset import Asset
from hauberk.core.document import Coverage, Excluded, NoRule, Pruned, Scan
from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace, MemberPlace, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.verdict import Gate, Inability, Verdict, Waived, Waiver

PIECES = (
    "\x1b[2J", "\x1b]8;;http://evil\x07", "\x9b31m", "\u202e", "\u200b", "\ufe0f", "\r", "\n", "\x00", "\x7f", "\u2028", "\ufffe",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "'\"><svg onload=alert(1)>", "]]>", "--><!--", "{{ 7*7 }}", "{0}",
    "|", "`", "``", "@team", "[a](http://evil)", "![a](http://evil)", "www.evil.example", "#1", "$(rm)", "\\", "../..", "/etc", "%2e",
    "漢字", "é", "e\u0301", "a" * 200, " ", "models/x.pkl", "pip install 'hauberk[ml]'", "hauberk.yaml#a", "https://x.example/y",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=4).map("".join)
some = texts.filter(bool)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((0.0, 1.0, 1e308, -1e308, 5e-324, sys.float_info.max)),
)
lines = st.one_of(st.none(), st.integers(-2, 2**40))

places = st.one_of(
    st.builds(FilePlace, path=texts, line=lines, column=lines, cell=lines),
    st.builds(MemberPlace, archive=texts, member=texts, offset=lines),
    st.builds(RowPlace, table=texts, row=lines, column=st.one_of(st.none(), texts)),
    st.builds(SubgroupPlace, table=texts, predicate=texts),
    st.builds(ResourcePlace, kind=texts, name=texts, path=texts, line=lines),
    st.builds(RequestPlace, event=texts, client=texts),
)
findings = st.builds(
    Finding, card=texts, asset=texts, place=places, severity=st.sampled_from(Severity), confidence=st.sampled_from(Confidence),
    message=texts, fingerprint=texts,
)  # fmt: skip
names = st.one_of(st.just("robust_accuracy"), texts)
limits = st.one_of(
    st.builds(Limit, measurement=names, at_least=numbers, severity=st.sampled_from(Severity)),
    st.builds(Limit, measurement=names, at_most=numbers),
)


@st.composite
def measurements(draw):
    low, value, high = sorted((draw(numbers), draw(numbers), draw(numbers)))
    given = draw(st.booleans())
    return Measurement(
        name=draw(names), value=value if given else None, low=draw(st.sampled_from((low, None))), high=draw(st.sampled_from((high, None))),
        level=draw(st.sampled_from((0.95, 0.9))), unit=draw(texts), n=draw(st.integers(0, 2**60)), note=draw(texts if given else some),
        parameters=draw(st.dictionaries(texts, st.one_of(texts, numbers, st.booleans(), st.none()), max_size=2)),
    )  # fmt: skip


@st.composite
def evidences(draw):
    outcome = draw(st.sampled_from(Outcome))
    least = 1 if outcome is Outcome.FOUND else 0
    found = [] if outcome is Outcome.CLEAN else draw(st.lists(findings, min_size=least, max_size=3))
    return Evidence(
        id=draw(texts), card=draw(st.one_of(st.just("HBK-MOD-001"), texts)), version=1, stage=draw(st.sampled_from(Stage)), title=draw(texts),
        basis=draw(st.sampled_from(Basis)), outcome=outcome, reason=draw(some) if outcome is Outcome.UNABLE else "",
        asset=Asset(id=draw(texts), kind=draw(st.sampled_from(Kind)), uri=draw(texts), digest=draw(st.one_of(st.none(), texts))),
        findings=tuple(found), measurements=tuple(draw(st.lists(measurements(), max_size=2))), started="2026-01-01T00:00:00.000000Z",
        attachments=draw(st.dictionaries(texts, texts, max_size=1)), took=0.5, tools=draw(st.dictionaries(texts, texts, max_size=2)),
    )  # fmt: skip


gates = st.builds(
    Gate, rule=texts, passed=st.booleans(), why=texts, findings=st.just(()), limit=st.one_of(st.none(), limits)
)
inabilities = st.builds(Inability, card=texts, asset=texts, reason=texts)
waivers = st.builds(Waiver, fingerprint=texts, who=texts, reason=texts, until=texts)


@st.composite
def scans(draw):
    evidence = draw(st.lists(evidences(), max_size=4))
    found = [finding for item in evidence for finding in item.findings]
    covered = [Waived(finding=finding, waiver=draw(waivers)) for finding in found if draw(st.booleans())]
    verdict = Verdict(
        passed=draw(st.booleans()), policy=draw(texts), gates=tuple(draw(st.lists(gates, max_size=3))), waived=tuple(covered[:2]),
        unable=tuple(draw(st.lists(inabilities, max_size=2))),
    )  # fmt: skip
    coverage = Coverage(
        files=draw(st.integers(0, 9)), examined=draw(st.integers(0, 9)), unable=draw(st.integers(0, 9)),
        no_rule=tuple(draw(st.lists(st.builds(NoRule, uri=texts, format=texts), max_size=2))),
        pruned=tuple(draw(st.lists(st.builds(Pruned, path=texts, reason=texts), max_size=1))),
        excluded=tuple(draw(st.lists(st.builds(Excluded, pattern=texts, reason=texts, files=st.integers(0, 9)), max_size=1))),
    )  # fmt: skip
    assessment = draw(
        st.one_of(
            st.none(), st.builds(Assessment, id=texts, plan_digest=texts, lock_digest=texts, opened=texts, closed=texts)
        )
    )
    return Scan(
        tool=draw(texts), root=draw(texts), system=draw(texts), assessment=assessment, integrity=draw(texts), verdict=verdict,
        coverage=coverage, evidence=tuple(evidence),
    )  # fmt: skip
