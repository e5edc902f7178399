# SPDX-License-Identifier: Apache-2.0
"""Who is in quarantine, and who is slowed down: known to all workers, kept over restarts, ended by a signed word."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from hauberk.core.event import Action, Decision, Detection
from hauberk.core.query import Query
from hauberk.core.system import Detecting
from hauberk.core.value import Value
from hauberk.guard.slots import Row, Slots

RELEASED: Final = "guard.released"
_QUARANTINED, _SLOWED_UNTIL = 0, 1


class Release(Value, frozen=True, kw_only=True):
    """Body of the statement ``guard.released``."""

    at: str
    client: str
    reason: str
    schema: Literal["hauberk/guard-release/1"] = "hauberk/guard-release/1"
    who: str


class Standing:
    """The table."""

    def __init__(self, path: Path, wall: Callable[[], float] = time.time) -> None:
        """Map it; ``wall`` is seconds since 1970, since it outlives the machine's uptime. Raises Misuse."""
        self._wall = wall
        self._slots = Slots(path, 2, self._is_idle)

    def _is_idle(self, row: Row) -> bool:
        return bool(row[_QUARANTINED] == 0 and row[_SLOWED_UNTIL] < self._wall())

    def quarantine(self, client: str) -> None:
        """Nothing of this client is answered from now on."""
        with self._slots.of(client) as row:
            row[_QUARANTINED] = self._wall()

    def slow(self, client: str, minutes: int) -> None:
        """Slow this client down for a while."""
        with self._slots.of(client) as row:
            row[_SLOWED_UNTIL] = self._wall() + 60 * minutes

    def release(self, client: str) -> bool:
        """Forget both; whether there was anything to forget."""
        with self._slots.of(client) as row:
            there = not self._is_idle(row)
            row[:] = 0.0
        return there

    def is_quarantined(self, client: str) -> bool:
        """Whether nothing of this client is answered."""
        return bool(self._slots.seen(client)[_QUARANTINED])

    def is_slowed(self, client: str) -> bool:
        """Whether this client gets only part of its rate."""
        until = self._slots.seen(client)[_SLOWED_UNTIL]
        return bool(until) and until > self._wall()


def follow(decision: Decision, client: str, standing: Standing, detect: Detecting) -> None:
    """What a decision means for the client's next requests."""
    if decision.action is Action.THROTTLE:
        standing.slow(client, detect.throttle)
    if any(one.action is Action.QUARANTINE and one.detector != Quarantine.id for one in decision.detections):
        standing.quarantine(client)


class Quarantine:
    """The detector that refuses whoever is in quarantine."""

    id, seconds, after = "quarantine", 0.1, False

    def __init__(self, standing: Standing) -> None:
        """Look here."""
        self._standing = standing

    def score(self, query: Query) -> Detection | None:
        """Whether the client is in quarantine."""
        if not self._standing.is_quarantined(query.client):
            return None
        return Detection(detector=self.id, score=1.0, threshold=1.0, action=Action.QUARANTINE)
