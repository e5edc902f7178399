# SPDX-License-Identifier: Apache-2.0
"""Whether a client's stream of queries still comes from where the training data came from.

A conformal test martingale (Vovk, Gammerman and Shafer 2005) with restarts: each query bets against its own p-value.
Under the training distribution capital does not grow on average, so the chance that one of the first ``horizon``
restarts ever reaches horizon / rate is ``rate`` at most (Doob's inequality for the Shiryaev-Roberts sum, which bounds
what is kept here). Streams made to extract a model, synthetic, from elsewhere or picked where the model is unsure,
keep drawing small p-values and make it grow without bound. A client who asks what any honest client asks cannot be
told from one; only a quota bounds that.
"""

import math
from dataclasses import dataclass

import numpy as np

from hauberk.core.errors import CannotLook
from hauberk.detect.held import Floats

FEWEST = 100
"""Held-in rows; with fewer, no bet is small enough to be safe from the gauge's own error and still wins soon."""

_POWERS = np.linspace(0.05, 0.95, 19)
_MARGIN = 4.0
"""Standard errors of the gauge that a bet must survive."""


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """Scores of held-in rows that nothing was fitted on; turns a score into a p-value, and says how to bet on it."""

    ordered: Floats
    """Ascending."""
    powers: Floats
    """Bets of the power martingale, ``power * p ** (power - 1)``, each with an even share of the capital."""
    rate: float
    """Chance of ever raising a false alarm over the horizon, for an honest client."""
    horizon: int
    """Queries."""

    @property
    def limit(self) -> float:
        """Logarithm of the capital that counts as a detection."""
        return math.log(self.horizon / self.rate)

    def p_value(self, score: float) -> float:
        """Share of held-in rows that are at least as strange, the row itself among them; in (0, 1]."""
        above = len(self.ordered) - int(np.searchsorted(self.ordered, score, side="left"))
        return (above + 1.0) / (len(self.ordered) + 1.0)


class Stream:
    """One client's capital."""

    def __init__(self, gauge: Gauge, parts: Floats | None = None) -> None:
        """Nothing was asked yet; or go on with ``parts``, (bets,), which may lie in shared memory and is written to."""
        self.gauge = gauge
        self.queries = 0
        self._parts = np.zeros(len(gauge.powers)) if parts is None else parts
        self._stakes = np.log(gauge.powers)

    def take(self, score: float) -> bool:
        """Take one query by its score; whether the stream is now beyond what the rate allows."""
        self.queries += 1
        self._parts += self._stakes + (self.gauge.powers - 1.0) * math.log(self.gauge.p_value(score))
        np.maximum(self._parts, 0.0, out=self._parts)
        return self.log_capital >= self.gauge.limit

    @property
    def log_capital(self) -> float:
        """Logarithm of the mean over the bets; a bet that is down starts again, so an honest past buys no credit."""
        top = float(self._parts.max())
        return top + math.log(float(np.exp(self._parts - top).mean()))


def gauge(scores: Floats, rate: float, horizon: int = 100_000) -> Gauge:
    """A gauge of held-in scores; raises CannotLook where they are fewer than ``FEWEST``.

    The gauge's own error is about 1/sqrt(n) in the mean of -log p. Bets that such an error could make grow by itself,
    query after query, are left out: those are the timid ones, which win only in the very long run.
    """
    if len(scores) < FEWEST:
        message = f"{len(scores)} held-in rows do not carry a stream's gauge; {FEWEST} would"
        raise CannotLook(message)
    if not 0.0 < rate < 1.0 or horizon < 1:
        message = f"a rate of {rate} over {horizon} queries"
        raise ValueError(message)
    breaks_even = -np.log(_POWERS) / (1.0 - _POWERS)
    powers = _POWERS[breaks_even >= 1.0 + _MARGIN / math.sqrt(len(scores))]
    return Gauge(ordered=np.sort(scores), powers=powers, rate=rate, horizon=horizon)
