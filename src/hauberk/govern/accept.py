# SPDX-License-Identifier: Apache-2.0
"""Acceptance of residual risk: who lives with which threat, why, until when; a signed statement in the ledger."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from hauberk.core.errors import KeyUnavailable, Misuse
from hauberk.govern.signed import REVOKED, signed
from hauberk.govern.threat import Acceptance, Threat, ThreatModel
from hauberk.policy.waive import last_day
from hauberk.signing.key import PublicKey

KIND = "acceptance"
"""Kind of the ledger's entries and of the statements in them."""


def acceptance(threat: Threat, *, who: str, reason: str, until: str, today: date) -> Acceptance:
    """An acceptance, checked: Misuse without a reason, without an end, or with one past or more than 366 days away."""
    if not reason.strip():
        raise Misuse("an acceptance needs a reason", remedy="--reason 'why this is acceptable until then'")
    return Acceptance(
        threat=threat.id,
        subject=threat.subject,
        places=threat.places,
        category=threat.category,
        severity=threat.severity,
        who=who,
        reason=reason.strip(),
        until=last_day(until, today).isoformat(),
    )


def accepted_in(folder: Path, keys: Sequence[PublicKey]) -> tuple[Acceptance, ...]:
    """Every acceptance in the ledger below a folder, oldest first; who accepted is what the signature says.

    One that was signed by a key from where the ledger has revoked it on counts for nothing. Raises KeyUnavailable
    where one is signed by a key that is none of these, and Broken where one does not verify.
    """
    found = [one for one in signed(folder, keys, KIND, Acceptance) if one.doubt != REVOKED]
    for one in found:
        if one.doubt:
            raise KeyUnavailable(
                f"an acceptance is signed by {one.by}, whose key is not known here", remedy="give it: --key NAME.pub"
            )
    return tuple(msgspec.structs.replace(one.value, who=one.who) for one in found)


def covered(model: ThreatModel, acceptances: Iterable[Acceptance], today: date) -> ThreatModel:
    """The same threats, each with the last acceptance that holds today: not past, not of less, not of fewer places."""
    held = {
        one.threat: one
        for one in acceptances
        if date.fromisoformat(one.until) >= today and any(_holds(one, threat) for threat in model.threats)
    }
    threats = (msgspec.structs.replace(threat, accepted=held.get(threat.id)) for threat in model.threats)
    return msgspec.structs.replace(model, threats=tuple(threats))


def _holds(one: Acceptance, threat: Threat) -> bool:
    return (
        threat.id == one.threat and threat.severity <= one.severity and set(threat.places) <= {*one.places, one.subject}
    )
