# SPDX-License-Identifier: Apache-2.0
"""What happened at an endpoint: a detection, what was decided, and the event that the ledger keeps of it."""

from typing import Annotated, Literal

import msgspec

from hauberk.core.entry import Digest, Stamp
from hauberk.core.scales import Ranked
from hauberk.core.value import Value

EventId = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]
"""UUIDv7 (RFC 9562), so that ids sort by time."""

EVENT: str = "event"
"""Kind of an event's entry in the ledger."""


class Action(Ranked):
    """What the guard does with a request, mildest first; of several the last one holds."""

    ALLOW = "allow"
    """Answer as if nothing were seen: from outside it cannot be told from no detection at all."""
    ROUND = "round"
    NOISE = "noise"
    TOP = "top"
    LABEL = "label"
    FALL_BACK = "fall-back"
    THROTTLE = "throttle"
    HOLD = "hold"
    BLOCK = "block"
    QUARANTINE = "quarantine"
    STOP = "stop"


class Detection(Value, frozen=True, kw_only=True):
    """What one detector saw at one request. It names no value of the request."""

    detector: str
    """The detector's id."""
    score: float
    """How far it went, in the detector's own unit; finite."""
    threshold: float
    """From where on it is a detection."""
    action: Action
    """What policy answers it with."""
    note: str = ""
    """Column names, counts and places only."""


class Decision(Value, frozen=True, kw_only=True):
    """What was done with a request, and why."""

    action: Action = Action.ALLOW
    detections: tuple[Detection, ...] = ()
    failed: tuple[str, ...] = ()
    """Detectors that crashed or ran out of time; policy says what that means, and by default it blocks."""
    reviewer: str = ""
    """Key id of the person who decided, where one did."""
    queued: tuple[str, ...] = ()
    """Names of the manifest's reviews by which it waits for a person, or was sampled for one."""


class Event(Value, frozen=True, kw_only=True):
    """One request and what became of it: the body of an entry of kind ``event``."""

    at: Stamp
    client: str
    """Who asked, as authenticated: never a header that the client writes."""
    decision: Decision
    endpoint: str
    """Asset id of the endpoint."""
    id: EventId
    model: Digest
    """Of the bytes of the model that answered, or would have."""
    payload: str = ""
    """Digest of the body of the ``payload`` entry that holds request and answer, encrypted."""
    request: str
    """``hmac-sha256:`` over the request's bytes under a salt kept in the payload: nobody else confirms a guess."""
    answer: str = ""
    """The same over the answer's bytes; empty where there was none."""
    rows: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    run: Digest
    """Of the signed statement by which somebody put this model into service (kind ``guard.started``)."""
    schema: Literal["hauberk/event/1"] = "hauberk/event/1"
    status: Annotated[int, msgspec.Meta(ge=100, le=599)]
    """Of the HTTP answer."""
    took: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    """Microseconds from the request's last byte to this event."""
