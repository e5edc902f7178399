# SPDX-License-Identifier: Apache-2.0
"""A bound on how long something is waited for, with one timer for all that wait: for most, nothing is ever late."""

import asyncio
from typing import Final

_LOOKS: Final = 20
"""Looks within the time allowed: what is late is ended by a twentieth of it later."""


class Late:
    """Bounds waits of one loop. ``with late: await ...`` raises TimeoutError where it takes longer than allowed."""

    def __init__(self, seconds: float) -> None:
        """How long each may take."""
        self._seconds = seconds
        self._waiting: dict[asyncio.Task[object], float] = {}
        self._ended: set[asyncio.Task[object]] = set()
        self._looking = False

    def __enter__(self) -> None:
        """The task at hand begins to wait."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is None:
            raise RuntimeError("no task waits")
        self._waiting[task] = loop.time() + self._seconds
        if not self._looking:
            self._looking = True
            loop.call_later(self._seconds / _LOOKS, self._look, loop)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """It waits no more; raises TimeoutError where it was ended for being late."""
        task = asyncio.current_task()
        if task is None:
            return
        self._waiting.pop(task, None)
        if task in self._ended:
            self._ended.discard(task)
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task in [one for one, end in self._waiting.items() if end <= now]:
            del self._waiting[task]
            self._ended.add(task)
            task.cancel()
        self._looking = bool(self._waiting)
        if self._looking:
            loop.call_later(self._seconds / _LOOKS, self._look, loop)
