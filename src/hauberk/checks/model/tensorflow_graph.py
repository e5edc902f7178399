# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-005."""

from collections.abc import Iterator

from hauberk.analysis.tensorflow_operators import FILES, PYTHON
from hauberk.assets.savedmodel import operators
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-MOD-005",
    stage="develop",
    kinds=("model",),
    formats=("savedmodel", "tensorflow-graph"),
    severity=Severity.HIGH,
    remedy="export the model again without Python functions and file operators, or as ONNX",
    references=("CWE-829", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def tensorflow_graph(target: Target) -> Iterator[Hit]:
    """TensorFlow graph calls Python or reaches files.

    A SavedModel is a program of operators. Most compute; some call a Python function of the process that loads the
    model, or read and write any file with its rights, the moment that the graph runs.
    """
    for operator in operators(target.content.held()):
        if operator.name in PYTHON:
            what = f"operator {operator.name} calls a Python function of the process that loads the model"
        elif operator.name in FILES:
            what = f"operator {operator.name} reaches files or the network by itself"
        else:
            continue
        place = MemberPlace(archive=target.asset.uri, member="graph", offset=operator.offset)
        yield Hit(message=what, place=place, context=operator.name)
