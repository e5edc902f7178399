# SPDX-License-Identifier: Apache-2.0
"""The walk over an ONNX model sees what the onnx package sees."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from hauberk.assets.onnx import read
from hauberk.core.errors import CannotLook, Malformed

X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy")


def model(nodes, tensors=(), functions=()) -> bytes:
    graph = helper.make_graph(list(nodes), "g", [X], [Y], list(tensors))
    return helper.make_model(graph, functions=list(functions), producer_name="test").SerializeToString()


def raw(kind=TensorProto.FLOAT, dims=(2,), data=b"\0" * 8):
    return helper.make_tensor("w", kind, list(dims), data, raw=True)


def test_operators_are_listed_with_their_domains():
    found = read(
        model([helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Odd", ["x"], ["y"], domain="mine")])
    )
    assert {(one.domain, one.name) for one in found.operators} == {("", "Add"), ("mine", "Odd")}
    assert found.nodes == 2


def test_operators_within_branches_and_functions_are_listed():
    branch = helper.make_graph(
        [helper.make_node("Hidden", [], ["z"], domain="mine")], "b", [], [helper.make_tensor_value_info("z", 1, [2])]
    )
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    function = helper.make_function(
        "own", "F", ["a"], ["b"], [helper.make_node("Inner", ["a"], ["b"], domain="deep")], []
    )
    found = read(model([node, helper.make_node("F", ["x"], ["y"], domain="own")], functions=[function]))
    assert {("mine", "Hidden"), ("deep", "Inner"), ("own", "F")} <= {(one.domain, one.name) for one in found.operators}
    assert found.functions == {("own", "F")}


@pytest.mark.parametrize("location", ["weights.bin", "../up", "/etc/passwd"])
def test_external_data_are_listed_with_their_place(location):
    tensor = raw()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    found = read(model([helper.make_node("Add", ["x", "w"], ["y"])], [tensor]))
    assert [one.external["location"] for one in found.tensors] == [location]


@pytest.mark.parametrize(
    ("kind", "dims", "size"),
    [(1, (2,), 8), (11, (3,), 24), (9, (5,), 5), (10, (2, 2), 8), (21, (3,), 2), (1, (), 4), (1, (0, 5), 0)],
)
def test_a_tensor_of_its_declared_size_is_not_listed(kind, dims, size):
    tensor = TensorProto(data_type=kind, dims=dims, raw_data=b"\0" * size, name="w")
    assert read(model([], [tensor])).tensors == ()
    tensor.raw_data = b"\0" * (size + 1)
    assert [one.held for one in read(model([], [tensor])).tensors] == [size + 1]


def test_a_real_model_is_read():
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    data = np.random.RandomState(0).rand(20, 3).astype("f4")
    found = read(to_onnx(RandomForestClassifier(3).fit(data, [0, 1] * 10), data[:1]).SerializeToString())
    assert "TreeEnsembleClassifier" in {one.name for one in found.operators}
    assert found.tensors == ()


@pytest.mark.parametrize("data", [b"", b"hello", b"\x08\x07", b"\xff" * 20, b"\x3a\x05ab"])
def test_what_is_no_model_is_malformed(data):
    with pytest.raises(Malformed):
        read(data)


def test_every_truncation_is_unable_or_lacks_what_was_cut():
    data = model([helper.make_node("Add", ["x", "w"], ["y"])], [raw()])
    for end in range(1, len(data)):
        try:
            read(data[:end])
        except CannotLook:
            continue
        assert data[:end].endswith(b"test") or end > len(data) - 10, end


def test_deep_nesting_ends_within_the_budget():
    body = b""
    for _ in range(200):
        for key in (b"\x32", b"\x2a", b"\x0a"):
            size = len(body)
            length = bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])
            body = key + length + body
    size = len(body)
    with pytest.raises(CannotLook):
        read(b"\x3a" + bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14]) + body)
