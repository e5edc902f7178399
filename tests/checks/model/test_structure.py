# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-002 and HBK-MOD-003: what must be found in ONNX and safetensors files, and what must not."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from hauberk.checks.model.onnx_graph import onnx_graph
from hauberk.checks.model.safetensors_header import safetensors_header
from tests.assets.test_safetensors import HONEST, LIES, UNREADABLE
from tests.checks.trial import messages, on_files, outcomes


def model(operator="Add", domain="", *, external=None, data=b"\0" * 8, functions=()) -> bytes:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    weight = helper.make_tensor("w", 1, [2], b"\0" * 8, raw=True)
    weight.raw_data = data
    if external:
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in external.items():
            entry = weight.external_data.add()
            entry.key, entry.value = key, value
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "w"], ["y"], domain=domain)], "g", ends[:1], ends[1:], [weight]
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(
        graph, opset_imports=opsets, functions=list(functions), producer_name="test"
    ).SerializeToString()


FUNCTION = helper.make_function(
    "own", "F", ["a", "b"], ["c"], [helper.make_node("Add", ["a", "b"], ["c"])], [helper.make_opsetid("", 17)]
)

BAD = {
    "parent folder": (model(external={"location": "../weights"}), "outside"),
    "parent folder further down": (model(external={"location": "a/../../weights"}), "outside"),
    "absolute": (model(external={"location": "/etc/passwd"}), "outside"),
    "Windows": (model(external={"location": "..\\weights"}), "outside"),
    "drive": (model(external={"location": "C:\\weights"}), "outside"),
    "home": (model(external={"location": "~/.ssh/id_rsa"}), "outside"),
    "address": (model(external={"location": "https://example.com/w"}), "outside"),
    "no location": (model(external={"offset": "0"}), "outside"),
    "negative offset": (model(external={"location": "w", "offset": "-8"}), "no whole number"),
    "own domain": (model("Odd", "com.example"), "native library"),
    "runs Python": (model("PyOp", "ai.onnx.contrib"), "Python"),
    "too little data": (model(data=b"\0" * 4), "declares 8 bytes and holds 4"),
    "too much data": (model(data=b"\0" * 400), "declares 8 bytes and holds 400"),
}


@pytest.mark.parametrize("label", BAD)
def test_an_onnx_model_that_reaches_outside_is_found(label, tmp_path):
    data, words = BAD[label]
    evidence = on_files(onnx_graph, tmp_path, {"m.onnx": data})
    assert outcomes(evidence) == {"found"}
    assert any(words in message for message in messages(evidence))


GOOD = {
    "plain": model(),
    "weights beside it": model(external={"location": "m.onnx.data", "offset": "4096", "length": "8"}),
    "weights in a folder below": model(external={"location": "weights/..w"}),
    "operators of the runtime": model("FusedMatMul", "com.microsoft"),
    "function of its own": model("F", "own", functions=[FUNCTION]),
}


@pytest.mark.parametrize("label", GOOD)
def test_an_honest_onnx_model_is_clean(label, tmp_path):
    evidence = on_files(onnx_graph, tmp_path, {"m.onnx": GOOD[label]})
    assert outcomes(evidence) == {"clean"}, messages(evidence)


def test_models_of_scikit_learn_are_clean(tmp_path):
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = np.random.RandomState(0).rand(20, 3).astype("f4")
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(data, [0, 1] * 10)
    evidence = on_files(onnx_graph, tmp_path, {"m.onnx": to_onnx(fitted, data[:1]).SerializeToString()})
    assert outcomes(evidence) == {"clean"}, messages(evidence)


@pytest.mark.parametrize("content", [b"", b"no model", model()[:-3]])
def test_what_is_no_onnx_model_is_unable(content, tmp_path):
    assert outcomes(on_files(onnx_graph, tmp_path, {"m.onnx": content})) == {"unable"}


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_safetensors_file_is_clean(label, tmp_path):
    assert outcomes(on_files(safetensors_header, tmp_path, {"m.safetensors": HONEST[label]})) == {"clean"}


@pytest.mark.parametrize("label", LIES)
def test_a_lying_safetensors_file_is_found(label, tmp_path):
    assert outcomes(on_files(safetensors_header, tmp_path, {"m.safetensors": LIES[label][0]})) == {"found"}


@pytest.mark.parametrize("label", UNREADABLE)
def test_an_unreadable_safetensors_file_is_unable(label, tmp_path):
    assert outcomes(on_files(safetensors_header, tmp_path, {"m.safetensors": UNREADABLE[label]})) == {"unable"}
