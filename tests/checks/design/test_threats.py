# SPDX-License-Identifier: Apache-2.0
"""Which assets need a considered threat, and which ids count."""

import re

import pytest

from hauberk.checks.design.atlas import TECHNIQUES
from hauberk.checks.design.threats import threats
from tests.checks.trial import messages, on_files

SYSTEM = """\
name: s
assets:
  - {{id: m, kind: model}}
  - {{id: d, kind: dataset}}
threats:
  - {threat}
"""

# threat, number of findings: one for the model without a recognised threat, one for the threat itself
CASES = [
    ("{id: AML.T0015, asset: m, treatment: accept}", 0),
    ("{id: ATLAS:AML.T0015, asset: m, treatment: accept}", 0),
    ("{id: aml.t0015, asset: m, treatment: accept}", 0),
    ("{id: AML.T0024.002, asset: m, treatment: accept}", 0),
    ("{id: CWE-502, asset: m, treatment: accept}", 0),
    ("{id: OWASP-ML:2023:ML06, asset: m, treatment: accept}", 0),
    ("{id: T1195.002, asset: m, treatment: accept}", 0),
    ("{id: own-1, title: A clerk copies the weights, asset: m, treatment: accept}", 0),
    ("{id: AML.T0200, title: A technique of a later release, asset: m, treatment: accept}", 0),
    ("{id: AML.T0015, asset: m}", 1),
    ("{id: AML.T0015, asset: m, treatment: TBD}", 1),
    ("{id: AML.T0015, asset: d, treatment: accept}", 1),
    ("{id: AML.T0015, treatment: accept}", 1),
    ("{id: AML.T9999, asset: m, treatment: accept}", 2),
    ("{id: AML.T0030, title: A number that was never given, asset: m, treatment: accept}", 2),
    ("{id: AML.M0001, asset: m, treatment: accept}", 2),
    ("{id: AML.TA0002, asset: m, treatment: accept}", 2),
    ("{id: hackers, asset: m, treatment: accept}", 2),
    ("{id: own-1, title: TODO, asset: m, treatment: accept}", 2),
]


@pytest.mark.parametrize(("threat", "count"), CASES)
def test_a_threat_counts_where_its_id_is_known_and_something_was_decided(tmp_path, threat, count):
    (evidence,) = on_files(threats, tmp_path, {"hauberk.yaml": SYSTEM.format(threat=threat)})
    assert len(evidence.findings) == count, messages([evidence])


FACING = [
    ("{id: x, kind: model}", "", True),
    ("{id: x, kind: endpoint, uri: https://x.example}", "", True),
    ("{id: x, kind: dataset, zone: in}", "{name: f, source: partner, target: x}", True),
    ("{id: x, kind: dataset, zone: in}", "{name: f, source: public, target: x}", True),
    ("{id: x, kind: dataset}", "", False),
    ("{id: x, kind: code}", "", False),
    ("{id: x, kind: dataset, zone: in}", "{name: f, source: in, target: x}", False),
]


@pytest.mark.parametrize(("asset", "flow", "found"), FACING)
def test_models_endpoints_and_what_stands_on_a_boundary_need_a_threat(tmp_path, asset, flow, found):
    other = "{id: AML.T0020, treatment: accept}"
    text = f"name: s\nassets: [{asset}]\nboundaries: [{{name: b, between: [in, public]}}]\nflows: [{flow}]\nthreats: [{other}]"
    (evidence,) = on_files(threats, tmp_path, {"hauberk.yaml": text})
    assert bool(evidence.findings) == found


def test_nothing_faces_others_and_no_threat_is_listed_so_there_is_nothing_to_look_at(tmp_path):
    assert on_files(threats, tmp_path, {"hauberk.yaml": "name: s\nassets: [{id: x, kind: code}]\n"}) == []


def test_every_technique_has_an_id_and_one_line():
    assert len(TECHNIQUES) == 170
    for name, summary in TECHNIQUES.items():
        assert re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", name)
        assert name.partition(".")[0] == "AML"
        assert 10 < len(summary) < 100
        assert "\n" not in summary
        assert name.count(".") == 1 or name.rpartition(".")[0] in TECHNIQUES
