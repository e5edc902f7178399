# SPDX-License-Identifier: Apache-2.0
"""Waivers: who lives with which finding, why, and until when."""

from collections.abc import Iterable
from datetime import date, timedelta

from hauberk.core.errors import Misuse
from hauberk.core.verdict import Waiver

LONGEST = timedelta(days=366)
"""A waiver that never ends is a softened policy."""


def waiver(fingerprint: str, *, who: str, reason: str, until: str, today: date) -> Waiver:
    """A waiver, checked.

    Raises Misuse without a reason, without an end, or with one that is past or more than 366 days away.
    """
    if not fingerprint.startswith("v1:"):
        raise Misuse(f"{fingerprint!r} is not a fingerprint", remedy="copy it from the report: v1:...")
    if not reason.strip():
        raise Misuse("a waiver needs a reason", remedy="--reason 'why this is acceptable until then'")
    last = last_day(until, today)
    return Waiver(fingerprint=fingerprint, who=who, reason=reason.strip(), until=last.isoformat())


def last_day(until: str, today: date) -> date:
    """The day that a decision holds through; Misuse where there is none, or it is past or more than 366 days away."""
    if not until:
        raise Misuse("a decision to live with something needs an end date", remedy="--until YYYY-MM-DD")
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise Misuse(f"{until!r} is not a date", remedy="--until YYYY-MM-DD") from None
    if last < today:
        raise Misuse(f"{until} is past", remedy="name a day to come")
    if last - today > LONGEST:
        raise Misuse(f"{until} is more than {LONGEST.days} days away", remedy="choose a nearer end and renew it")
    return last


def covering(fingerprint: str, waivers: Iterable[Waiver], today: date) -> Waiver | None:
    """The waiver of this finding that holds today, or None; it holds through its last day."""
    for one in waivers:
        if one.fingerprint == fingerprint and _last_day(one) >= today:
            return one
    return None


def _last_day(one: Waiver) -> date:
    try:
        return date.fromisoformat(one.until)
    except ValueError:
        return date.min
