# SPDX-License-Identifier: Apache-2.0
"""Who runs: pids with the moment of their start, so that nobody else is ever taken for one of them."""

import os
import signal
from pathlib import Path
from typing import Literal

from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.value import Value
from hauberk.guard.state import put

_START = 19
"""Place of ``starttime`` behind the last bracket: field 22 of proc_pid_stat(5)."""


class Process(Value, frozen=True, kw_only=True):
    """One process."""

    pid: int
    started: str
    """In ticks since the machine's start, as the kernel says; empty where it says nothing."""

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal, if it is still this process."""
        if started(self.pid) == self.started != "":
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    @property
    def lives(self) -> bool:
        """Whether it is still there, and not only waits to be reaped."""
        return started(self.pid) == self.started != ""


class Processes(Value, frozen=True, kw_only=True):
    """What the supervisor says of itself."""

    schema: Literal["hauberk/guard-processes/1"] = "hauberk/guard-processes/1"
    address: str
    """URL where it serves."""
    boot: str
    """Which start of the machine this is; empty where the kernel does not say."""
    supervisor: Process
    workers: tuple[Process, ...]


def process(pid: int) -> Process:
    """A process that runs now."""
    return Process(pid=pid, started=started(pid))


def started(pid: int) -> str:
    """When it started; empty where it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[_START].decode()


def boot() -> str:
    """Which start of the machine this is; empty where the kernel does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def write(path: Path, processes: Processes) -> None:
    """Say who runs."""
    put(path, encode(processes))


def read(path: Path) -> Processes | None:
    """Who runs, as was last said; None where nobody said anything."""
    try:
        return decode(path.read_bytes(), Processes)
    except (OSError, CannotLook):
        return None
