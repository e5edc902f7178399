# SPDX-License-Identifier: Apache-2.0
"""HBK-NBK-002."""

import re
from collections.abc import Iterator

from hauberk.assets.notebook import code
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_FETCH = r"(?:curl|wget|fetch)\b[^|;&\n]*https?://[^|;&\n]*"
_RUN = r"(?:sudo\s+(?:-\w+\s+)*)?(?:ba|z|da|k)?(?:sh|python3?|perl|node|ruby)\b"
_PIPED = re.compile(rf"{_FETCH}\|\s*{_RUN}")
_SUBSTITUTED = re.compile(rf"(?:{_RUN}|eval|source|\.)\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*{_FETCH}")
_PLAIN = re.compile(r"\bpip3?\s+install\b[^\n;&|]*(?:http://|git\+http://|--trusted-host)")


@check(
    "HBK-NBK-002",
    stage="develop",
    kinds=("notebook",),
    severity=Severity.HIGH,
    remedy="download to a file, compare its SHA-256 with a value in the notebook, then run it; install packages over "
    "https from an index with pinned versions and hashes",
    references=("CWE-494", "CWE-829", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def piped_download(target: Target) -> Iterator[Hit]:
    """A notebook runs what it downloads, unseen.

    Whoever controls that address, or the network in between, decides what runs with the notebook's credentials, on the
    machine that holds the training data, each time somebody presses "run all".
    """
    for cell, first, text in code(target.data).shell:
        for number, line in enumerate(text.replace("\\\n", "  ").split("\n")):
            piped = _PIPED.search(line) or _SUBSTITUTED.search(line)
            if piped or _PLAIN.search(line):
                what = (
                    "hands a download straight to an interpreter" if piped else "installs without an authentic source"
                )
                yield Hit(
                    message=f"shell command {what}",
                    place=FilePlace(path=target.asset.uri, cell=cell, line=first + number),
                    severity=Severity.HIGH if piped else Severity.MEDIUM,
                    context=what,
                )
