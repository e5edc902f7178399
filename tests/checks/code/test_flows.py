# SPDX-License-Identifier: Apache-2.0
"""Labelled flows: what strangers decide is followed to where it harms, and what is held to harmless choices is not."""

from collections import defaultdict

import pytest

from tests.corpora.flows import chains, flows
from tests.corpora.flows.judged import RULES, findings, youden

FLOWS = list(flows())


@pytest.mark.parametrize("category", RULES)
def test_the_half_that_was_held_out_keeps_the_bars(category, tmp_path):
    judged = [
        (flow.vulnerable, bool(findings(flow, tmp_path / str(at))))
        for at, flow in enumerate(FLOWS)
        if flow.held_out and flow.category == category
    ]
    recall, false = youden(judged)
    assert not judged or (recall >= 0.5 and false <= 0.1)


def test_over_all_categories_recall_less_false_alarms_is_at_least_080(tmp_path):
    recall, false = youden(
        (flow.vulnerable, bool(findings(flow, tmp_path / str(at)))) for at, flow in enumerate(FLOWS) if flow.held_out
    )
    assert (recall - false, false) >= (0.8, 0)
    assert false <= 0.1


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if not flow.held_out], ids=lambda flow: flow.name)
def test_the_other_half_is_judged_right(flow, tmp_path):
    assert bool(findings(flow, tmp_path)) is flow.vulnerable


def test_at_depth_four_over_three_files_at_least_six_in_ten_are_found(tmp_path):
    found = defaultdict(list)
    for at, flow in enumerate(chains()):
        if (flow.depth, flow.crossed) == (4, 3):
            found[flow.vulnerable].append(bool(findings(flow, tmp_path / str(at))))
    assert sum(found[True]) >= 0.6 * len(found[True])
    assert not any(found[False])


def test_a_finding_shows_the_way_from_file_to_file(tmp_path):
    flow = next(
        one for one in chains() if (one.category, one.depth, one.crossed, one.vulnerable) == ("sql", 3, 3, True)
    )
    (finding,) = findings(flow, tmp_path)
    places = [step.place.path for step in finding.trace]
    assert places[0] == "part0.py"
    assert places[-1] == finding.place.path != "part0.py"
    assert finding.trace[-1].place.line == finding.place.line
