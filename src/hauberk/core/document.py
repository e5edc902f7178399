# SPDX-License-Identifier: Apache-2.0
"""The documents that surfaces print: ``hauberk/scan/1`` and its parts."""

from typing import Literal

from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.value import Value
from hauberk.core.verdict import Verdict


class Pruned(Value, frozen=True, kw_only=True):
    """A folder that was not entered, and why."""

    path: str
    reason: str


class Excluded(Value, frozen=True, kw_only=True):
    """An exclusion of the named manifest, and how many files it left out."""

    pattern: str
    reason: str
    files: int


class NoRule(Value, frozen=True, kw_only=True):
    """A file that no card claims."""

    uri: str
    format: str


class Coverage(Value, frozen=True, kw_only=True):
    """Every file met is examined, unable or without a rule; nothing is left out silently."""

    files: int
    """Files met."""
    examined: int
    unable: int
    no_rule: tuple[NoRule, ...] = ()
    pruned: tuple[Pruned, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    suppressions_requested: int = 0
    """Inline suppressions in the scanned tree, shown and still judged."""


class Scan(Value, frozen=True, kw_only=True):
    """What ``scan``, ``demo``, ``assess`` and ``gate`` print with ``--json``."""

    schema: Literal["hauberk/scan/1"] = "hauberk/scan/1"
    tool: str = ""
    """hauberk and its version."""
    root: str = ""
    """What was examined, as the user named it."""
    system: str = ""
    """Name of the system, where a manifest was used."""
    assessment: Assessment | None = None
    integrity: str = ""
    """What the ledger proves about this document; empty where nothing was sealed."""
    verdict: Verdict
    coverage: Coverage
    evidence: tuple[Evidence, ...] = ()
