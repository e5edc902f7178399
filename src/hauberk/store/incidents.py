# SPDX-License-Identifier: Apache-2.0
"""Incidents: detections that belong together by endpoint, client and time, and what people did about them.

An incident is a pure function of the ledger's entries, so that a shelf can be folded again at any time and by anybody.
Statuses follow the functions of CSF 2.0 that NIST SP 800-61 revision 3 builds on: open and taken (Respond: declared,
managed), contained (Respond: mitigation), recovered (Recover), closed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec.structs import replace

from hauberk.core.codec import decode
from hauberk.core.entry import Count, Entry, Stamp
from hauberk.core.event import EVENT, Action, Event, EventId
from hauberk.core.scales import Ranked, Severity
from hauberk.core.value import Value
from hauberk.signing.key import PublicKey
from hauberk.store.shelf import Fold, Shelf
from hauberk.store.words import Said, said

WINDOW: Final = 1800.0
"""Seconds without a detection after which a further one belongs to another incident."""
OPENED: Final = "incident.opened"
INCIDENT: Final = "incident"
VERSION: Final = "incidents/1"
MOST_NAMED: Final = 100
"""Clients, and moments of the timeline, that an incident names; it counts them all."""
_POINTER: Final = "pointer"
_EVERYBODY: Final = "\0"
FAILURE: Final = "failure"
"""Stands among detectors for one that failed."""


_NEVER: Final = 1 << 53


class Status(Ranked):
    """Where an incident stands."""

    FORMING = "forming"
    """Too little so far to be one: nobody is told."""
    OPEN = "open"
    TAKEN = "taken"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CLOSED = "closed"
    MERGED = "merged"
    """It turned out to be part of another one."""


class _Weight(Value, frozen=True, kw_only=True):
    severity: Severity
    least: int
    """Detections of one client from which on it is an incident."""
    everybody: bool = False
    """Whether it is about all clients of the endpoint together."""


_WEIGHTS: Final = {
    "campaign": _Weight(severity=Severity.HIGH, least=1, everybody=True),
    "extraction": _Weight(severity=Severity.HIGH, least=1),
    "adversarial": _Weight(severity=Severity.MEDIUM, least=3),
    "distribution": _Weight(severity=Severity.LOW, least=10),
    "contract": _Weight(severity=Severity.LOW, least=10),
    FAILURE: _Weight(severity=Severity.HIGH, least=1, everybody=True),
    "quarantine": _Weight(severity=Severity.INFO, least=_NEVER),  # what is left of an incident, and none by itself
}
_OTHER: Final = _Weight(severity=Severity.MEDIUM, least=3)


def severity_of(detector: str) -> Severity:
    """How bad it is what a detector of that id sees."""
    return _WEIGHTS.get(detector.partition(":")[0], _OTHER).severity


class Moment(Value, frozen=True, kw_only=True):
    """One line of a timeline."""

    at: Stamp
    by: str = ""
    """Key id of a person; empty where nobody did it."""
    what: str


class Incident(Value, frozen=True, kw_only=True):
    """Detections that belong together. It names clients, detectors and counts, and nothing that was asked."""

    clients: tuple[str, ...]
    count: Count
    """Of clients."""
    detections: Count
    detectors: dict[str, int]
    """Detections by detector."""
    endpoint: str
    events: Count
    first: EventId
    id: str
    last: Stamp
    merged: str = ""
    """Id of the incident that it is part of."""
    opened: Stamp
    """Time of its first detection."""
    owner: str = ""
    """Name of whoever took it."""
    severity: Severity
    status: Status
    strongest: Action
    """Strongest answer of the guard so far."""
    timeline: tuple[Moment, ...]
    told: bool = False
    """Whether the ledger says that it was opened."""
    wide: bool
    """Whether it is about all clients of the endpoint together."""

    @property
    def stands(self) -> bool:
        """Whether somebody has to do something."""
        return Status.FORMING < self.status < Status.CLOSED


class Incidents(Value, frozen=True, kw_only=True):
    """The document that ``hauberk respond list --json`` prints."""

    schema: Literal["hauberk/incidents/1"] = "hauberk/incidents/1"
    incidents: tuple[Incident, ...]


class Opened(Value, frozen=True, kw_only=True):
    """Body of an entry ``incident.opened``: detections amount to an incident."""

    at: Stamp
    endpoint: str
    first: EventId
    id: str
    schema: Literal["hauberk/incident-opened/1"] = "hauberk/incident-opened/1"
    severity: Severity


class Step(Value, frozen=True, kw_only=True):
    """Body of the statements ``incident.taken``, ``.contained``, ``.recovered`` and ``.closed``."""

    at: Stamp
    detections: Count
    """As many as whoever signs knew of."""
    id: str
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    schema: Literal["hauberk/incident-step/1"] = "hauberk/incident-step/1"


STEPS: Final = {
    f"incident.{status.value}": status for status in (Status.TAKEN, Status.CONTAINED, Status.RECOVERED, Status.CLOSED)
}


def fold(keys: Sequence[PublicKey]) -> Fold:
    """Folds entries into incidents; words count only where one of the keys signed them."""

    def take(shelf: Shelf, entry: Entry, body: bytes) -> None:
        if entry.kind == EVENT:
            event = decode(body, Event)
            if event.decision.detections or event.decision.failed:
                _correlate(shelf, event)
        elif entry.kind == OPENED:
            found = shelf.item(INCIDENT, decode(body, Opened).id, Incident)
            if found is not None:
                _put(shelf, replace(found, told=True))
        elif entry.kind in STEPS and (step := said(body, entry.kind, Step, keys)):
            found = shelf.item(INCIDENT, step.word.id, Incident)
            if found is not None and found.stands:
                _put(shelf, _stepped(found, step, STEPS[entry.kind]))

    return take


def _put(shelf: Shelf, incident: Incident) -> None:
    shelf.put(INCIDENT, incident.id, incident.status.value, incident.opened, incident)


def _stepped(incident: Incident, step: Said[Step], status: Status) -> Incident:
    moment = Moment(at=step.word.at, by=step.by, what=f"{status.value}: {step.word.reason}")
    owner = step.who if status is Status.TAKEN else incident.owner
    return replace(incident, status=status, owner=owner, timeline=(*incident.timeline, moment))


def _correlate(shelf: Shelf, event: Event) -> None:
    """Add an event's detections to the incident that they belong to."""
    names = [one.detector.partition(":")[0] for one in event.decision.detections]
    names += [FAILURE] * len(event.decision.failed)
    weights = [_WEIGHTS.get(name, _OTHER) for name in names]
    mine, everybody = _current(shelf, event, event.client), _current(shelf, event, _EVERYBODY)
    wide = any(one.everybody for one in weights)
    known = mine is not None and everybody is not None and mine.id == everybody.id
    incident = everybody if wide or known else mine
    if incident is None and wide and mine is not None:
        incident = replace(mine, wide=True)  # what one client began turns out to be more
    if incident is None:
        incident = _begin(event, wide=wide)
    elif mine is not None and mine.id != incident.id:
        incident = _merge(shelf, incident, mine, event.at)
    grown = _grow(incident, event, names, weights, joins=mine is None or mine.id != incident.id)
    _put(shelf, grown)
    for owner in (event.client, *([_EVERYBODY] if grown.wide else [])):
        shelf.put(_POINTER, f"{event.endpoint}\0{owner}", "", event.at, grown.id)


def _current(shelf: Shelf, event: Event, owner: str) -> Incident | None:
    """The incident that a client's detections go to now, if there is one."""
    name = shelf.item(_POINTER, f"{event.endpoint}\0{owner}", str)
    incident = shelf.item(INCIDENT, name, Incident) if name else None
    if incident is None or incident.status >= Status.CLOSED:
        return None
    return incident if _seconds(incident.last, event.at) <= WINDOW else None


def _begin(event: Event, *, wide: bool) -> Incident:
    return Incident(
        clients=(),
        count=0,
        detections=0,
        detectors={},
        endpoint=event.endpoint,
        events=0,
        first=event.id,
        id=f"inc-{event.id}",
        last=event.at,
        opened=event.at,
        severity=Severity.INFO,
        status=Status.FORMING,
        strongest=Action.ALLOW,
        timeline=(),
        wide=wide,
    )


def _grow(
    incident: Incident, event: Event, names: Sequence[str], weights: Sequence[_Weight], *, joins: bool
) -> Incident:
    detectors = dict(incident.detectors)
    moments = []
    for name in names:
        if name not in detectors:
            moments.append(f"first detection by {name}")
        detectors[name] = detectors.get(name, 0) + 1
    joined = joins and event.client not in incident.clients
    if joined:
        moments.append(f"client {event.client}")
    strongest = max(incident.strongest, event.decision.action)
    if strongest > incident.strongest:
        moments.append(f"the guard answers with {strongest.value}")
    enough = [one for name, one in zip(names, weights, strict=True) if detectors[name] >= one.least]
    severity = max([incident.severity, *(one.severity for one in enough)])
    status = incident.status
    if status is Status.FORMING and enough:
        status = Status.OPEN
        moments.append(f"it is an incident: {sum(detectors.values())} detections")
    room = MOST_NAMED - len(incident.timeline)
    return replace(
        incident,
        clients=(*incident.clients, event.client)[:MOST_NAMED] if joined else incident.clients,
        count=incident.count + joined,
        detections=incident.detections + len(names),
        detectors=detectors,
        events=incident.events + 1,
        last=max(incident.last, event.at),
        severity=severity,
        status=status,
        strongest=strongest,
        timeline=(*incident.timeline, *(Moment(at=event.at, what=what) for what in moments[: max(room, 0)])),
    )


def _merge(shelf: Shelf, into: Incident, part: Incident, at: str) -> Incident:
    """One incident that is both."""
    _put(shelf, replace(part, status=Status.MERGED, merged=into.id))
    detectors = dict(into.detectors)
    for name, count in part.detectors.items():
        detectors[name] = detectors.get(name, 0) + count
    fresh = tuple(name for name in part.clients if name not in into.clients)
    moment = Moment(at=at, what=f"{part.detections} detections of {part.id} belong to it")
    return replace(
        into,
        clients=(*into.clients, *fresh)[:MOST_NAMED],
        count=into.count + len(fresh),
        detections=into.detections + part.detections,
        detectors=detectors,
        events=into.events + part.events,
        opened=min(into.opened, part.opened),
        severity=max(into.severity, part.severity),
        strongest=max(into.strongest, part.strongest),
        timeline=(*into.timeline, moment),
    )


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
