# SPDX-License-Identifier: Apache-2.0
"""Which systems have a threat and which have not: small systems after the literature, each with what it must not have."""

import msgspec
import pytest
import yaml

from hauberk.core.system import System
from hauberk.govern.find import find

RANKER = """
name: shelf
effect: advises
assets:
  - {id: clicks, kind: dataset, zone: shop, facts: {split: train, columns: [{name: viewer, personal: true}]}}
  - {id: training, kind: process, zone: shop, facts: {inputs: [clicks], outputs: [ranker]}}
  - {id: ranker, kind: model, zone: shop, facts: {task: rank, modality: table, trained_by: training}}
  - {id: page, kind: endpoint, zone: shop, facts: {serves: ranker, authentication: password}}
flows:
  - {name: visit, source: viewer, target: page, carries: [personal], protection: [tls]}
  - {name: list, source: page, target: viewer, carries: [personal], protection: [tls]}
  - {name: reaction, source: viewer, target: clicks, carries: [personal], protection: [tls]}
"""
KEYBOARD = """
name: keyboard
assets:
  - {id: averaging, kind: process, zone: maker, facts: {outputs: [common]}}
  - {id: common, kind: model, zone: maker, facts: {task: score, modality: text, trained_by: averaging}}
  - {id: base, kind: model, zone: maker, facts: {task: embed, modality: text, source: hub}}
flows:
  - {name: round, source: common, target: phone, carries: [model], protection: [tls, signed]}
  - {name: learned, source: phone, target: averaging, carries: [model], protection: [tls, authenticated]}
  - {name: start, source: hub, target: base, carries: [model], protection: [tls]}
"""
BRAKE = """
name: brake
sector: automotive
assets:
  - {id: images, kind: dataset, zone: maker, facts: {split: train}}
  - {id: training, kind: process, zone: maker, facts: {inputs: [images], outputs: [eye]}}
  - {id: eye, kind: model, zone: car, facts: {task: classify, modality: image, trained_by: training}}
  - {id: brakes, kind: process, zone: car}
flows:
  - {name: deliver, source: training, target: eye, carries: [model], protection: [tls, signed]}
  - {name: view, source: street, target: eye, carries: [public]}
  - {name: stop, source: eye, target: brakes, carries: [internal]}
"""
VOICE = """
name: bank by voice
effect: decides
assets:
  - {id: voices, kind: model, zone: bank, facts: {task: classify, modality: audio, source: vendor}}
  - {id: phone, kind: endpoint, zone: bank, facts: {serves: voices, authentication: pin}}
flows:
  - {name: call, source: caller, target: phone, carries: [personal, sensitive], protection: [tls]}
"""
AGENT = """
name: clerk
effect: advises
assets:
  - {id: planner, kind: model, zone: firm, facts: {task: generate, modality: text}}
  - {id: writer, kind: model, zone: firm, facts: {task: generate, modality: text}}
  - {id: desk, kind: endpoint, zone: firm, facts: {serves: planner, authentication: oauth}}
  - {id: notes, kind: dataset, zone: firm}
  - {id: reader, kind: process, zone: firm}
flows:
  - {name: wish, source: employee, target: desk, carries: [internal], protection: [tls, authenticated]}
  - {name: remember, source: planner, target: notes, carries: [internal]}
  - {name: recall, source: notes, target: planner, carries: [internal]}
  - {name: pages, source: web, target: reader, carries: [public], protection: [tls]}
  - {name: read, source: reader, target: planner, carries: [public]}
  - {name: order, source: planner, target: travel agency, carries: [internal, secret], protection: [tls]}
  - {name: draft, source: planner, target: writer, carries: [internal]}
"""
CASES = [
    pytest.param(
        RANKER,
        {
            "poisoning reaction",
            "teaches-itself reaction",
            "worn-down ranker",
            "pushes ranker",
            "inferred ranker",
            "collected-unseen clicks",
        },
        {"foreign-data", "made-up-world", "taken-apart", "nobody-known", "the-unseen", "poisoned-update"},
        id="those who are shown things teach what shows them",
    ),
    pytest.param(
        KEYBOARD,
        {
            "poisoned-update learned",
            "update-tells learned",
            "made-up-participant learned",
            "taken-apart common",
            "foreign-model base",
        },
        {"poisoned-update start", "poisoned-update round", "release-key", "model-record", "model-theft"},
        id="phones learn and send what they learned",
    ),
    pytest.param(
        BRAKE,
        {
            "made-up-world eye",
            "false-sense view",
            "costly-input eye",
            "too-fast-to-stop brakes",
            "the-unseen eye",
            "taken-apart eye",
            "backdoor eye",
        },
        {"evasion", "release-key", "unequal", "unaware", "breach", "membership", "extraction"},
        id="a car sees",
    ),
    pytest.param(
        VOICE,
        {
            "made-up-world voices",
            "false-sense call",
            "passed-for-gain voices",
            "no-appeal phone",
            "recognised voices",
            "foreign-model voices",
        },
        {"evasion", "nobody-known", "extraction", "backdoor", "the-unseen"},
        id="a bank hears",
    ),
    pytest.param(
        AGENT,
        {
            "planted-memory notes",
            "indirect-injection pages",
            "borrowed-tool order",
            "too-much-agency order",
            "key-on-the-way order",
            "passed-between-agents draft",
            "direct-injection planner",
        },
        {"evasion", "extraction", "poisoning", "runs-commands", "third-party", "unequal", "drift"},
        id="an agent remembers, reads, and orders",
    ),
]


def _system(text):
    return msgspec.convert(yaml.safe_load(text), System)


def _found(system):
    return {f"{one.rule} {one.subject}" for one in find(system).threats}


def _met(system):
    """Rules with the subject, and with each place at which the same threat is met."""
    return {f"{one.rule} {name}" for one in find(system).threats for name in (one.subject, *one.places)}


@pytest.mark.parametrize(("text", "must", "must_not"), CASES)
def test_a_system_has_the_threats_of_its_kind_and_not_those_of_others(text, must, must_not):
    found = _met(_system(text))
    assert must <= found, must - found
    rules = {one.split()[0] for one in found}
    assert not must_not & (found | rules)


def _with(text, old, new):
    assert old in text
    return _found(_system(text.replace(old, new)))


CUTS = [
    pytest.param(
        RANKER,
        "  - {name: reaction, source: viewer, target: clicks, carries: [personal], protection: [tls]}\n",
        "",
        {"poisoning reaction", "teaches-itself reaction", "worn-down ranker", "pushes ranker"},
        id="answers that do not come back teach nothing",
    ),
    pytest.param(
        RANKER,
        "source: viewer, target: clicks",
        "source: market research, target: clicks",
        {"poisoning reaction", "teaches-itself reaction", "worn-down ranker"},
        id="those who teach and are not served only publish",
    ),
    pytest.param(
        KEYBOARD,
        "  - {name: round, source: common, target: phone, carries: [model], protection: [tls, signed]}\n",
        "",
        {"poisoned-update learned", "update-tells learned", "made-up-participant learned", "taken-apart common"},
        id="who was given no model sends a model, not an update",
    ),
    pytest.param(
        BRAKE, "carries: [public]}", "carries: [public], protection: [signed]}", {"false-sense view"}, id="signed"
    ),
    pytest.param(
        BRAKE,
        "sector: automotive",
        "sector: toys",
        {"blinded view", "too-fast-to-stop brakes", "the-unseen eye"},
        id="toy",
    ),
    pytest.param(
        VOICE, "effect: decides", "effect: advises", {"decided-alone voices", "passed-for-gain voices"}, id="advises"
    ),
    pytest.param(
        VOICE,
        "effect: decides",
        "effect: decides\noversight: {by: clerk, contest: at the branch}",
        {"no-appeal phone"},
        id="contest",
    ),
    pytest.param(AGENT, "internal, secret", "internal", {"key-on-the-way order"}, id="no secret"),
    pytest.param(
        AGENT,
        "source: notes, target: planner",
        "source: notes, target: archive",
        {"planted-memory notes"},
        id="not read",
    ),
    pytest.param(
        AGENT, "source: reader, target: planner", "source: reader, target: notes", {"read"}, id="read by way of notes"
    ),
]


@pytest.mark.parametrize(("text", "old", "new", "gone"), CUTS)
def test_a_fact_that_changes_takes_its_threats_along_and_no_more(text, old, new, gone):
    before, after = _found(_system(text)), _with(text, old, new)
    assert not gone & after
    assert len(before - after) <= len(gone) + 6, before - after


CHECKS = """
name: ward
effect: advises
sector: health
regions: [DE]
assets:
  - {id: wards, kind: dataset, zone: clinic, region: DE, facts: {split: production, purpose: care, columns: [{name: who, personal: true}]}}
  - {id: rows, kind: dataset, zone: clinic, region: DE, facts: {split: train, purpose: research, columns: [{name: who, personal: true}]}}
  - {id: held, kind: dataset, zone: clinic, facts: {split: test}}
  - {id: store, kind: cloud, zone: clinic}
  - {id: training, kind: process, zone: clinic, facts: {inputs: [rows], outputs: [model]}}
  - {id: model, kind: model, zone: service, facts: {task: classify, modality: table, trained_by: training, tested_on: [held]}}
  - {id: door, kind: endpoint, zone: service, region: DE, facts: {serves: model, authentication: none}}
flows:
  - {name: copy, source: wards, target: rows, carries: [personal]}
  - {name: ship, source: training, target: model, carries: [model], protection: [tls, authenticated]}
  - {name: ask, source: wards, target: door, carries: [personal], protection: [tls]}
  - {name: abroad, source: door, target: vendor, carries: [personal], target_region: US, protection: [tls]}
  - {name: home, source: vendor, target: wards, carries: [personal], source_region: US, target_region: DE, protection: [tls]}
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("protection: [tls, authenticated]", "protection: [tls, signed]", "release-key ship"),
        ("authentication: none", "authentication: jwt", "nobody-known door"),
        ("authentication: jwt", "authentication: none", "stolen-account door"),
        (
            "split: production, purpose: care",
            "split: production, purpose: care, retention: one year, lawful_basis: contract",
            "kept-for-ever wards",
        ),
        ("split: test", "split: production", ""),
        ("split: train, purpose", "split: train, lawful_basis: consent, purpose", "other-purpose rows"),
        ("target_region: US", "target_region: FR", "abroad abroad"),
    ],
)
def test_what_the_manifest_states_answers_a_threat_that_stands_without_it(old, new, rule):
    text = CHECKS if old in CHECKS else CHECKS.replace(new, old)
    before = _found(_system(text))
    after = _with(text, old, new)
    assert not rule or rule in before - after
    assert "abroad home" not in before, "data that comes home is no transfer"
    assert "flattering-test held" in after, "tested_on alone makes it a test"


def test_who_changed_a_model_is_told_by_a_signature_and_by_nothing_less():
    assert "model-record eye" not in _met(_system(BRAKE))
    assert "model-record eye" in _met(_system(BRAKE.replace("[tls, signed]", "[tls, authenticated]")))
    assert "no-record model" in _met(_system(CHECKS)), "said once where answers leave no record either"


def test_data_that_has_a_basis_of_its_own_is_reused_only_for_another_purpose():
    based = CHECKS.replace("split: train, purpose", "split: train, lawful_basis: consent, purpose")
    based = based.replace("{name: who, personal: true}", "{name: who, personal: true, basis: care}")
    assert "reused copy" in _found(_system(based))
    assert "reused copy" not in _met(_system(based.replace("purpose: research", "purpose: care")))
    assert {"other-purpose rows", "other-purpose copy"} <= _met(_system(CHECKS))


def test_a_way_to_what_a_model_is_made_from_makes_a_back_door_worse_and_one_to_its_door_an_evasion():
    text = CHECKS[: CHECKS.index("  - {name: home")]
    fetched = text + "  - {name: fetch, source: hub, target: rows, carries: [public], protection: [tls]}\n"
    tried = text + "  - {name: try, source: anybody, target: door, carries: [public], protection: [tls]}\n"
    backdoor, evasion = "backdoor model", "gamed model"
    before, after, asked = (
        {f"{one.rule} {one.subject}": one for one in find(_system(one)).threats} for one in (text, fetched, tried)
    )
    assert after[backdoor].severity > before[backdoor].severity
    assert any("hub reaches what it is made from" in why for why in after[backdoor].why)
    assert after[evasion].severity is before[evasion].severity
    assert asked[evasion].severity > before[evasion].severity


def test_what_harms_only_with_something_else_says_so_and_is_less_severe_than_the_deed():
    threats = {f"{one.rule} {one.subject}": one for one in find(_system(CHECKS)).threats}
    kept, breach = threats["kept-for-ever wards"], threats["breach wards"]
    assert kept.severity <= breach.severity
    assert "by itself it harms nobody" in kept.why


def test_whom_a_threat_harms_are_those_in_the_data_and_not_those_who_happen_to_ask():
    text = CHECKS + "  - {name: try, source: nurse, target: door, carries: [personal], protection: [tls]}\n"
    threats = {f"{one.rule} {one.subject}": one for one in find(_system(text)).threats}
    assert threats["membership model"].harmed == "the people in rows"
    assert threats["breach wards"].harmed == "the people in wards"
    assert "nurse and vendor or whom they send data about" in threats["gamed model"].harmed


SCRIBE = """
name: scribe
effect: advises
sector: health
regions: [DE]
oversight: {by: doctor, can: [review]}
assets:
  - {id: talks, kind: dataset, zone: clinic, facts: {split: train, columns: [{name: voice, personal: true}, {name: who, personal: true}]}}
  - {id: drawn, kind: dataset, zone: clinic}
  - {id: typists, kind: process, zone: contractor}
  - {id: training, kind: process, zone: clinic, facts: {inputs: [talks], outputs: [scribe]}}
  - {id: scribe, kind: model, zone: clinic, facts: {task: generate, modality: audio, trained_by: training}}
  - {id: orders, kind: process, zone: clinic, facts: {source: public registry}}
flows:
  - {name: visit, source: patient, target: scribe, carries: [personal]}
  - {name: letter, source: scribe, target: doctor, carries: [personal]}
  - {name: order, source: scribe, target: orders, carries: [personal]}
  - {name: sample, source: scribe, target: drawn, carries: [internal]}
  - {name: listen, source: talks, target: typists, carries: [personal], protection: [tls]}
  - {name: typed, source: typists, target: talks, carries: [personal], protection: [tls]}
  - {name: mend, source: doctor, target: talks, carries: [personal]}
"""


def test_a_model_that_hears_writes_and_orders_without_an_endpoint():
    found = _met(_system(SCRIBE))
    assert {
        "made-up-world scribe",
        "blind-trust scribe",
        "no-record scribe",
        "unequal scribe",
        "membership scribe",
        "watched talks",
        "drawn-from-people drawn",
        "third-party listen",
        "reused listen",
        "poisoning typed",
        "poisoned-tool orders",
        "runs-commands orders",
        "question-changed order",
        "unaware visit",
    } <= found
    rules = {one.split()[0] for one in found}
    assert not rules & {"jailbreak", "hidden-instructions", "evasion", "own-ends", "nobody-known", "flood", "pushes"}
    assert not {"skewing mend", "foreign-data mend", "third-party letter"} & found, (
        "the doctor reviews and is of the house"
    )


def test_what_strangers_make_a_model_write_is_no_flow_that_stays_inside():
    threats = {f"{one.rule} {one.subject}": one for one in find(_system(SCRIBE)).threats}
    assert "what patient writes decides what it carries" in threats["too-much-agency order"].why
    closed = SCRIBE.replace("  - {name: visit, source: patient, target: scribe, carries: [personal]}\n", "")
    after = {f"{one.rule} {one.subject}": one for one in find(_system(closed)).threats}
    assert after["too-much-agency order"].severity < threats["too-much-agency order"].severity


def test_a_library_comes_from_outside_though_no_flow_says_so():
    threats = {f"{one.rule} {one.subject}": one for one in find(_system(CHECKS)).threats}
    assert "what it is put together from comes from outside" in threats["libraries training"].why


def test_a_copy_that_is_only_fetched_is_not_asked_and_a_question_starts_nothing():
    fetched = BRAKE.replace(
        "kind: process, zone: car}",
        "kind: process, zone: car}\n  - {id: shelf, kind: endpoint, zone: maker, facts: {serves: eye}}",
    )
    found = _found(_system(fetched.replace("source: training, target: eye", "source: shelf, target: eye")))
    assert "too-fast-to-stop brakes" in found
    assert not {"job-secrets brakes", "blind-trust shelf", "no-record shelf"} & found
    assert "bent-input images" not in found


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        ("broker", {"poisoning in", "other-purpose in", "unnamed-sender in", "collected-unseen in"}),
        ("bank", {"poisoning in", "other-purpose in", "collected-unseen in"}),
    ],
    ids=["others'", "own"],
)
def test_lessons_from_where_nothing_of_the_system_runs_are_somebody_elses(zone, found):
    text = f"""
name: limit
effect: decides
assets:
  - {{id: bought, kind: dataset, zone: {zone}, facts: {{columns: [{{name: who, personal: true}}]}}}}
  - {{id: rows, kind: dataset, zone: bank, facts: {{split: train, columns: [{{name: who, personal: true}}]}}}}
  - {{id: fit, kind: process, zone: bank, facts: {{inputs: [rows], outputs: [m]}}}}
  - {{id: m, kind: model, zone: bank, facts: {{task: regress, modality: table}}}}
flows:
  - {{name: in, source: bought, target: rows, carries: [personal], protection: [tls]}}
"""
    assert {one for one in _met(_system(text)) if one.endswith(" in")} == found
