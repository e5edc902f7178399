# SPDX-License-Identifier: Apache-2.0
"""Whether something is worse than it was when it was last released."""

from collections.abc import Iterator, Sequence

from hauberk.core.evidence import Evidence
from hauberk.core.limit import Regression
from hauberk.core.lock import Release, Released
from hauberk.core.measurement import Measurement
from hauberk.core.system import Rule
from hauberk.core.verdict import Gate

SHAPING = (
    "threat_model", "norm", "distance", "eps", "low", "high", "budget", "restarts", "attack", "severities",
    "corruption", "corruptions", "data", "interval", "target",
)  # fmt: skip
"""Parameters without which two numbers are not of the same thing; others, such as queries spent, are results."""
NONE_YET = "no release is pinned; run hauberk lock --release once one passes"


def unlike(before: Measurement, now: Measurement) -> tuple[str, ...]:
    """What the two were not asked alike in; empty where they can be compared."""
    told = [name for name in SHAPING if before.parameters.get(name) != now.parameters.get(name)]
    return (*told, *(("number of samples",) if before.n != now.n else ()))


def compare(rule: Rule, asked: Regression, evidence: Sequence[Evidence], release: Release | None) -> Gate:
    """The rule's gate: each measurement of the release is there again, asked alike, and not worse by more than that.

    No waiver excuses a regression: the next release is pinned instead, which somebody decides.
    """
    if release is None:
        return Gate(rule=rule.id, passed=False, why=f"asked: {asked}; seen: {NONE_YET}")
    about = [one for one in release.measurements if not rule.cards or one.card in rule.cards]
    before = [one for one in about if one.measurement.name == asked.measurement]
    if not before:
        return Gate(rule=rule.id, passed=False, why=f"asked: {asked}; seen: it was not pinned with the last release")
    told = [_told(asked, one, evidence) for one in before]
    bad = [words for broken, words in told if broken]
    passed = not bad
    why = f"asked: {asked}; seen: {'; '.join(bad or [words for _, words in told])}"
    return Gate(rule=rule.id, passed=passed, why=why + (f"; {rule.why}" if rule.why and not passed else ""))


def _told(asked: Regression, before: Released, evidence: Sequence[Evidence]) -> tuple[bool, str]:
    """Whether one pinned measurement is broken, and what is to be said of it; the worst where there are several."""
    seen = list(_now(before, evidence))
    alike = [one for one in seen if not unlike(before.measurement, one)]
    if not alike:
        other = ", ".join(unlike(before.measurement, seen[0])) if seen else ""
        return True, f"{before.asset}: measured otherwise ({other})" if seen else f"{before.asset}: not measured"
    worse = [asked.worse_by(before.measurement, one) for one in alike]
    known = [one for one in worse if one is not None]
    if len(known) < len(worse):
        return True, f"{before.asset}: no value to compare"
    most = max(known)
    words = f"{before.asset} worse by {most:.3g}" if most > 0 else f"{before.asset} no worse"
    return most > asked.allowed, words


def _now(before: Released, evidence: Sequence[Evidence]) -> Iterator[Measurement]:
    for one in evidence:
        if (one.card, one.asset.id) == (before.card, before.asset):
            yield from (each for each in one.measurements if each.name == before.measurement.name)
