# SPDX-License-Identifier: Apache-2.0
"""Reads the last closed assessment back from a verified ledger and judges it by today's policy, files and waivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

import hauberk
from hauberk.core.codec import decode
from hauberk.core.document import Scan
from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse
from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.system import Policy, System
from hauberk.core.verdict import Inability, Verdict, Waiver
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.plan import plan
from hauberk.engine.seal import CLOSED, EVIDENCE, OPENED, WAIVER, Closing
from hauberk.ledger.log import Ledger
from hauberk.policy.decide import DEFAULT, decide
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import list_identities
from hauberk.signing.statement import open_statement, parse_statement


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a ledger holds about the last closed assessment."""

    closing: Closing
    evidence: tuple[Evidence, ...]
    waivers: tuple[Waiver, ...]
    left_open: tuple[str, ...]
    """Assessments opened since and never closed."""
    integrity: str


def recall(folder: Path, system: System | None, *, keys: Sequence[PublicKey] = (), today: date) -> Scan:
    """The document of the last closed assessment, judged today.

    With a ``system``, its policy judges, and an assessment of other bytes than those on disk is Unable. Raises Misuse
    where nothing was assessed, KeyUnavailable where the ledger's key is nobody's known here, Broken where it does not verify.
    """
    path = folder / ".hauberk" / "ledger"
    record = read(Ledger.open(path, keys=accepted(path, keys)), keys)
    policy = (system.policy if system else record.closing.policy) or DEFAULT
    verdict = decide(policy, record.evidence, record.waivers, today)
    doubts = [
        Inability(card="", asset="", reason=f"assessment {one} was opened and never closed") for one in record.left_open
    ]
    if system is not None:
        doubts.extend(_stale(folder, system, record))
    return Scan(
        tool=f"hauberk {hauberk.__version__}",
        root=record.closing.root,
        system=record.closing.system,
        assessment=record.closing.assessment,
        integrity=record.integrity,
        verdict=_doubted(verdict, doubts),
        coverage=record.closing.coverage,
        evidence=record.evidence,
    )


def accepted(path: Path, keys: Sequence[PublicKey]) -> tuple[PublicKey, ...]:
    """Keys whose signature counts here: those given, or else the user's own; never merely the one the ledger names."""
    known = tuple(keys) or tuple(list_identities())
    if not known:
        raise KeyUnavailable(
            f"no key is known here that could have signed {path}", remedy="give the signer's public key: --key NAME.pub"
        )
    return known


def read(ledger: Ledger, keys: Sequence[PublicKey] = ()) -> Record:
    """Verify a ledger and collect its last closed assessment; raises Misuse where there is none."""
    proven = ledger.verify()
    bodies: dict[str, bytes] = {}
    closing: Closing | None = None
    opened: list[str] = []
    waivers: list[Waiver] = []
    for entry, body in ledger.entries():
        if entry.kind == EVIDENCE:
            bodies[decode(body, _Named).id] = body
        elif entry.kind == OPENED:
            opened.append(decode(body, Assessment).id)
        elif entry.kind == CLOSED:
            closing = decode(body, Closing)
            opened = [one for one in opened if one != closing.assessment.id]
        elif entry.kind == WAIVER:
            waivers.append(_waiver(body, accepted(ledger.path, keys)))
    if closing is None:
        raise Misuse("no assessment in the ledger was closed", remedy="hauberk assess")
    return Record(
        closing=closing,
        evidence=tuple(_evidence(name, bodies) for name in closing.evidence),
        waivers=tuple(waivers),
        left_open=tuple(one for one in opened if one > closing.assessment.id),
        integrity=f"{proven.size} entries signed by {proven.by} with Ed25519 and ML-DSA-65; {proven.integrity}",
    )


class _Named(msgspec.Struct, frozen=True):
    id: str


def _evidence(name: str, bodies: dict[str, bytes]) -> Evidence:
    if name not in bodies:
        raise LedgerBroken(f"the closing entry names evidence {name}, which is not in the ledger")
    return decode(bodies[name], Evidence)


def _waiver(body: bytes, keys: Sequence[PublicKey]) -> Waiver:
    statement = parse_statement(body)
    if statement.by not in {key.id for key in keys}:
        raise KeyUnavailable(
            f"a waiver is signed by {statement.by}, whose key is not known here", remedy="give it: --key NAME.pub"
        )
    stated = msgspec.convert(open_statement(statement, keys, kind=WAIVER), Waiver)
    return msgspec.structs.replace(stated, who=statement.by.partition("/")[0])


def _doubted(verdict: Verdict, doubts: list[Inability]) -> Verdict:
    if not doubts:
        return verdict
    return msgspec.structs.replace(verdict, passed=False, unable=(*verdict.unable, *doubts))


def _stale(folder: Path, system: System, record: Record) -> list[Inability]:
    """What is on disk now and was not what was assessed."""
    discovery = discover(folder, system=system)
    now = plan(catalogue(), discovery, system, measure=True)
    if now.digest == record.closing.assessment.plan_digest:
        return []
    before = {one.asset.uri: one.asset.digest for one in record.evidence}
    after = {job.asset.uri: job.asset.digest for job in now.jobs}
    changed = sorted(uri for uri in before.keys() | after.keys() if before.get(uri) != after.get(uri))
    reason = "changed since it was assessed; run hauberk assess again"
    if not changed:
        return [Inability(card="", asset=system.uri, reason=f"the rules {reason}")]
    return [Inability(card="", asset=uri, reason=reason) for uri in changed]
