# SPDX-License-Identifier: Apache-2.0
"""Linux by its own numbers: ``syscall`` and ``prctl`` through ctypes, since the standard library reaches neither."""

import ctypes
import os
import platform
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_SECCOMP: Final = 22
PR_SET_NO_NEW_PRIVS: Final = 38
PR_GET_NO_NEW_PRIVS: Final = 39

_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 1 << 2


def machine() -> str:
    """``x86_64``, ``aarch64``, or empty where confinement knows no system-call numbers for this kernel and machine."""
    wide = sys.maxsize > 2**32
    return platform.machine() if sys.platform == "linux" and wide and platform.machine() in _CAPSET else ""


def syscall(number: int, *arguments: int | ctypes.c_void_p | ctypes.c_char_p | None) -> int:
    """Make one system call; raises OSError with the kernel's errno."""
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _checked("syscall", ctypes.c_long(number), *wide)


def prctl(option: int, value: int = 0, pointer: ctypes.c_void_p | None = None) -> int:
    """``prctl(2)``; raises OSError with the kernel's errno."""
    third = pointer if pointer is not None else ctypes.c_ulong(0)
    zero = ctypes.c_ulong(0)
    return _checked("prctl", ctypes.c_int(option), ctypes.c_ulong(value), third, zero, zero)


def drop_capabilities() -> None:
    """Give up every capability but that of reading, for good (root keeps reading what others own, within Landlock).

    Clearing permitted and inheritable sets is final in a process that may not exec. ``capset(2)``, version 3.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    kept = _CAP_DAC_READ_SEARCH if _permitted() & _CAP_DAC_READ_SEARCH else 0
    data = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    syscall(_CAPSET[machine()], ctypes.cast(header, ctypes.c_void_p), ctypes.cast(data, ctypes.c_void_p))


def _permitted() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123  read before pathlib is loaded
        for line in status:
            if line.startswith("CapPrm:"):
                return int(line.split()[1], 16)
    return 0


def _checked(name: str, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    function = library[name]
    function.restype = ctypes.c_long if name == "syscall" else ctypes.c_int
    result: int = function(*arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
