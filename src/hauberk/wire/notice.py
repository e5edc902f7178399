# SPDX-License-Identifier: Apache-2.0
"""What others are told: a decision, a detection or an incident, as plain facts that every format writes in its way."""

from typing import Literal

from hauberk.core.entry import Stamp
from hauberk.core.event import Action
from hauberk.core.scales import Severity
from hauberk.core.value import Value

Class = Literal["event", "detection", "incident"]
TITLES: dict[str, str] = {"event": "Decision", "detection": "Detection", "incident": "Incident"}


class Notice(Value, frozen=True, kw_only=True):
    """One thing that happened. It names no value of a request."""

    about: Class
    action: Action
    """What the guard answered with; the strongest answer, of an incident."""
    at: Stamp
    client: str = ""
    """Who asked; empty where there are several."""
    clients: int = 1
    count: int = 1
    """Detections."""
    detector: str = ""
    """Several are separated by blanks."""
    endpoint: str
    id: str
    """The same whenever the same thing is sent again."""
    note: str = ""
    owner: str = ""
    rows: int = 0
    score: float = 0.0
    seen: Stamp | Literal[""] = ""
    """Time of the last detection, of an incident."""
    severity: Severity
    state: str = ""
    """``open``, ``taken`` ..., of an incident."""
    status: int = 0
    """HTTP status of the answer."""
    threshold: float = 0.0


class Notices(Value, frozen=True, kw_only=True):
    """The body of a webhook: one POST for some notices, each with its ``id``, which is the same when it comes again."""

    schema: Literal["hauberk/notices/1"] = "hauberk/notices/1"
    notices: tuple[Notice, ...]
    """In the receiver's format: facts as they are (``syslog``), OCSF objects, or lines of CEF."""


def plain(text: str, keep: str = "") -> str:
    r"""Text in which characters that are no visible ones or blanks, but for those in ``keep``, are written ``\uXXXX``.

    So that none of them ends a line, moves a cursor or ends a string anywhere; lone surrogates are written like that
    too.
    """
    return "".join(c if c in keep or c == " " or c.isprintable() else f"\\u{ord(c):04x}" for c in text)
