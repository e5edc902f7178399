# SPDX-License-Identifier: Apache-2.0
"""What the rules on flows find in a manifest, and what they leave alone."""

from datetime import date

import pytest

from hauberk.checks.design.border import border
from hauberk.checks.design.jurisdiction import ADEQUATE, ADEQUATE_IF, DECISIONS, EEA, free
from hauberk.checks.design.unprotected_flow import unprotected_flow
from hauberk.core.scales import Basis
from tests.checks.trial import on_files, outcomes

SYSTEM = """\
name: s
assets:
  - {{id: a, kind: process, zone: inside, region: DE}}
  - {{id: b, kind: process, zone: {zone}, region: FR}}
  - {{id: c, kind: process}}
boundaries: [{{name: wall, between: [inside, outside]}}]
flows:
  - {{name: f, {flow}}}
"""

# flow, zone of b, severity of the only finding (empty: none)
CROSSING = [
    ("source: a, target: b, crosses: [wall], carries: [personal]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [none]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [TBD, http]", "inside", "high"),
    ("source: a, target: b, crosses: [wall]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [model]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [internal]", "inside", "medium"),
    ("source: a, target: b, crosses: [wall], carries: [public]", "inside", "low"),
    ("source: a, target: b, crosses: [wall], carries: [public, secret]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [authenticated]", "inside", "medium"),
    ("source: a, target: b, crosses: [wall], carries: [secret], protection: [signed, jwt]", "inside", "medium"),
    ("source: a, target: b, carries: [personal]", "outside", "high"),
    ("source: a, target: b, carries: [personal]", "elsewhere", "high"),
    ("source: a, target: Outside, carries: [personal]", "inside", "high"),
    ("source: customer, target: a, carries: [personal]", "inside", "high"),
    ("source: c, target: vendor, carries: [personal]", "inside", "high"),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [tls]", "inside", ""),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [TLS, authenticated]", "inside", ""),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [encrypted-file]", "inside", ""),
    ("source: a, target: b, crosses: [wall], carries: [personal], protection: [leased line by courier]", "inside", ""),
    ("source: a, target: b, crosses: [wall], carries: [model], protection: [signed]", "inside", ""),
    ("source: a, target: b, carries: [personal]", "inside", ""),
    ("source: a, target: inside, carries: [personal]", "inside", ""),
    ("source: a, target: c, carries: [personal]", "inside", ""),
    ("source: c, target: a, carries: [secret]", "inside", ""),
]


@pytest.mark.parametrize(("flow", "zone", "severity"), CROSSING)
def test_an_unprotected_flow_is_found_where_it_crosses_a_boundary(tmp_path, flow, zone, severity):
    (evidence,) = on_files(unprotected_flow, tmp_path, {"hauberk.yaml": SYSTEM.format(flow=flow, zone=zone)})
    assert [finding.severity.value for finding in evidence.findings] == ([severity] if severity else [])
    assert evidence.basis is Basis.DECLARED


ENDPOINT = "name: s\nassets: [{id: e, kind: endpoint, uri: https://x.example}]\n"


def test_an_endpoint_in_no_flow_is_found(tmp_path):
    assert outcomes(on_files(unprotected_flow, tmp_path, {"hauberk.yaml": ENDPOINT})) == {"found"}


def test_a_system_without_flows_and_endpoints_has_nothing_to_look_at(tmp_path):
    text = "name: s\nassets: [{id: m, kind: model}]\n"
    assert on_files(unprotected_flow, tmp_path, {"hauberk.yaml": text}) == []
    assert on_files(border, tmp_path, {"hauberk.yaml": text}) == []


BORDERS = [
    ("source_region: DE, target_region: IN", "high"),
    ("source_region: DE, target_region: CN", "high"),
    ("source_region: EU, target_region: RU, basis: TBD", "high"),
    ("source_region: DE, target_region: US", "high"),
    ("source_region: DE, target_region: US-CA", "high"),
    ("source_region: 'NO', target_region: CA", "high"),
    ("source_region: DE, target_region: IN, basis: adequacy", "high"),
    ("source_region: DE, target_region: IN, basis: dpf", "high"),
    ("source_region: DE, target_region: US, basis: Privacy Shield", "high"),
    ("source_region: US, target_region: IN", "medium"),
    ("source_region: GB, target_region: US", "medium"),
    ("source_region: DE", "low"),
    ("source_region: DE, target_region: DE", ""),
    ("source_region: DE, target_region: FR", ""),
    ("source_region: EU, target_region: IS", ""),
    ("source_region: EEA, target_region: DE", ""),
    ("source_region: DE, target_region: GB", ""),
    ("source_region: DE, target_region: BR", ""),
    ("source_region: CH, target_region: DE", ""),
    ("source_region: GB, target_region: CH", ""),
    ("source_region: GB, target_region: NZ", ""),
    ("source_region: GB, target_region: BR", "medium"),
    ("source_region: JP, target_region: DE", ""),
    ("source_region: CH, target_region: IN", "medium"),
    ("source_region: US-CA, target_region: US-NY", ""),
    ("source_region: DE, target_region: US, basis: dpf", ""),
    ("source_region: DE, target_region: US, basis: adequacy", ""),
    ("source_region: DE, target_region: IN, basis: scc", ""),
    ("source_region: DE, target_region: IN, basis: explicit consent", ""),
    ("source_region: US, target_region: IN, basis: contract", ""),
    ("target_region: IN", ""),
]


@pytest.mark.parametrize("carries", ["personal", "sensitive"])
@pytest.mark.parametrize(("regions", "severity"), BORDERS)
def test_personal_data_needs_a_basis_where_it_leaves_its_jurisdiction(tmp_path, regions, severity, carries):
    flow = f"source: x, target: y, carries: [{carries}], {regions}"
    (evidence,) = on_files(border, tmp_path, {"hauberk.yaml": SYSTEM.format(flow=flow, zone="inside")})
    assert [finding.severity.value for finding in evidence.findings] == ([severity] if severity else [])


@pytest.mark.parametrize("carries", ["public", "model", "internal", "secret"])
def test_what_is_not_personal_crosses_borders_freely(tmp_path, carries):
    flow = f"source: x, target: y, carries: [{carries}], source_region: DE, target_region: IN"
    assert on_files(border, tmp_path, {"hauberk.yaml": SYSTEM.format(flow=flow, zone="inside")}) == []


def test_the_region_of_an_asset_stands_for_the_flow_that_names_none(tmp_path):
    files = {"hauberk.yaml": SYSTEM.format(flow="source: a, target: b, carries: [personal]", zone="inside")}
    assert outcomes(on_files(border, tmp_path, files)) == {"clean"}
    files = {"hauberk.yaml": files["hauberk.yaml"].replace("region: FR", "region: IN")}
    assert outcomes(on_files(border, tmp_path, files)) == {"found"}


def test_every_group_of_countries_names_its_source_and_the_day_it_was_read():
    assert all(one.source and date.fromisoformat(one.retrieved) for one in DECISIONS)


def test_the_groups_of_countries_do_not_overlap():
    assert not EEA & ADEQUATE
    assert not set(ADEQUATE_IF) & (EEA | ADEQUATE)
    assert all(free(country, country) for country in (*EEA, *ADEQUATE, "US", "IN"))
    assert len(EEA) == 27 + 3 + 2
