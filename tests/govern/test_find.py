# SPDX-License-Identifier: Apache-2.0
"""Threats: recall on manifests written from the literature, and the laws that keep them from being a carpet."""

from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.scales import Kind, Severity
from hauberk.core.system import Declared, Effect, Facts, Flow, System
from hauberk.engine.catalogue import catalogue
from hauberk.govern.catalogues import CATALOGUES, covers, known, lists, words
from hauberk.govern.compare import compare
from hauberk.govern.diagram import draw
from hauberk.govern.find import FLOW_ROWS, TABLES, find
from hauberk.manifest.load import load
from tests.govern.expected import FRESH, INCIDENTS, MOST, NAMES, expected, group, missed, shared, system_of, unlike

ROWS = [*{row.rule: row for table in TABLES.values() for row in table}.values(), *FLOW_ROWS]
SECOND = tuple(group("fresh2"))
ALL = (*NAMES, *INCIDENTS, *FRESH, *SECOND)
CREDIT = Path(__file__).parents[2] / "examples" / "credit"


@pytest.mark.parametrize("name", NAMES)
def test_at_least_four_fifths_of_what_the_literature_expects_are_among_at_most_forty(name):
    assert len(missed(name, MOST)) <= 0.2 * len(expected(name)), missed(name, MOST)
    assert len(find(system_of(name)).threats) <= MOST


@pytest.mark.parametrize(("names", "least"), [(INCIDENTS, 1), (FRESH, 1), (SECOND, 0.95)])
def test_what_is_found_of_incidents_does_not_get_less(names, least):
    wanted, lost = sum(len(expected(name)) for name in names), sum(len(missed(name)) for name in names)
    assert (wanted - lost) / wanted >= least


@pytest.mark.parametrize("name", NAMES)
def test_every_threat_is_about_an_asset_or_a_flow_of_its_manifest(name):
    system = system_of(name)
    names = {"asset": {one.id for one in system.assets}, "flow": {one.name for one in system.flows}}
    for threat in find(system).threats:
        assert threat.subject in names[threat.of]
        assert threat.why
        assert threat.answer


@pytest.mark.parametrize("name", NAMES)
def test_removing_a_flow_removes_its_threats_and_brings_none_about_it(name):
    system = system_of(name)
    for flow in system.flows:
        left = msgspec.structs.replace(system, flows=tuple(one for one in system.flows if one is not flow))
        change = compare(find(system), find(left))
        assert not any(threat.subject == flow.name for threat in find(left).threats)
        assert {one.subject for one in find(system).threats if one.of == "flow" and one.subject == flow.name} <= {
            one.subject for one in change.removed
        }


def test_a_model_that_no_longer_reads_from_strangers_cannot_be_told_what_to_do_by_them():
    system = system_of("helpdesk")
    cut = msgspec.structs.replace(system, flows=tuple(one for one in system.flows if one.name != "retrieval"))
    rules = {threat.rule for threat in find(cut).threats}
    assert not rules & {"indirect-injection", "poisoned-store", "store-leak"}
    assert {"direct-injection", "jailbreak"} <= rules


@pytest.mark.parametrize(("one", "other"), list(combinations(NAMES, 2)))
def test_unlike_systems_share_at_most_half_of_what_the_smaller_has(one, other):
    assert unlike(one, other) or "helpdesk" in {one, other}
    assert shared(one, other)[0] <= 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in combinations(ALL, 2) if unlike(*pair)],
)
def test_no_two_unlike_systems_share_more_than_half_of_what_they_have_together(one, other):
    assert shared(one, other)[1] <= 0.5


def test_a_harmless_system_without_flows_or_people_has_few_threats_and_none_is_severe():
    system = System(name="toy", assets=(Declared(id="m", kind=Kind.MODEL, uri="m.onnx", facts=Facts(task="classify")),))
    assert find(system).threats == ()


def test_deciding_about_people_makes_threats_more_severe_and_never_fewer():
    system = system_of("fresh/facesearch")
    decides = msgspec.structs.replace(system, effect=Effect.DECIDES)
    change = compare(find(system), find(decides))
    assert not change.removed
    assert change.moved
    assert all(one.after.severity > one.before.severity for one in change.moved)


def test_where_a_wrong_answer_hurts_bodies_advice_weighs_as_much_as_a_decision():
    system = msgspec.structs.replace(system_of("radiology"), sector="entertainment")
    change = compare(find(system), find(system_of("radiology")))
    assert {"evasion", "drift", "unequal"} <= {one.after.rule for one in change.moved}
    assert all(one.after.severity > one.before.severity for one in change.moved)
    assert {one.rule for one in change.added} == {"the-unseen", "known-to-be-in-it"}


def test_authentication_takes_a_level_off_an_exposed_endpoint():
    system = load(CREDIT / "as-written" / "hauberk.yaml")
    flood = next(one for one in find(system).threats if one.rule == "flood")
    guarded = msgspec.structs.replace(
        system,
        assets=tuple(
            msgspec.structs.replace(one, facts=msgspec.structs.replace(one.facts, authentication="jwt"))
            if one.kind is Kind.ENDPOINT
            else one
            for one in system.assets
        ),
    )
    after = next(one for one in find(guarded).threats if one.rule == "flood")
    assert after.severity < flood.severity
    assert any("nothing identifies" in reason for reason in flood.why)


def test_what_the_manifest_decided_stands_beside_the_threat_it_is_about():
    threats = find(load(CREDIT / "hardened" / "hauberk.yaml")).threats
    treated = {threat.rule: threat.treatment for threat in threats if threat.treatment}
    assert "robust_accuracy" in treated["gamed"]
    assert {"membership", "poisoning", "flood"} <= treated.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_every_row_names_known_techniques_and_rules_that_exist(row):
    assert all(known(one) for one in row.techniques), row.techniques
    assert set(row.cards) <= set(catalogue())
    assert "{name}" in row.title


def test_rows_have_names_of_their_own():
    assert len({row.rule for row in ROWS}) == len(ROWS)


def test_every_list_has_a_source_a_day_and_ids_with_their_year():
    assert all(one.source and one.as_of for one in CATALOGUES)
    assert "MITRE ATLAS" in lists()
    assert all("20" in entry for one in CATALOGUES if one.name.startswith("OWASP") for entry in one.entries)
    assert words("AML.T0015") != "AML.T0015"


@pytest.mark.parametrize(
    ("listed", "asked", "same"),
    [
        ("AML.T0024.000", "AML.T0024", True),
        ("AML.T0024", "AML.T0024.000", False),
        ("AML.T0024.000", "AML.T002", False),
        ("GDPR:Art.44", "GDPR:Art.4", False),
        ("CWE-778", "CWE-778", True),
    ],
)
def test_a_sub_technique_covers_its_technique_and_nothing_else(listed, asked, same):
    assert covers(listed, asked) is same


IDS = st.sampled_from(["a", "b", "c", "d", "e"])
ENDS = st.sampled_from(["a", "b", "c", "d", "e", "someone", "vendor"])
CARRIED = st.lists(st.sampled_from(["personal", "sensitive", "model", "secret", "internal", "public"]), max_size=2)
SYSTEMS = st.builds(
    lambda assets, flows, effect, sector: System(
        name="s",
        effect=effect,
        sector=sector,
        assets=tuple({one.id: one for one in assets}.values()),
        flows=tuple(msgspec.structs.replace(one, name=f"f{index}") for index, one in enumerate(flows)),
    ),
    st.lists(
        st.builds(
            Declared,
            id=IDS,
            kind=st.sampled_from(list(Kind)),
            zone=st.sampled_from(["", "x", "y"]),
            facts=st.builds(
                Facts,
                split=st.sampled_from(["", "train", "test"]),
                task=st.sampled_from(["", "classify", "rank", "embed", "generate"]),
                modality=st.sampled_from(["", "image", "audio", "series"]),
                authentication=st.sampled_from(["", "jwt"]),
                serves=st.sampled_from(["", "a", "b"]),
                trained_on=st.tuples(IDS),
                trained_by=st.sampled_from(["", "c", "gone"]),
                inputs=st.tuples(IDS),
                outputs=st.tuples(IDS),
                source=st.sampled_from(["", "hub"]),
            ),
        ),
        max_size=5,
    ),
    st.lists(
        st.builds(
            Flow,
            name=st.just("f"),
            source=ENDS,
            target=ENDS,
            carries=CARRIED.map(tuple),
            protection=st.sampled_from([(), ("tls",), ("signed",)]),
        ),
        max_size=8,
    ),
    st.sampled_from(list(Effect)),
    st.sampled_from(["", "health", "law enforcement"]),
)


@settings(max_examples=60, deadline=None)
@given(SYSTEMS)
def test_any_manifest_has_a_threat_model_without_doubles_and_a_picture_that_is_the_same_twice(system):
    model = find(system)
    assert model == find(system)
    there = {"asset": {one.id for one in system.assets}, "flow": {one.name for one in system.flows}}
    assert all(threat.subject in there[threat.of] for threat in model.threats)
    for flow in system.flows:
        left = find(msgspec.structs.replace(system, flows=tuple(one for one in system.flows if one is not flow)))
        assert not any(threat.of == "flow" and threat.subject == flow.name for threat in left.threats)
    assert len({threat.id for threat in model.threats}) == len(model.threats)
    assert len({threat.key for threat in model.threats}) == len(model.threats)
    assert all(threat.severity > Severity.INFO for threat in model.threats)
    assert draw(system, model) == draw(system, model)
    assert compare(model, model).kept == len(model.threats)
