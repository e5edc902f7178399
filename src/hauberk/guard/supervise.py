# SPDX-License-Identifier: Apache-2.0
"""The supervisor: owns the listening socket, starts workers and the drainer, ends them all when it is told to stop.

It has no event loop and does no work that a request could wedge: every few milliseconds it looks at the stop file and
at its children. A worker that hangs, stopped by a signal or blocked, is killed all the same.
"""

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook, HauberkError, Misuse
from hauberk.guard import processes
from hauberk.guard.counters import MOST_WORKERS
from hauberk.guard.drainer import Draining
from hauberk.guard.log import tell
from hauberk.guard.settings import Settings
from hauberk.guard.state import State
from hauberk.guard.worker import Launch

LOOK: Final = 0.02
"""Seconds between two looks at the stop file: with the kill, a stop takes effect well within a second."""
START_SECONDS: Final = 90.0
GRACE: Final = 12.0
_BACKLOG: Final = 2048
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Rows of requests are small: threads of the linear algebra would only wait for each other."""
_PAUSES: Final = (0.05, 0.2, 1.0, 5.0)
"""Before a worker that died is started again: longer each time within a minute."""


@dataclass(kw_only=True)
class _Child:
    process: subprocess.Popen[bytes]
    row: int
    ready: int
    born: float = field(default_factory=time.monotonic)


class Supervisor:
    """One guard."""

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str,
        identity: str,
        workers: int,
        beside: Sequence[str] = (),
        again: Callable[[Settings], Settings] | None = None,
    ) -> None:
        """Plan; nothing is started yet. Raises Misuse for a senseless number of workers.

        ``beside`` is a command that runs along, started again where it dies; the end of its input is its own end.
        ``again`` gives the settings anew when SIGHUP asks for it, once they are in the ledger; what it raises leaves
        everything as it is.
        """
        if not 1 <= workers <= MOST_WORKERS:
            raise Misuse(f"{workers} workers", remedy=f"ask for 1 to {MOST_WORKERS}")
        self._settings, self._origin, self._identity = settings, origin, identity
        self._state = State(root=Path(settings.state))
        self._wanted = workers
        self._children: dict[int, _Child] = {}
        self._leaving: dict[int, _Child] = {}
        self._again, self._asked, self._shift = again, False, 0
        self._drainer: subprocess.Popen[bytes] | None = None
        self._beside = list(beside)
        self._along: subprocess.Popen[bytes] | None = None
        self._along_due = 0.0
        self._deaths: list[float] = []
        self._ended = False
        self.stopped = False
        """Whether it ended because of the kill switch."""

    def run(self, host: str, port: int, ready: Callable[[str], None]) -> None:
        """Serve until a signal or a stop; ``ready`` is given the address. Raises Misuse, CannotLook."""
        with self._alone(), _listen(host, port) as listening:
            address = f"http://{_shown(host)}:{listening.getsockname()[1]}"
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._end)
            signal.signal(signal.SIGHUP, self._ask)
            try:
                for row in range(self._wanted):
                    self._start(row, listening)
                self._await_ready()
                self._drainer = self._start_drainer()
                self._say(address)
                if not self._state.stop.exists():
                    ready(address)
                self._watch(listening, address)
            finally:
                listening.close()
                self._state.processes.unlink(missing_ok=True)
                self._finish()

    def _end(self, *_: object) -> None:
        self._ended = True

    def _ask(self, *_: object) -> None:
        self._asked = True

    def _watch(self, listening: socket.socket, address: str) -> None:
        while not self._ended:
            if self._state.stop.exists():
                self.stopped = True
                self._kill()
                return
            if self._asked:
                self._asked = False
                self._reload(listening, address)
            if self._reap(listening):
                self._say(address)
            if self._drainer is None or self._drainer.poll() is not None:
                self._drainer = self._start_drainer()
            self._keep_along()
            time.sleep(LOOK)

    def _reload(self, listening: socket.socket, address: str) -> None:
        """New workers under new settings; once they serve, the old ones end what they have begun and leave."""
        before, children = self._settings, self._children
        shift = self._wanted - self._shift  # each generation counts in rows of its own while both are there
        try:
            if self._again is None or self._leaving or 2 * self._wanted > MOST_WORKERS:
                raise Misuse("the settings cannot be loaded again now", remedy="restart the guard")
            self._settings, self._children = self._again(before), {}
            for row in range(self._wanted):
                self._start(row + shift, listening)
            self._await_ready()
        except HauberkError as error:
            if self._children is not children:
                self._kill()
            self._settings, self._children = before, children
            tell("not reloaded", code=error.code)
            sys.stderr.write(f"not reloaded, as before: {error}\n")
            return
        self._shift, self._leaving = shift, children
        for child in children.values():
            child.process.terminate()
        if self._along is not None and self._along.stdin is not None:
            self._along.stdin.close()  # it ends, and is started with what the manifest says now
        self._say(address)
        tell("reloaded", run=self._settings.run)

    def _reap(self, listening: socket.socket) -> bool:
        """Start anew what died; whether anything did."""
        left = [pid for pid, child in self._leaving.items() if child.process.poll() is not None]
        for pid in left:
            os.close(self._leaving.pop(pid).ready)
        dead = [pid for pid, child in self._children.items() if child.process.poll() is not None]
        for pid in dead:
            child = self._children.pop(pid)
            child.process.wait()
            os.close(child.ready)
            row = child.row
            self._deaths = [at for at in self._deaths if time.monotonic() - at < 60] + [time.monotonic()]  # noqa: PLR2004
            pause = _PAUSES[min(len(self._deaths), len(_PAUSES)) - 1]
            until = time.monotonic() + pause
            while time.monotonic() < until and not self._ended and not self._state.stop.exists():
                time.sleep(LOOK)
            self._start(row, listening)
        return bool(dead or left)

    def _start(self, row: int, listening: socket.socket) -> None:
        answer, tell = os.pipe()
        launch = Launch(
            settings=self._settings,
            origin=self._origin,
            row=row,
            listening=listening.fileno(),
            ready=tell,
            parent=os.getpid(),
        )
        command = [sys.executable, "-P", "-m", "hauberk.guard.worker"]
        process = _begin(command, encode(launch), keep=(listening.fileno(), tell))
        os.close(tell)
        self._children[process.pid] = _Child(process=process, row=row, ready=answer)

    def _start_drainer(self) -> subprocess.Popen[bytes]:
        told = Draining(state=str(self._state.root), identity=self._identity, parent=os.getpid())
        return _begin([sys.executable, "-P", "-m", "hauberk.guard.drainer"], encode(told) + b"\n", end=False)

    def _keep_along(self) -> None:
        """Start what runs beside, and again where it died, but not more often than every few seconds."""
        gone = self._along is None or self._along.poll() is not None
        if self._beside and gone and time.monotonic() >= self._along_due:
            self._along_due = time.monotonic() + _PAUSES[-1]
            self._along = _begin(self._beside, b"", end=False)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for child in self._children.values():
            left = max(0.0, deadline - time.monotonic())
            told = select.select([child.ready], [], [], left)[0] and os.read(child.ready, 1)
            if not told:
                child.process.kill()
                raise CannotLook("a worker could not start", remedy="what it said stands above")

    def _say(self, address: str) -> None:
        workers = tuple(processes.process(pid) for pid in (*self._children, *self._leaving))
        processes.write(
            self._state.processes,
            processes.Processes(
                address=address, boot=processes.boot(), supervisor=processes.process(os.getpid()), workers=workers
            ),
        )

    def _kill(self) -> None:
        for child in (*self._children.values(), *self._leaving.values()):
            child.process.kill()

    def _finish(self) -> None:
        """End the workers, politely unless stopped; then let the drainer take what is left."""
        children = (*self._children.values(), *self._leaving.values())
        for child in children:
            child.process.terminate()
        deadline = time.monotonic() + (0 if self.stopped else GRACE)
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            child.process.kill()
            child.process.wait()
        for process in (self._drainer, self._along):  # what runs along sees what was drained last
            if process is not None:
                _close(process)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self._state.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misuse(
                "a guard runs here already", remedy="end it first: hauberk guard stop, or its Ctrl-C"
            ) from error
        else:
            yield
        finally:
            os.close(lock)


def _begin(command: list[str], told: bytes, keep: tuple[int, ...] = (), *, end: bool = True) -> subprocess.Popen[bytes]:
    """Start a child and tell it something; with ``end`` nothing more will follow."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=keep,
        process_group=0,
        env=os.environ | _ONE_THREAD,
    )
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(told)
            process.stdin.flush()
            if end:
                process.stdin.close()
    return process


def _close(process: subprocess.Popen[bytes]) -> None:
    """End a child that ends with its input, and kill it where it does not."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    process.kill()
    process.wait()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise Misuse(f"cannot listen on {host}:{port}: {error.strerror}", remedy="choose another --port") from error
    made.setblocking(False)  # noqa: FBT003  the library's own signature
    return made


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
