# SPDX-License-Identifier: Apache-2.0
"""Group commit: whoever comes first commits for all who wait; nobody returns before the commit has."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from hauberk.core.errors import Misuse

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 0.002
"""Longest wait, in seconds, for those to come back who were in the last commit."""


class _Request(Generic[T, R]):
    """What one caller wants committed, and the lock on which it sleeps."""

    __slots__ = ("abandoned", "error", "item", "leads", "result", "wake")

    def __init__(self, item: T) -> None:
        self.item = item
        self.result: R | None = None
        self.error: BaseException | None = None
        self.leads = False
        self.abandoned = False
        self.wake = threading.Lock()
        self.wake.acquire()


class Group(Generic[T, R]):
    """Turns concurrent submissions into batches.

    ``commit`` is given the items of a batch and returns one result each. Those who waited go on at once; then, before
    its own caller goes on, the same thread runs ``after``, and only then does the next commit begin.
    """

    def __init__(self, commit: Callable[[Sequence[T]], Sequence[R]], after: Callable[[], None] = lambda: None) -> None:
        """Commit with the one function, and tidy up with the other."""
        self._commit = commit
        self._after = after
        self._mutex = threading.Lock()
        self._pending: list[_Request[T, R]] = []
        self._busy = False
        self._expected = 1
        self._gathered = threading.Event()

    def submit(self, item: T) -> R:
        """Wait until the item is committed and return its result; raises what the commit raised."""
        request: _Request[T, R] = _Request(item)
        with self._mutex:
            self._pending.append(request)
            leads = not self._busy
            self._busy = True
            if len(self._pending) >= self._expected:
                self._gathered.set()
        if leads or self._wait(request):
            self._lead()
        if request.error is not None:
            raise request.error
        return request.result  # type: ignore[return-value]  # set by the commit, or error is

    def _wait(self, request: _Request[T, R]) -> bool:
        """Sleep until the item is committed, or until it is this caller's turn to commit."""
        try:
            request.wake.acquire()
        except BaseException:
            with self._mutex:
                request.abandoned = True
                if request.leads:
                    self._hand_over()
            raise
        return request.leads

    def _lead(self) -> None:
        """Commit everything that is pending, and hand over to one who came meanwhile."""
        try:
            self._commit_pending()
        finally:
            try:
                self._after()
            finally:
                with self._mutex:
                    self._hand_over()

    def _commit_pending(self) -> None:
        """Commit everything that is pending, and wake those who wait for it."""
        batch: list[_Request[T, R]] = []
        try:
            self._gather()
            with self._mutex:
                batch, self._pending = self._pending, []
            results = self._commit([request.item for request in batch])
            for request, result in zip(batch, results, strict=True):
                request.result = result
        except Exception as error:  # noqa: BLE001  whatever it is belongs to each caller of the batch, who raises it
            for request in batch:
                request.error = error
        except BaseException:
            for request in batch:
                request.error = Misuse("the writer was interrupted before this was sealed")
            raise
        finally:
            self._finish(batch)

    def _gather(self) -> None:
        """Give those of the last batch a moment to come back, lest batches of one alternate with batches of all."""
        with self._mutex:
            if len(self._pending) >= self._expected:
                return
            self._gathered.clear()
        self._gathered.wait(PATIENCE)

    def _finish(self, batch: list[_Request[T, R]]) -> None:
        self._expected = max(1, len(batch))
        for request in batch:
            request.wake.release()

    def _hand_over(self) -> None:
        """Make the first who still waits the leader; called under the mutex."""
        self._pending = [request for request in self._pending if not request.abandoned]
        self._busy = bool(self._pending)
        if self._pending:
            self._pending[0].leads = True
            self._pending[0].wake.release()
