# SPDX-License-Identifier: Apache-2.0
"""The book of incidents of one ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.canonical import canonical
from hauberk.core.errors import Misuse
from hauberk.ledger.log import Ledger
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey
from hauberk.signing.statement import seal
from hauberk.store.incidents import INCIDENT, OPENED, STEPS, VERSION, Incident, Opened, Status, Step, fold
from hauberk.store.shelf import Shelf

MOST_REASON = 1000


@dataclass(frozen=True, kw_only=True)
class Book:
    """What the ledger says of incidents, by a shelf beside it."""

    root: Path
    """The state folder."""
    ledger: Ledger
    keys: Sequence[PublicKey]
    """Whose words count."""

    def incidents(self) -> tuple[Incident, ...]:
        """All that are or were incidents, oldest first; the shelf is brought up to the ledger."""
        with Shelf(self.root / "incidents.sqlite", VERSION) as shelf:
            shelf.catch_up(self.ledger.size, self.ledger.entries, fold(self.keys))
            found = tuple(shelf.items(INCIDENT, Incident))
        return tuple(one for one in found if one.status not in (Status.FORMING, Status.MERGED))

    def incident(self, name: str) -> Incident:
        """One by its id or the beginning of it; raises Misuse unless there is just one."""
        found = [one for one in self.incidents() if one.id.startswith(name)]
        if len(found) != 1 or not name:
            raise Misuse(f"{len(found)} incidents are called {name!r}", remedy="hauberk respond list names them")
        return found[0]

    def declare(self) -> tuple[Incident, ...]:
        """Seal that incidents were opened that the ledger does not call so yet; which ones."""
        fresh = tuple(one for one in self.incidents() if not one.told)
        if fresh:
            bodies = [
                Opened(at=one.opened, endpoint=one.endpoint, first=one.first, id=one.id, severity=one.severity)
                for one in fresh
            ]
            self.ledger.append_many([(OPENED, canonical(body)) for body in bodies])
        return fresh

    def step(self, name: str, status: Status, identity: Identity, reason: str, at: str) -> Incident:
        """Sign that somebody takes, contained, recovered from or closes an incident; raises Misuse."""
        incident = self.incident(name)
        if not incident.stands:
            raise Misuse(f"{incident.id} is {incident.status.value}", remedy="hauberk respond list")
        if not reason.strip() or len(reason) > MOST_REASON:
            raise Misuse("a step has a reason", remedy=f'add --reason "...", at most {MOST_REASON} characters')
        kind = next((kind for kind, one in STEPS.items() if one is status), "")
        if not kind:
            raise Misuse(f"nobody marks an incident as {status.value}", remedy="mark it contained or recovered")
        word = Step(at=at, detections=incident.detections, id=incident.id, reason=reason)
        self.ledger.append(kind, seal(word, identity, kind).data)
        return self.incident(incident.id)
