# SPDX-License-Identifier: Apache-2.0
"""Time as hauberk writes it; the clock itself is injected."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 UTC with microseconds: ``2026-11-24T08:00:00.000000Z``."""
    local = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{local.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"
