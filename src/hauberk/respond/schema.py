# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``respond`` and ``guard queue`` print, and of what webhooks get."""

import json

from hauberk.core import measurement
from hauberk.manifest.schema import described
from hauberk.respond import follow
from hauberk.store import cases, incidents
from hauberk.wire import notice

_OCSF = {"type": "object", "required": ["class_uid", "metadata", "time"]}
_CEF = {"type": "string", "pattern": "^CEF:"}


def schemas() -> dict[str, str]:
    """File name to text of every schema."""
    made = {
        "incidents-1.json": described(
            incidents.Incidents,
            "incidents-1",
            "hauberk/incidents/1: what respond list prints with --json",
            (incidents,),
        ),
        "queue-measures-1.json": described(
            cases.Measures,
            "queue-measures-1",
            "hauberk/queue-measures/1: what guard queue measure prints with --json",
            (cases, measurement),
        ),
        "cases-1.json": described(
            cases.Cases, "cases-1", "hauberk/cases/1: what guard queue list prints with --json", (cases,)
        ),
        "receivers-1.json": described(
            follow.Receivers, "receivers-1", "hauberk/receivers/1: what respond sent prints with --json", (follow,)
        ),
        "notices-1.json": described(
            notice.Notices, "notices-1", "hauberk/notices/1: the body that a webhook gets", (notice,)
        ),
    }
    told = made["notices-1.json"]["$defs"]["Notices"]["properties"]["notices"]
    told["items"] = {"anyOf": [told["items"], _OCSF, _CEF]}
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
