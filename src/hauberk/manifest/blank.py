# SPDX-License-Identifier: Apache-2.0
"""Words that fill a field and say nothing."""

import re

_NOTHING = re.compile(
    r"(?:n/?a|nil|none|null|no|off|undefined|unknown|unassigned|undecided|pending|later|open|x{2,}|\.{2,}|"
    r"(?:tb[acd]|to ?do|fix ?me|to be (?:done|defined|decided|determined|confirmed|added|named))\b.*|"
    r"change ?me|fill(?: this)? ?in|placeholder|lorem ipsum.*|"
    r"(?:your|my|the|some|insert) ?\w* ?(?:name|purpose|owner|team|role|here)|"
    r"not (?:applicable|available|yet\b.*|known|decided|defined|assigned))",
    re.IGNORECASE,
)


def blank(text: str) -> bool:
    """Whether a text is empty or a placeholder such as ``TBD``, ``n/a`` or ``<your name>``."""
    if re.fullmatch(r"\s*(?:<[^<>]*>|\{+[^{}]*\}+|\[[^\[\]]*\])\s*", text):
        return True
    words = " ".join(re.sub(r"[_\-\s]+", " ", text).split()).strip(" -?<>[]{}().:;,!*\"'")
    return not words or _NOTHING.fullmatch(words) is not None
