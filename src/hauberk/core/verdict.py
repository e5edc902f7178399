# SPDX-License-Identifier: Apache-2.0
"""A verdict: which rules held, which failed and why, what was waived, what could not be looked at."""

import msgspec

from hauberk.core.finding import Finding
from hauberk.core.limit import Limit
from hauberk.core.place import Place
from hauberk.core.value import Value


class Gate(Value, frozen=True, kw_only=True):
    """One rule of the policy, judged."""

    rule: str
    passed: bool
    why: str
    """What was seen against what was asked, in a sentence."""
    findings: tuple[Finding, ...] = ()
    """Those that made it fail, worst first."""
    limit: Limit | None = None
    """The limit that the rule puts on a measurement, where it is such a rule; reports draw it as a line."""


class Waiver(Value, frozen=True, kw_only=True):
    """A signed decision to live with one finding until a date."""

    fingerprint: str
    who: str
    """Name of the key that signed; or the owner and, in brackets, what it rests on where nothing was signed."""
    reason: str
    until: str
    """Last day on which it holds, ``YYYY-MM-DD``."""


class Waived(Value, frozen=True, kw_only=True):
    """A finding that a waiver covers today."""

    finding: Finding
    waiver: Waiver


class Requested(Value, frozen=True, kw_only=True):
    """A comment beside a finding that asks to look away from it."""

    fingerprint: str
    card: str
    place: Place
    granted: bool
    """Whether the manifest that the user named allows it; if not, the finding is judged as any other."""
    why: str
    """By whom it is granted, or why it is not; no words of the comment itself."""


class Inability(Value, frozen=True, kw_only=True):
    """Something that a card claimed and could not look at."""

    card: str
    asset: str
    reason: str


class Verdict(Value, frozen=True, kw_only=True):
    """A pure function of policy, evidence, waivers and today."""

    passed: bool
    policy: str
    gates: tuple[Gate, ...]
    waived: tuple[Waived, ...] = ()
    unable: tuple[Inability, ...] = ()
    requested: tuple[Requested, ...] | msgspec.UnsetType = msgspec.UNSET
    """Suppressions that comments ask for; left out where there are none."""

    @property
    def exit_code(self) -> int:
        """0 passed; 1 a gate failed; 3 the only failures are things that could not be looked at."""
        if self.passed:
            return 0
        return 1 if any(not gate.passed for gate in self.gates) else 3
