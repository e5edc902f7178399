# SPDX-License-Identifier: Apache-2.0
"""What holds a child: a value to report, the question what this machine offers, and the closing of the door."""

import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from hauberk.confine import landlock, limits, seccomp
from hauberk.confine.kernel import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, drop_capabilities, machine, prctl
from hauberk.core.errors import CannotLook
from hauberk.core.value import Value

_SYSTEM: Final = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"),
    *("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo"),
    *("/dev/null", "/dev/zero", "/dev/urandom"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu", "/sys/devices/system/node"),
)
"""What libc, OpenMP, numpy and onnxruntime read to start: libraries, time zones, the machine's cores."""


class Confinement(Value, frozen=True, kw_only=True):
    """What holds a child on this machine."""

    landlock: int
    """Version of Landlock's interface in force; 0 where files are not confined."""
    seccomp: bool
    """Whether system calls are filtered."""
    limits: bool
    """Whether the kernel holds memory, CPU, open files and file size."""
    system: str
    """Kernel and machine, such as ``Linux 6.18.44 x86_64``."""
    lacks: tuple[str, ...] = ()
    """What does not hold, each as a reason; empty where all does."""

    @property
    def holds(self) -> bool:
        """Whether a hostile file may be opened in the child: files, system calls and limits are all confined."""
        return self.landlock > 0 and self.seccomp and self.limits

    def __str__(self) -> str:
        """One line for a person, or for the tools of an evidence."""
        held = (
            [f"landlock {self.landlock}"] * (self.landlock > 0) + ["seccomp"] * self.seccomp + ["rlimits"] * self.limits
        )
        return ", ".join(held) if held else "none"


def describe() -> Confinement:
    """What this machine offers; changes nothing and starts nothing."""
    return _confinement(landlock=landlock.abi(), seccomp=seccomp.available(), limits=sys.platform == "linux")


def close_down(readable: Iterable[Path]) -> Confinement:
    """Confine this process for good, as far as the machine offers; what holds.

    ``readable`` are the only files, besides the interpreter's and the system's libraries, that can be read from now on.
    Raises CannotLook where other threads run already: they would stay outside, since Landlock and seccomp bind one
    thread and what it starts. Raises OSError where the kernel offers a protection and then refuses it.
    """
    offered = describe()
    if not machine():
        return offered
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads > 1:
        raise CannotLook(
            f"{threads} threads run before the child is closed", remedy="preload only modules that start no thread"
        )
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities()
    prctl(PR_SET_DUMPABLE, 0)
    limits.restrict()
    if offered.landlock:
        landlock.restrict([*_libraries(), *readable])
    if offered.seccomp:
        seccomp.install()
    return offered


def _libraries() -> Iterator[Path]:
    """Where Python code and shared libraries lie; never a whole prefix, which may be a home folder."""
    yield from map(Path, _SYSTEM)
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    yield from (Path(sysconfig.get_path(name)) for name in names)
    yield from (Path(prefix) / lib for prefix in {sys.prefix, sys.base_prefix} for lib in ("lib", "lib64"))
    yield from (Path(entry) for entry in sys.path if entry)


def _confinement(*, landlock: int, seccomp: bool, limits: bool) -> Confinement:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    lacks = []
    if not machine():
        lacks.append(f"no confinement is known for {system}; it needs Linux on x86-64 or aarch64")
    else:
        if not landlock:
            lacks.append(
                "the kernel offers no Landlock, so files are open; it needs Linux 5.13 with CONFIG_SECURITY_LANDLOCK"
            )
        if not seccomp:
            lacks.append("the kernel offers no seccomp filter, so system calls are open")
    return Confinement(landlock=landlock, seccomp=seccomp, limits=limits, system=system, lacks=tuple(lacks))
