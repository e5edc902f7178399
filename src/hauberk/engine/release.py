# SPDX-License-Identifier: Apache-2.0
"""The last release: what was measured of it, pinned in ``hauberk.lock`` and vouched for by the ledger that holds it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hauberk.core.document import Scan
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.lock import Release, Released
from hauberk.core.system import Policy
from hauberk.core.verdict import Inability
from hauberk.manifest.lock import read_lock


def pinned(folder: Path, policy: Policy) -> Release | None:
    """The release that the lock names, where the policy compares with one."""
    locked = read_lock(folder) if any(rule.regression for rule in policy.rules) else None
    return (locked[0].release or None) if locked else None


def retold(release: Release, evidence: Sequence[Evidence]) -> Iterator[Inability]:
    """What the lock tells of the release otherwise than the ledger does.

    A ledger that does not hold the release's evidence, as on a machine that builds from version control, says nothing:
    there the history of the lock vouches for it.
    """
    held = {one.id: one for one in evidence}
    for one in release.measurements:
        known = held.get(one.evidence)
        if known is None:
            continue
        if (known.card, known.asset.id) != (one.card, one.asset) or one.measurement not in known.measurements:
            reason = "hauberk.lock and the ledger differ about the last release; pin it anew: hauberk lock --release"
            yield Inability(card=one.card, asset=one.asset, reason=reason)


def released(document: Scan, policy: Policy) -> Release:
    """What a policy compares, of an assessment as ``recall`` gives it.

    Raises Misuse where the policy compares nothing, where something that it compares was not measured, and where files
    have changed since.
    """
    names = {rule.regression.measurement for rule in policy.rules if rule.regression}
    if not names:
        raise Misuse("no rule of the policy compares with a release", remedy="add one: regression: {measurement: ...}")
    changed = [one.asset for one in document.verdict.unable if "since it was assessed" in one.reason]
    if changed or document.assessment is None:
        raise Misuse(f"changed since it was assessed: {', '.join(changed[:5])}", remedy="hauberk assess")
    measured = tuple(
        Released(evidence=one.id, card=one.card, asset=one.asset.id, measurement=measurement)
        for one in document.evidence
        for measurement in one.measurements
        if measurement.name in names and measurement.value is not None
    )
    absent = sorted(names - {one.measurement.name for one in measured})
    if absent:
        raise Misuse(f"not measured: {', '.join(absent)}", remedy="hauberk assess, and see what it could not look at")
    return Release(assessment=document.assessment.id, closed=document.assessment.closed, measurements=measured)
