# SPDX-License-Identifier: Apache-2.0
"""The chain: detectors in order, each of which may see something. One that fails closes the door."""

import math
import time
from collections.abc import Iterable

from hauberk.core.event import Action, Decision, Detection
from hauberk.core.query import Detector, Query

NOTHING = Decision()


class Chain:
    """The detectors of one endpoint, and what to do where one of them fails."""

    def __init__(self, detectors: Iterable[Detector] = (), on_failure: Action = Action.BLOCK) -> None:
        """``on_failure`` is what policy says of a detector that raises, takes too long or answers garbage."""
        self.detectors, self._on_failure = tuple(detectors), on_failure
        self._before = tuple(one for one in self.detectors if not one.after)
        self._after = tuple(one for one in self.detectors if one.after)

    def before(self, query: Query) -> Decision:
        """What the detectors say that need no answer of the model."""
        return self._ask(self._before, query, NOTHING)

    def after(self, query: Query, sofar: Decision) -> Decision:
        """The same with those that need it, on top of what was decided before."""
        return self._ask(self._after, query, sofar)

    def _ask(self, detectors: tuple[Detector, ...], query: Query, sofar: Decision) -> Decision:
        if not detectors:
            return sofar
        seen: list[Detection] = []
        failed: list[str] = []
        for one in detectors:
            start = time.monotonic()
            try:
                found = one.score(query)
            except Exception:  # noqa: BLE001  whatever a detector raises, the chain goes on and says so
                failed.append(one.id)
                continue
            if time.monotonic() - start > one.seconds or not _is_sound(found):
                failed.append(one.id)
            elif found is not None:
                seen.append(found)
        action = max([sofar.action, self._on_failure if failed else Action.ALLOW, *[one.action for one in seen]])
        return Decision(action=action, detections=(*sofar.detections, *seen), failed=(*sofar.failed, *failed))


def _is_sound(found: object) -> bool:
    return found is None or (
        isinstance(found, Detection) and math.isfinite(found.score) and math.isfinite(found.threshold)
    )
