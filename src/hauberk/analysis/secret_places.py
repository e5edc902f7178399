# SPDX-License-Identifier: Apache-2.0
"""Where in a text a secret may stand, told by one automaton over all forms: Hyperscan if installed, else RE2."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import re2

from hauberk.analysis.secret_forms import FORMS
from hauberk.core.errors import MissingExtra
from hauberk.core.seams import seam

NAMES = (
    r"passwo?r?d|passwd|secret|(?:api|access|auth|private)[_-]?key|token|credential|wandb[_-]?key|pwd|[_-]key"
    r"|(?:account|subscription|search|admin|signing|encryption)key"
)
"""What a name holds whose value may be a secret; case does not matter."""
_NAME = r"(?i)(?:" + NAMES + r")[\w-]{0,64}[\"']?\]?[ \t]{0,8}(?::[ \t]{0,4}str[ \t]{0,4})?"
QUOTED = _NAME + r"(?:=>|:=|[:=,])[ \t]{0,8}[rbu]?[\"'][^\s\"']{8}"
"""What a line must hold before a value in quotes is judged by its name."""
BARE = _NAME + r"(?:=>|:=|[:=])[ \t]{0,8}[^\s\"']{8}"
"""The same for a value without quotes."""


class Places(NamedTuple):
    """Candidates; what is not among them is no secret."""

    anchors: Iterable[tuple[int, int]]
    """Index of a form, and where its anchor begins."""
    quoted: Iterable[int]
    """Offsets in lines that match QUOTED."""
    bare: Iterable[int]
    """Offsets in lines that match BARE."""


def places(data: bytes) -> Places:
    """The candidates of a text."""
    return _automaton()(data)


@cache
def _automaton() -> Callable[[bytes], Places]:
    try:
        found: Callable[[bytes], Places] = seam("hauberk.analysis.secret_hyperscan", extra="fast").places
    except MissingExtra:
        return by_re2
    return found


def by_re2(data: bytes) -> Places:
    """Candidates by RE2; every place where an anchor begins, those inside another one too."""
    union, anchors, quoted, bare = _expressions()
    found: list[tuple[int, int]] = []
    match = union.search(data)
    while match:
        at = match.start()
        found.extend((index, at) for index, anchor in anchors if anchor.match(data, at))
        match = union.search(data, at + 1)
    ends = ([match.end() - 1 for match in one.finditer(data)] for one in (quoted, bare))
    return Places(found, *ends)


@cache
def _expressions() -> tuple[re2._Regexp, tuple[tuple[int, re.Pattern[bytes]], ...], re2._Regexp, re2._Regexp]:
    options = re2.Options()
    options.max_mem = 64 << 20
    options.encoding = re2.Options.Encoding.LATIN1
    union = re2.compile("|".join(form.anchor for form in FORMS).encode(), options)
    anchors = tuple((index, re.compile(form.anchor.encode())) for index, form in enumerate(FORMS))
    return union, anchors, re2.compile(QUOTED.encode(), options), re2.compile(BARE.encode(), options)
