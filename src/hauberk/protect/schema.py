# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``hauberk attack`` and ``hauberk protect harden`` print."""

import json

from hauberk.attacks import campaign, gallery
from hauberk.core import limit, measurement
from hauberk.manifest.schema import described
from hauberk.protect import harden


def schemas() -> dict[str, str]:
    """File name to text of every schema."""
    made = {
        "attack-1.json": described(
            campaign.Outcome,
            "attack-1",
            "hauberk/attack/1: what attack prints with --json",
            (campaign, gallery, limit, measurement),
        ),
        "hardened-1.json": described(
            harden.Table,
            "hardened-1",
            "hauberk/hardened/1: what protect harden prints with --json",
            (harden, limit, measurement),
        ),
    }
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
