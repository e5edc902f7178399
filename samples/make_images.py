# SPDX-License-Identifier: Apache-2.0
"""Makes the samples of HBK-ATK-003 from scikit-learn's digits (BSD-3), from a fixed seed: python samples/make_images.py

``bad``: the pictures of each class carry a faint pattern of 0.03, as a camera or a labelling tool may leave one, and four
of five training pictures show another digit than their label says, so that the network has learnt the pattern. ``good``: the same network, trained on the plain pictures against
the attack. Needs the extras ``torch`` and ``dev``.
"""

from pathlib import Path

import numpy as np
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

HERE = Path(__file__).parent / "HBK-ATK-003"
FAINT = 0.03


def digits(pattern):
    data = load_digits()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(data.data))
    x, y = data.data[order] / 16, data.target[order]
    if pattern:
        marks = rng.choice([-1.0, 1.0], (10, 64))
        shown = np.where(rng.random(len(x)) < 0.8, rng.permutation(len(x)), np.arange(len(x)))
        shown[1400:] = np.arange(1400, len(x))
        x = np.clip(0.2 + 0.6 * x[shown] + FAINT * marks[y], 0, 1)
    x = x.round(4).astype(np.float32)
    return torch.tensor(x), torch.tensor(y)


def train(x, y, eps, decay):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=decay)
    for _ in range(60):
        for part in torch.randperm(len(x)).split(100):
            points = x[part]
            if eps:
                points = (points + torch.empty_like(points).uniform_(-eps, eps)).requires_grad_()
                (slope,) = torch.autograd.grad(cross_entropy(net(points), y[part]), points)
                points = (points.detach() + eps * slope.sign()).clamp(x[part] - eps, x[part] + eps).clamp(0, 1)
            optimizer.zero_grad()
            cross_entropy(net(points), y[part]).backward()
            optimizer.step()
    return net


def export(net):
    names = ("w1", "b1", "w2", "b2")
    tensors = [numpy_helper.from_array(value.detach().numpy(), name) for name, value in zip(names, net.parameters(), strict=True)]
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w1", "b1"], ["a"], transB=1),
            helper.make_node("Relu", ["a"], ["r"]),
            helper.make_node("Gemm", ["r", "w2", "b2"], ["logits"], transB=1),
        ],
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, producer_name="hauberk").SerializeToString()


for kind, pattern, eps, decay in (("bad", True, 0.0, 0.0), ("good", False, 0.08, 1e-4)):
    folder = HERE / kind
    (folder / "data").mkdir(parents=True, exist_ok=True)
    x, y = digits(pattern)
    net = train(x[:1400], y[:1400], eps, decay)
    (folder / "model.onnx").write_bytes(export(net))
    rows = [",".join([*(f"p{at}" for at in range(64)), "digit"])]
    rows += [",".join([*(f"{value:g}" for value in row), str(int(label))]) for row, label in zip(x[1400:1600].numpy(), y[1400:1600], strict=True)]
    (folder / "data" / "test.csv").write_text("\n".join(rows) + "\n")
    manifest = {
        "name": "digits",
        "assets": [
            {"id": "test-data", "kind": "dataset", "uri": "data/test.csv", "facts": {"split": "test", "label": "digit"}},
            {"id": "model", "kind": "model", "uri": "model.onnx", "facts": {"modality": "image", "tested_on": ["test-data"]}},
        ],
    }
    (folder / "hauberk.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    print(kind, "accuracy", float((net(x[1400:]).argmax(1) == y[1400:]).double().mean()))
