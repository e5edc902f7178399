# SPDX-License-Identifier: Apache-2.0
"""Finds secrets in text by their published form, checksum and randomness; never shows one.

An automaton over all forms finds where one may stand; only there the form itself is tried, and counts when its checksum
or structure holds and it does not look like the placeholder of an example. Hyperscan (extra ``fast``) and RE2 are two
such automata. Law: with either, the same secrets are found, since both only tell places.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import re2

from hauberk.analysis.secret_forms import FORMS, Form
from hauberk.analysis.secret_named import ENDS, WORD, assigned
from hauberk.analysis.secret_places import NAMES, Places, places
from hauberk.analysis.secret_sure import entropy
from hauberk.core.scales import Confidence, Severity

__all__ = ["Secret", "entropy", "search"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """Where a secret stands and of what kind it is; the value itself is not kept."""

    kind: str
    line: int
    """Counted from 1."""
    column: int
    """Counted from 1, in bytes."""
    length: int
    """Characters of the secret."""
    severity: Severity
    confidence: Confidence


_REACH = 2_000
"""Most bytes of a secret after its anchor, where it begins before it."""
_SHORT = 300
"""The same of a form that its ``needs`` keep short."""
_NEAR = 140
"""Bytes after an anchor in which what a form needs must stand."""
_BEFORE = 24
"""Bytes before a doubtful token in which it may be called a number of something."""
_NUMBERED = re.compile(rb"(?i)(?:^|[^a-z])(?:[a-z]+_)?id[\"']?\s*[:=]\s*[\"']?$")
_PATTERNS = tuple(re.compile(form.pattern.encode()) for form in FORMS)
_NAMED = re2.compile(
    rb"(?i)([\w.-]{0,64}(?:"
    + NAMES.encode()
    + rb")[\w-]{0,64})[\"']?\]?[ \t]{0,8}(?::[ \t]{0,4}str[ \t]{0,4})?(?:=>|:=|[:=]|,)[ \t]{0,8}"
    rb"(?:[rbu]?([\"'])([^\"'\s]{8,})[\"']|([^\s\"'#,;(){}\[\]]{8,})[ \t]*(?:\r?$|#))"
)


def search(data: bytes, *, bare: bool = True) -> Iterator[Secret]:
    """Secrets in text: those of a form, then those by name, each in order of place.

    ``bare`` also takes unquoted values of assignments, as in ``.env`` and YAML; code writes its literals in quotes.
    """
    yield from judge(data, places(data), bare=bare)


def judge(data: bytes, found: Places, *, bare: bool = True) -> Iterator[Secret]:
    """Secrets in text where an automaton has found that one may stand."""
    lines = _Lines(data)
    taken: list[tuple[int, int]] = []
    held = []
    for index, at in sorted(found.anchors):
        form = FORMS[index]
        span = _whole(data, form, index, at)
        if span is None or _overlaps(taken, span):
            continue
        sure = form.sure(data[slice(*span)])
        if sure is not None and form.beside and not _stands_beside(data, form, span):
            continue
        if sure is Confidence.LOW and _NUMBERED.search(data[max(0, span[0] - _BEFORE) : span[0]]):
            continue
        if sure is not None:
            insort(taken, span)
            held.append((span, form, sure))
    for (start, end), form, sure in sorted(held, key=lambda row: row[0]):
        yield _secret(lines, form.kind, start, end - start, form.severity, sure)
    named = {*found.quoted, *found.bare} if bare else found.quoted
    yield from _by_name(data, lines, taken, named, bare=bare)


def _whole(data: bytes, form: Form, index: int, at: int) -> tuple[int, int] | None:
    """Where the secret with this anchor begins and ends; None where the form does not hold."""
    if not form.lead:
        match = _PATTERNS[index].match(data, at)
        return match.span(match.lastindex or 0) if match else None
    if form.needs and data.find(form.needs, at, at + _NEAR) < 0:
        return None
    for match in _PATTERNS[index].finditer(data, max(0, at - form.lead), at + (_SHORT if form.needs else _REACH)):
        if match.end() > at:
            return match.span(match.lastindex or 0) if match.start() <= at else None
    return None


def _stands_beside(data: bytes, form: Form, span: tuple[int, int]) -> bool:
    """Whether the line of a secret holds what its form asks for."""
    first = max(data.rfind(b"\n", 0, span[0]) + 1, span[0] - _REACH)
    last = data.find(b"\n", span[1], span[1] + _REACH)
    return re.search(form.beside.encode(), data[first : last if last >= 0 else span[1] + _REACH]) is not None


def _overlaps(taken: list[tuple[int, int]], span: tuple[int, int]) -> bool:
    """Whether a span meets one of the sorted ones, which do not meet each other."""
    at = bisect_left(taken, span)
    near = taken[max(0, at - 1) : at + 1]
    return any(start < span[1] and span[0] < end for start, end in near)


def _by_name(
    data: bytes, lines: "_Lines", taken: list[tuple[int, int]], named: Iterable[int], *, bare: bool
) -> Iterator[Secret]:
    """Random values that are assigned to what is called a secret, in the lines that may hold one."""
    last = -1
    for at in sorted(named):
        if at <= last:
            continue
        first = data.rfind(b"\n", 0, at) + 1
        last = data.find(b"\n", at)
        last = len(data) if last < 0 else last
        for match in _NAMED.finditer(data[first:last]):
            group = 3 if match.group(3) else 4
            span = (first + match.start(), first + match.end())
            if (group == 4 and not bare) or _overlaps(taken, span):  # noqa: PLR2004  the group of bare values
                continue
            listed = b"," in match[0][match.end(1) - match.start() : match.start(group) - match.start()]
            if listed and (group == 4 or not ENDS.search(match.group(1))):  # noqa: PLR2004  neighbours in a list
                continue
            sure = assigned(match.group(1), match.group(group))
            if sure is not None:
                word = WORD.findall(match.group(1))[-1].decode().lower()
                start, length = first + match.start(group), len(match.group(group))
                yield _secret(lines, f"hard-coded {word}", start, length, Severity.HIGH, sure)


class _Lines:
    """Line numbers of growing offsets; starts anew when one is smaller than the last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset, self._line = 0, 1

    def place(self, offset: int) -> tuple[int, int]:
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line, offset - self._data.rfind(b"\n", 0, offset)


def _secret(lines: _Lines, kind: str, start: int, length: int, severity: Severity, confidence: Confidence) -> Secret:
    line, column = lines.place(start)
    return Secret(kind=kind, line=line, column=column, length=length, severity=severity, confidence=confidence)
