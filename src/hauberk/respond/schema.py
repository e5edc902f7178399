# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``hauberk respond list`` and ``hauberk guard queue measure`` print."""

import json

from hauberk.core import measurement
from hauberk.manifest.schema import described
from hauberk.store import cases, incidents


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
    }
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
