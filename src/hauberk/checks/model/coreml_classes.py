# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-010."""

import re
from collections.abc import Iterator

from hauberk.assets.coreml import Found, read
from hauberk.core.card import check
from hauberk.core.content import LARGEST
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_ESCAPES = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\~]|^[A-Za-z]+:|\0")
_INSIDE = "@model_path/"


@check(
    "HBK-MOD-010",
    stage="develop",
    kinds=("model",),
    formats=("coreml",),
    severity=Severity.HIGH,
    remedy="convert the model again without custom layers, custom models and links to other files",
    references=("CWE-829", "CWE-22", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def coreml_classes(target: Target) -> Iterator[Hit]:
    """Core ML model names classes or files outside itself.

    The file carries no code. But a custom layer or model is a class of the application, found by the name in the file
    and given parameters from it, and weights or linked models may lie at any path that the file names.
    """
    for found in read(target.content.whole(LARGEST)).found:
        what = _judged(found)
        if what:
            yield Hit(
                message=what[0],
                severity=what[1],
                place=MemberPlace(archive=target.asset.uri, member=found.kind, offset=found.offset),
                context=f"{found.kind} {found.name}",
            )


def _judged(found: Found) -> tuple[str, Severity] | None:
    outside = _ESCAPES.search(found.name.removeprefix(_INSIDE)) is not None
    if found.kind == "blob":
        return ("takes its weights from a file outside the model's folder", Severity.HIGH) if outside else None
    if found.kind == "linked model":
        what = "takes a model from a path outside its folder" if outside else "takes a model from another file"
        return (what, Severity.HIGH if outside else Severity.MEDIUM) if found.name else None
    name = found.name[:100] or "without a name"
    return f"{found.kind} {name} is a class of the application, made by its name in the file", Severity.HIGH
