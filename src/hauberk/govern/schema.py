# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas of what ``hauberk govern`` prints and of the frameworks that it reads."""

import json
from types import ModuleType

from hauberk.attacks import local, tradeoff, tradeoff_numbers
from hauberk.core import limit, measurement
from hauberk.govern import (
    attest,
    compare,
    explanations,
    fairness,
    framework,
    labels,
    paper,
    posture,
    predicate,
    threat,
    verify,
)
from hauberk.manifest.schema import described

_MEASURED = (limit, measurement)
_BACKED = (attest, framework, labels, predicate, threat)
_DOCUMENTS: tuple[tuple[type, str, str, tuple[ModuleType, ...]], ...] = (
    (paper.Drafts, "documents-1", "govern docs prints with --json", (paper,)),
    (verify.Verification, "documents-verified-1", "govern verify-docs prints with --json", (verify,)),
    (local.Local, "explanation-1", "govern explain --row prints with --json", (local,)),
    (
        explanations.Comparison,
        "explanation-changes-1",
        "govern explain --against prints with --json",
        (explanations, *_MEASURED),
    ),
    (explanations.Explanations, "explanations-1", "govern explain prints with --json", (explanations, *_MEASURED)),
    (fairness.Fairness, "fairness-1", "govern fairness prints with --json", (fairness, *_MEASURED)),
    (posture.Posture, "posture-1", "govern posture prints with --json", (posture, *_BACKED)),
    (threat.ThreatModel, "threats-1", "govern threats prints with --json", (threat,)),
    (compare.Comparison, "threats-compared-1", "govern threats --against prints with --json", (compare, threat)),
    (
        tradeoff_numbers.NumberTradeOff,
        "trade-off-of-numbers-1",
        "govern fairness --trade-off prints with --json of a model that predicts a number",
        (tradeoff_numbers, *_MEASURED),
    ),
    (tradeoff.TradeOff, "trade-off-1", "govern fairness --trade-off prints with --json", (tradeoff, *_MEASURED)),
)
"""Type, file, who prints it, and the modules whose docstrings describe it: two types may share a name."""


def schemas() -> dict[str, str]:
    """File name to text of every schema."""
    made = {
        f"{name}.json": described(kind, name, f"hauberk/{name.replace('-1', '/1')}: what {says}", modules)
        for kind, name, says, modules in _DOCUMENTS
    }
    made["framework-1.json"] = described(
        framework.Framework, "framework-1", "hauberk/framework/1: a framework of duties, read from TOML", (framework,)
    )
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}
