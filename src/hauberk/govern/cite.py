# SPDX-License-Identifier: Apache-2.0
"""A number with its evidence, in a form that survives Markdown, HTML and DOCX, and the way back from it to the ledger.

``0.2467 (0.2013 to 0.2984, n=300) [sha256:ab12cd34ef567890#1]`` is measurement 1 of the evidence whose id begins so;
``3 findings [sha256:...#findings]`` and ``clean [sha256:...#outcome]`` are what an evidence found and how it ended.
Law: what ``measured``, ``findings`` and ``outcome`` write, ``citations`` reads, and ``wrong`` finds nothing amiss.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hauberk.core.evidence import Evidence

SHORT = 16
"""Hex digits of an evidence id that a citation holds."""
NONE = "not estimable"

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_REFERENCE = re.compile(r"\[sha256:(?P<id>[0-9a-fA-F]*)#(?P<part>[A-Za-z0-9]*)\]")
_BOUND = rf"{_NUMBER}|open"
_MEASURED = re.compile(rf"(?P<value>{_NUMBER}|{NONE}) \((?:(?P<low>{_BOUND}) to (?P<high>{_BOUND}), )?n=(?P<n>\d+)\) $")
_STATED = re.compile(r"\bn=\d+\)")
_ALMOST = re.compile(r"\[\W*sha\W*256", re.IGNORECASE)
_FINDINGS = re.compile(r"(?P<count>\d+) findings? $")
_OUTCOME = re.compile(r"(?P<outcome>clean|found|unable) $")
_BEFORE = 120
"""Characters before a reference in which what it is about must stand."""


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One reference and the text right before it."""

    said: str
    id: str
    part: str

    @property
    def shown(self) -> str:
        """As it stands in the document."""
        return f"{self.said[-60:]}[sha256:{self.id}#{self.part}]"


def measured(evidence: Evidence, index: int) -> str:
    """Value, interval, sample size and reference of one measurement."""
    return f"{_words(evidence, index)} {_reference(evidence, str(index))}"


def _words(evidence: Evidence, index: int) -> str:
    one = evidence.measurements[index]
    value = NONE if one.value is None else number(one.value)
    if one.low is None and one.high is None:
        return f"{value} (n={one.n})"
    return f"{value} ({_bound(one.low)} to {_bound(one.high)}, n={one.n})"


def number(value: float) -> str:
    """Four significant digits, as reports write them."""
    return f"{value:.4g}"


def _bound(value: float | None) -> str:
    return "open" if value is None else number(value)


def findings(evidence: Evidence) -> str:
    """How many findings an evidence has, with its reference."""
    many = len(evidence.findings)
    return f"{many} finding{'s' * (many != 1)} {_reference(evidence, 'findings')}"


def outcome(evidence: Evidence) -> str:
    """How an evidence ended, with its reference."""
    return f"{evidence.outcome.value} {_reference(evidence, 'outcome')}"


def _reference(evidence: Evidence, part: str) -> str:
    return f"[{evidence.id[: len('sha256:') + SHORT]}#{part}]"


def citations(text: str) -> tuple[Citation, ...]:
    """Every reference in a text, with what stands before it; white space of any kind counts as one space."""
    plain = " ".join(text.split())
    found = []
    for match in _REFERENCE.finditer(plain):
        said = plain[max(0, match.start() - _BEFORE) : match.start()]
        found.append(Citation(said=said, id=match["id"], part=match["part"]))
    return tuple(found)


def uncited(text: str) -> int:
    """How many numbers have the form of a cited one, or references the form of a reference, and are none."""
    plain = " ".join(text.split())
    stated = len(_STATED.findall(plain))
    found = citations(text)
    cited = sum(_MEASURED.search(one.said) is not None for one in found)
    return max(stated - cited, 0) + max(len(_ALMOST.findall(plain)) - len(found), 0)


def numbers(citation: Citation) -> int:
    """How many numbers of the ledger a citation states."""
    match = _MEASURED.search(citation.said)
    if match is not None and citation.part.isdigit():
        return sum(
            match[name] is not None and match[name] != NONE and match[name] != "open" for name in match.groupdict()
        )
    return int(_FINDINGS.search(citation.said) is not None and citation.part == "findings")


def by_short(evidence: tuple[Evidence, ...]) -> dict[str, list[Evidence]]:
    """Evidence by the beginning of its id; more than one is ambiguous."""
    found: dict[str, list[Evidence]] = {}
    for one in evidence:
        bucket = found.setdefault(one.id.removeprefix("sha256:")[:SHORT], [])
        if one.id not in {other.id for other in bucket}:
            bucket.append(one)
    return found


def wrong(citation: Citation, known: Mapping[str, list[Evidence]]) -> str:
    """What is wrong with a citation; empty where the ledger says the same."""
    match known.get(citation.id, []):
        case [one]:
            return _wrong(citation, one)
        case []:
            return "the last assessment in the ledger holds no such evidence"
        case _:
            return "more than one evidence begins so"


def _wrong(citation: Citation, evidence: Evidence) -> str:
    if citation.part == "findings":
        return _compared(citation, _FINDINGS, "count", str(len(evidence.findings)))
    if citation.part == "outcome":
        return _compared(citation, _OUTCOME, "outcome", evidence.outcome.value)
    if not citation.part.isdigit() or not int(citation.part) < len(evidence.measurements):
        return "the evidence has no such measurement"
    match = _MEASURED.search(citation.said)
    words = _words(evidence, int(citation.part))
    if match is None or match[0].strip() != words:
        return f"the ledger says {words}"
    return "" if str(int(citation.part)) == citation.part else "the evidence has no such measurement"


def _compared(citation: Citation, pattern: re.Pattern[str], group: str, truth: str) -> str:
    match = pattern.search(citation.said)
    return "" if match is not None and match[group] == truth else f"the ledger says {truth}"
