# SPDX-License-Identifier: Apache-2.0
"""What backs a duty, and the laws of it: nothing that is added as Unable, or taken away, makes a duty better."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset
from hauberk.core.canonical import identified
from hauberk.core.document import Coverage, Scan
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.verdict import Inability, Verdict
from hauberk.govern.attest import Attestation, Statements
from hauberk.govern.framework import Clause, framework, parse
from hauberk.govern.kept import Kept
from hauberk.govern.posture import State, posture
from hauberk.govern.signed import REVOKED, Signed
from hauberk.govern.threat import Standing
from hauberk.manifest.load import parse as manifest
from tests.govern.test_framework import SMALL

DAY = date(2027, 12, 2)
SYSTEM = manifest(b"name: x\nregions: [DE]\nroles: [{name: dpo, holders: [mara]}]\n", "x")
OWN = parse(SMALL, "own")
GOOD = {State.CLEAN, State.HUMAN}
CARDS = ("HBK-ATK-001", "HBK-ATK-003", "HBK-DEP-003")


def seen(card, outcome, *, basis=Basis.EXAMINED, asset="a", values=(), note=""):
    finding = Finding(
        card=card,
        asset=asset,
        place=FilePlace(path=asset),
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        message="something",
        fingerprint="v1:" + "0" * 64,
    )
    return identified(
        Evidence(
            id="",
            card=card,
            version=1,
            stage=Stage.ATTACK,
            title="a rule",
            basis=basis,
            asset=Asset(id=asset, kind=Kind.MODEL, uri=asset),
            outcome=outcome,
            reason=(note or "could not") if outcome is Outcome.UNABLE else "",
            findings=(finding,) if outcome is Outcome.FOUND else (),
            measurements=tuple(
                Measurement(name="m", value=one, n=3, note="" if one is not None else "not estimable at n=3")
                for one in values
            ),
            started="2026-01-01T00:00:00.000000Z",
            took=0.1,
        )
    )


def scan(*evidence, unable=()):
    verdict = Verdict(passed=True, policy="p", gates=(), unable=tuple(unable))
    return Scan(system="x", verdict=verdict, coverage=Coverage(files=1, examined=1, unable=0), evidence=evidence)


def backed(evidence=(), *, held=(), broken="", unable=(), system=SYSTEM, **changes):
    """The one duty of the small framework, changed as asked."""
    clause = msgspec.structs.replace(OWN.clauses[0], **changes)
    one = msgspec.structs.replace(OWN, clauses=(clause,))
    said = Statements(attestations=tuple(held))
    made = posture(one, system, day=DAY, scan=scan(*evidence, unable=unable), said=said, broken=broken)
    return made.duties[0]


def attested(*, by="mara/1", role="dpo", until="2028-01-01", at="2026-11-24T00:00:00.000000Z", version="1", doubt=""):
    value = Attestation(subject="own:1", version=version, role=role, reason="", until=until)
    return Signed(by=by, at=at, value=value, doubt=doubt)


CLEAN, FOUND, UNABLE = Outcome.CLEAN, Outcome.FOUND, Outcome.UNABLE
ONE, TWO = CARDS[0], CARDS[1]


@pytest.mark.parametrize(
    ("evidence", "changes", "held", "state"),
    [
        ([], {}, (), State.GAP),
        ([seen(ONE, CLEAN)], {}, (), State.CLEAN),
        ([seen(TWO, CLEAN)], {}, (), State.CLEAN),
        ([seen(ONE, FOUND)], {}, (), State.FOUND),
        ([seen(ONE, UNABLE)], {}, (), State.GAP),
        ([seen(ONE, CLEAN), seen(TWO, UNABLE)], {}, (), State.GAP),
        ([seen(ONE, CLEAN), seen(ONE, FOUND, asset="b")], {}, (), State.FOUND),
        ([seen(ONE, CLEAN, values=(None, None))], {}, (), State.GAP),
        ([seen(ONE, CLEAN, values=(0.5, None))], {}, (), State.CLEAN),
        ([seen(ONE, CLEAN, basis=Basis.DECLARED)], {}, (), State.GAP),
        ([seen(ONE, CLEAN, basis=Basis.DECLARED)], {"human": "so"}, (attested(),), State.HUMAN),
        ([seen(ONE, CLEAN)], {"human": "so"}, (), State.PARTLY),
        ([seen(ONE, CLEAN)], {"human": "so"}, (attested(),), State.CLEAN),
        ([seen(ONE, FOUND)], {"human": "so"}, (attested(),), State.FOUND),
        ([], {"human": "so"}, (attested(),), State.GAP),
        ([seen(ONE, UNABLE)], {"human": "so"}, (attested(),), State.GAP),
        ([], {"checks": (), "human": "so"}, (attested(),), State.HUMAN),
        ([], {"checks": (), "human": "so"}, (), State.GAP),
        ([], {"checks": ()}, (attested(),), State.GAP),
        ([seen(ONE, CLEAN)], {"checks": ("HBK-ATK-001", "HBK-DEP-003")}, (), State.GAP),
        ([seen(ONE, CLEAN)], {"read": False}, (), State.UNVERIFIED),
        ([seen(ONE, FOUND)], {"read": False}, (), State.UNVERIFIED),
        ([], {"checks": (), "human": "so", "eyes": 2}, (attested(), attested()), State.GAP),
        ([], {"checks": (), "human": "so", "stakeholders": True}, (attested(),), State.GAP),
    ],
)
def test_what_backs_a_duty(evidence, changes, held, state):
    assert backed(evidence, held=held, **changes).state is state


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"until": "2027-12-01"}, "it ended on"),
        ({"until": ""}, "no end date"),
        ({"until": "never"}, "no end date"),
        ({"at": "2027-12-03T00:00:00.000000Z"}, "it was made later"),
        ({"by": "eve/1"}, "does not give its signer this role"),
        ({"role": "king"}, "does not give its signer this role"),
        ({"version": "0"}, "another version"),
        ({"doubt": REVOKED}, "revoked"),
    ],
)
def test_an_attestation_that_does_not_stand_backs_nothing_and_says_why(change, why):
    duty = backed(held=(attested(**change),), checks=(), human="so")
    assert duty.state is State.GAP
    assert why in duty.held[0].doubt
    assert why in duty.why[0]


def test_evidence_on_what_has_changed_since_does_not_count():
    stale = (Inability(card="", asset="a", reason="changed since it was assessed"),)
    duty = backed([seen(ONE, CLEAN)], unable=stale)
    assert duty.state is State.GAP
    assert "changed since" in duty.why[0]


def test_without_a_ledger_nothing_passes_whatever_the_framework():
    for name in ("ai-act", "gdpr", "nist-ai-rmf", "owasp-ml"):
        made = posture(framework(name), SYSTEM, day=DAY)
        assert not [duty for duty in made.duties if duty.state.passes]


EVIDENCE = st.lists(
    st.builds(
        seen,
        st.sampled_from(CARDS),
        st.sampled_from(Outcome),
        basis=st.sampled_from(Basis),
        asset=st.sampled_from(["a", "b"]),
        values=st.sampled_from([(), (None,), (0.5,)]),
    ),
    max_size=6,
)
CHANGES = st.fixed_dictionaries(
    {
        "checks": st.sampled_from([(), ("HBK-ATK-001",), ("HBK-ATK-001|HBK-ATK-003",), ("HBK-ATK-001", "HBK-DEP-003")]),
        "human": st.sampled_from(["", "so"]),
        "read": st.booleans(),
    }
)
HELD = st.sampled_from([(), (attested(),)])
WORTH = {
    State.FOUND: 0,
    State.BROKEN: 0,
    State.GAP: 1,
    State.UNVERIFIED: 1,
    State.PARTLY: 2,
    State.HUMAN: 3,
    State.CLEAN: 3,
}


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, CHANGES, HELD, st.sampled_from(CARDS))
def test_adding_an_unable_never_improves_a_duty(evidence, changes, held, card):
    before = backed(evidence, held=held, **changes).state
    after = backed([*evidence, seen(card, UNABLE, asset="c")], held=held, **changes).state
    assert WORTH[after] <= WORTH[before]


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, CHANGES, HELD, st.sampled_from(CARDS))
def test_taking_all_evidence_of_a_rule_away_never_makes_a_duty_pass(evidence, changes, held, card):
    before = backed(evidence, held=held, **changes).state
    kept = [one for one in evidence if one.card != card]
    alternative = "|" in "".join(
        changes["checks"]
    )  # another rule of the leg may have looked; the ledger shows what is gone
    after = backed(kept, held=held, **changes).state
    assert after not in GOOD or before in GOOD or alternative


@settings(max_examples=50, deadline=None)
@given(EVIDENCE, CHANGES)
def test_taking_an_attestation_away_never_improves_a_duty(evidence, changes):
    assert WORTH[backed(evidence, **changes).state] <= WORTH[backed(evidence, held=(attested(),), **changes).state]


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, CHANGES, HELD)
def test_nothing_passes_in_a_record_that_does_not_verify_or_a_row_that_nobody_read(evidence, changes, held):
    assert backed(evidence, held=held, broken="HBK-E-010: x", **changes).state is State.BROKEN
    assert not backed(evidence, held=held, **{**changes, "read": False}).state.passes


def test_removing_the_evidence_of_a_duty_turns_it_into_a_gap():
    full = [seen(card, CLEAN) for card in ("HBK-ATK-002", "HBK-DAT-004")]
    one = framework("gdpr")
    states = {duty.id: duty.state for duty in posture(one, _personal(), day=DAY, scan=scan(*full)).duties}
    assert states["gdpr:Art.32(1)(d)"] is State.CLEAN
    left = {duty.id: duty.state for duty in posture(one, _personal(), day=DAY, scan=scan(full[1])).duties}
    assert left["gdpr:Art.32(1)(d)"] is State.GAP
    assert left["gdpr:Art.5(1)(c)"] is State.CLEAN


def _personal():
    return manifest(
        b"name: x\nregions: [DE]\nassets: [{id: d, kind: dataset, facts: {columns: [{name: n, personal: true}]}}]\n",
        "x",
    )


def test_counts_add_up_and_the_share_is_of_technical_duties():
    made = posture(framework("gdpr"), _personal(), day=DAY, scan=scan(seen("HBK-DAT-004", FOUND)))
    counts = made.counts
    assert (
        counts.duties == counts.executed + counts.partly + counts.human + counts.gap + counts.unverified + counts.broken
    )
    assert counts.executed == counts.clean + counts.found == counts.technical_executed == 2  # Art. 5(1)(c) and 25(1)
    assert counts.technical == sum(duty.technical for duty in made.duties)


@pytest.mark.parametrize(("day", "later"), [("2026-11-24", True), ("2027-12-01", True), ("2027-12-02", False)])
def test_as_of_says_which_duties_apply(day, later):
    made = posture(framework("ai-act"), SYSTEM, day=date.fromisoformat(day))
    duty = next(one for one in made.duties if one.id == "ai-act:Art.12(1)")
    assert duty.applies is not later
    assert duty.applies_from == "2027-12-02"
    assert duty.moved_from == "2026-08-02"


def test_a_law_that_does_not_apply_asks_nothing():
    made = posture(framework("swiss"), SYSTEM, day=DAY)
    assert made.applies is False
    assert made.duties == ()


def test_clause_is_a_value_that_cannot_be_built_wrong():
    with pytest.raises(ValueError, match="eyes"):
        Clause(id="1", words="w", source="s", read=True, date="d", eyes=0)


RECORDED = SMALL.replace(
    b'checks = ["HBK-ATK-001|HBK-ATK-003"]',
    b'records = [{kind = "guard.stopped", days = 366, says = "it was stopped"}]',
)


@pytest.mark.parametrize(
    ("at", "state"),
    [("2027-06-01", State.CLEAN), ("2026-06-01", State.GAP), ("2027-12-03", State.GAP), (None, State.GAP)],
    ids=["within the days", "too long ago", "after the day asked about", "never"],
)
def test_a_duty_may_ask_for_an_entry_of_the_ledger(at, state):
    own = parse(RECORDED, "own")
    (name,) = (one.id for one in own.clauses if one.records)
    held = [Kept(kind="guard.stopped", index=7, at=f"{at}T00:00:00.000000Z")] if at else []
    held.append(Kept(kind="guard.started", index=8, at="2027-11-01T00:00:00.000000Z"))
    found = posture(own, SYSTEM, day=DAY, held=held)
    duty = next(one for one in found.duties if one.id.endswith(name))
    assert [leg.standing for leg in duty.legs] == [Standing.TESTED if state is State.CLEAN else Standing.GAP]
    assert duty.state is state or (duty.human and duty.state is State.PARTLY and state is State.CLEAN)
    if state is State.CLEAN:
        assert duty.legs[0].proofs[0].evidence == "entry 7"
    else:
        assert "guard.stopped" in " ".join(duty.why)


KEPT_SO_LONG = RECORDED.replace(b'days = 366, says = "it was stopped"', b'days = 31, since = 183, says = "kept"')


@pytest.mark.parametrize(
    ("ages", "state"),
    [((1, 183), State.CLEAN), ((1, 400), State.CLEAN), ((1, 182), State.GAP), ((40, 400), State.GAP), ((), State.GAP)],
    ids=["half a year", "longer", "a day short", "nothing of late", "never"],
)
def test_a_duty_may_ask_how_long_entries_have_been_kept(ages, state):
    own = parse(KEPT_SO_LONG, "own")
    days = sorted(DAY - timedelta(days=age) for age in ages)
    held = [Kept(kind="guard.stopped", index=index, at=f"{day}T00:00:00Z") for index, day in enumerate(days)]
    (duty,) = (one for one in posture(own, SYSTEM, day=DAY, held=held).duties if "guard.stopped" in str(one.legs))
    assert [leg.standing for leg in duty.legs] == [Standing.TESTED if state is State.CLEAN else Standing.GAP]
    if state is State.GAP and ages:
        assert f"the first is {max(ages)} days old" in " ".join(duty.why)
