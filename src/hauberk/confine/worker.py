# SPDX-License-Identifier: Apache-2.0
"""The parent's side of one child: starts it, gives it tasks, believes nothing that it says, ends it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hauberk.confine.channel import Channel, Frame, Gone, Kind, Late, Start
from hauberk.confine.confinement import Confinement
from hauberk.confine.limits import Allowance
from hauberk.confine.task import Task
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, Malformed, TooLarge

START_SECONDS: Final = 60.0
"""Longest start; a cold disk and a heavy preload take seconds."""
_END_SECONDS: Final = 1.0
_GROWN: Final = 1 << 30
"""A child that holds this many bytes more than at its start is replaced, so that the next task has its whole memory."""

_INHERITED: Final = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TZ")
_SET: Final[Mapping[str, str]] = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # two runs agree on the order of sets
    "PYTHONUTF8": "1",
    "MALLOC_ARENA_MAX": "2",  # each arena reserves address space, which is bounded
    "OMP_NUM_THREADS": "1",  # the pool is the parallelism; a pool of threads in each child would fight over the cores
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JOBLIB_MULTIPROCESSING": "0",
}
_KNOWN_ERRORS: Final = {error.code: error for error in (TooLarge, Malformed)}
_WORDS: Final = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]")


class Worker:
    """One child process. Used by one thread, which must outlive it; only ``kill`` may be called from any other.

    (The kernel kills a child when the thread that started it ends, not when the process does.)
    """

    def __init__(self, start: Start) -> None:
        """Start a child and wait until its door is closed; raises CannotLook where it does not get there."""
        self._lock = threading.Lock()
        self._number = 0
        self.spent = False
        """Whether the child must not get another task."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hauberk.confine.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise CannotLook(f"no child could be started: {error.strerror}") from error
        pipes = self._process.stdout, self._process.stdin
        if pipes[0] is None or pipes[1] is None:
            raise CannotLook("no child could be started: it has no pipes")
        self._pipes = pipes[0], pipes[1]
        self._channel = Channel(*(pipe.fileno() for pipe in self._pipes))
        try:
            self._allowance = Allowance(self._process.pid)
        except OSError as error:
            self.kill()
            self._reap(None)
            raise CannotLook(f"the child cannot be watched in /proc: {error.strerror}") from error
        try:
            self.confinement = self._ready(start)
            self._allowance.begin()
        except CannotLook:
            self.end()
            raise

    @property
    def used(self) -> bool:
        """Whether the child has run a task."""
        return self._number > 0

    def run(self, task: Task) -> bytes:
        """What the task's function returned: bytes that nobody has vouched for.

        Raises CannotLook with the reason where the child died, took too long, took too much memory, raised or
        answered garbage; what the task's ``progress`` raises passes through. The child is ``spent`` after all but an
        answer or an error in words.
        """
        self._number += 1
        deadline = time.monotonic() + task.seconds
        self.spent = True
        try:
            self._allowance.grant(memory=task.memory, seconds=task.seconds)
            kind = Kind.RUN if task.progress is None else Kind.RUN_REPORTING
            body = task.call.encode() + b"\n" + task.payload
            self._channel.send(Frame(kind, self._number, body), deadline=deadline)
            frame = self._reply(task, deadline)
        except Late:
            self.kill()
            raise TooLarge(f"killed after {task.seconds:g} s") from None
        except Gone:
            raise self._death() from None
        return self._judge(frame, task)

    def kill(self) -> None:
        """Kill the child at once, and whatever shares its group; may be called from any thread, any number of times."""
        with self._lock:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """End the child and reap it: by closing its input; by force where it is spent or does not listen."""
        if self.spent:
            self.kill()
        self.spent = True
        self._allowance.close()
        for pipe in self._pipes:
            pipe.close()
        if not self._reap(_END_SECONDS):
            self.kill()
            self._reap(None)

    def _ready(self, start: Start) -> Confinement:
        deadline = time.monotonic() + START_SECONDS
        try:
            self._channel.send(Frame(Kind.START, 0, encode(start)), deadline=deadline)
            frame = self._channel.receive(deadline=deadline)
        except Late:
            self.kill()
            raise CannotLook(f"the child was not ready after {START_SECONDS:g} s") from None
        except Gone:
            raise self._death() from None
        if frame.kind is not Kind.READY:
            error = _told(frame) if frame.kind is Kind.FAILED else Malformed("the child did not say that it is ready")
            raise CannotLook(f"the child could not be prepared: {error.message}", remedy=error.remedy)
        return decode(frame.body, Confinement)

    def _reply(self, task: Task, deadline: float) -> Frame:
        """The first frame that is not progress."""
        while True:
            frame = self._channel.receive(deadline=deadline)
            if frame.number != self._number:
                raise Malformed("the child answered for another task")
            if frame.kind is not Kind.PROGRESS or task.progress is None:
                return frame
            task.progress(frame.body)

    def _judge(self, frame: Frame, task: Task) -> bytes:
        if frame.kind is Kind.ANSWER:
            self.spent = self._allowance.grown() > _GROWN
            return frame.body
        if frame.kind is Kind.FAILED:
            self.spent = self._allowance.grown() > _GROWN
            raise _told(frame)
        if frame.kind is Kind.NO_MEMORY:
            raise TooLarge(f"used more than {_size(task.memory)} of memory")
        raise Malformed("the child's answer is not in the protocol")

    def _death(self) -> CannotLook:
        """Why the other end is gone; ends what is left of it."""
        self.spent = True
        died = self._reap(_END_SECONDS)
        code = self._process.returncode
        self.end()
        if not died or code is None:
            return CannotLook("the child closed its channel")
        if code >= 0:
            return CannotLook(f"the child died: exit status {code}")
        if -code == signal.SIGXCPU:
            return TooLarge("used more CPU than its seconds on every core")
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return CannotLook(f"the child died: signal {name}")

    def _reap(self, seconds: float | None) -> bool:
        """Whether the child ended within ``seconds``.

        The wait holds no lock, so that ``kill`` can be called meanwhile; a zombie keeps its number until it is reaped,
        and reaping is under the lock, so no stranger is ever killed.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        pause = 0.0005
        while True:
            with self._lock:
                if self._process.poll() is not None:
                    return True
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.02)


def _environment() -> dict[str, str]:
    """Little of the parent's: no credentials, proxies or search paths reach the child."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**kept, **_SET}


def _told(frame: Frame) -> CannotLook:
    """The child's own account of a failure: bounded by the frame, without control characters."""
    code, _, words = frame.body.decode("utf-8", errors="replace").partition("\n")
    clean = _WORDS.sub(" ", words).strip() or "no reason was given"
    if not code:
        clean = f"the call crashed: {clean}"
    return _KNOWN_ERRORS.get(code, CannotLook)(clean)


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.0f} MiB"


def start_values(preload: tuple[str, ...], path: tuple[Path, ...], readable: tuple[Path, ...]) -> Start:
    """The set-up of a child of this process."""
    return Start(
        parent=os.getpid(),
        preload=preload,
        path=tuple(str(entry.resolve()) for entry in path),
        readable=tuple(str(entry.resolve()) for entry in readable),
    )
