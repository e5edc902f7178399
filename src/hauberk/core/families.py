# SPDX-License-Identifier: Apache-2.0
"""Families of rules: the middle part of every rule's id."""

FAMILIES = {
    "DES": "design: flows, boundaries, threats",
    "COD": "code: Python and configuration",
    "SEC": "secrets in any file",
    "NBK": "notebooks",
    "MOD": "model files",
    "DAT": "data sets",
    "TRN": "training",
    "ATK": "attacks on a model: evasion, privacy",
    "DEP": "deployment: containers, orchestration, endpoints",
    "GOV": "governance: ownership, oversight, documents",
    "FAI": "fairness",
    "GRD": "guard: who watches over an endpoint's decisions, and what is done about attacks",
    "RSP": "response: incidents, and who hears of them",
    "EXP": "explanations: what decisions rest on, and whether it can be believed",
}

RETIRED: frozenset[str] = frozenset()
"""Ids of rules that are gone; an id is never used again."""
