# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``hauberk govern`` prints and of the frameworks that it reads."""

import json

from hauberk.core import limit, measurement
from hauberk.govern import attest, fairness, framework, labels, posture, predicate, threat
from hauberk.manifest.schema import described

_DOCUMENTS = (
    (fairness.Fairness, "fairness-1", "hauberk/fairness/1: what govern fairness prints with --json"),
    (posture.Posture, "posture-1", "hauberk/posture/1: what govern posture prints with --json"),
    (framework.Framework, "framework-1", "hauberk/framework/1: a framework of duties, read from TOML"),
    (threat.ThreatModel, "threats-1", "hauberk/threats/1: what govern threats prints with --json"),
)
_MODULES = (attest, fairness, framework, labels, limit, measurement, posture, predicate, threat)


def schemas() -> dict[str, str]:
    """File name to text of every schema."""
    made = {f"{name}.json": described(kind, name, title, _MODULES) for kind, name, title in _DOCUMENTS}
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
