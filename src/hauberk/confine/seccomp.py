# SPDX-License-Identifier: Apache-2.0
"""A seccomp filter written by hand in classic BPF (``Documentation/userspace-api/seccomp_filter.rst`` of Linux).

It is a list of what is refused, not of what is allowed, because numpy, OpenMP and onnxruntime use many calls and a new
libc uses new ones; a call that is newer than the list does not exist for the child.
"""

import ctypes
import errno
import os
import struct
from typing import Final, NamedTuple

from hauberk.confine.kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, PR_SET_SECCOMP, machine, prctl
from hauberk.confine.syscalls import ABSENT, FIRST_UNKNOWN, JUDGED, REFUSED

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000
_REFUSE: Final = _ERRNO | errno.EPERM
_NO_SUCH_CALL: Final = _ERRNO | errno.ENOSYS

_NUMBER, _ARCH = 0, 4
_X32: Final = 0x40000000
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_CLONE_THREAD: Final = 0x00010000
_CLONE_NEW: Final = 0x7E020000
"""Every flag that asks for a new namespace."""
_OPEN_TO_WRITE: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_PR_SET_PTRACER: Final = 0x59616D61
_FILTER_MODE: Final = 2


class Step(NamedTuple):
    """One instruction: ``struct sock_filter``."""

    code: int
    then: int
    otherwise: int
    operand: int


def available() -> bool:
    """Whether the kernel takes filters: asking with no program at all is answered EFAULT where it does."""
    if not machine():
        return False
    try:
        prctl(PR_SET_SECCOMP, _FILTER_MODE)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def install() -> None:
    """Put the filter on this thread, for good; needs ``no_new_privs``. Raises OSError where the kernel refuses."""
    steps = program(machine(), os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(held)))
    prctl(PR_SET_SECCOMP, _FILTER_MODE, ctypes.cast(header, ctypes.c_void_p))


def program(on: str, pid: int) -> list[Step]:
    """The filter for machine ``on`` and the process ``pid``, which may signal itself alone.

    Another machine's calls (32-bit, x32) kill the process: their numbers mean something else.
    """
    steps = [
        Step(_LOAD, 0, 0, _ARCH),
        Step(_EQUAL, 1, 0, _AUDIT[on]),
        Step(_RETURN, 0, 0, _KILL),
        Step(_LOAD, 0, 0, _NUMBER),
        *_when(_AT_LEAST, _X32, [Step(_RETURN, 0, 0, _KILL)]),
        *_when(_AT_LEAST, FIRST_UNKNOWN, [Step(_RETURN, 0, 0, _NO_SUCH_CALL)]),
    ]
    for number in REFUSED[on].values():
        steps += _when(_EQUAL, number, [Step(_RETURN, 0, 0, _REFUSE)])
    for number in ABSENT[on].values():
        steps += _when(_EQUAL, number, [Step(_RETURN, 0, 0, _NO_SUCH_CALL)])
    judges = _judges(pid)
    for name, number in JUDGED[on].items():
        steps += _when(_EQUAL, number, judges[name])
    return [*steps, Step(_RETURN, 0, 0, _ALLOW)]


def _judges(pid: int) -> dict[str, list[Step]]:
    """For each call that is judged by its arguments, the steps that judge it; each ends in a return."""
    refuse, allow = Step(_RETURN, 0, 0, _REFUSE), Step(_RETURN, 0, 0, _ALLOW)
    itself = [_argument(0), *_when(_EQUAL, pid, [allow]), refuse]
    return {
        "clone": [
            _argument(0),
            *_when(_ANY_BIT, _CLONE_NEW, [refuse]),
            *_when(_ANY_BIT, _CLONE_THREAD, [allow]),
            refuse,
        ],
        "kill": itself,
        "tgkill": itself,
        # reading limits is harmless, setting them would undo the parent's
        "prlimit64": [
            _argument(2),
            Step(_EQUAL, 0, 3, 0),
            _argument(2, high=True),
            *_when(_EQUAL, 0, [allow]),
            refuse,
        ],
        "prctl": [
            _argument(0),
            *_when(_EQUAL, PR_SET_PDEATHSIG, [refuse]),
            *_when(_EQUAL, PR_SET_DUMPABLE, [refuse]),
            *_when(_EQUAL, _PR_SET_PTRACER, [refuse]),
            allow,
        ],
        "open": [_argument(1), *_when(_ANY_BIT, _OPEN_TO_WRITE, [refuse]), allow],
        "openat": [_argument(2), *_when(_ANY_BIT, _OPEN_TO_WRITE, [refuse]), allow],
    }


def _when(test: int, operand: int, body: list[Step]) -> list[Step]:
    """Run ``body`` where the accumulator passes the test, else jump over it."""
    return [Step(test, 0, len(body), operand), *body]


def _argument(index: int, *, high: bool = False) -> Step:
    """Load half of a 64-bit argument; both machines are little-endian."""
    return Step(_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))
