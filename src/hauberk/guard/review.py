# SPDX-License-Identifier: Apache-2.0
"""Which decisions a person sees, and what the client is told meanwhile."""

from typing import Final

from msgspec.structs import replace

from hauberk.core.event import Action, Decision
from hauberk.core.query import Query
from hauberk.core.system import Guarding, Reviewing
from hauberk.guard.groups import highest, members, outcomes

DETECTED: Final = "detected"
"""Why a decision waits that a detector held."""
_HEX: Final = 16


def reviewed(query: Query, decision: Decision, guarding: Guarding) -> Decision:
    """The decision with the names of the reviews that it is for; held where one of them, or a detector, says so.

    ``query`` has the model's answer. A share is drawn by the last 32 bits of the event's random id, which nobody
    chooses and anybody can check.
    """
    if not guarding.review and decision.action is not Action.HOLD:
        return decision
    matching = [one for one in guarding.review if _is_drawn(one, query.event) and _matches(one, query, guarding)]
    names = tuple(one.name for one in matching)
    held = any(one.action == "hold" for one in matching)
    action = max(decision.action, Action.HOLD) if held else decision.action
    if decision.action is Action.HOLD:
        names = (DETECTED, *names)
    if action > Action.HOLD:
        return replace(decision, action=action)  # refused: nobody needs to wait for a person
    return replace(decision, action=action, queued=names)


def _is_drawn(one: Reviewing, event: str) -> bool:
    return int(event[-8:], _HEX) < one.share * 2**32


def _matches(one: Reviewing, query: Query, guarding: Guarding) -> bool:
    """Whether some row of the request is as the review says."""
    rows = [True] * query.rows
    if one.group:
        group = next((group for group in guarding.groups if group.name == one.group), None)
        rows = _both(rows, members(group, query.inputs) if group else [])
    if one.outcomes:
        rows = _both(rows, [outcome in one.outcomes for outcome in outcomes(query.answer)])
    if one.low is not None or one.high is not None:
        low = float("-inf") if one.low is None else one.low
        high = float("inf") if one.high is None else one.high
        rows = _both(rows, [low <= score < high for score in highest(query.answer)])
    return any(rows)


def _both(rows: list[bool], others: list[bool]) -> list[bool]:
    """Row by row; a request that does not show the thing asked about matches nothing."""
    return [one and other for one, other in zip(rows, others, strict=False)]
