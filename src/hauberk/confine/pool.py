# SPDX-License-Identifier: Apache-2.0
"""A pool of confined children; every task ends as bytes or as CannotLook with a reason."""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hauberk.confine.confinement import Confinement, describe
from hauberk.confine.task import Task
from hauberk.confine.worker import Worker, start_values
from hauberk.core.errors import CannotLook, Misuse

__all__ = ["ConfinedPool", "Task"]

_CLOSED: Final = "stopped: the pool was closed"
_Job = tuple[Task, "Future[bytes]"]


class ConfinedPool:
    """Children in which tasks run, in the order in which they were submitted.

    Leaving the ``with`` block waits for what was submitted; leaving it by an exception, such as Ctrl-C, kills at once.
    """

    def __init__(
        self,
        *,
        workers: int,
        readable: Sequence[Path],
        preload: Sequence[str] = (),
        path: Sequence[Path] = (),
        unconfined_ok: bool = False,
    ) -> None:
        """Start ``workers`` children (at least 1), each importing ``preload``.

        They read ``readable`` and nothing else of the user's. ``path`` are folders to import from besides the
        interpreter's own; they are readable too. Raises CannotLook where this machine cannot confine a child, unless
        ``unconfined_ok``; then whatever it offers is used.
        """
        if workers < 1:
            raise Misuse(f"{workers} workers", remedy="ask for at least 1")
        offered = describe()
        if not offered.holds and not unconfined_ok:
            raise CannotLook("; ".join(offered.lacks), remedy="examine it on a machine that can confine")
        self.confinement: Confinement = offered
        """What holds each child."""
        self._unconfined_ok = unconfined_ok
        self._start = start_values(tuple(preload), tuple(path), tuple(readable))
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = self._killed = False
        self._living: set[Worker] = set()
        self._threads = [
            threading.Thread(target=self._work, name=f"confined-{at}", daemon=True) for at in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        """The pool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; kill where the block was left by an exception."""
        self.close(kill=kind is not None)

    def submit(self, task: Task) -> "Future[bytes]":
        """Queue a task. Its future gives the function's bytes, or raises CannotLook; raises Misuse on a closed pool."""
        future: Future[bytes] = Future()
        with self._lock:
            if self._closed:
                raise Misuse("the pool is closed")
            self._jobs.put((task, future))
        return future

    def close(self, *, kill: bool = False) -> None:
        """End the children and wait for their end: after their tasks, or, with ``kill``, at once.

        With ``kill`` a task in flight becomes CannotLook and those that wait are cancelled.
        """
        with self._lock:
            first, self._closed = not self._closed, True
            self._killed = self._killed or kill
            living = list(self._living) if kill else []
        for worker in living:
            worker.kill()
        if first:
            for _ in self._threads:
                self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        """One thread, one child at a time; the kernel ends the child with the thread."""
        worker: Worker | None = None
        try:
            worker = self._spare()
            while (job := self._jobs.get()) is not None:
                task, future = job
                if self._killed:
                    future.cancel()
                elif future.set_running_or_notify_cancel():
                    worker = self._run(worker, task, future)
        finally:
            self._end(worker)

    def _run(self, worker: Worker | None, task: Task, future: "Future[bytes]") -> Worker | None:
        """Settle one future; the child for the next task, if there is one."""
        try:
            if worker is None or (task.alone and worker.used):
                self._end(worker)
                worker = None
                worker = self._started()
            answer = worker.run(task)
        except CannotLook as error:
            future.set_exception(CannotLook(_CLOSED) if self._killed else error)
        except Exception as error:  # noqa: BLE001  as with every executor, the caller gets what its own callback raised
            future.set_exception(error)
        else:
            future.set_result(answer)
        if worker is not None and (worker.spent or task.alone):
            self._end(worker)
            worker = self._spare()
        return worker

    def _spare(self) -> Worker | None:
        """A child ahead of need; where it cannot start, the next task tries again and is told why."""
        try:
            return self._started()
        except CannotLook:
            return None

    def _started(self) -> Worker:
        if self._killed:
            raise CannotLook(_CLOSED)
        worker = Worker(self._start)
        with self._lock:
            self._living.add(worker)
            killed = self._killed
        if killed:
            worker.kill()
        if not (worker.confinement.holds or self._unconfined_ok):
            self._end(worker)
            raise CannotLook("; ".join(worker.confinement.lacks))
        return worker

    def _end(self, worker: Worker | None) -> None:
        if worker is None:
            return
        worker.end()
        with self._lock:
            self._living.discard(worker)
