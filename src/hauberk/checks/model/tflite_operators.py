# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-009."""

from collections.abc import Iterator

from hauberk.analysis.tensorflow_operators import FILES, PYTHON
from hauberk.assets.tflite import Operator, read
from hauberk.core.card import check
from hauberk.core.content import LARGEST
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_FLEX = "Flex"
_OWN = frozenset({"AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"})
"""Custom operators that TensorFlow Lite registers itself (``lite/core/kernels/register.cc``)."""


@check(
    "HBK-MOD-009",
    stage="develop",
    kinds=("model",),
    formats=("tflite",),
    severity=Severity.HIGH,
    remedy="convert the model again with TFLITE_BUILTINS only, from a graph without file and Python operators",
    references=("CWE-829", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def tflite_operators(target: Target) -> Iterator[Hit]:
    """TensorFlow Lite model reaches beyond its own operators.

    The file carries no code. But through the Flex delegate it runs operators of TensorFlow, some of which read and
    write any file, and a custom operator is whatever native library its user is told to load.
    """
    for operator in read(target.content.whole(LARGEST)).custom:
        found = _judged(operator)
        if found:
            yield Hit(
                message=found[0],
                severity=found[1],
                place=MemberPlace(archive=target.asset.uri, member="operators", offset=operator.offset),
                context=operator.name,
            )


def _judged(operator: Operator) -> tuple[str, Severity] | None:
    name = operator.name.removeprefix(_FLEX)
    if operator.name != name:
        if name in PYTHON:
            return f"operator {name} calls a Python function of the process that runs the model", Severity.HIGH
        if name in FILES:
            return f"operator {name} reads or writes files, or reaches another machine", Severity.HIGH
        return None
    if name in _OWN:
        return None
    severity = Severity.HIGH if name in PYTHON | FILES else Severity.MEDIUM
    return f"custom operator {name[:100]!r} needs a native library of its maker's", severity
