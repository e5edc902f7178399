# SPDX-License-Identifier: Apache-2.0
"""Finds requests, written beside code, to look away from a finding; whether one is granted is the policy's to say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import re2

from hauberk.assets.notebook import read
from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.place import FilePlace, ResourcePlace
from hauberk.core.system import Grant, System
from hauberk.core.verdict import Requested, Waiver
from hauberk.engine.discover import regex
from hauberk.engine.source import REQUESTS, FolderSource
from hauberk.policy.allow import Request, weigh

LONGEST_LINE = 4_000
_ALLOW = re.compile(r"(?:#|//|--|<!--)[ \t]{0,8}hauberk:[ \t]{0,8}allow[ \t]+(HBK-[A-Z]{3}-\d{3})\b([^\n]{0,600})")
_FIELD = re.compile(r"\b(owner|until|reason)=(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"',]+))")


def requests(source: FolderSource, evidence: Iterable[Evidence]) -> Iterator[Request]:
    """Requests at findings: on the finding's own line, or alone on the line above it."""
    for one in evidence:
        if REQUESTS not in one.asset.labels or not one.findings:
            continue
        try:
            data = source.data(one.asset)
            cells = read(data).cells if one.asset.format == "notebook" else ()
        except CannotLook:
            continue  # changed since: the evidence is stale, and says so
        text: dict[int | None, str] = {None: data.decode("utf-8", "replace")}
        text |= {cell.number: cell.source for cell in cells}
        for finding in one.findings:
            request = _at(finding, one.asset.uri, text)
            if request is not None:
                yield request


def weighed(
    source: FolderSource, evidence: Sequence[Evidence], system: System | None, today: date
) -> tuple[tuple[Requested, ...], tuple[Waiver, ...]]:
    """Each request with what became of it, and what the named manifest grants today."""
    grants = system.allow if system else ()
    asked = [(one, _grant(one, grants)) for one in requests(source, evidence)]
    return weigh(asked, today, named=system is not None)


def _grant(request: Request, grants: Iterable[Grant]) -> Grant | None:
    return next(
        (
            one
            for one in grants
            if one.rule == request.finding.card and re2.compile(regex(one.path)).fullmatch(request.path)
        ),
        None,
    )


def _at(finding: Finding, uri: str, text: dict[int | None, str]) -> Request | None:
    place = finding.place
    if not isinstance(place, FilePlace | ResourcePlace) or place.path != uri or not place.line:
        return None
    cell = place.cell if isinstance(place, FilePlace) else None
    lines = text.get(cell, "").split("\n")
    for at in (place.line - 1, place.line - 2):
        if not 0 <= at < len(lines):
            continue
        line = lines[at][:LONGEST_LINE]
        match = _ALLOW.search(line)
        alone = match is not None and not line[: match.start()].strip()
        if match and match[1] == finding.card and (at == place.line - 1 or alone):
            given = {name: next(filter(None, words), "") for name, *words in _FIELD.findall(match[2])}
            return Request(
                finding=finding,
                path=uri,
                owner=given.get("owner", ""),
                until=given.get("until", ""),
                reasoned=bool(given.get("reason", "").strip()),
            )
    return None
