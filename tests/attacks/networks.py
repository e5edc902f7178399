# SPDX-License-Identifier: Apache-2.0
"""Small networks as ONNX files, made of numbers."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def dense(layers, scale):
    """A network of dense layers with ReLU between; inputs are divided by ``scale`` first."""
    at, nodes, held = "x", [], []
    for name, value in (("scale", np.asarray(scale)),):
        held.append(numpy_helper.from_array(value.astype(np.float32), name))
    nodes.append(helper.make_node("Div", [at, "scale"], ["h"]))
    at = "h"
    for number, (weight, bias) in enumerate(layers):
        held += [
            numpy_helper.from_array(np.asarray(weight, dtype=np.float32), f"w{number}"),
            numpy_helper.from_array(np.asarray(bias, dtype=np.float32), f"b{number}"),
        ]
        nodes.append(helper.make_node("Gemm", [at, f"w{number}", f"b{number}"], [f"g{number}"]))
        at = f"g{number}"
        if number < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [at], [f"r{number}"]))
            at = f"r{number}"
    width, classes = np.shape(layers[0][0])[0], np.shape(layers[-1][0])[1]
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(at, TensorProto.FLOAT, [None, classes])],
        held,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()
