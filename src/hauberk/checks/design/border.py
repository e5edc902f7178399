# SPDX-License-Identifier: Apache-2.0
"""Personal data that leaves a jurisdiction."""

from collections.abc import Iterator

from hauberk.checks.design.jurisdiction import ADEQUATE, ADEQUATE_IF, AS_OF, EEA, country, free
from hauberk.checks.design.zones import outside, regions, said
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Severity
from hauberk.core.system import Flow, System
from hauberk.core.target import Target

_PERSONAL = frozenset({"personal", "sensitive"})


def _carries_people(flow: Flow) -> bool:
    return bool(_PERSONAL & frozenset(flow.carries))


def _applies(target: Target) -> bool:
    return bool(target.system and any(_carries_people(flow) for flow in target.system.flows))


@check(
    "HBK-DES-002",
    stage="design",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.HIGH,
    remedy="keep the data in one jurisdiction, or state the legal basis as the flow's `basis` (such as scc, bcr, dpf)",
    references=("GDPR:Art.44", "GDPR:Art.45", "GDPR:Art.46", "GDPR:Art.49"),
    needs=("system",),
    applies=_applies,
    basis=Basis.DECLARED,
)
def border(target: Target) -> Iterator[Hit]:
    """Personal data crosses a border without a declared legal basis.

    Another country's law lets other people look at the data. Whoever sends personal data there must be able to say
    what makes that lawful, before it is sent; without it the transfer may have to stop from one day to the next.
    """
    system = target.system
    if system is None:
        return
    for index, flow in enumerate(system.flows):
        wrong = _wrong(system, flow) if _carries_people(flow) else None
        if wrong:
            message, severity, confidence = wrong
            yield Hit(
                message=f"flow {flow.name!r} {message}",
                severity=severity,
                confidence=confidence,
                place=FilePlace(path=system.uri, line=system.line(f"flows[{index}].basis")),
                context=f"flow {flow.name}",
            )


def _wrong(system: System, flow: Flow) -> tuple[str, Severity, Confidence] | None:
    source, destination = regions(system, flow)
    if not (source and destination):
        return _unsaid(system, flow, source, destination)
    if free(source, destination):
        return None
    way = f"carries personal data from {source} to {destination}"
    basis = said((flow.basis,))
    if basis:
        return _mismatch(way, source, destination, next(iter(basis)))
    condition = ADEQUATE_IF.get(country(destination), "")
    if country(source) not in EEA:
        return f"{way} and states no legal basis", Severity.MEDIUM, Confidence.MEDIUM
    if condition:
        return (
            f"{way} and states no legal basis; the adequacy decision covers {condition}",
            Severity.HIGH,
            Confidence.HIGH,
        )
    return (
        f"{way}, for which no adequacy decision was known on {AS_OF}, and states no legal basis",
        Severity.HIGH,
        Confidence.HIGH,
    )


def _mismatch(way: str, source: str, destination: str, basis: str) -> tuple[str, Severity, Confidence] | None:
    """A stated basis that cannot be right for this destination."""
    if country(source) not in EEA:
        return None
    known = country(destination) in ADEQUATE or country(destination) in ADEQUATE_IF
    if basis.startswith("adequa") and not known:
        return f"{way} on adequacy, and no such decision was known on {AS_OF}", Severity.HIGH, Confidence.MEDIUM
    if basis in {"dpf", "data-privacy-framework", "eu-us-dpf"} and country(destination) != "US":
        return (
            f"{way} on the Data Privacy Framework, which covers the United States only",
            Severity.HIGH,
            Confidence.HIGH,
        )
    if basis in {"privacy-shield", "safe-harbor", "safe-harbour"}:
        return f"{way} on a framework that the Court of Justice has annulled", Severity.HIGH, Confidence.HIGH
    return None


def _unsaid(system: System, flow: Flow, source: str, destination: str) -> tuple[str, Severity, Confidence] | None:
    """Personal data that leaves for an outside party whose country nobody has named."""
    if source and not destination and outside(system, flow.target):
        message = (
            f"carries personal data out of {source} to {flow.target!r}, and the manifest does not say where that is"
        )
        return message, Severity.LOW, Confidence.MEDIUM
    return None
