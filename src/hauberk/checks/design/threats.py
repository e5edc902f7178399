# SPDX-License-Identifier: Apache-2.0
"""Assets that face others, and for which nobody thought of a threat."""

import re
from collections.abc import Iterator

from hauberk.checks.design.atlas import TECHNIQUES, VERSION
from hauberk.checks.design.zones import crossed
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Kind, Severity
from hauberk.core.system import System, Threat
from hauberk.core.target import Target
from hauberk.manifest.blank import blank

_ATLAS = re.compile(r"(?:ATLAS:)?(AML\.[A-Z]+\d*(?:\.\d+)?.*)", re.IGNORECASE)
_TECHNIQUE = re.compile(r"AML\.T(\d{4})(?:\.\d{3})?")
_PUBLISHED = re.compile(
    r"(CWE|CAPEC)-\d{1,5}|T\d{4}(\.\d{3})?|OWASP-[A-Z]+:20\d\d:[A-Z]{2,4}\d{1,2}|CVE-\d{4}-\d{4,}|LINDDUN:\w+|STRIDE:\w+",
    re.IGNORECASE,
)
_HIGHEST = max(id_[:9] for id_ in TECHNIQUES)


def _applies(target: Target) -> bool:
    return bool(target.system and (_facing(target.system) or target.system.threats))


@check(
    "HBK-DES-003",
    stage="design",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.MEDIUM,
    remedy="for each model, endpoint and asset on a boundary add to `threats` an ATLAS id and what was decided",
    references=("ATLAS:AML.T0015", "NIST-AI-100-2:2025", "AI-Act:Art.9", "AI-Act:Art.15"),
    needs=("system",),
    applies=_applies,
    basis=Basis.DECLARED,
)
def threats(target: Target) -> Iterator[Hit]:
    """No threat was considered for an asset that faces others.

    A model and whatever stands on a trust boundary will be attacked in known ways. A threat that somebody wrote down,
    with what was decided about it, can be tested; one that nobody thought of is found by the attacker.
    """
    system = target.system
    if system is None:
        return
    considered = {threat.asset for threat in system.threats if _recognised(threat)}
    for index, why in sorted(_facing(system).items()):
        asset = system.assets[index]
        if asset.id not in considered:
            yield Hit(
                message=f"no threat is considered for {asset.id!r}, {why}",
                place=FilePlace(path=system.uri, line=system.line(f"assets[{index}]")),
                context=f"asset {asset.id}",
            )
    for index, threat in enumerate(system.threats):
        wrong = _wrong(threat)
        if wrong:
            yield Hit(
                message=f"threat {threat.id!r} {wrong}",
                severity=Severity.LOW,
                place=FilePlace(path=system.uri, line=system.line(f"threats[{index}]")),
                context=f"threat {threat.id} {threat.asset}",
            )


def _facing(system: System) -> dict[int, str]:
    """Index of each asset that faces others, and in what way it does."""
    on_boundary = {end for flow in system.flows if crossed(system, flow) for end in (flow.source, flow.target)}
    found: dict[int, str] = {}
    for index, asset in enumerate(system.assets):
        if asset.kind is Kind.MODEL:
            found[index] = "a model"
        elif asset.kind is Kind.ENDPOINT:
            found[index] = "an endpoint"
        elif asset.id in on_boundary:
            found[index] = "which stands on a trust boundary"
    return found


def _recognised(threat: Threat) -> bool:
    """Whether the id is one of a published list, or explains itself by a title."""
    atlas = _ATLAS.fullmatch(threat.id)
    if atlas is None:
        return not blank(threat.title) or _PUBLISHED.fullmatch(threat.id) is not None
    technique = atlas[1].upper()
    newer = _TECHNIQUE.fullmatch(technique) is not None and technique[:9] > _HIGHEST and not blank(threat.title)
    return technique in TECHNIQUES or newer


def _wrong(threat: Threat) -> str:
    """What is wrong with one threat; empty where nothing is."""
    if not _recognised(threat):
        known = f"is no technique of ATLAS {VERSION}" if _ATLAS.fullmatch(threat.id) else "is of no published list"
        return f"{known} and has no title that says what it is; correct the id or add a title"
    if blank(threat.treatment):
        return "is listed without a decision; say under `treatment` what was decided"
    return ""
