# SPDX-License-Identifier: Apache-2.0
"""Rows that were changed to deceive: their neighbours have another label than the model gives, or they have none.

A change too small to leave the neighbours is seen by their labels, a large one by its distance to them, with what lies
outside the components in which training rows vary, and faint noise all over the row by how many cells it moves.
"""

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.guard.watch.sight import SECONDS, Sight, detection


class Adversarial:
    """Neighbourhood disagreement, distance to the neighbourhood, and cells beyond their range."""

    id, seconds, after = "adversarial", SECONDS, True

    def __init__(self, sight: Sight, action: Action) -> None:
        """What policy does with it."""
        self._sight, self._action = sight, action

    def score(self, query: Query) -> Detection | None:
        """The row that disagrees most, else the most distant one, else that with most cells beyond their range."""
        disagreement, distance = self._sight.near(query)
        fitted = self._sight.fitted
        scores = (
            (disagreement, fitted.disagrees_from),
            (distance, fitted.distant_from),
            (fitted.edges.beyond(self._sight.rows(query)), fitted.strays_from),
        )
        found = (detection(self.id, rows.tolist(), threshold, self._action) for rows, threshold in scores)
        return next((one for one in found if one is not None), None)
