# SPDX-License-Identifier: Apache-2.0
"""Ceilings of the kernel on one child: those it sets on itself for good, and those its parent moves for each task."""

import math
import os
import sys
from typing import Final

OPEN_FILES: Final = 256
MOST_MEMORY: Final = 64 << 30
"""Bytes that no task gets beyond."""
MAPPED_ALLOWANCE: Final = 1 << 30
"""Bytes of address space on top of a task's memory: libraries that it loads, and what threads reserve."""

if sys.platform == "linux":
    import resource

    def restrict() -> None:
        """Set this process's own ceilings, soft and hard: no file may grow, no core is dumped, few files are open."""
        asked = ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, OPEN_FILES))
        for which, most in asked:
            granted = _within(most, resource.getrlimit(which)[1])
            resource.setrlimit(which, (granted, granted))

    class Allowance:
        """What one child may use, counted from what it held when it was ready.

        Both files of ``/proc`` are opened before the child makes itself undumpable: afterwards a system that hides
        processes from each other would not open them. The child is refused ``setrlimit`` by its filter.
        """

        def __init__(self, pid: int) -> None:
            """Look at the living child ``pid``."""
            self._pid = pid
            self._sizes, self._times = (
                os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in ("statm", "stat")
            )
            self._mapped = self._data = 0

        def begin(self) -> None:
            """Take the child's present sizes as its start."""
            self._mapped, self._data = self._read_sizes()

        def grant(self, *, memory: int, seconds: float) -> None:
            """Let the child use ``memory`` bytes beyond its start and, from now, the CPU of ``seconds`` on every core.

            Does nothing where the child is gone.
            """
            memory = min(memory, MOST_MEMORY)
            cpu = math.ceil(self._read_cpu() + seconds * (os.cpu_count() or 1)) + 1
            try:
                self._set(resource.RLIMIT_DATA, self._data + memory)
                self._set(resource.RLIMIT_AS, self._mapped + memory + MAPPED_ALLOWANCE)
                self._set(resource.RLIMIT_CPU, cpu)
            except ProcessLookupError:
                return

        def grown(self) -> int:
            """Bytes of data that the child holds beyond its start; not above 0 where it is gone."""
            return self._read_sizes()[1] - self._data

        def close(self) -> None:
            """Stop looking; may be called again."""
            for descriptor in {self._sizes, self._times} - {-1}:
                os.close(descriptor)
            self._sizes = self._times = -1

        def _set(self, which: int, soft: int) -> None:
            hard = resource.prlimit(self._pid, which)[1]
            resource.prlimit(self._pid, which, (_within(soft, hard), hard))

        def _read_sizes(self) -> tuple[int, int]:
            """Bytes mapped, and bytes of private writable data: fields 1 and 6 of proc_pid_statm(5)."""
            pages = _read(self._sizes).split()
            unit = resource.getpagesize()
            return (int(pages[0]) * unit, int(pages[5]) * unit) if pages else (0, 0)

        def _read_cpu(self) -> float:
            """Seconds of CPU used: fields 14 and 15 of proc_pid_stat(5); field 3 follows the last bracket."""
            fields = _read(self._times).rpartition(b")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def _read(descriptor: int) -> bytes:
        try:
            return os.pread(descriptor, 4096, 0)
        except ProcessLookupError:
            return b""

    def _within(asked: int, hard: int) -> int:
        return asked if hard == resource.RLIM_INFINITY else min(asked, hard)

else:

    def restrict() -> None:
        """Do nothing: without Linux nothing else holds either."""

    class Allowance:
        """No ceilings: only Linux lets a parent move a child's; the parent's clock alone ends a task."""

        def __init__(self, pid: int) -> None:
            """Keep nothing."""

        def begin(self) -> None:
            """Do nothing."""

        def grant(self, *, memory: int, seconds: float) -> None:
            """Do nothing."""

        def grown(self) -> int:
            """Not known."""
            return 0

        def close(self) -> None:
            """Do nothing."""
