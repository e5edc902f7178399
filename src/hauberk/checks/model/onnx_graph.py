# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-002."""

import re
from collections.abc import Iterator

from hauberk.assets.onnx import Model, Operator, Tensor, read
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_KNOWN = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training", "com.microsoft",
     "com.microsoft.nchwc", "com.microsoft.experimental", "com.ms.internal.nhwc"}
)  # fmt: skip
"""Domains whose operators come with the runtime."""
_ESCAPES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\~]|^[A-Za-z]:|^[a-z]+://|\0")
_RUNS_PYTHON = {"ai.onnx.contrib", "ai.onnx.contrib.py"}
_NUMBERS = ("offset", "length")


@check(
    "HBK-MOD-002",
    stage="develop",
    kinds=("model",),
    formats=("onnx",),
    severity=Severity.HIGH,
    remedy="export the model again with its weights inside or beside it, and operators of the standard domains only",
    references=("CWE-22", "CWE-829", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def onnx_graph(target: Target) -> Iterator[Hit]:
    """ONNX model reaches outside its file.

    An ONNX graph carries no code, but it may name a file anywhere on the disk as its weights, operators that only
    somebody's native library has, and tensors that are not of the size they declare; each takes whoever loads it
    somewhere unintended.
    """
    model = read(target.content.held())
    for operator in _custom(model):
        runs = operator.domain in _RUNS_PYTHON or operator.name == "PyOp"
        message = f"operator {operator.name} of domain {operator.domain} needs a native library of its maker's"
        yield Hit(
            message=f"operator {operator.name} runs Python code" if runs else message,
            severity=Severity.HIGH if runs else Severity.MEDIUM,
            place=MemberPlace(archive=target.asset.uri, member="graph", offset=operator.offset),
            context=f"{operator.domain} {operator.name}",
        )
    for tensor in model.tensors:
        for what, severity in _wrong(tensor):
            place = MemberPlace(archive=target.asset.uri, member=tensor.name, offset=tensor.offset)
            yield Hit(
                message=f"tensor {tensor.name} {what}", severity=severity, place=place, context=f"{tensor.name} {what}"
            )


def _custom(model: Model) -> list[Operator]:
    return [
        one for one in model.operators if one.domain not in _KNOWN and (one.domain, one.name) not in model.functions
    ]


def _wrong(tensor: Tensor) -> Iterator[tuple[str, Severity]]:
    location = tensor.external.get("location", "")
    if tensor.external and (not location or _ESCAPES.search(location)):
        yield "takes its data from a file outside the model's folder", Severity.HIGH
    for key in _NUMBERS:
        if not tensor.external.get(key, "0").isdecimal():
            yield f"has an external {key} that is no whole number", Severity.MEDIUM
    if tensor.held is not None and not tensor.external:
        yield f"declares {tensor.declared} bytes and holds {tensor.held}", Severity.MEDIUM
