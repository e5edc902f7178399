# SPDX-License-Identifier: Apache-2.0
"""The documents that surfaces print: ``hauberk/scan/1`` and its parts."""

from typing import Literal

import msgspec

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


class Unchanged(Value, frozen=True, kw_only=True):
    """What was not looked at because it is as it was in a revision of git."""

    base: str
    """The revision, as the user named it."""
    since: str
    """Id of the commit from which base and head come; what differs from it counts as changed."""
    changed: int
    """Files that changed, appeared or are gone."""
    gone: int
    """... of which are gone."""
    connected: int
    """Unchanged files of code that imports connect with changed ones; of their findings only those count whose place
    or path touches a changed file."""
    not_examined: int
    """Files met, and things declared, that no rule was run on."""


class History(Value, frozen=True, kw_only=True):
    """What of the repository's history was searched for secrets."""

    commits: int
    """Commits that a reference leads to and that were searched, at this run or before."""
    new: int
    """... of which at this run."""
    blobs: int
    """Versions of files that were searched at this run; those known from before are not searched again."""
    left: int
    """Commits that are not searched; then the rule that searches is Unable, unless the clone is a partial one."""
    unread: int
    """Versions of files that were too large to be searched."""
    note: str = ""
    """Why it was not searched, or what of it is not here, as in a shallow clone."""


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
    unchanged: Unchanged | msgspec.UnsetType = msgspec.UNSET
    """Given only where a scan looked at changes alone; left out otherwise, so that what was sealed before it existed
    keeps its digest."""
    history: History | msgspec.UnsetType = msgspec.UNSET
    """Given only where a repository's own folder was examined."""


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
