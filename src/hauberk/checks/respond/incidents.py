# SPDX-License-Identifier: Apache-2.0
"""Incidents that nobody has closed, and detections that stay on the machine."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.codec import decode
from hauberk.core.finding import Hit
from hauberk.core.measurement import Measurement
from hauberk.core.place import RequestPlace
from hauberk.core.scales import Basis, Confidence, Severity
from hauberk.core.target import Target
from hauberk.store.incidents import Incidents


@check(
    "HBK-RSP-001",
    stage="respond",
    kinds=("document",),
    formats=("hauberk-incidents",),
    severity=Severity.HIGH,
    remedy="find out what happened, contain it, and close it with a reason: hauberk respond show, then close --reason",
    references=("NIST-SP-800-61r3:RS.MA-05", "NIST-SP-800-61r3:RC.RP-06", "AI-Act:Art.26(5)"),
    basis=Basis.MEASURED,
)
def open_incident(target: Target) -> Iterator[Hit | Measurement]:
    """Incident is open.

    Somebody attacks the endpoint, or a detector of it fails, and nobody has said yet that it is over. A release in the
    middle of that is made without knowing what the attacker has.
    """
    incidents = decode(target.data, Incidents).incidents
    standing = [one for one in incidents if one.stands]
    yield Measurement(name="incidents_open", value=float(len(standing)), unit="incidents")
    for one in standing:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(one.detectors.items()))
        owner = f", {one.owner} has it" if one.owner else ", nobody has taken it"
        yield Hit(
            message=f"{one.id} at {one.endpoint} is {one.status.value}{owner}: {one.detections} detections ({kinds})",
            severity=one.severity,
            confidence=Confidence.HIGH,
            place=RequestPlace(event=one.first, client=one.clients[0] if one.count == 1 else f"{one.count} clients"),
            context=one.id,
        )


@check(
    "HBK-RSP-002",
    stage="respond",
    kinds=("endpoint",),
    severity=Severity.LOW,
    remedy="say under facts.guard.send where detections and incidents go: a file that is collected, syslog, a webhook",
    references=("NIST-SP-800-61r3:DE.AE-06", "OWASP-API:2023:API10", "CWE-778"),
    needs=("system",),
    applies=lambda target: target.facts.guard is not None,
    basis=Basis.DECLARED,
)
def unheard(target: Target) -> Iterator[Hit]:
    """Detections of the endpoint's guard reach nobody.

    They stand in its ledger, and whoever is on call learns of them when he looks there. An incident is seen in time
    where all others are seen.
    """
    guard = target.facts.guard
    if guard is not None and not any({"detections", "incidents"} & set(one.what) for one in guard.send):
        message = "the guard of this endpoint sends neither detections nor incidents to anybody"
        yield Hit(message=message, place=target.stated("facts.guard"), context="send")
