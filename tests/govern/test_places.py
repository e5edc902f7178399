# SPDX-License-Identifier: Apache-2.0
"""One finding for one deed: where else it is met, what is put together and what is not, and what that changes."""

from datetime import date

import msgspec
import pytest
import yaml

from hauberk.core.system import System
from hauberk.govern.accept import acceptance, covered
from hauberk.govern.find import find

ORCHESTRA = """
name: desk
effect: advises
assets:
  - {id: writer, kind: model, zone: vendor, facts: {task: generate, modality: text, source: vendor}}
  - {id: conductor, kind: code, zone: firm}
  - {id: papers, kind: document, zone: firm}
  - {id: vectorizer, kind: model, zone: firm, facts: {task: embed, modality: text, source: hub}}
  - {id: index, kind: dataset, zone: firm, facts: {columns: [{name: text, personal: true}]}}
  - {id: notes, kind: dataset, zone: firm, facts: {columns: [{name: note, personal: true}]}}
  - {id: sender, kind: process, zone: firm}
  - {id: door, kind: endpoint, zone: firm, facts: {serves: writer, authentication: oidc}}
flows:
  - {name: ask, source: clerk, target: door, carries: [personal], protection: [tls, authenticated]}
  - {name: pass, source: door, target: conductor, carries: [personal]}
  - {name: prompt, source: conductor, target: writer, carries: [personal], protection: [tls]}
  - {name: text, source: writer, target: conductor, carries: [personal], protection: [tls]}
  - {name: scan, source: other side, target: papers, carries: [personal], protection: [tls]}
  - {name: cut, source: papers, target: vectorizer, carries: [personal]}
  - {name: keep, source: vectorizer, target: index, carries: [personal]}
  - {name: find, source: index, target: conductor, carries: [personal]}
  - {name: note, source: conductor, target: notes, carries: [personal]}
  - {name: recall, source: notes, target: conductor, carries: [personal]}
  - {name: send, source: conductor, target: sender, carries: [personal]}
  - {name: letter, source: sender, target: court, carries: [personal], protection: [tls]}
"""
REGISTRY = """
name: ward
effect: advises
sector: health
assets:
  - {id: probe, kind: other, zone: ward}
  - {id: rows, kind: dataset, zone: lab, facts: {split: train, columns: [{name: who, personal: true, sensitive: true}]}}
  - {id: more, kind: dataset, zone: lab, facts: {split: train, columns: [{name: who, personal: true}]}}
  - {id: book, kind: notebook, uri: fit.ipynb, zone: lab}
  - {id: fit, kind: process, zone: lab, facts: {inputs: [rows, more], code: book}}
  - {id: shelf, kind: cloud, zone: clinic}
  - {id: score, kind: model, uri: score.pkl, zone: clinic, facts: {task: score, modality: series}}
  - {id: pager, kind: process, zone: ward}
flows:
  - {name: push, source: fit, target: shelf, carries: [model], protection: [tls]}
  - {name: pull, source: shelf, target: score, carries: [model]}
  - {name: pulse, source: patient, target: probe, carries: [personal, sensitive]}
  - {name: signal, source: probe, target: score, carries: [personal, sensitive]}
  - {name: alarm, source: score, target: pager, carries: [personal]}
  - {name: page, source: pager, target: nurse, carries: [personal]}
"""


def _threats(text):
    return find(msgspec.convert(yaml.safe_load(text), System)).threats


def _at(text):
    return {f"{one.rule} {name}" for one in _threats(text) for name in (one.subject, *one.places)}


def test_work_around_a_model_that_writes_is_its_hand():
    assert {
        "indirect-injection scan",
        "indirect-injection papers",
        "poisoned-store index",
        "poisoned-store papers",
        "planted-memory notes",
        "too-much-agency send",
        "carried-out letter",
        "runs-commands sender",
        "deed-record sender",
    } <= {name.replace("no-record", "deed-record") for name in _at(ORCHESTRA)}


def test_what_a_model_reads_is_not_what_it_is_asked():
    asked = next(one for one in _threats(ORCHESTRA) if one.rule == "direct-injection")
    assert {"door", "ask", "pass", "prompt"} <= set(asked.places)
    assert not {"scan", "find", "recall", "papers"} & set(asked.places)


def test_without_its_hand_a_model_sets_nothing_to_work():
    cut = ORCHESTRA.replace("  - {name: send, source: conductor, target: sender, carries: [personal]}\n", "")
    assert not {"too-much-agency send", "carried-out letter", "runs-commands sender"} & _at(cut)


def test_a_model_that_is_fetched_from_a_shelf_has_the_maker_who_put_it_there():
    found = _at(REGISTRY)
    assert {"backdoor score", "backdoor shelf", "backdoor push", "backdoor pull", "code-in-model pull"} <= found
    assert {"libraries fit", "libraries book", "membership score"} <= found
    assert "foreign-model score" not in found


def test_a_device_may_be_forged_and_what_it_sees_arranged():
    assert {"false-sense probe", "made-up-world probe", "unaware pulse"} <= _at(REGISTRY)
    assert not any(one.startswith(("opened-device", "false-device")) for one in _at(REGISTRY)), "said once"


@pytest.mark.parametrize("text", [ORCHESTRA, REGISTRY])
def test_no_deed_is_said_twice_of_one_place_and_every_place_is_of_the_manifest(text):
    system = msgspec.convert(yaml.safe_load(text), System)
    names = {one.id for one in system.assets} | {one.name for one in system.flows}
    for one in find(system).threats:
        assert set(one.places) <= names - {one.subject}
        assert len(set(one.places)) == len(one.places)


def test_one_answer_for_all_is_one_finding_as_severe_as_the_worst():
    threats = [one for one in _threats(REGISTRY) if one.rule == "identifying"]
    assert [(one.subject, one.places) for one in threats] == [("rows", ("more",))]
    alone = [one for one in _threats(REGISTRY.replace(", sensitive: true}]}}", "}]}}")) if one.rule == "identifying"]
    assert threats[0].severity > alone[0].severity


def test_a_threat_that_has_got_to_another_place_is_no_longer_accepted():
    today = date(2026, 11, 24)
    apart = REGISTRY.replace("id: more, kind: dataset, zone: lab", "id: more, kind: dataset, zone: attic")
    whole = find(msgspec.convert(yaml.safe_load(apart), System))
    part = find(msgspec.convert(yaml.safe_load(apart.replace("inputs: [rows, more]", "inputs: [rows]")), System))
    one = next(threat for threat in part.threats if threat.rule == "collected-unseen")
    held = acceptance(one, who="ann", reason="a notice is on its way", until="2027-01-31", today=today)
    assert next(t for t in covered(part, [held], today).threats if t.id == one.id).accepted is not None
    grown = next(t for t in covered(whole, [held], today).threats if t.id == one.id)
    assert set(grown.places) > set(one.places)
    assert grown.accepted is None


def test_a_store_in_a_cloud_lies_open_in_the_same_finding_as_the_people_who_are_in_the_data():
    breach = next(one for one in _threats(REGISTRY) if one.rule == "breach")
    assert {breach.subject, *breach.places} == {"rows", "more", "shelf"}
    assert "AML.T0036" in breach.techniques
    nobody = REGISTRY.replace(", personal: true, sensitive: true", "").replace(", personal: true", "")
    nobody = nobody.replace("[personal, sensitive]", "[internal]").replace("[personal]", "[internal]")
    assert any(one.rule == "open-store" and one.subject == "shelf" for one in _threats(nobody))
