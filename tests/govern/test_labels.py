# SPDX-License-Identifier: Apache-2.0
"""Labels on data follow the flows: whatever drops or changes one is named."""

import pytest

from hauberk.govern.labels import follow
from hauberk.manifest.load import parse

LABELS = "purpose: lend, lawful_basis: contract, retention: 5 years"
TEXT = """\
name: x
assets:
  - id: rows
    kind: dataset
    facts: {{{data} columns: [{{name: n, personal: true}}]}}
  - {{id: m, kind: model, facts: {{trained_on: [rows]{model}}}}}
  - {{id: api, kind: endpoint, facts: {{serves: m{endpoint}}}}}
  - {{id: copy, kind: dataset}}
flows:
  - {{name: export, source: rows, target: copy, carries: [personal]{first}}}
  - {{name: onward, source: copy, target: vendor, carries: [personal]{second}}}
  - {{name: dull, source: rows, target: copy, carries: [internal]}}
"""


def breaks(
    data=f"{LABELS},", model=", purpose: lend", endpoint=", purpose: lend", first=f", {LABELS}", second=f", {LABELS}"
):
    system = parse(TEXT.format(data=data, model=model, endpoint=endpoint, first=first, second=second).encode(), "x")
    return [(one.label, one.where) for one in follow(system)]


def test_labels_that_every_flow_carries_on_break_nowhere():
    assert breaks() == []


def test_case_and_white_space_are_not_a_difference():
    assert breaks(model=', purpose: " Lend "') == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"second": ""}, {("purpose", "flow onward"), ("lawful_basis", "flow onward"), ("retention", "flow onward")}),
        ({"first": ", purpose: lend, lawful_basis: contract"}, {("retention", "flow export")}),
        ({"second": f", {LABELS.replace('lend', 'advertise')}"}, {("purpose", "flow onward")}),
        ({"model": ""}, {("purpose", "m")}),
        ({"endpoint": ", purpose: advertise"}, {("purpose", "api")}),
        ({"data": ""}, {("purpose", "rows"), ("lawful_basis", "rows"), ("retention", "rows")}),
        ({"data": f"{LABELS.replace('5 years', 'TBD')},"}, {("retention", "rows")}),
        (
            {"data": f"{LABELS.replace('contract', 'consent')},"},
            {("consent", "rows"), ("lawful_basis", "flow export"), ("lawful_basis", "flow onward")},
        ),
    ],
)
def test_a_label_that_is_dropped_or_changed_is_named_where_it_is(change, where):
    assert set(breaks(**change)) == where


def test_personal_data_from_outside_brings_its_labels_or_breaks():
    text = "name: x\nassets: [{id: api, kind: endpoint}]\nflows: [{name: ask, source: patient, target: api, carries: [personal]}]\n"
    assert {one.where for one in follow(parse(text.encode(), "x"))} == {"flow ask"}


def test_a_system_without_personal_data_has_no_labels_to_carry():
    assert follow(parse(b"name: x\nassets: [{id: m, kind: model}]\n", "x")) == ()


def test_a_loop_of_flows_ends():
    text = TEXT.format(data=f"{LABELS},", model="", endpoint="", first="", second="") + (
        "  - {name: back, source: copy, target: rows, carries: [personal]}\n"
    )
    assert ("purpose", "flow back") in {(one.label, one.where) for one in follow(parse(text.encode(), "x"))}
