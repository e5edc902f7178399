# SPDX-License-Identifier: Apache-2.0
"""The syslog protocol (RFC 5424), and its framing over TCP and TLS by octet counting (RFC 6587, 5425).

The structured data element is ``hauberk@32473``; 32473 is the number that RFC 5612 gives to whoever has none.
"""

import re
from typing import Final

from hauberk.core.scales import Severity
from hauberk.wire.notice import Notice, plain

ELEMENT: Final = "hauberk@32473"
_AUDIT: Final = 13 * 8
"""Facility ``log audit``."""
_LEVELS: Final = {Severity.INFO: 6, Severity.LOW: 5, Severity.MEDIUM: 4, Severity.HIGH: 3, Severity.CRITICAL: 2}
_HOST: Final = 255


def syslog(notice: Notice, host: str, message: str = "") -> bytes:
    """One message, unframed; ``message`` is what stands behind the structured data."""
    priority = _AUDIT + _LEVELS[notice.severity]
    named = re.sub(r"[^!-~]", "?", host)[:_HOST] or "-"
    head = f"<{priority}>1 {notice.at} {named} hauberk - {notice.about} {_element(notice)}"
    return (f"{head} {message}" if message else head).encode()


def framed(message: bytes) -> bytes:
    """The message behind its length, as it is sent over a stream."""
    return b"%d %s" % (len(message), message)


def fields(notice: Notice) -> dict[str, str]:
    """Names and values of the structured data; what a notice does not say is left out."""
    found = {
        "id": notice.id,
        "endpoint": notice.endpoint,
        "client": notice.client,
        "action": notice.action.value,
        "severity": notice.severity.value,
        "detector": notice.detector,
        "score": repr(notice.score) if notice.detector and notice.score else "",
        "threshold": repr(notice.threshold) if notice.detector and notice.threshold else "",
        "count": str(notice.count),
        "clients": str(notice.clients) if notice.clients != 1 else "",
        "rows": str(notice.rows) if notice.rows else "",
        "status": str(notice.status) if notice.status else "",
        "state": notice.state,
        "owner": notice.owner,
        "note": notice.note,
    }
    return {name: value for name, value in found.items() if value}


def _element(notice: Notice) -> str:
    pairs = " ".join(f'{name}="{_value(value)}"' for name, value in fields(notice).items())
    return f"[{ELEMENT} {pairs}]"


def _value(text: str) -> str:
    return re.sub(r'(["\\\]])', r"\\\1", plain(text))
