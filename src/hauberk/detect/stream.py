# SPDX-License-Identifier: Apache-2.0
"""Whether a client's stream of queries still comes from where the training data came from.

A conformal test martingale (Vovk, Gammerman and Shafer 2005) with restarts: each query bets against its own p-value.
Under the training distribution capital does not grow on average, so the chance that one of the first ``horizon``
restarts ever reaches horizon / rate is ``rate`` at most (Doob's inequality for the Shiryaev-Roberts sum, which bounds
what is kept here). Streams made to extract a model, synthetic, from elsewhere or picked where the model is unsure,
keep drawing small p-values and make it grow without bound. A client who asks what any honest client asks cannot be
told from one; only a quota bounds that.

Honest clients differ: one sends a single class all day, another has a worse scanner. So a score is taken relative to
those of the class that the model gave, which makes any mixture of classes even, and a p-value is doubled before it is
bet on, so that capital does not grow where strange rows come up to twice as often as they should. That covers the
gauge's own error as well.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.detect.held import Floats

FEWEST = 100
"""Held-in rows; with fewer, the gauge's own error is more than the tolerance covers."""
TOLERANCE = 2.0
"""An honest client's strange rows may come so many times as often as held-in ones."""

_POWERS = np.linspace(0.05, 0.95, 19)
_SHRINK = 10.0
"""Rows of a class that count as much towards its spread as all others together."""
_UPPER = 0.9
_TINY = 1e-9
_STAKES = np.log(_POWERS)
BETS = len(_POWERS)
"""Of the power martingale, ``power * p ** (power - 1)``, each with an even share of the capital."""


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """Scores of held-in rows that nothing was fitted on; turns a score into a p-value to bet on."""

    ordered: Floats
    """Ascending, each relative to its class."""
    middles: Floats
    """(classes,): median of each class's scores."""
    spreads: Floats
    """(classes,): from the median to the 90th percentile."""
    rate: float
    """Chance of ever raising a false alarm over the horizon, for an honest client."""
    horizon: int
    """Queries."""

    @property
    def limit(self) -> float:
        """Logarithm of the capital that counts as a detection."""
        return math.log(self.horizon / self.rate)

    def p_value(self, score: float, label: int) -> float:
        """Share of held-in rows that are at least as strange for their class, the row among them; in (0, 1]."""
        relative = (score - self.middles[label]) / self.spreads[label]
        above = len(self.ordered) - int(np.searchsorted(self.ordered, relative, side="left"))
        return (above + 1.0) / (len(self.ordered) + 1.0)


class Stream:
    """One client's capital."""

    def __init__(self, gauge: Gauge, parts: Floats | None = None) -> None:
        """Nothing was asked yet; or go on with ``parts``, (BETS,), which may lie in shared memory and is written to."""
        self.gauge = gauge
        self._parts = np.zeros(BETS) if parts is None else parts

    def take(self, score: float, label: int) -> bool:
        """Take one query by its score and the class it was given; whether the stream is beyond what the rate allows."""
        worth = math.log(min(TOLERANCE * self.gauge.p_value(score, label), 1.0))
        self._parts += _STAKES + (_POWERS - 1.0) * worth
        np.maximum(self._parts, 0.0, out=self._parts)
        return self.log_capital >= self.gauge.limit

    @property
    def log_capital(self) -> float:
        """Logarithm of the mean over the bets; a bet that is down starts again, so an honest past buys no credit."""
        top = float(self._parts.max())
        return top + math.log(float(np.exp(self._parts - top).mean()))


def gauge(scores: Floats, labels: NDArray[np.int64], classes: int, rate: float, horizon: int = 100_000) -> Gauge:
    """A gauge of held-in scores and the classes given to their rows, out of so many.

    Raises CannotLook where they are fewer than ``FEWEST``. Spreads of small classes are drawn towards that of all rows;
    a class without rows is taken for all of them.
    """
    if len(scores) < FEWEST:
        message = f"{len(scores)} held-in rows do not carry a stream's gauge; {FEWEST} would"
        raise CannotLook(message)
    if not 0.0 < rate < 1.0 or horizon < 1:
        message = f"a rate of {rate} over {horizon} queries"
        raise ValueError(message)
    middle, upper = np.quantile(scores, (0.5, _UPPER))
    middles, spreads = np.full(classes, middle), np.full(classes, max(upper - middle, _TINY))
    for label in np.unique(labels):
        own = scores[labels == label]
        trust = len(own) / (len(own) + _SHRINK)
        middles[label] = np.median(own)
        spreads[label] = max(
            trust * (np.quantile(own, _UPPER) - middles[label]) + (1 - trust) * (upper - middle), _TINY
        )
    ordered = np.sort((scores - middles[labels]) / spreads[labels])
    return Gauge(ordered=ordered, middles=middles, spreads=spreads, rate=rate, horizon=horizon)
