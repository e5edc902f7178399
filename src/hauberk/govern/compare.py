# SPDX-License-Identifier: Apache-2.0
"""What changes in a threat model when the manifest does."""

from typing import Literal

from hauberk.core.value import Value
from hauberk.govern.threat import Threat, ThreatModel


class Moved(Value, frozen=True, kw_only=True):
    """A threat that both have, more or less severe now."""

    before: Threat
    after: Threat


class Comparison(Value, frozen=True, kw_only=True):
    """Threats of one manifest against those of another; what ``--against`` prints with ``--json``."""

    schema: Literal["hauberk/threats-compared/1"] = "hauberk/threats-compared/1"
    before: str
    """Name of the system compared with."""
    after: str
    added: tuple[Threat, ...]
    removed: tuple[Threat, ...]
    moved: tuple[Moved, ...]
    kept: int
    """How many are the same in both."""


def compare(before: ThreatModel, after: ThreatModel) -> Comparison:
    """What came, what went, what became more or less severe; matched by subject, category and first technique."""
    old = {threat.key: threat for threat in before.threats}
    new = {threat.key: threat for threat in after.threats}
    both = [(old[key], new[key]) for key in new if key in old]
    moved = tuple(Moved(before=one, after=other) for one, other in both if one.severity is not other.severity)
    return Comparison(
        before=before.system,
        after=after.system,
        added=tuple(threat for key, threat in new.items() if key not in old),
        removed=tuple(threat for key, threat in old.items() if key not in new),
        moved=moved,
        kept=len(both) - len(moved),
    )
