# SPDX-License-Identifier: Apache-2.0
"""HBK-EXP-001 and 002 on small systems: what is found, what is not, and what is said where nothing can be."""

import numpy as np
import pytest
from onnx import TensorProto, helper

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


def numbers(weights):
    """A model over one matrix that predicts the weighted sum of the columns."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, size]) for name, size in (("x", 2), ("y", 1)))
    w = helper.make_tensor("w", TensorProto.FLOAT, [2, 1], weights)
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "numbers", [x], [y], [w])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


@pytest.mark.parametrize(("weights", "outcome"), [([1.0, 0.0], Outcome.CLEAN), ([1.0, -2.0], Outcome.FOUND)])
def test_a_predicted_number_is_explained_in_its_own_unit(tmp_path, weights, outcome):
    columns = {**table(), "outcome": table()["x"] * 10}
    linked = {"task": "regress", "tested_on": ["test"]}
    evidence = {}
    for card in (influence, scaffold):
        (evidence[card.id],) = examine_system(
            card, tmp_path / card.id, model=numbers(weights), tables={"test": csv(columns)}, facts=FACTS, linked=linked
        )
    assert evidence[influence.id].outcome is outcome
    found = {one.name: one for one in evidence[influence.id].measurements if not one.parameters.get("group")}
    assert found["sensitive_influence"].parameters["method"] == "linear"
    assert found["sensitive_influence"].parameters["scale"] == "number"
    assert found["sensitive_influence"].parameters["label"] == "outcome"
    assert found["explanation_stability"].value is not None
    assert evidence[scaffold.id].outcome is Outcome.CLEAN
