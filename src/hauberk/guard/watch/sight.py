# SPDX-License-Identifier: Apache-2.0
"""A request as detectors see it: its rows and the model's answer as matrices, made once and shared."""

from collections.abc import Callable, Sequence
from math import isfinite, nan
from typing import TypeVar

import numpy as np

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.detect.answers import logits_of
from hauberk.detect.fitted import Fitted, Sample
from hauberk.detect.held import Floats, Held
from hauberk.detect.layout import Single, matrix

_Made = TypeVar("_Made")
SECONDS = 5.0
"""Longest that a detector may take, by the wall clock: what is slower has failed, and a busy machine is no failure."""
FEATURES = "features"
"""Where the cache of a query has what the model made of its rows before its last layer."""


class Sight:
    """Views of a query, kept in its cache."""

    def __init__(self, fitted: Fitted) -> None:
        """See as these terms say."""
        self.fitted, self._line = fitted, Single(fitted.blocks)
        self._strangeness = fitted.strangeness()

    def rows(self, query: Query) -> Floats:
        """(rows, width): numbers as asked."""
        return _once(query, "rows", lambda: self._rows(query))

    def held(self, query: Query) -> Held:
        """What the out-of-distribution scores take; the model has answered."""
        return _once(query, "held", lambda: self._held(query))

    def near(self, query: Query) -> tuple[Floats, Floats]:
        """Disagreement with the neighbours, and distance to them."""
        return _once(
            query,
            "near",
            lambda: self.fitted.near.score(self.fitted.space.flat(self.rows(query)), self.held(query).labels),
        )

    def strangeness(self, query: Query) -> Floats:
        """The chosen score."""
        return _once(query, "strangeness", lambda: self._strangeness(self.held(query)))

    def _rows(self, query: Query) -> Floats:
        line = self._line(query)
        return matrix(query.inputs, self.fitted.blocks) if line is None else np.array([line], dtype=np.float64)

    def _held(self, query: Query) -> Held:
        features = query.cache.get(FEATURES) if self.fitted.featured else None
        if self.fitted.featured and features is None:
            raise ValueError("the model gave no features")
        logits = logits_of(query.answer, self.fitted.classes)
        return Sample(rows=self.rows(query), logits=logits, features=features).held(self.fitted.space)


def _once(query: Query, name: str, make: Callable[[], _Made]) -> _Made:
    found: _Made = query.cache[name] if name in query.cache else query.cache.setdefault(name, make())
    return found


def detection(name: str, scores: Sequence[float], threshold: float, action: Action) -> Detection | None:
    """What a detector says of the scores of a request's rows; it counts before it looks, so that time tells nothing."""
    beyond = len(scores) - sum(score < threshold for score in scores)
    if not beyond:
        return None
    worst = max(scores) if all(map(isfinite, scores)) else nan  # which the chain takes for a failure
    note = f"rows {beyond} of {len(scores)}"
    return Detection(detector=name, score=float(worst), threshold=threshold, action=action, note=note)
