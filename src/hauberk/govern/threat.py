# SPDX-License-Identifier: Apache-2.0
"""A threat to one asset or flow: what may happen, to whose harm, what answers it, and what the ledger says of that."""

import enum
import hashlib
from typing import Literal

from hauberk.core.scales import Ranked, Severity
from hauberk.core.value import Value


class Category(enum.Enum):
    """STRIDE (Microsoft, 1999), LINDDUN (KU Leuven), and what goes wrong without an attacker or by the own users."""

    SPOOFING = "spoofing"
    TAMPERING = "tampering"
    REPUDIATION = "repudiation"
    DISCLOSURE = "disclosure"
    DENIAL = "denial"
    ELEVATION = "elevation"
    LINKING = "linking"
    IDENTIFYING = "identifying"
    NONREPUDIATION = "nonrepudiation"
    DETECTING = "detecting"
    UNAWARENESS = "unawareness"
    NONCOMPLIANCE = "noncompliance"
    HAZARD = "hazard"
    MISUSE = "misuse"


class Standing(Ranked):
    """What the ledger says of the rules that would answer a threat, best first."""

    TESTED = "tested"
    """All that looked found nothing, and at least one examined or measured the thing itself."""
    DECLARED = "declared"
    """Nothing was found, and only declarations were read."""
    PARTLY = "partly"
    """Nothing was found, and the rules that looked answer only a part of it."""
    GAP = "GAP"
    """No rule answers it, or none that does has looked."""
    UNABLE = "unable"
    """A rule that answers it could not look, or could not estimate."""
    FOUND = "found"
    """A rule that answers it has found something."""


class Proof(Value, frozen=True, kw_only=True):
    """One piece of evidence on a threat."""

    card: str
    evidence: str
    """Id of the evidence."""
    asset: str
    outcome: str
    """``clean``, ``found`` or ``unable``."""
    basis: str
    note: str = ""
    """What of it could not be estimated."""


class Acceptance(Value, frozen=True, kw_only=True):
    """A signed decision to live with one threat until a date; it covers nothing more severe than what was accepted."""

    threat: str
    """Id of the threat."""
    subject: str
    """Asset id or flow name, for people who read the ledger."""
    places: tuple[str, ...] = ()
    """Where else it was when it was accepted; a threat that has got further is not covered."""
    category: Category
    severity: Severity
    """What it was when it was accepted."""
    who: str
    """Name of the key that signed."""
    reason: str
    until: str
    """Last day on which it holds, ``YYYY-MM-DD``."""


class Threat(Value, frozen=True, kw_only=True):
    """What may happen to one asset or flow of the system."""

    id: str
    """``T-`` and ten hex digits of what it is about, its category and its rule; the same in every run."""
    rule: str
    """Row of the engine's tables."""
    subject: str
    """Asset id or flow name."""
    of: Literal["asset", "flow"]
    places: tuple[str, ...] = ()
    """Other assets and flows of the manifest at which the same deed is met and the same answer holds."""
    category: Category
    title: str
    techniques: tuple[str, ...]
    """Ids of MITRE ATLAS and of other lists, year-qualified; see ``catalogues``."""
    severity: Severity
    why: tuple[str, ...]
    """What in the manifest makes it so severe."""
    harmed: str
    """Who is harmed."""
    cards: tuple[str, ...]
    """Rules that answer it; none where hauberk has none yet."""
    partial: bool = False
    """The rules answer only a part of it, however clean they are."""
    answer: str
    """What catches it, or would."""
    standing: Standing = Standing.GAP
    proofs: tuple[Proof, ...] = ()
    treatment: str = ""
    """What the manifest says was decided."""
    accepted: Acceptance | None = None

    @property
    def key(self) -> tuple[str, Category, str]:
        """What tells it from others: subject, category, first technique."""
        return (self.subject, self.category, self.techniques[0])


class ThreatModel(Value, frozen=True, kw_only=True):
    """The threats of one system, worst first; what ``hauberk govern threats --json`` prints."""

    schema: Literal["hauberk/threats/1"] = "hauberk/threats/1"
    system: str
    purpose: str = ""
    lists: dict[str, str]
    """Lists that the techniques are from, with version and source."""
    ledger: str = ""
    """What the ledger proves; empty where none was looked at."""
    threats: tuple[Threat, ...]
    sealed: tuple[str, ...] = ()
    """Flows across a boundary that are declared protected against being read or changed; not verified."""
    unmatched: tuple[str, ...] = ()
    """Threats that the manifest lists and the engine has no counterpart for, as ``id on asset``."""


def threat_id(subject: str, category: Category, rule: str) -> str:
    """``T-`` and ten hex digits of SHA-256 over subject, category and rule."""
    body = f"{subject}\0{category.value}\0{rule}"
    return "T-" + hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:10]
