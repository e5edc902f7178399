# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-029."""

from collections.abc import Iterator

from hauberk.analysis.flow_names import Origin
from hauberk.analysis.flow_values import Source
from hauberk.analysis.personal_flow import Declared, PersonalFlow
from hauberk.assets.purpose import outside_tests
from hauberk.checks.code import context, opened
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Kind, Severity
from hauberk.core.system import System
from hauberk.core.target import Target

_VERBS = {"print": "prints", "log": "writes to a log", "send": "sends", "file": "writes to a file"}
_NEAR = 6
"""Steps up to which a way is as good as seen."""


@check(
    "HBK-COD-029",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="print, log and send counts, means or a keyed hash instead of values; drop the column before it leaves",
    references=("CWE-532", "CWE-359", "GDPR:Art.5(1)(f)", "GDPR:Art.32(1)", "OWASP-ML:2023:ML06"),
    applies=outside_tests,
)
def personal_leak(target: Target) -> Iterator[Hit]:
    """Values of a personal column are printed, logged, sent or written out.

    Logs, trackers and notebooks are kept longer, copied further and read by more people than the table, and nobody
    erases a person there. Columns are those that the manifest declares as personal or sensitive, and those whose name
    says that they identify a person.
    """
    reading = opened(target)
    flow = PersonalFlow(reading.flows.definitions, _declared(target.system))
    for leak in flow.leaks(reading.module):
        source = Source(Origin.LOCAL, decoded=False, own=False, way=leak.way)
        yield Hit(
            message=f"{leak.sink.words} {_VERBS[leak.sink.kind]} column {leak.column.name!r}: {leak.column.holds}",
            place=reading.place(leak.call),
            severity=Severity.LOW if leak.sink.kind == "file" else Severity.MEDIUM,
            confidence=Confidence.HIGH if len(leak.way) <= _NEAR else Confidence.MEDIUM,
            context=context(reading, leak.call),
            trace=reading.steps(source, leak.call.node, leak.sink.words),
        )
    reading.complain()


def _declared(system: System | None) -> Declared:
    """Personal and sensitive columns of the manifest, and the files that hold them."""
    columns: dict[str, str] = {}
    files: dict[str, str] = {}
    for asset in system.assets if system is not None else ():
        personal = [one.name for one in asset.facts.columns if one.personal or one.sensitive]
        if asset.kind is Kind.DATASET and personal:
            columns |= dict.fromkeys(personal, asset.id)
            files[asset.uri.rpartition("/")[2]] = asset.id
    return Declared(columns, {name: one for name, one in files.items() if name})
