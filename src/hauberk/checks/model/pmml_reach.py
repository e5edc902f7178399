# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-011."""

from collections.abc import Iterator

from hauberk.assets.pmml import read
from hauberk.core.card import check
from hauberk.core.content import LARGEST
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-MOD-011",
    stage="develop",
    kinds=("model",),
    formats=("pmml",),
    severity=Severity.HIGH,
    remedy="have the model exported again without entities, scripts and functions named by a class",
    references=("CWE-611", "CWE-470", "CWE-776", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def pmml_reach(target: Target) -> Iterator[Hit]:
    """PMML document reaches outside itself.

    PMML is XML. Readers follow its external entities to files and addresses, expand its internal ones without end,
    load a Java class that it names as a function, and some run the scripts in it.
    """
    for found in read(target.content.whole(LARGEST)).found:
        yield Hit(
            message=found.what,
            severity=Severity.HIGH if found.grave else Severity.MEDIUM,
            place=target.place(found.line),
            context=found.subject,
        )
