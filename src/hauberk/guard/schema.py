# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``hauberk guard outcomes`` and ``hauberk guard replay`` print."""

import json

from hauberk.core import event, measurement
from hauberk.guard import replay, tally
from hauberk.manifest.schema import described


def schemas() -> dict[str, str]:
    """File name to text of every schema."""
    made = {
        "outcomes-1.json": described(
            tally.Outcomes,
            "outcomes-1",
            "hauberk/outcomes/1: what guard outcomes prints with --json",
            (tally, measurement),
        ),
        "replay-1.json": described(
            replay.Replay, "replay-1", "hauberk/replay/1: what guard replay prints with --json", (replay, event)
        ),
    }
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
