# SPDX-License-Identifier: Apache-2.0
"""Where a ledger stands after some entries: what the next one must know, without reading those before it."""

from dataclasses import dataclass, field

from hauberk.core.entry import Entry
from hauberk.ledger.keys import KIND, Ring

MOST_SOURCES = 200
"""Sources of one ledger; a segment's first line states the count of each."""


@dataclass(kw_only=True)
class Standing:
    """Counts of sources, the last stamp and the keys."""

    ring: Ring
    at: str = ""
    """Stamp of the last entry; empty in an empty ledger."""
    counts: dict[str, int] = field(default_factory=dict)
    """``tenant:source`` to the number of its entries."""

    def copy(self) -> "Standing":
        """The same, going its own way."""
        return Standing(ring=self.ring.copy(), at=self.at, counts=dict(self.counts))

    def follow(self, entry: Entry, body: bytes, root: bytes) -> None:
        """Go on behind an entry that has been checked; ``root`` is that of the tree before it."""
        name = counter(entry)
        self.counts[name] = self.counts.get(name, 0) + 1
        self.at = entry.at
        if entry.kind == KIND:
            self.ring.settle(entry.index, self.ring.announce(entry, body, root))


def counter(entry: Entry) -> str:
    """Name of the counter that an entry belongs to."""
    return f"{entry.tenant}:{entry.source}"
