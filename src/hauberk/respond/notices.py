# SPDX-License-Identifier: Apache-2.0
"""What entries of the ledger tell others."""

from collections.abc import Iterator, Mapping, Sequence

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.event import EVENT, Action, Event
from hauberk.core.scales import Severity
from hauberk.signing.key import PublicKey
from hauberk.store.incidents import FAILURE, OPENED, STEPS, Incident, Opened, Status, Step, severity_of
from hauberk.store.words import said
from hauberk.wire.notice import Notice


def notices(
    entry: Entry,
    body: bytes,
    what: Sequence[str],
    incidents: Mapping[str, Incident],
    keys: Sequence[PublicKey],
) -> Iterator[Notice]:
    """Notices of an entry, of the kinds asked for; ids are the same whenever it is read again."""
    if entry.kind == EVENT:
        event = decode(body, Event)
        if "events" in what:
            yield _decision(event)
        if "detections" in what:
            yield from _detections(event)
    elif "incidents" in what and entry.kind == OPENED:
        opened = decode(body, Opened)
        if (found := incidents.get(opened.id)) is not None:
            yield _incident(found, Status.OPEN, entry)
    elif "incidents" in what and entry.kind in STEPS and (step := said(body, entry.kind, Step, keys)):
        found = incidents.get(step.word.id)
        if found is not None:
            yield _incident(found, STEPS[entry.kind], entry)


def _decision(event: Event) -> Notice:
    return Notice(
        about="event",
        action=event.decision.action,
        at=event.at,
        client=event.client,
        count=len(event.decision.detections),
        endpoint=event.endpoint,
        id=event.id,
        rows=event.rows,
        severity=Severity.INFO,
        status=event.status,
    )


def _detections(event: Event) -> Iterator[Notice]:
    for place, one in enumerate(event.decision.detections):
        yield Notice(
            about="detection",
            action=one.action,
            at=event.at,
            client=event.client,
            detector=one.detector,
            endpoint=event.endpoint,
            id=f"{event.id}:{place}",
            note=one.note,
            rows=event.rows,
            score=one.score,
            severity=severity_of(one.detector),
            status=event.status,
            threshold=one.threshold,
        )
    for name in event.decision.failed:
        yield Notice(
            about="detection",
            action=max(event.decision.action, Action.ALLOW),
            at=event.at,
            client=event.client,
            detector=FAILURE,
            endpoint=event.endpoint,
            id=f"{event.id}:{name}",
            note=f"the detector {name} failed",
            severity=severity_of(FAILURE),
            status=event.status,
        )


def _incident(incident: Incident, status: Status, entry: Entry) -> Notice:
    return Notice(
        about="incident",
        action=incident.strongest,
        at=incident.opened,
        client=incident.clients[0] if incident.count == 1 else "",
        clients=incident.count,
        count=incident.detections,
        detector=" ".join(sorted(incident.detectors)),
        endpoint=incident.endpoint,
        id=f"{incident.id}:{entry.index}",
        note=f"{incident.id} is {status.value}",
        owner=incident.owner,
        seen=incident.last,
        severity=incident.severity,
        state=status.value,
    )
