# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from onnx import TensorProto, helper

from hauberk.checks.attack.evasion import evasion
from hauberk.core.scales import Outcome
from tests.checks.measuring import csv, echo, examine_system, linear
from tests.checks.trial import on_files

RNG = np.random.default_rng(0)
TABLE = {f"x{index}": RNG.uniform(-1, 1, 200).round(4) for index in range(4)}
WEIGHTS = [1.0, 1.0, 1.0, 1.0]
TRUTH = {"y": (sum(TABLE.values()) > 0).astype(int)}
BALANCED = RNG.uniform(-1, 1, 200)
NEAR = {
    f"x{index}": ((-1) ** index * BALANCED + np.abs(RNG.normal(0, 0.02, 200)) * np.where(TRUTH["y"], 1, -1)).round(4)
    for index in range(4)
}
FAR = {name: np.where(TRUTH["y"] == 1, 0.8, -0.8) + 0.1 * cells for name, cells in TABLE.items()}


def run(tmp_path, *, model=None, table=None, facts=None, linked=None):
    (evidence,) = examine_system(
        evasion,
        tmp_path,
        model=linear(WEIGHTS, 0.0) if model is None else model,
        tables={"test": csv({**(TABLE if table is None else table), **TRUTH})},
        facts={"label": "y"} if facts is None else facts,
        linked=linked,
    )
    return evidence


def value(evidence, name):
    return next(one for one in evidence.measurements if one.name == name)


def test_a_model_with_a_margin_withstands_and_the_same_model_without_one_does_not(tmp_path):
    near, far = run(tmp_path / "near", table=NEAR), run(tmp_path / "far", table=FAR)
    assert far.outcome is Outcome.CLEAN
    assert value(far, "robust_accuracy").value == 1
    assert value(near, "accuracy").value == 1
    assert near.outcome is Outcome.FOUND
    assert value(near, "robust_accuracy").high < value(far, "robust_accuracy").low


def test_the_measured_share_is_the_analytic_one_on_a_linear_model(tmp_path):
    evidence = run(tmp_path)
    # equal weights and four features: within eps = .05 the sum moves by at most .05 * 4 * the widest range
    spread = max(np.ptp(cells) for cells in TABLE.values())
    analytic = (np.abs(sum(TABLE.values())) > 0.05 * 4 * spread).mean()
    assert value(evidence, "robust_accuracy").value == pytest.approx(analytic, abs=0.03)
    assert value(evidence, "accuracy").value == 1


def test_rows_that_were_wrong_before_are_neither_robust_nor_attacked(tmp_path):
    evidence = run(tmp_path, model=linear(WEIGHTS, 0.5), table=FAR)
    wrong_model = run(tmp_path / "flipped", model=linear([-1.0] * 4, 0.0), table=FAR)
    assert value(evidence, "robust_accuracy").value <= value(evidence, "accuracy").value
    assert value(wrong_model, "robust_accuracy").value == 0
    assert [one.name for one in wrong_model.measurements] == ["accuracy", "robust_accuracy"]


def test_immutable_columns_are_no_way_in(tmp_path):
    columns = [{"name": name, "immutable": True} for name in TABLE]
    evidence = run(tmp_path, facts={"label": "y", "columns": columns})
    assert value(evidence, "robust_accuracy").value == value(evidence, "accuracy").value
    assert value(evidence, "median_adversarial_distance").value is None
    assert "never flipped" in value(evidence, "median_adversarial_distance").note


def test_what_shaped_the_number_is_in_its_record(tmp_path):
    parameters = value(run(tmp_path), "robust_accuracy").parameters
    assert {
        "attack",
        "threat_model",
        "distance",
        "eps",
        "budget",
        "restarts",
        "queries",
        "seed",
        "data",
        "interval",
    } <= set(parameters)
    assert parameters["queries"] > 200


UNABLE = {
    "no test data named": ({"linked": {}}, "tested on"),
    "test data that are not declared": ({"linked": {"tested_on": ["other"]}}, "no asset named 'other'"),
    "no label named": ({"facts": {}}, "which column is the label"),
    "a label that is no column": ({"facts": {"label": "z"}}, "no column has the name"),
    "one answer for all": ({"model": linear([0.0] * 4, 1.0)}, "one label for all"),
    "another width": ({"model": linear([1.0] * 5, 0.0)}, "reads 5 columns"),
    "an input that is no column": ({"model": echo("decision")}, "is no column"),
    "text for numbers": ({"table": {**TABLE, "x0": ["much"] * 200}}, "holds text"),
    "bytes that are no model": ({"model": b"\x08\x09garbage"}, "no ONNX model"),
}


@pytest.mark.parametrize(("change", "reason"), UNABLE.values(), ids=UNABLE)
def test_what_cannot_be_attacked_says_what_is_missing(tmp_path, change, reason):
    evidence = run(tmp_path, **change)
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_no_cell_of_the_data_stands_in_the_evidence(tmp_path):
    table = {**TABLE, "name": [f"Zanzibar{index}" for index in range(200)]}
    assert "Zanzibar" not in repr(run(tmp_path, table=table))


def test_a_model_that_the_manifest_does_not_declare_is_not_planned(tmp_path):
    assert on_files(evasion, tmp_path, {"model.onnx": linear(WEIGHTS, 0.0)}) == []
    assert (
        on_files(evasion, tmp_path, {"model.onnx": linear(WEIGHTS, 0.0), "hauberk.yaml": "name: s\nassets: []\n"}) == []
    )


def test_a_model_that_answers_at_random_proves_nothing(tmp_path):
    graph = helper.make_graph(
        [
            helper.make_node("RandomUniformLike", ["x"], ["noise"]),
            helper.make_node("ArgMax", ["noise"], ["label"], axis=1, keepdims=0),
        ],
        "random",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, [None])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()
    evidence = run(tmp_path, model=model)
    assert evidence.outcome is Outcome.UNABLE
    assert "different labels for the same rows" in evidence.reason
