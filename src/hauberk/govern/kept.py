# SPDX-License-Identifier: Apache-2.0
"""Which kinds of entries a verified ledger holds, and of which day: what happened beside assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hauberk.ledger.log import Ledger
from hauberk.signing.key import PublicKey


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The last entry of a kind on one day."""

    kind: str
    index: int
    at: str
    """When it was sealed, RFC 3339 UTC."""


def kept(folder: Path, keys: Sequence[PublicKey]) -> tuple[Kept, ...]:
    """The last entry of each kind on each day, oldest first; raises Broken where the ledger does not verify."""
    ledger = Ledger.open(folder / ".hauberk" / "ledger", keys=tuple(keys))
    ledger.verify()
    found: dict[tuple[str, str], Kept] = {}
    for entry, _ in ledger.entries():
        found[entry.kind, entry.at[:10]] = Kept(kind=entry.kind, index=entry.index, at=entry.at)
    return tuple(sorted(found.values(), key=lambda one: one.index))


def first(among: Sequence[Kept], kind: str) -> Kept | None:
    """An entry of a kind of the first day that has one."""
    return next((one for one in among if one.kind == kind), None)


def latest(among: Sequence[Kept], kind: str, day: date, days: int) -> Kept | None:
    """The last entry of a kind as of a day, not older than so many days before it."""
    start = (day - timedelta(days=days)).isoformat()
    found = [one for one in among if one.kind == kind and start <= one.at[:10] <= day.isoformat()]
    return found[-1] if found else None
