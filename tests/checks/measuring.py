# SPDX-License-Identifier: Apache-2.0
"""A small system for the measuring rules: tables, a manifest, and a model that says what a column says."""

from pathlib import Path
from typing import Any

import yaml
from onnx import TensorProto, helper

from hauberk.core.card import Card
from hauberk.core.evidence import Evidence
from tests.checks.trial import on_files


def echo(column: str = "decision") -> bytes:
    """A model whose label is the whole number in one column."""
    graph = helper.make_graph(
        [helper.make_node("Reshape", [column, "shape"], ["label"])],
        "echo",
        [helper.make_tensor_value_info(column, TensorProto.INT64, [None, 1])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, [None])],
        [helper.make_tensor("shape", TensorProto.INT64, [1], [-1])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def linear(weights: list[float], bias: float) -> bytes:
    """A model over one matrix whose second class wins where the weighted sum exceeds the bias."""
    size = len(weights)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["raw"]),
            helper.make_node("Add", ["raw", "b"], ["moved"]),
            helper.make_node("Softmax", ["moved"], ["scores"], axis=1),
            helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
        ],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, size])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 2]),
        ],
        [
            helper.make_tensor(
                "w", TensorProto.FLOAT, [size, 2], [part for weight in weights for part in (0.0, weight)]
            ),
            helper.make_tensor("b", TensorProto.FLOAT, [2], [0.0, -bias]),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def csv(columns: dict[str, Any]) -> str:
    """Columns as a CSV file."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def examine_system(
    card: Card,
    folder: Path,
    *,
    model: bytes | None = None,
    tables: dict[str, str],
    facts: dict[str, Any],
    linked: dict[str, Any] | None = None,
    **system: Any,
) -> list[Evidence]:
    """Evidence of one card on a system of these tables, each with the same facts, and one model linked to them."""
    assets: list[dict[str, Any]] = [
        {"id": name, "kind": "dataset", "uri": f"{name}.csv", "facts": {"split": name, **facts}} for name in tables
    ]
    files: dict[str, str | bytes] = {f"{name}.csv": text for name, text in tables.items()}
    if model is not None:
        default = {"trained_on": ["train"], "tested_on": ["test"]}
        assets.append(
            {"id": "model", "kind": "model", "uri": "model.onnx", "facts": default if linked is None else linked}
        )
        files["model.onnx"] = model
    files["hauberk.yaml"] = yaml.safe_dump({"name": "system", "assets": assets, **system})
    return on_files(card, folder, files)


def whole(size: int = 2) -> bytes:
    """A model over one matrix of int32 whose scores are its numbers."""
    graph = helper.make_graph(
        [helper.make_node("Cast", ["bytes"], ["scores"], to=TensorProto.FLOAT)],
        "whole",
        [helper.make_tensor_value_info("bytes", TensorProto.INT32, [None, size])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, size])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()
