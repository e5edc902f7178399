# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-003."""

from collections.abc import Iterator

from hauberk.assets.safetensors import breaches
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-MOD-003",
    stage="develop",
    kinds=("model",),
    formats=("safetensors",),
    severity=Severity.HIGH,
    remedy="write the file again with the safetensors library from tensors that you trust; repair no header by hand",
    references=("CWE-1284", "CWE-125", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def safetensors_header(target: Target) -> Iterator[Hit]:
    """Safetensors header does not describe its file.

    The format is safe because every byte belongs to exactly one tensor of a stated type and shape. A header that
    repeats a name, overlaps tensors or leaves bytes over gives different weights to different readers, or carries
    something else along.
    """
    for breach in breaches(target.content):
        yield Hit(
            message=breach.what,
            severity=Severity.HIGH if breach.grave else Severity.MEDIUM,
            place=MemberPlace(archive=target.asset.uri, member=breach.tensor, offset=breach.offset),
            context=f"{breach.tensor} {breach.what}",
        )
