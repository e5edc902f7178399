# SPDX-License-Identifier: Apache-2.0
"""HBK-NBK-004."""

from collections import Counter
from collections.abc import Iterator

from hauberk.analysis.personal_text import find
from hauberk.assets.notebook import read
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_GRAVE = frozenset(
    {"bank account", "payment card", "coordinates", "date of birth", "telephone number", "e-mail address"}
)
"""Kinds that are no identity number."""
_SURE = 3
"""Values of one kind in one output from which it is a table of people."""


@check(
    "HBK-NBK-004",
    stage="develop",
    kinds=("notebook",),
    severity=Severity.MEDIUM,
    remedy="clear the outputs before each commit (hauberk protect notebook), remove them from history, and show counts "
    "or invented rows instead",
    references=("CWE-359", "CWE-532", "GDPR:Art.5(1)(f)", "OWASP-ML:2023:ML06"),
)
def personal_left(target: Target) -> Iterator[Hit]:
    """A notebook's output shows personal data.

    df.head() prints rows of people, and the file carries them to everybody who opens or clones it, long after the data
    set itself was locked away or somebody asked for erasure.
    """
    for cell in read(target.data).cells:
        for output in cell.outputs:
            counts = Counter(one.kind for one in find(output.text))
            for kind, count in sorted(counts.items()):
                identity = kind not in _GRAVE
                yield Hit(
                    message=f"{count} of the kind {kind} in a cell's output",
                    place=FilePlace(path=target.asset.uri, cell=cell.number),
                    severity=Severity.HIGH if identity or kind in ("bank account", "payment card") else Severity.MEDIUM,
                    confidence=Confidence.HIGH if identity or count >= _SURE else Confidence.MEDIUM,
                    context=f"output {kind}",
                )
