# SPDX-License-Identifier: Apache-2.0
"""Rows whose neighbours among the training rows have another label than the model gives."""

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.guard.watch.sight import Sight, detection


class Adversarial:
    """Neighbourhood disagreement."""

    id, seconds, after = "adversarial", 1.0, True

    def __init__(self, sight: Sight, action: Action) -> None:
        """What policy does with it."""
        self._sight, self._action = sight, action

    def score(self, query: Query) -> Detection | None:
        """The row that disagrees most."""
        return detection(self.id, self._sight.near(query)[0], self._sight.fitted.disagrees_from, self._action)
