# SPDX-License-Identifier: Apache-2.0
"""Rows far from what the model was trained on."""

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query
from hauberk.guard.watch.sight import SECONDS, Sight, detection


class Distribution:
    """By the score that was chosen for this model."""

    id, seconds, after = "distribution", SECONDS, True

    def __init__(self, sight: Sight, action: Action) -> None:
        """What policy does with it."""
        self._sight, self._action = sight, action

    def score(self, query: Query) -> Detection | None:
        """The strangest row."""
        return detection(
            self.id, self._sight.strangeness(query).tolist(), self._sight.fitted.strange_from, self._action
        )
