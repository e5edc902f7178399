# SPDX-License-Identifier: Apache-2.0
"""Runs the rules on labelled flows: which rule answers for which category, and what counts as found."""

from collections.abc import Iterable
from pathlib import Path

from hauberk.core.finding import Finding
from hauberk.engine.catalogue import catalogue
from tests.checks.trial import on_files
from tests.corpora.flows import Flow

RULES = {
    "command": ("HBK-COD-002",),
    "code": ("HBK-COD-002",),
    "load": ("HBK-COD-001",),
    "pickled": ("HBK-COD-001",),
    "sql": ("HBK-COD-010",),
    "path": ("HBK-COD-011",),
    "ssrf": ("HBK-COD-012",),
    "template": ("HBK-COD-013",),
    "xss": ("HBK-COD-014",),
    "redirect": ("HBK-COD-015",),
    "ldap": ("HBK-COD-016",),
    "xpath": ("HBK-COD-017",),
    "xml": ("HBK-COD-018",),
    "log": ("HBK-COD-019",),
    "trust": ("HBK-COD-020",),
    "hash": ("HBK-COD-021",),
    "cipher": ("HBK-COD-021",),
    "random": ("HBK-COD-022",),
    "tls": ("HBK-COD-023",),
    "cookie": ("HBK-COD-024",),
    "native": ("HBK-COD-025", "HBK-COD-001"),
    "archive": ("HBK-COD-026",),
    "hub": ("HBK-COD-027",),
}
_BY_ORIGIN = frozenset({"command", "code", "load"})
"""Categories whose rule speaks of weaker origins too; in these cases only what comes from outside counts as found."""


def findings(flow: Flow, folder: Path) -> list[Finding]:
    """What the rules of its category find in a case."""
    cards = catalogue()
    found = [
        finding
        for rule in RULES[flow.category]
        for evidence in on_files(cards[rule], folder, flow.files)
        for finding in evidence.findings
    ]
    return [one for one in found if flow.category not in _BY_ORIGIN or "a request, an upload" in one.message]


def youden(outcomes: Iterable[tuple[bool, bool]]) -> tuple[float, float]:
    """Recall and share of false alarms of pairs (vulnerable, found)."""
    pairs = list(outcomes)
    bad = [found for vulnerable, found in pairs if vulnerable]
    good = [found for vulnerable, found in pairs if not vulnerable]
    return sum(bad) / max(len(bad), 1), sum(good) / max(len(good), 1)
