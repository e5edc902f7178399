# SPDX-License-Identifier: Apache-2.0
"""A flow across a trust boundary that nothing protects."""

from collections.abc import Iterator

from hauberk.checks.design.zones import crossed, said
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Severity
from hauberk.core.system import Flow, System
from hauberk.core.target import Target

_READABLE = frozenset(
    {"authenticated", "authentication", "authorised", "authorized", "api-key", "jwt", "oauth", "password", "firewall"}
    | {
        "signed",
        "signature",
        "checksum",
        "hash",
        "digest",
        "pinned",
        "validated",
        "logged",
        "rate-limit",
        "rate-limited",
    }
)
"""Protections that leave the content readable on the way."""
_PLAIN = frozenset({"http", "plain", "plaintext", "plain-text", "cleartext", "unencrypted"})
_PRIVATE = frozenset({"personal", "sensitive", "secret"})


def _applies(target: Target) -> bool:
    system = target.system
    return bool(system and (system.flows or any(asset.kind is Kind.ENDPOINT for asset in system.assets)))


@check(
    "HBK-DES-001",
    stage="design",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.HIGH,
    remedy="protect the flow (TLS and authentication, or an encrypted, signed file) and declare it as `protection`",
    references=("CWE-319", "CWE-306", "GDPR:Art.32(1)(a)", "ATLAS:AML.T0010.002"),
    needs=("system",),
    applies=_applies,
    basis=Basis.DECLARED,
)
def unprotected_flow(target: Target) -> Iterator[Hit]:
    """Data crosses a trust boundary without a declared protection.

    On the two sides of a boundary different people are in control. What crosses it unprotected can be read, changed or
    replaced on the way: rows leak, training data is poisoned, a model is swapped, and nobody sees it.
    """
    system = target.system
    if system is None:
        return
    for index, flow in enumerate(system.flows):
        where = crossed(system, flow)
        wrong = _wrong(flow) if where else None
        if wrong:
            message, severity = wrong
            yield Hit(
                message=f"flow {flow.name!r} crosses {where} and {message}",
                severity=severity,
                confidence=Confidence.HIGH if flow.crosses else Confidence.MEDIUM,
                place=FilePlace(path=system.uri, line=system.line(f"flows[{index}].protection")),
                context=f"flow {flow.name}",
            )
    yield from _unreached(system)


def _wrong(flow: Flow) -> tuple[str, Severity] | None:
    """What is wrong with a crossing flow's protection, and how bad it is."""
    protection, carries = said(flow.protection) - _PLAIN, frozenset(flow.carries)
    if not protection:
        harmless = carries and carries <= {"public"}
        severity = Severity.LOW if harmless else Severity.MEDIUM if carries == {"internal"} else Severity.HIGH
        return "declares no protection", severity
    if carries & _PRIVATE and protection <= _READABLE:
        kinds = ", ".join(sorted(carries & _PRIVATE))
        return f"carries {kinds} data, and nothing declared keeps it unreadable on the way", Severity.MEDIUM
    return None


def _unreached(system: System) -> Iterator[Hit]:
    """Endpoints that no flow names: what reaches them, and how it is protected, nobody has said."""
    named = {end for flow in system.flows for end in (flow.source, flow.target)}
    for index, asset in enumerate(system.assets):
        if asset.kind is Kind.ENDPOINT and asset.id not in named:
            yield Hit(
                message=f"endpoint {asset.id!r} is in no declared flow: what reaches it, and how protected, is unsaid",
                severity=Severity.MEDIUM,
                place=FilePlace(path=system.uri, line=system.line(f"assets[{index}]")),
                context=f"endpoint {asset.id}",
            )
