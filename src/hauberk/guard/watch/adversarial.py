# SPDX-License-Identifier: Apache-2.0
"""Rows that were changed to deceive: their neighbours have another label than the model gives, or they have none.

A change too small to leave the neighbours is seen by their labels, one of noise all over the row by its distance to
them, with what lies outside the components in which training rows vary.
"""

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.guard.watch.sight import Sight, detection


class Adversarial:
    """Neighbourhood disagreement, and distance to the neighbourhood."""

    id, seconds, after = "adversarial", 5.0, True

    def __init__(self, sight: Sight, action: Action) -> None:
        """What policy does with it."""
        self._sight, self._action = sight, action

    def score(self, query: Query) -> Detection | None:
        """The row that disagrees most, else the most distant one."""
        disagreement, distance = self._sight.near(query)
        fitted = self._sight.fitted
        return detection(self.id, disagreement, fitted.disagrees_from, self._action) or detection(
            self.id, distance, fitted.distant_from, self._action
        )
