# SPDX-License-Identifier: Apache-2.0
"""A torch module from an ONNX graph of common operators, so that a model file without code has slopes.

Semantics: the operator pages of onnx.ai (opset 7 to 21). What is not in the table is CannotLook, and the model is then
attacked as a black box; whether the module is faithful is checked on outputs by ``agree``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as f

from hauberk.core.errors import CannotLook
from hauberk.models.onnx_graph import Graph, Node, read_graph

TOLERANCE = 1e-4
"""Largest difference of a logit, relative to the largest logit, at which two models are the same."""

Apply = Callable[[Sequence[Any], dict[str, Any]], Tensor]


class Converted(nn.Module):
    """The graph, run node by node; outputs the logits: a softmax at the very end is left out."""

    def __init__(self, graph: Graph, output: str) -> None:
        """Check every operator now; raises CannotLook for one that is not in the table."""
        super().__init__()
        unknown = sorted({node.operator for node in graph.nodes} - set(OPERATORS))
        if unknown:
            raise CannotLook(f"no slope through the operators {', '.join(unknown)[:200]}")
        if len(graph.inputs) != 1:
            raise CannotLook(f"the model has {len(graph.inputs)} inputs, and one is needed")
        self.input = graph.inputs[0]
        self.stripped = ""
        """The operator that was left out at the end."""
        makers = {name: node for node in graph.nodes for name in node.outputs}
        if output in makers and makers[output].operator in ("Softmax", "LogSoftmax"):
            self.stripped = makers[output].operator
            output = makers[output].inputs[0]
        self.output = output
        self.nodes = _needed(graph.nodes, output)
        self.fixed: dict[str, Tensor | NDArray[Any]] = {}
        for name, values in graph.tensors.items():
            self.fixed[name] = values if values.dtype == np.int64 else torch.from_numpy(values.copy())

    def forward(self, x: Tensor) -> Tensor:
        """Samples to logits."""
        held: dict[str, Any] = {**self.fixed, self.input: x, "": None}
        for node in self.nodes:
            held[node.outputs[0]] = OPERATORS[node.operator]([held[name] for name in node.inputs], node.attributes)
        result: Tensor = held[self.output]
        return result


def convert(data: bytes, output: str | None = None) -> Converted:
    """The module of an ONNX file that was certified; ``output`` names the scores, by default the last output."""
    graph = read_graph(data)
    if not graph.outputs:
        raise CannotLook("the model has no output")
    return Converted(graph, output or graph.outputs[-1]).eval()


def agree(module: Converted, reference: Callable[[NDArray[np.float32]], NDArray[Any]], x: NDArray[np.float32]) -> float:
    """Largest difference from the reference's scores on samples and on noise, relative to the largest score.

    Raises CannotLook where it exceeds TOLERANCE: then the slopes would be another model's.
    """
    rng = np.random.default_rng(0)
    noisy = np.clip(x + rng.uniform(-0.3, 0.3, x.shape), x.min(), x.max()).astype(np.float32)
    worst = 0.0
    for points in (x, noisy):
        with torch.no_grad():
            logits = module(torch.from_numpy(points))
        ends = {"Softmax": torch.softmax, "LogSoftmax": torch.log_softmax}
        given = (ends[module.stripped](logits, -1) if module.stripped else logits).numpy()
        expected = np.asarray(reference(points), dtype=np.float64)
        if given.shape != expected.shape:
            raise CannotLook(f"the converted model gives {given.shape} where the runtime gives {expected.shape}")
        scale = max(1.0, float(np.abs(expected).max()))
        worst = max(worst, float(np.abs(given - expected).max()) / scale)
    if not worst <= TOLERANCE:
        raise CannotLook(f"the converted model differs from the runtime's outputs by {worst:.2g}")
    return worst


def _needed(nodes: tuple[Node, ...], output: str) -> tuple[Node, ...]:
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            wanted.update(node.inputs)
            kept.append(node)
    return tuple(reversed(kept))


def _numbers(value: Any) -> list[int]:
    return [int(number) for number in np.asarray(value).ravel()]


def _conv(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    x, weight, bias = given[0], given[1], given[2] if len(given) > 2 else None  # noqa: PLR2004  the bias is optional
    rank = weight.dim() - 2
    strides, dilations = set_.get("strides", (1,) * rank), set_.get("dilations", (1,) * rank)
    x, padding = _padded(x, set_, weight.shape[2:], strides, dilations)
    groups = int(set_.get("group", 1))
    convolve: Callable[..., Tensor] = {1: f.conv1d, 2: f.conv2d, 3: f.conv3d}[rank]
    return convolve(x, weight, bias, strides, padding, dilations, groups)


def _padded(
    x: Tensor, set_: dict[str, Any], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[Tensor, tuple[int, ...]]:
    """Uneven padding is done first; even padding is left to the operator."""
    rank = len(kernel)
    pads = tuple(set_.get("pads", (0,) * 2 * rank))
    automatic = set_.get("auto_pad", "NOTSET")
    if automatic.startswith("SAME"):
        totals = [
            max((-(-size // stride) - 1) * stride + (wide - 1) * dilation + 1 - size, 0)
            for size, stride, wide, dilation in zip(x.shape[2:], strides, kernel, dilations, strict=True)
        ]
        less, more = [total // 2 for total in totals], [total - total // 2 for total in totals]
        pads = tuple(less + more) if automatic == "SAME_UPPER" else tuple(more + less)
    before, after = pads[:rank], pads[rank:]
    if before == after:
        return x, before
    around = [pad for pair in zip(reversed(before), reversed(after), strict=True) for pad in pair]
    return f.pad(x, around), (0,) * rank


def _max_pool(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    kernel = set_["kernel_shape"]
    strides = set_.get("strides", (1,) * len(kernel))
    pads = tuple(set_.get("pads", (0,) * 2 * len(kernel)))
    before, after = pads[: len(kernel)], pads[len(kernel) :]
    around = [pad for pair in zip(reversed(before), reversed(after), strict=True) for pad in pair]
    x = f.pad(given[0], around, value=-torch.inf) if any(pads) else given[0]
    if set_.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or len(kernel) != 2:  # noqa: PLR2004  images
        raise CannotLook("no slope through this form of MaxPool")
    return f.max_pool2d(x, kernel, strides, dilation=set_.get("dilations", 1), ceil_mode=bool(set_.get("ceil_mode", 0)))


def _average_pool(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    kernel = set_["kernel_shape"]
    pads = tuple(set_.get("pads", (0,) * 2 * len(kernel)))
    rank = len(kernel)
    if pads[:rank] != pads[rank:] or rank != 2 or set_.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):  # noqa: PLR2004  images
        raise CannotLook("no slope through this form of AveragePool")
    strides, counted = set_.get("strides", (1,) * rank), bool(set_.get("count_include_pad", 0))
    return f.avg_pool2d(given[0], kernel, strides, pads[:rank], bool(set_.get("ceil_mode", 0)), counted)


def _gemm(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    a = given[0].transpose(0, 1) if set_.get("transA") else given[0]
    b = given[1].transpose(0, 1) if set_.get("transB") else given[1]
    product: Tensor = set_.get("alpha", 1.0) * (a @ b)
    return product if len(given) < 3 or given[2] is None else product + set_.get("beta", 1.0) * given[2]  # noqa: PLR2004


def _batch_norm(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    x, scale, bias, mean, variance = given
    return f.batch_norm(x, mean, variance, scale, bias, training=False, eps=set_.get("epsilon", 1e-5))


def _reshape(given: Sequence[Any], _: dict[str, Any]) -> Tensor:
    x = given[0]
    shape = [x.shape[at] if size == 0 else size for at, size in enumerate(_numbers(given[1]))]
    if shape and shape[0] == 1 and x.shape[0] != 1:
        shape[0] = x.shape[0]
    result: Tensor = x.reshape(shape)
    return result


def _flatten(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    axis = int(set_.get("axis", 1))
    size = int(np.prod(given[0].shape[:axis]))
    result: Tensor = given[0].reshape(size, -1)
    return result


def _clip(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    low = given[1] if len(given) > 1 and given[1] is not None else set_.get("min")
    high = given[2] if len(given) > 2 and given[2] is not None else set_.get("max")  # noqa: PLR2004  optional inputs
    result: Tensor = given[0].clamp(None if low is None else float(low), None if high is None else float(high))
    return result


def _axes(given: Sequence[Any], set_: dict[str, Any]) -> tuple[int, ...]:
    given_axes = given[1] if len(given) > 1 and given[1] is not None else set_.get("axes", ())
    return tuple(_numbers(given_axes))


def _reduce_mean(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    axes = _axes(given, set_) or tuple(range(given[0].dim()))
    result: Tensor = given[0].mean(axes, keepdim=bool(set_.get("keepdims", 1)))
    return result


def _squeeze(given: Sequence[Any], set_: dict[str, Any]) -> Tensor:
    result: Tensor = given[0].squeeze(_axes(given, set_))
    return result


def _constant(_: Sequence[Any], set_: dict[str, Any]) -> Any:
    value = set_.get("value", set_.get("value_ints", set_.get("value_float", set_.get("value_int"))))
    if value is None:
        raise CannotLook("a constant of a kind that is not converted")
    array = np.asarray(value)
    return array if array.dtype == np.int64 else torch.from_numpy(array.astype(np.float32))


def _tensor(value: Any) -> Any:
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def _two(operate: Callable[[Any, Any], Any]) -> Apply:
    return lambda given, _: operate(_tensor(given[0]), _tensor(given[1]))


def _one(operate: Callable[[Any], Tensor]) -> Apply:
    return lambda given, _: operate(given[0])


OPERATORS: dict[str, Apply] = {
    "Add": _two(lambda a, b: a + b),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Concat": lambda given, set_: torch.cat(list(given), int(set_["axis"])),
    "Constant": _constant,
    "Conv": _conv,
    "Div": _two(lambda a, b: a / b),
    "Dropout": _one(lambda x: x),
    "Elu": lambda given, set_: f.elu(given[0], set_.get("alpha", 1.0)),
    "Erf": _one(torch.erf),
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _one(lambda x: x.mean(tuple(range(2, x.dim())), keepdim=True)),
    "Identity": _one(lambda x: x),
    "LeakyRelu": lambda given, set_: f.leaky_relu(given[0], set_.get("alpha", 0.01)),
    "LogSoftmax": lambda given, set_: torch.log_softmax(given[0], int(set_.get("axis", -1))),
    "MatMul": _two(lambda a, b: a @ b),
    "MaxPool": _max_pool,
    "Mul": _two(lambda a, b: a * b),
    "Neg": _one(lambda x: -x),
    "Pow": _two(lambda a, b: a**b),
    "ReduceMean": _reduce_mean,
    "Relu": _one(torch.relu),
    "Reshape": _reshape,
    "Sigmoid": _one(torch.sigmoid),
    "Softmax": lambda given, set_: torch.softmax(given[0], int(set_.get("axis", -1))),
    "Sqrt": _one(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _two(lambda a, b: a - b),
    "Tanh": _one(torch.tanh),
    "Transpose": lambda given, set_: given[0].permute(set_["perm"]),
}
"""Operators that have a slope; the first output of each is used."""
