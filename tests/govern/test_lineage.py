# SPDX-License-Identifier: Apache-2.0
"""Where models come from: the same whether it is written down as facts or as flows."""

import msgspec
import pytest
import yaml

from hauberk.core.system import System
from hauberk.govern.find import find
from hauberk.govern.graph import Graph

FACTS = """
name: s
effect: decides
assets:
  - {id: rows, kind: dataset, zone: lab, facts: {split: train, columns: [{name: who, personal: true}, {name: what}]}}
  - {id: held, kind: dataset, zone: lab, facts: {split: test}}
  - {id: fit, kind: process, zone: lab, facts: {inputs: [rows, base], outputs: [judge]}}
  - {id: base, kind: model, zone: lab, facts: {task: embed, modality: table, source: public model hub}}
  - {id: judge, kind: model, zone: lab, facts: {task: classify, modality: table, trained_on: [rows], trained_by: fit, tested_on: [held]}}
  - {id: door, kind: endpoint, zone: lab, facts: {serves: judge, authentication: jwt}}
flows:
  - {name: ask, source: client, target: door, carries: [personal], protection: [tls, authenticated]}
  - {name: weights, source: model hub, target: base, carries: [model], protection: [tls]}
"""
FLOWS = """
name: s
effect: decides
assets:
  - {id: rows, kind: dataset, zone: lab, facts: {split: train, columns: [{name: who, personal: true}, {name: what}]}}
  - {id: held, kind: dataset, zone: lab, facts: {split: test}}
  - {id: fit, kind: process, zone: lab}
  - {id: base, kind: model, zone: lab, facts: {task: embed, modality: table, source: public model hub}}
  - {id: judge, kind: model, zone: lab, facts: {task: classify, modality: table, source: fit}}
  - {id: door, kind: endpoint, zone: lab, facts: {serves: judge, authentication: jwt}}
flows:
  - {name: ask, source: client, target: door, carries: [personal], protection: [tls, authenticated]}
  - {name: weights, source: model hub, target: base, carries: [public], protection: [tls]}
  - {name: start, source: base, target: fit, carries: [internal], protection: [tls]}
  - {name: lessons, source: rows, target: fit, carries: [personal], protection: [tls]}
  - {name: fitted, source: fit, target: judge, carries: [internal], protection: [tls]}
  - {name: check, source: held, target: judge, carries: [internal], protection: [tls]}
"""


def _system(text):
    return msgspec.convert(yaml.safe_load(text), System)


def test_a_lineage_written_as_flows_gives_a_model_the_threats_of_one_written_as_facts():
    one, other = (
        {(threat.rule, threat.subject) for threat in find(_system(text)).threats if threat.of == "asset"}
        for text in (FACTS, FLOWS)
    )
    assert {"membership", "extraction", "backdoor", "model-theft", "cannot-forget"} <= {rule for rule, _ in other}
    assert one ^ other <= {("data-theft", "held")}, "which only a flow that carries it can show"


def test_what_a_source_names_word_for_word_brings_the_model_and_anything_else_asks_it():
    graph = Graph(_system(FLOWS))
    brought = {flow.name for flow in graph.system.flows if graph.brings(flow)}
    assert brought == {"weights", "fitted"}
    judge = graph.asset("judge")
    assert [flow.name for flow in graph.questions(judge)] == ["ask"]
    assert not graph.foreign(judge)
    assert graph.foreign(graph.asset("base"))


FEDERATED = """
name: s
assets:
  - {id: pictures, kind: dataset, zone: farm, facts: {split: train}}
  - {id: local, kind: process, zone: farm}
  - {id: merge, kind: process, zone: maker}
  - {id: common, kind: model, zone: maker, facts: {task: classify, modality: image, source: merge}}
  - {id: fleet, kind: endpoint, zone: maker, facts: {serves: common, authentication: jwt}}
  - {id: copy, kind: model, zone: farm, facts: {task: classify, modality: image, source: common}}
  - {id: labels, kind: process, zone: firm}
flows:
  - {name: round, source: pictures, target: local, carries: [internal]}
  - {name: learned, source: local, target: merge, carries: [internal], protection: [tls]}
  - {name: merged, source: merge, target: common, carries: [internal]}
  - {name: given, source: fleet, target: copy, carries: [internal], protection: [tls]}
  - {name: out, source: pictures, target: labels, carries: [internal], protection: [tls]}
"""


def test_what_many_learned_at_home_is_an_update_and_a_copy_has_its_originals_maker():
    graph = Graph(_system(FEDERATED))
    assert [flow.name for flow in graph.system.flows if graph.update(flow)] == ["learned"]
    assert graph.maker(graph.asset("copy")).id == "merge"
    assert [one.id for one in graph.learned_from(graph.asset("copy"))] == ["pictures"]
    assert graph.embedded(graph.asset("copy"))
    assert graph.trains(graph.asset("local"))
    assert not graph.trains(graph.asset("labels"))
    threats = find(graph.system).threats
    found = {f"{one.rule} {name}" for one in threats for name in (one.subject, *one.places)}
    assert {"poisoned-update learned", "update-tells merge", "deed-record merge", "taken-apart copy"} <= found
    swapped = next(one for one in threats if "given" in one.places and one.rule == "backdoor")
    assert "CWE-494" in swapped.techniques, "a device takes a model that nobody signed"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("public model hub", True),
        ("the model hub, pinned", True),
        ("modelhub", False),
        ("hub of models", False),
        ("", False),
    ],
)
def test_a_source_names_a_party_word_for_word(source, named):
    graph = Graph(_system(FLOWS.replace("source: public model hub", f"source: '{source}'")))
    weights = next(flow for flow in graph.system.flows if flow.name == "weights")
    assert graph.brings(weights) is named
