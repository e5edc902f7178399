# SPDX-License-Identifier: Apache-2.0
"""Open Cybersecurity Schema Framework 1.8.0: Detection Finding (2004), Incident Finding (2005), API Activity (6003).

With the profile ``security_control``, which says what the guard did. Law: what is written here is valid under the
schemas of those classes.
"""

import json
from datetime import datetime
from typing import Any, Final

from hauberk.core.event import Action
from hauberk.core.scales import Severity
from hauberk.wire.notice import TITLES, Notice, plain

VERSION: Final = "1.8.0"
_CLASSES: Final = {"event": (6, 6003, "API Activity"), "detection": (2, 2004, "Detection Finding"),
                   "incident": (2, 2005, "Incident Finding")}  # fmt: skip
_SEVERITIES: Final = {Severity.INFO: 1, Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
_CREATE, _UPDATE, _CLOSE, _READ = 1, 2, 3, 2
_STATES: Final = {"open": 1, "taken": 2, "contained": 2, "recovered": 4, "closed": 5}
_LEARNED: Final = 4
"""``analytic.type_id``: learning (ML/DL)."""
_CORRECTED, _BLOCKED, _ALLOWED, _DELAYED, _QUARANTINED = 11, 2, 1, 14, 3
_ALTERED: Final = 4
_ACTIONS: Final = {
    Action.ALLOW: (1, _ALLOWED),
    Action.THROTTLE: (2, _BLOCKED),
    Action.HOLD: (2, _DELAYED),
    Action.BLOCK: (2, _BLOCKED),
    Action.QUARANTINE: (2, _QUARANTINED),
    Action.STOP: (2, _BLOCKED),
}
"""``action_id`` and ``disposition_id``; whatever changes the answer is ``modified`` and ``corrected``."""


def ocsf(notice: Notice, version: str) -> str:
    """One event as a line of JSON, in ASCII."""
    return json.dumps(event(notice, version), separators=(",", ":"), allow_nan=False)


def event(notice: Notice, version: str) -> dict[str, Any]:
    """One event."""
    category, uid, name = _CLASSES[notice.about]
    activity = _activity(notice)
    action, disposition = _ACTIONS.get(notice.action, (_ALTERED, _CORRECTED))
    return {
        "activity_id": activity,
        "category_uid": category,
        "class_uid": uid,
        "class_name": name,
        "type_uid": uid * 100 + activity,
        "time": _milliseconds(notice.at),
        "severity_id": _SEVERITIES[notice.severity],
        "message": plain(notice.note) or TITLES[notice.about],
        "count": notice.count,
        "action_id": action,
        "disposition_id": disposition,
        "metadata": {
            "version": VERSION,
            "uid": notice.id,
            "profiles": ["security_control"],
            "product": {"name": "hauberk", "vendor_name": "hauberk", "version": version},
        },
        "unmapped": {"action": notice.action.value, "clients": notice.clients},
        **_PARTS[notice.about](notice),
    }


def _activity(notice: Notice) -> int:
    if notice.about == "event":
        return _READ
    return {"closed": _CLOSE, "open": _CREATE, "": _CREATE}.get(notice.state, _UPDATE)


def _decision(notice: Notice) -> dict[str, Any]:
    succeeded = notice.status < 400  # noqa: PLR2004  HTTP
    return {
        "actor": {"user": {"name": plain(notice.client) or "unknown"}},
        "api": {
            "operation": "infer",
            "service": {"name": plain(notice.endpoint)},
            "request": {"uid": notice.id},
            "response": {"code": notice.status},
        },
        "src_endpoint": {"name": plain(notice.client) or "unknown"},
        "status_id": 1 if succeeded else 2,
    }


def _detection(notice: Notice) -> dict[str, Any]:
    return {
        "finding_info": {
            **_info(notice),
            "analytic": {"name": plain(notice.detector), "type_id": _LEARNED},
        },
        "evidences": [
            {
                "actor": {"user": {"name": plain(notice.client) or "unknown"}},
                "data": {"score": notice.score, "threshold": notice.threshold, "rows": notice.rows},
            }
        ],
        "resources": [{"name": plain(notice.endpoint), "type": "endpoint"}],
        "is_alert": notice.severity >= Severity.HIGH,
        "status_id": 1,
    }


def _incident(notice: Notice) -> dict[str, Any]:
    owner = {"assignee": {"name": plain(notice.owner)}} if notice.owner else {"assignee_group": {"name": "unassigned"}}
    return {
        "finding_info_list": [_info(notice)],
        "desc": plain(f"{notice.count} detections at {notice.endpoint}: {notice.detector}"),
        "start_time": _milliseconds(notice.at),
        "end_time": _milliseconds(notice.seen or notice.at),
        "status_id": _STATES.get(notice.state, 0),
        "is_alert": notice.severity >= Severity.HIGH,
        **owner,
    }


_PARTS: Final = {"event": _decision, "detection": _detection, "incident": _incident}


def _info(notice: Notice) -> dict[str, Any]:
    return {
        "uid": notice.id,
        "title": TITLES[notice.about],
        "types": [plain(name) for name in notice.detector.split()],
        "first_seen_time": _milliseconds(notice.at),
        "last_seen_time": _milliseconds(notice.seen or notice.at),
    }


def _milliseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
