# SPDX-License-Identifier: Apache-2.0
"""Modules from ONNX agree with the runtime, or are refused; weights need a granted factory; BPDA has the slope asked."""

import json
import struct
import sys
import types

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from hauberk.core.canonical import digest  # noqa: E402
from hauberk.core.errors import CannotLook, HauberkError, Malformed, Misuse  # noqa: E402
from hauberk.models.asked import OnnxScores  # noqa: E402
from hauberk.models.gradient.convert import OPERATORS, agree, convert  # noqa: E402
from hauberk.models.gradient.open import open_onnx, open_torchscript  # noqa: E402
from hauberk.models.gradient.through import through  # noqa: E402
from hauberk.models.gradient.weights import fill, read_weights  # noqa: E402

RNG = np.random.default_rng(0)


def tensor(name, *shape):
    return numpy_helper.from_array(RNG.standard_normal(shape).astype(np.float32) * 0.3, name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def model(nodes, tensors, shape=(2, 8, 8), output="y", *, opset=17):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 4])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9).SerializeToString()


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs, [output], **attributes)


def ending(name, size):
    """Flatten what is there and weigh it into four scores."""
    return [node("Flatten", [name], "f"), node("Gemm", ["f", "w", "b"], "y", transB=1)], [
        tensor("w", 4, size),
        tensor("b", 4),
    ]


def after(nodes, tensors, size, name="t"):
    more, held = ending(name, size)
    return model([*nodes, *more], [*tensors, *held])


CONV = tensor("k", 3, 2, 3, 3)
BODIES = {
    "conv, even padding": lambda: after([node("Conv", ["x", "k"], "t", pads=[1, 1, 1, 1])], [CONV], 192),
    "conv, uneven padding and stride": lambda: after(
        [node("Conv", ["x", "k"], "t", pads=[0, 1, 1, 0], strides=[2, 2])], [CONV], 48
    ),
    "conv, same padding": lambda: after(
        [node("Conv", ["x", "k"], "t", auto_pad="SAME_UPPER", strides=[2, 2])], [CONV], 48
    ),
    "grouped conv": lambda: after([node("Conv", ["x", "g"], "t", group=2)], [tensor("g", 4, 1, 3, 3)], 144),
    "max pool": lambda: after([node("MaxPool", ["x"], "t", kernel_shape=[2, 2], strides=[2, 2])], [], 32),
    "padded max pool": lambda: after(
        [node("MaxPool", ["x"], "t", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])], [], 32
    ),
    "average pool": lambda: after(
        [node("AveragePool", ["x"], "t", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1])], [], 50
    ),
    "batch norm": lambda: after(
        [node("BatchNormalization", ["x", "s", "o", "m", "v"], "t")],
        [tensor("s", 2), tensor("o", 2), tensor("m", 2), numpy_helper.from_array(np.ones(2, np.float32) * 0.7, "v")],
        128,
    ),
    "activations": lambda: after(
        [
            node("Relu", ["x"], "a"),
            node("Sigmoid", ["a"], "c"),
            node("Tanh", ["c"], "d"),
            node("LeakyRelu", ["d"], "e", alpha=0.2),
            node("Elu", ["e"], "t", alpha=0.7),
        ],
        [],
        128,
    ),
    "a residual sum and a scale": lambda: after(
        [
            node("Conv", ["x", "q"], "a", pads=[1, 1, 1, 1]),
            node("Add", ["a", "x"], "c"),
            node("Mul", ["c", "z"], "d"),
            node("Clip", ["d", "low", "high"], "t"),
        ],
        [
            tensor("q", 2, 2, 3, 3),
            tensor("z", 1),
            numpy_helper.from_array(np.float32(-0.4), "low"),
            numpy_helper.from_array(np.float32(0.4), "high"),
        ],
        128,
    ),
    "global pool, reshape, transpose": lambda: model(
        [
            node("Conv", ["x", "k"], "a"),
            node("Transpose", ["a"], "c", perm=[0, 1, 3, 2]),
            node("GlobalAveragePool", ["c"], "d"),
            node("Reshape", ["d", "shape"], "f"),
            node("MatMul", ["f", "w"], "e"),
            node("Add", ["e", "b"], "y"),
        ],
        [CONV, ints("shape", 0, -1), tensor("w", 3, 4), tensor("b", 4)],
    ),
    "a softmax at the end": lambda: model(
        [
            node("Flatten", ["x"], "f"),
            node("Gemm", ["f", "w", "b"], "l", transB=1),
            node("Softmax", ["l"], "y", axis=1),
        ],
        [tensor("w", 4, 128), tensor("b", 4)],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_converted_graph_gives_what_the_runtime_gives_and_has_a_slope(name):
    data = BODIES[name]()
    runtime = OnnxScores(data)
    x = RNG.uniform(-1, 1, (5, 2, 8, 8)).astype(np.float32)
    module = open_onnx(data, runtime.output, runtime, x)
    assert agree(module, runtime, x) < 1e-5
    at = torch.from_numpy(x).requires_grad_()
    (slope,) = torch.autograd.grad(module(at).sum(), at)
    assert slope.isfinite().all()
    assert slope.abs().sum() > 0


def test_a_softmax_at_the_end_is_left_out_so_that_logits_are_attacked():
    module = convert(BODIES["a softmax at the end"]())
    out = module(torch.rand(3, 2, 8, 8))
    assert not torch.allclose(out.sum(1), torch.ones(3))


def test_an_operator_without_a_slope_is_named():
    data = after([node("Floor", ["x"], "t")], [], 128)
    with pytest.raises(CannotLook, match="Floor"):
        convert(data)
    assert "Floor" not in OPERATORS


def test_a_module_that_differs_from_the_runtime_is_refused():
    data = BODIES["activations"]()
    x = RNG.uniform(-1, 1, (5, 2, 8, 8)).astype(np.float32)
    with pytest.raises(CannotLook, match="differs from the runtime"):
        open_onnx(data, "y", lambda points: OnnxScores(data)(points) + 0.01, x)


def test_damaged_graphs_raise_our_own_errors_only():
    data = BODIES["global pool, reshape, transpose"]()
    runtime = OnnxScores(data)
    x = RNG.uniform(-1, 1, (2, 2, 8, 8)).astype(np.float32)
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        mutated = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            mutated[rng.integers(len(mutated))] = rng.integers(256)
        try:
            open_onnx(bytes(mutated), runtime.output, runtime, x)
        except HauberkError:
            refused += 1
    assert refused > 50


def safetensors(tensors):
    header, parts, at = {}, [], 0
    for name, values in tensors.items():
        part = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [at, at + len(part)]}
        parts.append(part)
        at += len(part)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def test_weights_are_read_and_put_into_what_a_granted_factory_makes(monkeypatch):
    module = types.ModuleType("granted")
    module.make = lambda: torch.nn.Linear(3, 2)
    monkeypatch.setitem(sys.modules, "granted", module)
    weight, bias = RNG.standard_normal((2, 3)), RNG.standard_normal(2)
    data = safetensors({"weight": weight, "bias": bias})
    assert torch.allclose(read_weights(data)["weight"], torch.tensor(weight, dtype=torch.float32))
    made = fill(data, "granted:make")
    assert not made.training
    assert torch.allclose(made(torch.ones(1, 3)), torch.tensor(weight.sum(1) + bias, dtype=torch.float32))
    with pytest.raises(CannotLook, match="do not fit"):
        fill(safetensors({"weight": weight}), "granted:make")
    with pytest.raises(Misuse, match="no factory granted:other"):
        fill(data, "granted:other")
    for name in ("granted", "os.system('x'):y", "a:b:c", ""):
        with pytest.raises(Misuse):
            fill(data, name)
    with pytest.raises(Malformed):
        read_weights(data[:-4])


@pytest.mark.filterwarnings("ignore")
def test_a_program_runs_only_where_its_digest_was_pinned(tmp_path):
    torch.jit.trace(torch.nn.Linear(3, 2), torch.ones(1, 3)).save(str(tmp_path / "m.pt"))
    data = (tmp_path / "m.pt").read_bytes()
    with pytest.raises(Misuse, match="pinned") as raised:
        open_torchscript(data, "")
    assert digest(data) in raised.value.remedy
    assert open_torchscript(data, digest(data))(torch.ones(1, 3)).shape == (1, 2)
    with pytest.raises(Malformed):
        open_torchscript(b"PK no program", digest(b"PK no program"))


def test_a_step_without_a_slope_takes_the_slope_of_another():
    at = torch.tensor([0.26, 0.74], requires_grad=True)
    rounded = through(torch.round)
    assert rounded(at).tolist() == [0.0, 1.0]
    assert torch.autograd.grad(rounded(at).sum(), at)[0].tolist() == [1.0, 1.0]
    assert torch.autograd.grad(through(torch.round, lambda x: 3 * x)(at).sum(), at)[0].tolist() == [3.0, 3.0]
    assert torch.autograd.grad(torch.round(at).sum(), at)[0].tolist() == [0.0, 0.0]
