# SPDX-License-Identifier: Apache-2.0
"""Personal data in the columns of a table."""

from collections.abc import Iterator

from hauberk.analysis.personal import Sighting, sightings
from hauberk.analysis.personal_names import GIVEN_NAMES, Nature
from hauberk.assets.table import Table
from hauberk.checks.data.tables import FORMATS, opened
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import RowPlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SEVERITY = {Nature.DIRECT: Severity.HIGH, Nature.SENSITIVE: Severity.MEDIUM, Nature.INDIRECT: Severity.LOW}
_SPREAD = 3
"""Columns of one type that are named one by one; more are one category in many columns."""
_MOST_DIGITS = 5
"""Digits in a row that the name of a column may have; with more, it may be a value."""


@check(
    "HBK-DAT-001",
    stage="data",
    kinds=("dataset",),
    formats=FORMATS,
    severity=Severity.HIGH,
    remedy=(
        "remove or pseudonymise the column if the model does not need it; otherwise declare it in the manifest as"
        " personal, with the basis on which it is held"
    ),
    references=("GDPR:Art.5(1)(c)", "GDPR:Art.6", "AI-Act:Art.10", "CWE-359"),
    seconds=120,
)
def personal_columns(target: Target) -> Iterator[Hit]:
    """Table holds personal data.

    A model can give back what it was trained on, and a file of training data is copied more often than it is
    protected: what is not needed should not be there, and what is needed must be held on a stated basis.
    """
    table = opened(target)
    columns = {column.name: column for column in target.facts.columns}
    named: dict[str, list[Sighting]] = {}
    for sighting in sightings(table):
        declared = columns.pop(sighting.column, None)
        if declared and declared.basis and (declared.personal or declared.sensitive):
            continue
        if sighting.share is None:
            named.setdefault(sighting.type, []).append(sighting)
        else:
            yield _hit(target, table, sighting, _words(table, sighting))
    for alike in named.values():
        yield from _by_name(target, table, alike)
    for column in columns.values():
        if column.personal and not column.basis and column.name in table.names:
            message = f"column {column.name!r} is declared as personal, without the basis on which it is held"
            place = RowPlace(table=target.asset.uri, column=column.name)
            yield Hit(message=message, place=place, severity=Severity.MEDIUM, context=f"{column.name} without basis")


def _hit(target: Target, table: Table, sighting: Sighting, message: str) -> Hit:
    name = shown(table, sighting.column)
    return Hit(
        message=message,
        place=RowPlace(table=target.asset.uri, column=name),
        severity=_SEVERITY[sighting.nature],
        confidence=sighting.confidence,
        context=f"{name} {sighting.type}",
    )


def _by_name(target: Target, table: Table, alike: list[Sighting]) -> Iterator[Hit]:
    """A hit for each column, or one for all where a category was spread over many columns."""
    first = alike[0]
    if len(alike) > _SPREAD:
        message = f"column {shown(table, first.column)!r} and {len(alike) - 1} more seem by their names to hold"
        yield _hit(target, table, first, f"{message} {first.type}, which {first.nature.value}")
        return
    for one in alike:
        message = f"column {shown(table, one.column)!r} seems by its name to hold {one.type}"
        yield _hit(target, table, one, f"{message}, which {one.nature.value}")


def shown(table: Table, name: str) -> str:
    """The name of a column, or its number where the name could be a value of a table that has no header."""
    words = name.lower().replace(",", " ").split()
    digits = max((len(run) for run in "".join(c if c.isdigit() else " " for c in name).split()), default=0)
    if "@" in name or digits > _MOST_DIGITS or GIVEN_NAMES.intersection(words):
        return f"column {table.names.index(name) + 1}"
    return name


def _words(table: Table, sighting: Sighting) -> str:
    name = shown(table, sighting.column)
    of = f"of the cells looked at (of {sighting.n})" if sighting.sampled else f"of {sighting.n} cells"
    kind = "may hold" if sighting.confidence is Confidence.LOW else "holds"
    return f"column {name!r} {kind} {sighting.type}: {_percent(sighting.share or 0.0)} {of}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"  # noqa: PLR2004  the word says it
