# SPDX-License-Identifier: Apache-2.0
"""Reads the last closed assessment back from a verified ledger and judges it by today's policy, files and waivers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

import hauberk
from hauberk.core.codec import convert, decode
from hauberk.core.document import Scan
from hauberk.core.entry import Entry
from hauberk.core.errors import CannotLook, KeyUnavailable, LedgerBroken, Misuse
from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.system import System
from hauberk.core.verdict import Inability, Waiver
from hauberk.engine.adopt import IMPORTED, Imported, stale
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.judge import doubted
from hauberk.engine.live import live
from hauberk.engine.plan import plan
from hauberk.engine.release import pinned, retold
from hauberk.engine.requests import weighed
from hauberk.engine.seal import CLOSED, EVIDENCE, OPENED, WAIVER, Closing
from hauberk.engine.source import FolderSource
from hauberk.ledger.log import Ledger
from hauberk.policy.decide import DEFAULT, decide
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import list_identities
from hauberk.signing.statement import open_statement, parse_statement

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a ledger holds about the last closed assessment."""

    closing: Closing
    evidence: tuple[Evidence, ...]
    imported: tuple[Evidence, ...]
    """What the last report of each other tool said."""
    waivers: tuple[Waiver, ...]
    left_open: tuple[str, ...]
    """Assessments opened since that one was, and never closed."""
    unproven: tuple[Waiver, ...]
    """Waivers signed by keys that are not known here, or were revoked; ``who`` is the key's id. They excuse nothing."""
    revoked: frozenset[str]
    """Ids of the keys that the ledger has revoked."""
    integrity: str


def recall(
    folder: Path, system: System | None, *, keys: Sequence[PublicKey] = (), today: date, assessment: str = ""
) -> Scan:
    """The document of the last closed assessment, or of the one with this id, judged today.

    With a ``system``, its policy judges, and an assessment of other bytes than those on disk is Unable. Raises Misuse
    where nothing was assessed, KeyUnavailable where the ledger's key is nobody's known here, Broken where it does not
    verify.
    """
    path = folder / ".hauberk" / "ledger"
    known = accepted(path, keys)
    ledger = Ledger.open(path, keys=known)
    record = read(ledger, known, assessment)
    policy = (system.policy if system else record.closing.policy) or DEFAULT
    evidence = (*record.evidence, *record.imported, *live(ledger, known))
    asked, granted = weighed(FolderSource(folder), evidence, system, today)
    release = pinned(folder, policy)
    verdict = decide(policy, evidence, (*record.waivers, *granted), today, release=release)
    doubts = [
        Inability(card="", asset="", reason=f"assessment {one} was opened and never closed") for one in record.left_open
    ]
    doubts.extend(_unproven(record))
    if release is not None:
        told = [one.evidence for one in release.measurements]
        doubts.extend(retold(release, _evidence(ledger, told, partly=True)))
    if system is not None:
        doubts.extend(_stale(folder, system, record))
        doubts.extend(stale(folder, record.imported))
    return Scan(
        tool=f"hauberk {hauberk.__version__}",
        root=record.closing.root,
        system=record.closing.system,
        assessment=record.closing.assessment,
        integrity=record.integrity,
        verdict=msgspec.structs.replace(doubted(verdict, doubts), requested=asked or msgspec.UNSET),
        coverage=record.closing.coverage,
        evidence=evidence,
    )


def accepted(path: Path, keys: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
    """Keys whose signature counts here: those given, or else the user's own; never merely the one the ledger names."""
    known = tuple(keys) or tuple(list_identities())
    if not known:
        raise KeyUnavailable(
            f"no key is known here that could have signed {path}", remedy="give the signer's public key: --key NAME.pub"
        )
    return known


def history(folder: Path, keys: Sequence[PublicKey] = ()) -> tuple[Assessment, ...]:
    """Every closed assessment of a ledger that verifies, oldest first."""
    path = folder / ".hauberk" / "ledger"
    ledger = Ledger.open(path, keys=accepted(path, keys))
    ledger.verify()
    return tuple(_decoded(entry, body, Closing).assessment for entry, body in ledger.entries() if entry.kind == CLOSED)


def read(ledger: Ledger, keys: Sequence[PublicKey] = (), assessment: str = "") -> Record:
    """Verify a ledger and collect its last closed assessment, or that of an id; ``keys`` are those whose waivers count.

    Two readings, so that memory holds one assessment and not all. Raises Misuse where there is none.
    """
    proven = ledger.verify()
    closing: Closing | None = None
    opened: dict[str, int] = {}
    closed: set[str] = set()
    waivers: list[Waiver] = []
    unproven: list[Waiver] = []
    reports: dict[str, Imported] = {}
    for entry, body in ledger.entries():
        if entry.kind == OPENED:
            opened[_decoded(entry, body, Assessment).id] = entry.index
        elif entry.kind == CLOSED:
            latest = _decoded(entry, body, Closing)
            closed.add(latest.assessment.id)
            closing = latest if assessment in {"", latest.assessment.id} else closing
        elif entry.kind == IMPORTED:
            report = _decoded(entry, body, Imported)
            reports[report.tool] = report
        elif entry.kind == WAIVER:
            by = parse_statement(body).by
            stands = proven.stands(by, entry.index) and any(key.id == by for key in keys)
            (waivers if stands else unproven).append(_waiver(body, keys if stands else ()))
    if closing is None:
        which = f"no assessment {assessment!r}" if assessment else "no assessment"
        raise Misuse(f"{which} in the ledger was closed", remedy="hauberk assess")
    begun = opened.get(closing.assessment.id, -1)
    return Record(
        closing=closing,
        evidence=_evidence(ledger, closing.evidence),
        imported=_evidence(ledger, [name for report in reports.values() for name in report.evidence]),
        waivers=tuple(waivers),
        left_open=tuple(one for one, index in opened.items() if index > begun and one not in closed),
        unproven=tuple(unproven),
        revoked=frozenset(proven.revoked),
        integrity=f"{proven.size} entries signed by {proven.by} with Ed25519 and ML-DSA-65; {proven.integrity}",
    )


class _Named(msgspec.Struct, frozen=True):
    id: str


def _evidence(ledger: Ledger, names: Sequence[str], *, partly: bool = False) -> tuple[Evidence, ...]:
    """Every evidence that an entry names, in its order; ``partly`` leaves out what the ledger does not hold."""
    wanted = set(names)
    if not wanted:
        return ()
    found = {
        name: _decoded(entry, body, Evidence)
        for entry, body in ledger.entries()
        if entry.kind == EVIDENCE and (name := _decoded(entry, body, _Named).id) in wanted
    }
    absent = wanted - found.keys()
    if absent and not partly:
        raise LedgerBroken(f"an entry names evidence {min(absent)}, which is not in the ledger")
    return tuple(found[name] for name in names if name in found)


def _decoded(entry: Entry, body: bytes, into: type[T]) -> T:
    """A body as what its entry says that it is."""
    try:
        return decode(body, into)
    except CannotLook as error:
        raise LedgerBroken(
            f"entry {entry.index} is signed, and is no {entry.kind} as this version knows it",
            remedy="read it with the version of hauberk that wrote it",
        ) from error


def _waiver(body: bytes, keys: Sequence[PublicKey]) -> Waiver:
    """A waiver; who signed is the key's name, not what the waiver says. Without keys it is taken at its word."""
    statement = parse_statement(body)
    said = open_statement(statement, keys, kind=WAIVER) if keys else statement.body
    try:
        waiver = convert(said, Waiver)
    except msgspec.ValidationError as error:
        raise LedgerBroken("a signed waiver is no waiver as this version knows it") from error
    return msgspec.structs.replace(waiver, who=statement.by.partition("/")[0] if keys else statement.by)


def _unproven(record: Record) -> Iterator[Inability]:
    """Waivers of today's findings whose signer is not known here, or was revoked before."""
    by = {one.fingerprint: one.who for one in record.unproven}
    excused = {one.fingerprint for one in record.waivers}
    for one in (*record.evidence, *record.imported):
        for finding in one.findings:
            if finding.fingerprint in by.keys() - excused:
                signer = by[finding.fingerprint]
                lost = (
                    "the ledger has revoked"
                    if signer in record.revoked
                    else "is not known here; give it: --key NAME.pub"
                )
                reason = f"waived by {signer}, whose key {lost}"
                yield Inability(card=finding.card, asset=finding.asset, reason=reason)


def _stale(folder: Path, system: System, record: Record) -> list[Inability]:
    """What is on disk now and was not what was assessed."""
    discovery = discover(folder, system=system, base=folder)
    now = plan(catalogue(), discovery, system, measure=True)
    if now.digest == record.closing.assessment.plan_digest:
        return []
    before = {one.asset.uri: one.asset.digest for one in record.evidence}
    after = {job.asset.uri: job.asset.digest for job in now.jobs}
    changed = sorted(uri for uri in before.keys() | after.keys() if before.get(uri) != after.get(uri))
    reason = "changed since it was assessed; run hauberk assess again"
    if not changed:
        return [Inability(card="", asset="", reason=f"the rules {reason}")]
    return [Inability(card="", asset=uri, reason=reason) for uri in changed]
