# SPDX-License-Identifier: Apache-2.0
"""HBK-EXP-001 and 002 on small systems: what is found, what is not, and what is said where nothing can be."""

import numpy as np
import pytest

from hauberk.checks.explain.influence import influence
from hauberk.checks.explain.scaffold import scaffold
from hauberk.core.scales import Outcome
from tests.checks.measuring import csv, echo, examine_system, linear

FACTS = {"label": "outcome", "favourable": "1", "columns": [{"name": "sex", "sensitive": True}]}


def table(n=200):
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, n).round(3)
    return {"x": x, "sex": rng.integers(0, 2, n), "outcome": (x > 0).astype(int)}


def run(card, tmp_path, model, columns=None):
    (evidence,) = examine_system(card, tmp_path, model=model, tables={"test": csv(columns or table())}, facts=FACTS)
    return evidence, {one.name: one for one in evidence.measurements if not one.parameters.get("group")}


@pytest.mark.parametrize(
    ("weights", "outcome"), [([1.0, 0.0], Outcome.CLEAN), ([1.0, 2.0], Outcome.FOUND), ([1.0, -2.0], Outcome.FOUND)]
)
def test_weight_on_a_sensitive_column_is_found_whatever_its_sign(tmp_path, weights, outcome):
    evidence, found = run(influence, tmp_path, linear(weights, 0.0))
    assert evidence.outcome is outcome
    assert found["sensitive_influence"].parameters["method"] == "linear"
    assert (found["sensitive_influence"].value == 0) is (outcome is Outcome.CLEAN)


def test_groups_have_influences_of_their_own(tmp_path):
    evidence, _ = run(influence, tmp_path, linear([1.0, 2.0], 0.0))
    assert {one.parameters["group"] for one in evidence.measurements if one.parameters.get("group")} == {"0", "1"}


@pytest.mark.slow
def test_one_rule_everywhere_is_clean_and_few_rows_are_said(tmp_path):
    evidence, found = run(scaffold, tmp_path, linear([1.0, 2.0], 0.5))
    assert evidence.outcome is Outcome.CLEAN
    assert found["two_rules_gap"].value < 0.05
    short = {name: cells[:60] for name, cells in table().items()}
    evidence, found = run(scaffold, tmp_path / "few", linear([1.0, 0.0], 0.0), short)
    assert found["two_rules_gap"].note.startswith("not estimable at n=60")


def test_a_model_that_gives_labels_alone_is_explained_by_them(tmp_path):
    columns = {"decision": [0, 1] * 60, "sex": [0, 1, 1, 0] * 30, "outcome": [1, 0, 0, 1] * 30}
    evidence, found = run(influence, tmp_path, echo(), columns)
    assert evidence.outcome is Outcome.CLEAN
    assert found["sensitive_influence"].value == 0
