# SPDX-License-Identifier: Apache-2.0
import contextlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from hauberk.core.errors import CannotLook, HauberkError, Malformed, TooLarge
from hauberk.models import onnx_rule
from hauberk.models.onnx_rule import certify

SAMPLES = Path(__file__).parents[2] / "samples"
REAL = sorted(SAMPLES.glob("HBK-ATK-*/*/*.onnx"))


def tensor(name="t", *, external=False):
    result = helper.make_tensor(name, TensorProto.FLOAT, [2], [1.0, 2.0])
    if external:
        result.ClearField("float_data")
        result.data_location = TensorProto.EXTERNAL
        result.external_data.add(key="location", value="../../etc/passwd")
    return result


def node(operator="Identity", domain="", **attributes):
    return helper.make_node(operator, ["x"], ["y"], domain=domain, **attributes)


def graph(*nodes, initializers=(), sparse=()):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])
    return helper.make_graph(list(nodes), "g", [value], [out], list(initializers), sparse_initializer=list(sparse))


def model(*nodes, functions=(), domains=(), **parts):
    imports = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in ("", *domains)]
    return helper.make_model(graph(*nodes, **parts), opset_imports=imports, functions=list(functions))


def function(inner):
    return helper.make_function("local", "Twice", ["x"], ["y"], [inner], [helper.make_opsetid("", 17)])


def sparse(*, external):
    values, indices = tensor("v", external=external), helper.make_tensor("i", TensorProto.INT64, [2], [0, 1])
    return helper.make_sparse_tensor(values, indices, [9])


def training():
    result = model(node())
    result.training_info.add()
    return result


MAY_LOAD = {
    "standard operators": model(node(), initializers=[tensor()]),
    "the ml domain": model(node("Scaler", "ai.onnx.ml")),
    "the standard domain by its long name": model(node("Identity", "ai.onnx")),
    "a domain that is imported and not used": model(node(), domains=["com.microsoft"]),
    "a function that the file itself defines": model(
        node("Twice", "local"), functions=[function(node())], domains=["local"]
    ),
    "a tensor in an attribute": model(node("Constant", value=tensor())),
    "a sparse tensor": model(node(), sparse=[sparse(external=False)]),
}
MAY_NOT_LOAD = {
    "a custom operator": (model(node("Run", "com.evil")), "custom domain 'com.evil'"),
    "an operator of the runtime's own": (model(node("Gelu", "com.microsoft")), "custom domain"),
    "a custom operator in a branch": (model(node("If", then_branch=graph(node("Run", "x.y")))), "custom domain"),
    "a custom operator in a function": (model(node(), functions=[function(node("Run", "x.y"))]), "custom domain"),
    "a function's name in another domain": (
        model(node("Twice", "other"), functions=[function(node())]),
        "custom domain",
    ),
    "a tensor in another file": (model(node(), initializers=[tensor(external=True)]), "another file"),
    "an attribute in another file": (model(node("Constant", value=tensor(external=True))), "another file"),
    "a tensor of a branch in another file": (
        model(node("If", then_branch=graph(node(), initializers=[tensor(external=True)]))),
        "another file",
    ),
    "a sparse tensor in another file": (model(node(), sparse=[sparse(external=True)]), "another file"),
    "a training graph": (training(), "training"),
}
NO_MODEL = [
    b"",
    b"\x80\x04\x95",
    b"PK\x03\x04",
    b"hello world, this is text",
    b"\xff" * 40,
    b"\x3a\xff\xff\xff\xff\x7f",
]


@pytest.mark.parametrize("proto", MAY_LOAD.values(), ids=MAY_LOAD)
def test_a_model_that_carries_no_code_may_be_loaded(proto):
    certify(proto.SerializeToString())


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.parent.name + path.parent.name)
def test_exported_pipelines_may_be_loaded(path):
    certify(path.read_bytes())


@pytest.mark.parametrize(("proto", "reason"), MAY_NOT_LOAD.values(), ids=MAY_NOT_LOAD)
def test_a_model_that_needs_more_than_its_file_is_refused_with_the_reason(proto, reason):
    with pytest.raises(CannotLook, match=reason) as caught:
        certify(proto.SerializeToString())
    assert caught.value.remedy


@pytest.mark.parametrize("data", NO_MODEL)
def test_what_is_no_model_is_malformed(data):
    with pytest.raises(Malformed):
        certify(data)


def test_depth_size_and_count_have_ceilings(monkeypatch):
    monkeypatch.setattr(onnx_rule, "_DEPTH", 8)
    nested = graph(node())
    for _ in range(8):
        nested = graph(node("If", then_branch=nested))
    deep = onnx.ModelProto()
    deep.graph.CopyFrom(nested)
    with pytest.raises(TooLarge, match="nested"):
        certify(deep.SerializeToString())
    monkeypatch.setattr(onnx_rule, "_NODES", 3)
    with pytest.raises(TooLarge, match="nodes"):
        certify(model(*[node()] * 4).SerializeToString())
    monkeypatch.setattr(onnx_rule, "LARGEST", 10)
    with pytest.raises(TooLarge, match="bytes"):
        certify(model(node()).SerializeToString())


SEEDS = [proto.SerializeToString() for proto in MAY_LOAD.values()] + [
    min(REAL, key=lambda path: path.stat().st_size).read_bytes()
]


@given(st.data())
def test_a_mutated_model_is_let_through_or_refused_and_nothing_else(data):
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not content:
            break
    with contextlib.suppress(HauberkError):
        certify(bytes(content))


def test_mutations_reach_the_innermost_stage_often_enough(monkeypatch, capsys):
    reached = 0
    inner = onnx_rule._inside
    seen = []
    monkeypatch.setattr(onnx_rule, "_inside", lambda data: (seen.append(1), inner(data))[1])
    rng = np.random.default_rng(0)
    withtensors = [seed for seed in SEEDS if b"t" in seed]
    for turn in range(600):
        content = bytearray(withtensors[turn % len(withtensors)])
        content[int(rng.integers(len(content)))] = int(rng.integers(256))
        seen.clear()
        with contextlib.suppress(CannotLook):
            certify(bytes(content))
        reached += bool(seen)
    with capsys.disabled():
        print(f"\nonnx mutations that reach a tensor: {reached / 600:.0%}")  # noqa: T201  the share is to be seen
    assert reached / 600 >= 0.2
