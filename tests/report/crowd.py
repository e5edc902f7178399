# SPDX-License-Identifier: Apache-2.0
"""Scans of any size, for the limits that readers set."""

from msgspec.structs import replace

from hauberk.core.asset import Asset
from hauberk.core.canonical import digest
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding, fingerprint
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity, Stage
from tests.report.worked import WORKED


def crowded(pieces, findings_each=0, text="eval runs text that comes from a request"):
    """A scan of ``pieces`` pieces of evidence beside the worked example's, each with some findings."""
    severities = tuple(Severity)
    evidence = []
    for number in range(pieces):
        uri = f"src/package_{number % 40}/module_{number}.py"
        found = tuple(
            Finding(
                card="HBK-COD-002", asset=uri, place=FilePlace(path=uri, line=line + 1), severity=severities[(number + line) % 5],
                confidence=Confidence.HIGH, message=text, fingerprint=fingerprint("HBK-COD-002", uri, text, line),
            )
            for line in range(findings_each)
        )  # fmt: skip
        evidence.append(
            Evidence(
                id=digest(uri.encode()), card="HBK-COD-002", version=1, stage=Stage.DEVELOP, title="Code runs text", basis=Basis.EXAMINED,
                asset=Asset(id=uri, kind=Kind.CODE, uri=uri, digest=digest(b"x" + uri.encode())), findings=found,
                outcome=Outcome.FOUND if found else Outcome.CLEAN, started="2026-01-01T00:00:00.000000Z", took=0.01,
                tools={"hauberk": "0.1.0", "python": "3.11.7"},
            )
        )  # fmt: skip
    return replace(WORKED, evidence=(*WORKED.evidence, *evidence))
