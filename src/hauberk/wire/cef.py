# SPDX-License-Identifier: Apache-2.0
r"""Common Event Format, version 0 (ArcSight's implementation standard, revision 25): one line for a notice.

In the header backslash and pipe are escaped, in the extension backslash, equals sign and line ends; there a line end is
written ``\n``. Law: a reader that undoes this gets every field back, whatever a client's name is.
"""

from datetime import datetime
from typing import Final

from hauberk.core.scales import Severity
from hauberk.wire.notice import TITLES, Notice, plain

_SEVERITIES: Final = {
    Severity.INFO: 1,
    Severity.LOW: 3,
    Severity.MEDIUM: 5,
    Severity.HIGH: 8,
    Severity.CRITICAL: 10,
}


def cef(notice: Notice, version: str) -> str:
    """The line, without its end."""
    header = ("hauberk", "guard", version, notice.about, TITLES[notice.about], str(_SEVERITIES[notice.severity]))
    extension = " ".join(f"{name}={_value(value)}" for name, value in fields(notice).items())
    return "|".join(["CEF:0", *map(_header, header), extension])


def fields(notice: Notice) -> dict[str, str]:
    """Names and values of the extension; what a notice does not say is left out."""
    moment = datetime.fromisoformat(notice.at)
    found = {
        "externalId": notice.id,
        "rt": str(int(moment.timestamp() * 1000)),
        "act": notice.action.value,
        "cnt": str(notice.count),
        "dvchost": notice.endpoint,
        "suser": notice.client,
        "outcome": str(notice.status) if notice.status else notice.state,
        "msg": notice.note,
        "cs1Label": "detector" if notice.detector else "",
        "cs1": notice.detector,
        "cs2Label": "owner" if notice.owner else "",
        "cs2": notice.owner,
        "cn1Label": "rows" if notice.rows else "",
        "cn1": str(notice.rows) if notice.rows else "",
        "cn2Label": "clients" if notice.clients != 1 else "",
        "cn2": str(notice.clients) if notice.clients != 1 else "",
        "cfp1Label": "score" if notice.detector and notice.score else "",
        "cfp1": repr(notice.score) if notice.detector and notice.score else "",
        "cfp2Label": "threshold" if notice.detector and notice.threshold else "",
        "cfp2": repr(notice.threshold) if notice.detector and notice.threshold else "",
    }
    return {name: value for name, value in found.items() if value}


def _header(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    kept = plain(text, "\n\r").replace("\\", "\\\\").replace("=", "\\=")
    return kept.replace("\n", "\\n").replace("\r", "\\r")
