# SPDX-License-Identifier: Apache-2.0
"""Evidence: what one card saw in one asset; and an assessment, the run that it belongs to."""

import msgspec

from hauberk.core.asset import Asset
from hauberk.core.finding import Finding
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Outcome, Stage
from hauberk.core.value import Value


class Evidence(Value, frozen=True, kw_only=True):
    """One card's outcome on one asset, with what is needed to repeat it."""

    id: str
    """``sha256:`` over the canonical body, that is all other fields (see ``canonical.evidence_id``)."""
    card: str
    version: int
    stage: Stage
    title: str
    basis: Basis
    asset: Asset
    outcome: Outcome
    reason: str = ""
    """Why it could not be looked at; given if and only if the outcome is unable."""
    findings: tuple[Finding, ...] = ()
    """At least one when found; what was seen so far when unable; none when clean."""
    measurements: tuple[Measurement, ...] = ()
    attachments: dict[str, str] = msgspec.field(default_factory=dict)
    """Name to digest of further bytes."""
    started: str
    """RFC 3339 UTC with microseconds."""
    took: float
    """Seconds."""
    tools: dict[str, str] = msgspec.field(default_factory=dict)
    """Name to version of what took part."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse outcomes that contradict their contents."""
        if (self.outcome is Outcome.UNABLE) != bool(self.reason):
            message = "a reason is given if and only if the outcome is unable"
            raise ValueError(message)
        if self.outcome is Outcome.FOUND and not self.findings:
            message = "found needs a finding"
            raise ValueError(message)
        if self.outcome is Outcome.CLEAN and self.findings:
            message = "clean has no findings"
            raise ValueError(message)


class Assessment(Value, frozen=True, kw_only=True):
    """One run: opened, and closed once every evidence of its plan is in the ledger."""

    id: str
    plan_digest: str
    lock_digest: str = ""
    opened: str
    closed: str = ""
    """Empty while the run is open."""
