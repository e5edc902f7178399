# SPDX-License-Identifier: Apache-2.0
"""Heartbeats: a source promises an entry every so many seconds, so that its silence shows.

A heartbeat also states how many entries every source has so far. Counts without gaps show an entry that was dropped
in between; this shows those dropped at a source's end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode
from hauberk.core.entry import Count, Entry
from hauberk.core.errors import EntryMissing, LedgerBroken, Malformed
from hauberk.core.value import Value

if TYPE_CHECKING:
    from hauberk.ledger.commit import Point
    from hauberk.ledger.log import Ledger

KIND = "heartbeat"
_LATE = 2
"""A source is silent once so many times its interval has passed without an entry."""


class Heartbeat(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``heartbeat``."""

    counts: dict[str, Count]
    """``tenant:source`` to the number of its entries before this one."""
    every: Count
    """Seconds until the source's next entry, at the latest; 0 ends the promise."""
    schema: Literal["hauberk/heartbeat/1"] = "hauberk/heartbeat/1"


class Silence(Value, frozen=True, kw_only=True):
    """A time in which a source that had promised heartbeats said nothing."""

    source: str
    since: str
    until: str
    """Stamp of its next entry, or of the ledger's last one where none came; the present is for the reader to add."""


class Pulse:
    """Follows the promises of all sources."""

    def __init__(self) -> None:
        """Nothing is promised yet."""
        self._promised: dict[str, tuple[int, str]] = {}
        self._silences: list[Silence] = []

    def silences(self, last: str) -> tuple[Silence, ...]:
        """Every silence up to the last entry's stamp, in order."""
        open_ends = (
            Silence(source=source, since=since, until=last)
            for source, (every, since) in self._promised.items()
            if every and _seconds(since, last) > _LATE * every
        )
        return (*self._silences, *open_ends)

    def beat(self, entry: Entry, body: bytes, name: str, counts: Mapping[str, int]) -> None:
        """Take one heartbeat; raises LedgerBroken where it is none, EntryMissing where its counts are not these."""
        try:
            told = decode(body, Heartbeat)
        except Malformed as error:
            message = f"entry {entry.index} is of kind {KIND} and is no heartbeat"
            raise LedgerBroken(message) from error
        for source in told.counts.keys() | counts.keys():
            if told.counts.get(source, 0) != counts.get(source, 0):
                message = (
                    f"entry {entry.index} counts {told.counts.get(source, 0)} entries of source {source}, "
                    f"and {counts.get(source, 0)} are there"
                )
                raise EntryMissing(message)
        every, since = self._promised.get(name, (0, entry.at))
        if every and _seconds(since, entry.at) > _LATE * every:
            self._silences.append(Silence(source=name, since=since, until=entry.at))
        self._promised[name] = (told.every, entry.at)


def beat(ledger: "Ledger", every: int) -> Entry:
    """Seal one heartbeat of the ledger's source, which promises the next within ``every`` seconds (0: none)."""

    def make(point: "Point") -> bytes:
        return canonical(Heartbeat(counts=dict(point.counts), every=every))

    return ledger.append_made(KIND, make)


def _seconds(since: str, until: str) -> float:
    return (_moment(until) - _moment(since)).total_seconds()


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
