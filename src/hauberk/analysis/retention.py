# SPDX-License-Identifier: Apache-2.0
"""How long data are kept, by what a manifest says in words."""

import re
from dataclasses import dataclass

from hauberk.core.system import System

LONG = 10.0
"""Years from which data outlive keys that a quantum computer breaks: NIST IR 8547 disallows those keys after 2035, and
what is recorded until then is read later."""
LAST_YEAR = 2035
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_UNITS = {"d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0, "c": 100.0}
_SPAN = re.compile(
    rf"\b(\d+(?:\.\d+)?|{'|'.join(_WORDS)})[ -]?(y(?:ea)?rs?|months?|weeks?|days?|decades?|centur(?:y|ies))\b"
)
_ISO = re.compile(r"\bp(\d+)y", re.IGNORECASE)
_EVER = re.compile(
    r"\b(?:indefinite(?:ly)?|permanent(?:ly)?|for ?ever|unlimited|no limit|without (?:limit|end)|perpetual(?:ly)?)\b"
)
_UNTIL = re.compile(r"\buntil (?:\w+ ){0,2}(2\d{3})\b")


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept long."""

    name: str
    """A data set's id or a flow's name."""
    words: str
    """How long, as the manifest says."""


def years(words: str) -> float:
    """The longest time that a text names, in years: infinite for ever, 0 where it names none."""
    text = words.lower()
    if _EVER.search(text):
        return float("inf")
    spans = [float(one) for one in _ISO.findall(text)]
    for count, unit in _SPAN.findall(text):
        number = _WORDS.get(count) or float(count)
        spans.append(number * (10.0 if unit.startswith("decade") else _UNITS[unit[0]]))
    return max(spans, default=0.0)


def is_long(words: str) -> bool:
    """Whether data that are kept so long outlive the keys of today."""
    until = max((int(one) for one in _UNTIL.findall(words.lower())), default=0)
    return years(words) >= LONG or until > LAST_YEAR


def kept_long(system: System) -> Kept | None:
    """What of a system is kept longest, if it is kept long."""
    said = [Kept(one.id, one.facts.retention) for one in system.assets if one.facts.retention]
    said += [Kept(one.name, one.retention) for one in system.flows if one.retention]
    long = [one for one in said if is_long(one.words)]
    return max(long, key=lambda one: years(one.words), default=None)
