# SPDX-License-Identifier: Apache-2.0
"""Cases that people decide: words of the ledger, how entries fold into cases, and how well people do.

A case is an event that a review of the manifest marked, that a detector held, that somebody appealed against, or that
was planted to see whether a wrong answer is caught. Outcomes are values and stand in payloads only; a planted case is
told apart only once it is decided.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from hauberk.core.codec import decode
from hauberk.core.entry import Digest, Entry, Stamp
from hauberk.core.event import EVENT, Action, Event, EventId
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.value import Value
from hauberk.signing.key import PublicKey
from hauberk.stats.intervals import median, wilson
from hauberk.store.shelf import Fold, Shelf
from hauberk.store.words import Said, said

SEEN: Final = "queue.seen"
DECIDED: Final = "queue.decided"
APPEALED: Final = "queue.appealed"
PLANTED: Final = "queue.planted"
REVEALED: Final = "queue.revealed"
CASE: Final = "case"
VERSION: Final = "cases/1"
APPEAL: Final = "appeal"
WAITING: Final = "waiting"
DONE: Final = "decided"
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Seen(Value, frozen=True, kw_only=True):
    """Body of the statement ``queue.seen``: somebody read the payload."""

    at: Stamp
    event: EventId
    schema: Literal["hauberk/queue-seen/1"] = "hauberk/queue-seen/1"


class Decided(Value, frozen=True, kw_only=True):
    """Body of the statement ``queue.decided``."""

    at: Stamp
    event: EventId
    payload: Digest
    """Of the payload that holds the outcome."""
    reason: Reason
    schema: Literal["hauberk/queue-decided/1"] = "hauberk/queue-decided/1"
    verdict: Literal["accept", "override"]


class Appealed(Value, frozen=True, kw_only=True):
    """Body of the statement ``queue.appealed``: the person concerned asks for another decision."""

    at: Stamp
    event: Event
    """As the ledger has it: it need not have been in the queue."""
    reason: Reason
    schema: Literal["hauberk/queue-appealed/1"] = "hauberk/queue-appealed/1"


class Planted(Value, frozen=True, kw_only=True):
    """Body of the statement ``queue.planted``: one of the cases is planted; which one only the payload says."""

    at: Stamp
    payload: Digest
    schema: Literal["hauberk/queue-planted/1"] = "hauberk/queue-planted/1"


class Revealed(Value, frozen=True, kw_only=True):
    """Body of an entry ``queue.revealed``: the case that was just decided had been planted."""

    at: Stamp
    caught: bool
    """Whether the person put it right."""
    event: EventId
    schema: Literal["hauberk/queue-revealed/1"] = "hauberk/queue-revealed/1"


class Ruling(Value, frozen=True, kw_only=True):
    """What one person decided, on a case."""

    at: Stamp
    by: str
    """Id of the key."""
    seen: bool
    """Whether that person had read the payload before."""
    verdict: Literal["accept", "override"]
    reason: str
    payload: Digest
    appeal: bool
    """Whether it was on appeal."""


class Case(Value, frozen=True, kw_only=True):
    """One event and what people did with it."""

    event: Event
    why: tuple[str, ...]
    """Names of reviews; ``appeal``."""
    since: Stamp
    """From when on it waits."""
    waiting: bool
    appeals: tuple[str, ...] = ()
    """Their reasons."""
    seen_by: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    planted: bool = False
    """Known only once it is decided."""
    caught: bool = False

    @property
    def held(self) -> bool:
        """Whether its client waits."""
        return self.event.decision.action is Action.HOLD


class Known(Value, frozen=True, kw_only=True):
    """A ruling without its reason, which may speak of a person."""

    at: Stamp
    by: str
    """Id of the key."""
    verdict: Literal["accept", "override"]
    seen: bool
    """Whether that person had read the payload before."""


class Listed(Value, frozen=True, kw_only=True):
    """A case as it is listed: nothing of what was asked or answered."""

    event: EventId
    since: Stamp
    """From when on it waits."""
    client: str
    endpoint: str
    rows: int
    held: bool
    """Whether its client waits."""
    waiting: bool
    why: tuple[str, ...]
    """Names of reviews; ``appeal``."""
    appeals: int
    rulings: tuple[Known, ...]


class Cases(Value, frozen=True, kw_only=True):
    """The document that ``hauberk guard queue list --json`` prints."""

    schema: Literal["hauberk/cases/1"] = "hauberk/cases/1"
    cases: tuple[Listed, ...]


def listed(case: Case) -> Listed:
    """A case as it is listed."""
    event = case.event
    return Listed(
        event=event.id,
        since=case.since,
        client=event.client,
        endpoint=event.endpoint,
        rows=event.rows,
        held=case.held,
        waiting=case.waiting,
        why=case.why,
        appeals=len(case.appeals),
        rulings=tuple(Known(at=one.at, by=one.by, verdict=one.verdict, seen=one.seen) for one in case.rulings),
    )


class Measures(Value, frozen=True, kw_only=True):
    """The document that ``hauberk guard queue measure --json`` prints."""

    schema: Literal["hauberk/queue-measures/1"] = "hauberk/queue-measures/1"
    measurements: tuple[Measurement, ...]


def fold(keys: Sequence[PublicKey]) -> Fold:
    """Folds entries into cases; words count only where one of the keys signed them."""

    def take(shelf: Shelf, entry: Entry, body: bytes) -> None:
        if entry.kind == EVENT:
            event = decode(body, Event)
            if event.decision.queued:
                put(shelf, Case(event=event, why=event.decision.queued, since=event.at, waiting=True))
        elif entry.kind == SEEN and (seen := said(body, SEEN, Seen, keys)):
            _change(shelf, seen.word.event, lambda case: replace(case, seen_by=_joined(case.seen_by, seen.by)))
        elif entry.kind == DECIDED and (decided := said(body, DECIDED, Decided, keys)):
            _change(shelf, decided.word.event, lambda case: _ruled(case, decided))
        elif entry.kind == APPEALED and (appealed := said(body, APPEALED, Appealed, keys)):
            _appealed(shelf, appealed.word)
        elif entry.kind == REVEALED:
            told = decode(body, Revealed)
            _change(shelf, told.event, lambda case: replace(case, planted=True, caught=told.caught))

    return take


def put(shelf: Shelf, case: Case) -> None:
    """Lay a case down."""
    shelf.put(CASE, case.event.id, WAITING if case.waiting else DONE, case.since, case)


def _change(shelf: Shelf, event: str, change: Callable[[Case], Case]) -> None:
    case = shelf.item(CASE, event, Case)
    if case is not None:
        put(shelf, change(case))


def _joined(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _ruled(case: Case, told: Said[Decided]) -> Case:
    word = told.word
    ruling = Ruling(
        at=word.at,
        by=told.by,
        seen=told.by in case.seen_by,
        verdict=word.verdict,
        reason=word.reason,
        payload=word.payload,
        appeal=bool(case.rulings) or APPEAL in case.why,
    )
    return replace(case, waiting=False, rulings=(*case.rulings, ruling))


def _appealed(shelf: Shelf, word: Appealed) -> None:
    case = shelf.item(CASE, word.event.id, Case)
    if case is None:
        case = Case(event=word.event, why=(), since=word.at, waiting=True)
    put(
        shelf,
        replace(case, why=_joined(case.why, APPEAL), since=word.at, waiting=True, appeals=(*case.appeals, word.reason)),
    )


def measure(cases: Sequence[Case]) -> tuple[Measurement, ...]:
    """How people do: catch rate on planted cases, override rate, unseen share and latency on decided ones."""
    ruled = [case for case in cases if case.rulings]
    planted = [case for case in ruled if case.planted]
    real = [case for case in ruled if not case.planted]
    overridden = sum(case.rulings[0].verdict == "override" for case in real)
    unseen = sum(not case.rulings[0].seen for case in ruled)
    return (
        _share("review_catch_rate", sum(case.caught for case in planted), len(planted), "planted cases put right"),
        _share("review_override_rate", overridden, len(real), "decisions overridden, planted ones aside"),
        _share("review_unseen_share", unseen, len(ruled), "decided by somebody who had not read the input"),
        _latency(ruled),
        Measurement(name="review_waiting", value=float(sum(case.waiting for case in cases)), unit="cases"),
    )


def _share(name: str, k: int, n: int, what: str) -> Measurement:
    if not n:
        return Measurement(name=name, value=None, note=f"no case yet: {what}", parameters={"interval": "wilson"})
    low, high = wilson(k, n)
    return Measurement(name=name, value=k / n, low=low, high=high, n=n, note=what, parameters={"interval": "wilson"})


def _latency(ruled: Sequence[Case]) -> Measurement:
    name = "review_latency"
    parameters: dict[str, Parameter] = {"interval": "order statistics", "statistic": "median"}
    if not ruled:
        return Measurement(name=name, value=None, note="nothing was decided yet", unit="seconds", parameters=parameters)
    waits = np.array([_seconds(case.event.at, case.rulings[0].at) for case in ruled])
    middle, low, high = median(waits)
    return Measurement(name=name, value=middle, low=low, high=high, n=len(ruled), unit="seconds", parameters=parameters)


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
