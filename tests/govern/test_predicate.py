# SPDX-License-Identifier: Apache-2.0
"""Which laws apply and which tier: tables of cases over unlike systems, in three values."""

from pathlib import Path

import pytest

from hauberk.govern.facts import FACTS, facts
from hauberk.govern.framework import Predicate, framework
from hauberk.govern.predicate import decisive, holds, trace
from hauberk.manifest.load import load, parse

ROOT = Path(__file__).parents[2]
CREDIT = ROOT / "examples" / "credit" / "as-written" / "hauberk.yaml"
RADIOLOGY = ROOT / "tests" / "corpora" / "threats" / "radiology" / "hauberk.yaml"


def _system(text):
    return parse(f"name: x\n{text}".encode(), "x")


def _asked(region, carries="personal", effect="decides", more=""):
    return _system(
        f"effect: {effect}\n{more}\nassets:\n  - {{id: m, kind: model, facts: {{task: classify}}}}\n"
        f"  - {{id: api, kind: endpoint, facts: {{serves: m}}}}\n"
        f"flows:\n  - {{name: ask, source: applicant, target: api, carries: [{carries}], source_region: {region}}}\n"
    )


def _applies(name, system):
    one = framework(name)
    return holds(one.when, facts(system)) if one.when else True


def _tiers(system):
    known = facts(system)
    return {one.id: holds(one.when, known) for one in framework("ai-act").tiers}


@pytest.mark.parametrize(
    ("law", "region", "carries", "applies"),
    [
        ("gdpr", "DE", "personal", True),
        ("gdpr", "'NO'", "personal", True),
        ("gdpr", "GB", "personal", None),
        ("gdpr", "DE", "public", False),
        ("ai-act", "FR", "public", True),
        ("ai-act", "US", "personal", None),
        ("uk", "GB", "personal", True),
        ("uk", "DE", "personal", None),
        ("swiss", "CH", "personal", True),
        ("swiss", "DE", "personal", None),
        ("ccpa", "US-CA", "personal", True),
        ("ccpa", "US-NY", "personal", True),
        ("ccpa", "CA", "personal", False),
        ("ccpa", "US-CA", "internal", False),
    ],
)
def test_which_law_applies_follows_from_people_and_data(law, region, carries, applies):
    """None: the manifest does not say where the system runs, which could decide it."""
    assert _applies(law, _asked(region, carries)) is applies


@pytest.mark.parametrize(("regions", "applies"), [("[DE]", True), ("[GB]", False), ("[US-CA]", False)])
def test_where_it_runs_settles_what_people_left_open(regions, applies):
    assert _applies("gdpr", _asked("GB", more=f"regions: {regions}")) is applies


@pytest.mark.parametrize(
    ("more", "effect", "tier", "expected"),
    [
        ("uses: [credit-score]", "decides", "high-risk", True),
        ("uses: [recruitment]", "advises", "high-risk", True),
        ("uses: [fraud-detection]\nsector: banking", "decides", "high-risk", False),
        ("uses: [other]\nsector: banking", "decides", "high-risk", False),
        ("uses: [chat]\nsector: education", "decides", "high-risk", False),
        ("sector: Banking", "decides", "high-risk", True),
        ("sector: education", "advises", "high-risk", True),
        ("sector: banking", "none", "high-risk", None),
        ("sector: gardening", "decides", "high-risk", None),
        ("uses: [other]", "decides", "high-risk", False),
        ("uses: [social-scoring]", "decides", "prohibited", True),
        ("uses: [emotion-recognition]", "decides", "prohibited", False),
        ("uses: [emotion-recognition, worker-management]", "decides", "prohibited", True),
        ("uses: [biometric-identification, law-enforcement]", "decides", "prohibited", True),
        ("uses: [biometric-identification]", "decides", "high-risk", True),
        ("", "decides", "prohibited", None),
        ("uses: [chat]", "none", "transparency", True),
        ("uses: [credit-score]", "decides", "transparency", False),
        ("uses: [general-purpose-model]", "none", "gpai", False),
    ],
)
def test_tiers_follow_from_use_sector_and_effect(more, effect, tier, expected):
    assert _tiers(_asked("DE", more=more, effect=effect))[tier] is expected


def test_two_unlike_systems_get_unlike_answers_and_each_says_what_fired():
    credit, radiology = load(CREDIT), load(RADIOLOGY)
    high = next(one for one in framework("ai-act").tiers if one.id == "high-risk")
    assert decisive(high.when, facts(credit)) == ("Annex III, point 5(b), likely: a bank's system that acts on people",)
    assert holds(high.when, facts(radiology)) is None
    assert decisive(high.when, facts(radiology)) == ("the manifest does not say: what it is used for (`uses`)",)


def test_every_leaf_is_shown_with_what_was_seen():
    told = trace(framework("gdpr").when, facts(load(CREDIT)))
    assert [(one.fact, one.holds, one.seen) for one in told] == [
        ("data", True, ("personal",)),
        ("runs", True, ("EEA",)),
        ("people", True, ("EEA",)),
    ]


@pytest.mark.parametrize(
    ("regions", "carries", "abroad"),
    [
        ("source_region: DE, target_region: US", "personal", {"DE>US"}),
        ("source_region: DE, target_region: FR", "personal", set()),
        ("source_region: DE, target_region: CH", "sensitive", set()),
        ("source_region: DE, target_region: US", "public", set()),
        ("source_region: DE", "personal", {"unsaid"}),
    ],
)
def test_personal_data_that_crosses_a_border_is_a_fact(regions, carries, abroad):
    text = (
        "assets: [{id: rows, kind: dataset}]\n"
        f"flows: [{{name: out, source: rows, target: vendor, carries: [{carries}], {regions}}}]\n"
    )
    assert facts(_system(text))["abroad"] == abroad


def test_every_fact_is_computed_and_every_computed_fact_has_words():
    assert set(facts(load(CREDIT))) == set(FACTS)


def _leaf(value):
    return Predicate(fact="uses", has=("chat",)) if value is None else Predicate(fact="data", has=(value,))


@pytest.mark.parametrize("node", ["all", "any"])
@pytest.mark.parametrize("first", ["personal", "novel", None])
@pytest.mark.parametrize("second", ["personal", "novel", None])
def test_trees_are_of_kleenes_three_values(node, first, second):
    known = {"uses": frozenset(), "data": frozenset({"personal"})}
    value = {"personal": True, "novel": False, None: None}
    one, other = value[first], value[second]
    result = holds(Predicate(**{node: (_leaf(first), _leaf(second))}), known)
    if node == "all":
        assert result is (False if False in {one, other} else None if None in {one, other} else True)
    else:
        assert result is (True if True in {one, other} else None if None in {one, other} else False)
    assert holds(Predicate(negated=_leaf(first)), known) is (None if one is None else not one)
