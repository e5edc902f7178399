# SPDX-License-Identifier: Apache-2.0
"""Clients whose queries as a whole do not come from where training data came from."""

from pathlib import Path

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.detect.fitted import STREAMS
from hauberk.detect.outlier import msp
from hauberk.detect.stream import BETS, Stream
from hauberk.guard.slots import Row, Slots
from hauberk.guard.watch.campaign import AGAIN
from hauberk.guard.watch.sight import SECONDS, Sight


class Extraction:
    """One capital a client and bet, in a table that all workers share."""

    id, seconds, after = "extraction", SECONDS, True

    def __init__(self, sight: Sight, action: Action, path: Path) -> None:
        """Map the table; raises Misuse where that fails."""
        self._sight, self._action = sight, action
        self._gauges = [sight.fitted.gauges[name] for name in STREAMS]
        self._doubt = msp(sight.fitted.fitted)
        self._slots = Slots(path, BETS * len(STREAMS), _is_even)

    def score(self, query: Query) -> Detection | None:
        """The bet that won most, as a logarithm, against what it may win by chance; once lost it is not forgotten."""
        held = self._sight.held(query)
        scores = (self._sight.strangeness(query), self._doubt(held), self._sight.near(query)[1])
        again = query.cache.get(AGAIN) or [False] * query.rows  # a row asked again tells little, and is no evidence
        found: Detection | None = None
        with self._slots.of(query.client) as parts:
            for at, (gauge, rows) in enumerate(zip(self._gauges, scores, strict=True)):
                stream = Stream(gauge, parts[BETS * at : BETS * (at + 1)])
                beyond = [
                    stream.take(float(score), int(label))
                    for score, label, known in zip(rows, held.labels, again, strict=True)
                    if not known
                ]
                lost = any(beyond) or stream.log_capital >= gauge.limit  # also where nothing new is asked
                if lost and (found is None or stream.log_capital > found.score):
                    note = f"{STREAMS[at]} rows"
                    found = Detection(
                        detector=self.id,
                        score=stream.log_capital,
                        threshold=gauge.limit,
                        action=self._action,
                        note=note,
                    )
        return found


def _is_even(parts: Row) -> bool:
    """Whether a client has won next to nothing, so that forgetting it loses next to nothing."""
    return bool(parts.max(initial=0.0) < 1.0)
