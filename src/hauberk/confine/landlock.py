# SPDX-License-Identifier: Apache-2.0
"""Landlock: this process reads below given paths and nothing else, for good.

``Documentation/userspace-api/landlock.rst`` of Linux; the system calls have these numbers on every machine.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hauberk.confine.kernel import machine, syscall

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_TCP: Final = 0b11
"""Bind and connect, from ABI 4."""
_SCOPED: Final = 0b11
"""Abstract unix sockets and signals to processes outside, from ABI 6."""
_NEWEST_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""ABI to the count of access rights on files that it knows; later ABIs added none."""
_NET_FROM: Final = 4
_SCOPED_FROM: Final = 6


def abi() -> int:
    """Version of Landlock that the kernel offers; 0 where it offers none."""
    if not machine():
        return 0
    try:
        return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[Path]) -> int:
    """Deny this thread, and threads that it starts, every file but reading below ``readable``; the ABI in force.

    Paths that do not exist are passed over. Needs ``no_new_privs``. Raises OSError where the kernel refuses.
    Execution is handled and granted nowhere; mapping a library executable is not execution and stays possible.
    """
    version = abi()
    files = (1 << _NEWEST_FILE_RIGHTS.get(version, 16)) - 1
    net = _TCP if version >= _NET_FROM else 0
    scoped = _SCOPED if version >= _SCOPED_FROM else 0
    attributes = struct.pack("=QQQ", files, net, scoped)
    ruleset = syscall(_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path)
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: Path) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        rule = struct.pack("=Qi", _READ_FILE | (_READ_FOLDER if folder else 0), handle)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(handle)
