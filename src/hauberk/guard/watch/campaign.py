# SPDX-License-Identifier: Apache-2.0
"""Queries that search, of whatever accounts: one memory for all workers."""

from pathlib import Path

import numpy as np

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.detect.campaign import DIRECTIONS, Laid, Memory
from hauberk.guard.slots import Locked
from hauberk.guard.watch.sight import SECONDS, Sight, detection

AGAIN = "again"
"""Where the cache of a query has whether each row, or one that it is linked to, was asked before, by anybody."""
_HEAD = 64


class Campaign:
    """Chains of queries in a memory that lies in a file."""

    id, seconds, after = "campaign", SECONDS, False

    def __init__(self, sight: Sight, action: Action, path: Path) -> None:
        """Map the memory; raises Misuse where that fails."""
        self._sight, self._action = sight, action
        capacity = sight.fitted.campaign.capacity
        sizes = (_HEAD, capacity * DIRECTIONS * 4, capacity * 4, capacity * 8)
        self._locked = Locked(path, sum(sizes))
        places = np.cumsum((0, *sizes))
        whole = memoryview(self._locked.map)
        count, rows, norms, lengths = (whole[places[at] : places[at + 1]] for at in range(4))
        self._memory = Memory(
            Laid(np.frombuffer(rows, np.float32).reshape(capacity, DIRECTIONS), np.frombuffer(norms, np.float32)),
            np.frombuffer(lengths, np.int64),
            np.frombuffer(count, np.int64),
        )

    def score(self, query: Query) -> Detection | None:
        """The longest chain that ends in one of the rows."""
        terms = self._sight.fitted.campaign
        rows = self._sight.rows(query)
        with self._locked:
            taken = [(self._memory.take(row, terms), self._memory.again) for row in rows]
        query.cache[AGAIN] = [again for _, again in taken]
        return detection(self.id, [length for length, _ in taken], terms.least, self._action)
