# SPDX-License-Identifier: Apache-2.0
"""Baselines: what was found before, who answers for it, and the day on which it counts again."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.value import Value
from hauberk.core.verdict import Waiver
from hauberk.policy.waive import last_day


class Known(Value, frozen=True, kw_only=True):
    """A finding that was there when the baseline was written."""

    fingerprint: str
    card: str
    asset: str


class Baseline(Value, frozen=True, kw_only=True):
    """Findings that do not fail a scan until a day, since somebody answers for them."""

    schema: Literal["hauberk/baseline/1"] = "hauberk/baseline/1"
    owner: str
    """Who answers for working them off. Nothing is signed: a signed decision is a waiver."""
    until: str
    """Last day on which it holds, ``YYYY-MM-DD``; at most 366 days away, when written and when used."""
    reason: str
    """Why they cannot be worked off at once."""
    written: str
    """Day on which it was written."""
    findings: tuple[Known, ...]
    """In order of fingerprint."""


def baseline(evidence: Iterable[Evidence], *, owner: str, until: str, reason: str, today: date) -> Baseline:
    """A baseline of every finding; raises Misuse without an owner, a reason, or an end that ``last_day`` accepts.

    What could not be looked at has no place in it: that is not known.
    """
    found = {
        finding.fingerprint: Known(fingerprint=finding.fingerprint, card=finding.card, asset=finding.asset)
        for one in evidence
        for finding in one.findings
    }
    made = Baseline(
        owner=owner.strip(),
        until=last_day(until, today).isoformat(),
        reason=reason.strip(),
        written=today.isoformat(),
        findings=tuple(found[name] for name in sorted(found)),
    )
    _answered(made)
    return made


def held(given: Baseline, today: date) -> tuple[Waiver, ...]:
    """What a baseline excuses today: nothing once its last day is over.

    Raises Misuse for one without an owner, a reason or an end, or with one more than 366 days away.
    """
    _answered(given)
    if ended(given, today):
        return ()
    last_day(given.until, today)
    who = f"{given.owner} (baseline of {given.written}, not signed)"
    return tuple(
        Waiver(fingerprint=one.fingerprint, who=who, reason=given.reason, until=given.until) for one in given.findings
    )


def ended(given: Baseline, today: date) -> bool:
    """Whether its last day is over; raises Misuse where it names none."""
    try:
        return date.fromisoformat(given.until) < today
    except ValueError:
        raise Misuse("the baseline names no end date", remedy="write it anew: hauberk baseline") from None


def gone(given: Baseline, evidence: Sequence[Evidence]) -> int:
    """How many of its findings are no longer found: it can be written anew, shorter."""
    found = {finding.fingerprint for one in evidence for finding in one.findings}
    return sum(one.fingerprint not in found for one in given.findings)


def _answered(given: Baseline) -> None:
    if not given.owner:
        raise Misuse("a baseline needs an owner", remedy="--owner NAME: who answers for working it off")
    if not given.reason:
        raise Misuse("a baseline needs a reason", remedy="--reason 'why this cannot be worked off at once'")
