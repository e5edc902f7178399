# SPDX-License-Identifier: Apache-2.0
"""Which requests, written beside code, to look away from a finding are granted: only those that the manifest grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hauberk.core.finding import Finding
from hauberk.core.system import Grant
from hauberk.core.verdict import Requested, Waiver
from hauberk.policy.waive import LONGEST


@dataclass(frozen=True, kw_only=True)
class Request:
    """``hauberk: allow RULE owner=NAME until=YYYY-MM-DD reason="..."`` at a finding; what is not written is empty."""

    finding: Finding
    path: str
    owner: str
    until: str
    reasoned: bool
    """Whether a reason is given; its words stay in the file, since anybody may have written anything there."""


def weigh(
    asked: Iterable[tuple[Request, Grant | None]], today: date, *, named: bool
) -> tuple[tuple[Requested, ...], tuple[Waiver, ...]]:
    """Each request, with the grant of its rule and path, and what became of it; and what is granted today.

    ``named`` says whether the user named a manifest at all.
    """
    told, granted = [], []
    for one, grant in asked:
        refusal = _refusal(one, grant, today, named=named)
        if grant is not None and not refusal:
            until = min(one.until, grant.until)
            who = f"{grant.owner} (allowed by the manifest, asked for inline)"
            granted.append(Waiver(fingerprint=one.finding.fingerprint, who=who, reason=grant.reason, until=until))
        told.append(
            Requested(
                fingerprint=one.finding.fingerprint,
                card=one.finding.card,
                place=one.finding.place,
                granted=not refusal,
                why=refusal or f"granted in the manifest by {grant.owner if grant else ''}",
            )
        )
    return tuple(told), tuple(granted)


def _refusal(one: Request, grant: Grant | None, today: date, *, named: bool) -> str:
    """Why a request is not granted; empty where it is."""
    lacking = [
        name for name, given in (("owner", one.owner), ("until", one.until), ("reason", one.reasoned)) if not given
    ]
    if lacking:
        return f"it names no {', no '.join(lacking)}"
    last = _day(one.until)
    if last is None or last < today or last - today > LONGEST:
        return f"its end date is no day between today and {LONGEST.days} days from now"
    if grant is None:
        return "nothing in the manifest allows it" if named else "no manifest named with -m allows it"
    if one.owner != grant.owner:
        return "its owner is not the one whom the manifest names"
    if (_day(grant.until) or date.min) < today:
        return "what the manifest allows has ended"
    return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
