# SPDX-License-Identifier: Apache-2.0
"""Runs one card on one target and makes Evidence of what comes; here alone a crash becomes Unable."""

import platform
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hauberk
from hauberk.core.asset import Asset
from hauberk.core.attachment import Attachment
from hauberk.core.canonical import identified
from hauberk.core.card import Card
from hauberk.core.clock import Clock, stamp, system_clock
from hauberk.core.errors import HauberkError, MissingExtra
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding, Hit, fingerprint
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace, SubgroupPlace
from hauberk.core.scales import Outcome
from hauberk.core.target import Target
from hauberk.core.value import Value

MOST = 1000
"""Findings, and measurements, kept of one card on one asset; more make it Unable, so that nothing is cut silently."""
LONGEST = 2000
"""Characters kept of a message or a reason."""
SHORTEST = 0.0001
"""Seconds that any run is said to take at least: a number that all writers of JSON spell alike."""
LONGEST_TRACE = 100
"""Steps kept of a finding's trace."""

_TOOLS = {"hauberk": hauberk.__version__, "python": platform.python_version()}

_CRASHES: dict[type[Exception], str] = {
    RecursionError: "nested too deeply to be examined",
    MemoryError: "ran out of the memory allowed",
}


class Told(Value, frozen=True, kw_only=True):
    """What came of one run: all of its evidence that is not known before."""

    reason: str
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    attachments: dict[str, str]
    started: str
    took: float


def examine(
    card: Card, target: Target, *, limits: tuple[Limit, ...] | None = None, clock: Clock = system_clock
) -> Evidence:
    """Evidence of one card on one target.

    ``limits`` replace the card's own. A check that raises is Unable, with the reason and what it had found so far.
    """
    return evident(card, target.asset, run(card, target, limits=limits, clock=clock), seed=target.seed)


def run(card: Card, target: Target, *, limits: tuple[Limit, ...] | None = None, clock: Clock = system_clock) -> Told:
    """Run the card; raises nothing."""
    started, begun = clock(), time.monotonic()
    hits: list[Hit] = []
    measurements: list[Measurement] = []
    attachments: dict[str, str] = {}
    reason = _run(card, target, hits, measurements, attachments)
    hits.extend(_beyond(limits if limits is not None else card.limits, measurements))
    return Told(
        reason=_short(reason),
        findings=tuple(_findings(card, target, hits)),
        measurements=tuple(measurements),
        attachments=attachments,
        started=stamp(started),
        took=max(SHORTEST, round(time.monotonic() - begun, 4)),
    )


def evident(card: Card, asset: Asset, told: Told, *, seed: int) -> Evidence:
    """What was told as evidence of that card on that asset."""
    return identified(
        Evidence(
            id="",
            card=card.id,
            version=card.version,
            stage=card.stage,
            title=card.title,
            basis=card.basis,
            asset=asset,
            outcome=Outcome.UNABLE if told.reason else Outcome.FOUND if told.findings else Outcome.CLEAN,
            reason=told.reason,
            findings=told.findings,
            measurements=told.measurements,
            attachments=told.attachments,
            started=told.started,
            took=told.took,
            tools=_TOOLS,
            seed=seed,
        )
    )


def _run(
    card: Card, target: Target, hits: list[Hit], measurements: list[Measurement], attachments: dict[str, str]
) -> str:
    """Fill the lists and what is attached; the reason why it could not be finished, or empty."""
    try:
        for item in card.run(target):
            if isinstance(item, Attachment):
                attachments[item.name] = item.digest
                continue
            held: list[Any] = measurements if isinstance(item, Measurement) else hits
            if len(held) >= MOST:
                return f"more than {MOST} findings or measurements; the rest was not kept"
            held.append(item)
    except MissingExtra as error:
        return f"not evaluated: {error.remedy}"
    except HauberkError as error:
        return str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001  the one place where a crash becomes an outcome
        return _CRASHES.get(type(error), f"the check crashed: {type(error).__name__}")
    return ""


def _beyond(limits: tuple[Limit, ...], measurements: list[Measurement]) -> Iterator[Hit]:
    """A hit for each measurement that breaks a limit."""
    for limit in limits:
        for measurement in measurements:
            confidence = limit.broken_by(measurement)
            if confidence is not None:
                yield Hit(
                    message=f"{_words(measurement)}; asked: {limit}",
                    place=_subgroup(measurement),
                    severity=limit.severity,
                    confidence=confidence,
                    context=f"{limit.measurement} {sorted(measurement.parameters.items(), key=str)!r}",
                )


def _subgroup(measurement: Measurement) -> SubgroupPlace | None:
    """The rows that a measurement names by the parameters ``table`` and ``predicate``; None where it names none."""
    table, predicate = (measurement.parameters.get(name) for name in ("table", "predicate"))
    if not (isinstance(table, str) and isinstance(predicate, str)):
        return None
    return SubgroupPlace(table=table, predicate=predicate)


def _words(measurement: Measurement) -> str:
    interval = ""
    if measurement.low is not None and measurement.high is not None:
        interval = f" [{measurement.low:.3g}, {measurement.high:.3g}]"
    return f"{measurement.name} is {measurement.value:.3g}{interval} (n={measurement.n})"


def _findings(card: Card, target: Target, hits: list[Hit]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for hit in hits:
        context = hit.context or hit.message
        occurrence = seen[context]
        seen[context] += 1
        yield Finding(
            card=card.id,
            asset=target.asset.id,
            place=hit.place or FilePlace(path=target.asset.uri),
            severity=hit.severity or card.severity,
            confidence=hit.confidence,
            message=_short(hit.message),
            fingerprint=fingerprint(card.id, target.asset.uri, context, occurrence),
            trace=hit.trace[:LONGEST_TRACE],
        )


def _short(text: str) -> str:
    """Text that has a canonical form and an end."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return cut.encode("utf-8", "backslashreplace").decode()
