# SPDX-License-Identifier: Apache-2.0
"""Makes evidence of another tool's report: theirs by name, bound to the bytes that are on disk when it is imported."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import hauberk
from hauberk.analysis import secrets
from hauberk.core.asset import Asset
from hauberk.core.canonical import canonical, digest, identified
from hauberk.core.clock import stamp
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding, fingerprint
from hauberk.core.place import FilePlace, MemberPlace, Place
from hauberk.core.scales import Basis, Kind, Outcome, Stage
from hauberk.core.value import Value
from hauberk.core.verdict import Inability
from hauberk.engine.regular import is_below
from hauberk.engine.source import FolderSource
from hauberk.engine.walk import shown
from hauberk.ledger.log import Ledger
from hauberk.wire.foreign import Foreign, Seen

EVIDENCE, IMPORTED = "evidence", "report.imported"
_REPORT = {"format": "report"}


class Imported(Value, frozen=True, kw_only=True):
    """A report that was imported; the last one of a tool is the one that counts."""

    tool: str
    version: str
    """As the report states it."""
    form: str
    """What it was read as."""
    report: str
    """Digest of the report's bytes, which are not kept."""
    at: str
    evidence: tuple[str, ...]
    """Ids of the evidence that was made of it."""


def adopt(report: Foreign, data: bytes, folder: Path, root: Path, now: datetime) -> tuple[Evidence, ...]:
    """Evidence of a report: of each rule and file found, of each file that the tool could not read, and that it looked.

    Paths of the report are relative to ``root``; those of evidence, to the manifest's ``folder``.
    """
    source = FolderSource(folder)
    grouped: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in report.seen:
        grouped[one.rule, _uri(one.path, folder, root)].append(one)
    made = [_found(report, rule, _asset(uri, source), seen, now) for (rule, uri), seen in sorted(grouped.items())]
    made.extend(
        _evidence(report, "unread", _asset(_uri(path, folder, root), source), now, reason=reason)
        for path, reason in sorted(set(report.unread))
    )
    itself = Asset(
        id=f"{report.tool} report", kind=Kind.DOCUMENT, uri=f"{report.tool}-report", digest=digest(data), labels=_REPORT
    )
    made.append(_evidence(report, "report", itself, now, title=f"what {report.tool} reported was imported"))
    return tuple(identified(one) for one in made)


def seal(ledger: Ledger, report: Foreign, data: bytes, evidence: Iterable[Evidence], now: datetime) -> Imported:
    """Put evidence of a report into the ledger, and an entry that names all of it."""
    held = tuple(evidence)
    ledger.append_many([(EVIDENCE, canonical(one)) for one in held])
    done = Imported(
        tool=report.tool,
        version=report.version,
        form=report.form,
        report=digest(data),
        at=stamp(now),
        evidence=tuple(one.id for one in held),
    )
    ledger.append(IMPORTED, canonical(done))
    return done


def stale(folder: Path, evidence: Iterable[Evidence]) -> Iterator[Inability]:
    """Files that are no longer the ones that another tool looked at."""
    source, told = FolderSource(folder), set[str]()
    for one in evidence:
        if not one.asset.digest or one.asset.labels == _REPORT or one.asset.uri in told:
            continue
        found = source.find(one.asset.uri)
        if found is None or found.digest != one.asset.digest:
            told.add(one.asset.uri)
            tool = one.card.partition(":")[0]
            reason = f"changed since {tool} looked at it; run {tool} again and import its report"
            yield Inability(card=one.card, asset=one.asset.id, reason=reason)


def _uri(path: str, folder: Path, root: Path) -> str:
    """A path as the tool wrote it, as one relative to the folder; one that lies elsewhere keeps the tool's words."""
    if not path:
        return "."
    name = path.replace("\0", "")
    whole = os.path.normpath(os.path.join(os.path.realpath(root), name))  # noqa: PTH118  a hostile name never raises
    real = os.path.realpath(folder)
    if is_below(real, whole):
        return shown(posixpath.relpath(whole, real))
    return shown(posixpath.normpath(name).lstrip("/"))


def _asset(uri: str, source: FolderSource) -> Asset:
    """The file as it is on disk; without a digest where there is none."""
    found = source.find(uri)
    return found if found is not None else Asset(id=uri, kind=Kind.OTHER, uri=uri, labels={"format": "missing"})


def _found(report: Foreign, rule: str, asset: Asset, seen: list[Seen], now: datetime) -> Evidence:
    card = f"{report.tool}:{rule}"
    title = _harmless(seen[0].title) or rule
    findings = tuple(
        Finding(
            card=card,
            asset=asset.id,
            place=_place(one, asset.uri),
            severity=one.severity,
            confidence=one.confidence,
            message=" ".join(filter(None, (f"{report.tool}: {title}", _harmless(one.message)))),
            fingerprint=fingerprint(card, asset.uri, f"{one.message} {one.member}", at),
        )
        for at, one in enumerate(
            sorted(seen, key=lambda one: (one.line or 0, one.column or 0, one.member, one.message))
        )
    )
    return _evidence(report, rule, asset, now, title=title, findings=findings, stage=seen[0].stage)


def _evidence(  # noqa: PLR0913  the fields that differ
    report: Foreign,
    rule: str,
    asset: Asset,
    now: datetime,
    *,
    title: str = "",
    reason: str = "",
    findings: tuple[Finding, ...] = (),
    stage: Stage = Stage.DEVELOP,
) -> Evidence:
    return Evidence(
        id="",
        card=f"{report.tool}:{rule}",
        version=1,
        stage=stage,
        title=title or f"what {report.tool} could not look at",
        basis=Basis.EXAMINED,
        asset=asset,
        outcome=Outcome.UNABLE if reason else Outcome.FOUND if findings else Outcome.CLEAN,
        reason=reason,
        findings=findings,
        started=stamp(now),
        took=0.0,
        tools={report.tool: report.version, "hauberk": hauberk.__version__},
    )


def _place(one: Seen, uri: str) -> Place:
    if one.member:
        return MemberPlace(archive=uri, member=_harmless(one.member) or "a member")
    return FilePlace(path=uri, line=one.line, column=one.column)


def _harmless(text: str) -> str:
    """A text of a report, or nothing where it holds a secret."""
    short = " ".join(text.split())[:300]
    return "" if any(secrets.search(short.encode("utf-8", "replace"))) else short
