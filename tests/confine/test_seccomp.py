# SPDX-License-Identifier: Apache-2.0
"""The filter, judged on paper for both machines and in earnest on this one."""

import errno
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.confine.seccomp import available, program
from hauberk.confine.syscalls import ABSENT, FIRST_UNKNOWN, JUDGED, MACHINES, REFUSED
from tests.confine.bpf import verdict
from tests.confine.probing import unconfined

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4242


def judge(machine, number, *arguments, arch=None):
    return verdict(program(machine, PID), arch=arch or ARCH[machine], number=number, arguments=arguments)


CASES = [
    ("clone", (0x11,), EPERM, "fork as libc makes it"),
    ("clone", (0x3D0F00,), ALLOW, "a thread as libc makes it"),
    ("clone", (0x3D0F00 | 0x20000000,), EPERM, "a thread in a new pid namespace"),
    ("clone", (0x10000000,), EPERM, "a process in a new user namespace"),
    ("kill", (PID, 6), ALLOW, "itself"),
    ("kill", (1, 9), EPERM, "another"),
    ("kill", (0, 9), EPERM, "its group"),
    ("kill", (-1, 9), EPERM, "everybody"),
    ("tgkill", (PID, PID + 1, 6), ALLOW, "a thread of its own"),
    ("tgkill", (1, 1, 9), EPERM, "a thread of another"),
    ("prlimit64", (0, 9, 0, 0x7F0000000000), ALLOW, "reads"),
    ("prlimit64", (0, 9, 0x7F0012345678, 0), EPERM, "sets"),
    ("prlimit64", (0, 9, 0x7F0000000000, 0), EPERM, "sets from an address whose low half is zero"),
    ("prlimit64", (0, 9, 0x12345678, 0), EPERM, "sets from an address whose high half is zero"),
    ("prctl", (1, 0), EPERM, "PR_SET_PDEATHSIG"),
    ("prctl", (4, 1), EPERM, "PR_SET_DUMPABLE"),
    ("prctl", (15, 1), ALLOW, "PR_SET_NAME"),
    ("openat", (-100, 1, 0o2000000), ALLOW, "reads, close on exec"),
    ("openat", (-100, 1, 0o1), EPERM, "writes"),
    ("openat", (-100, 1, 0o2), EPERM, "reads and writes"),
    ("openat", (-100, 1, 0o100), EPERM, "creates"),
    ("openat", (-100, 1, 0o1000), EPERM, "truncates"),
    ("openat", (-100, 1, 0o20200000 | 0o2), EPERM, "an unnamed file"),
    ("open", (1, 0o1), EPERM, "writes"),
    ("open", (1, 0), ALLOW, "reads"),
]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("name", "arguments", "expected", "why"), CASES, ids=[f"{row[0]}: {row[3]}" for row in CASES])
def test_a_call_is_judged_by_its_arguments(machine, name, arguments, expected, why):
    if name not in JUDGED[machine]:
        pytest.skip(f"{machine} has no {name}")
    assert judge(machine, JUDGED[machine][name], *arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_listed_is_answered_as_listed_and_nothing_else_is(machine):
    expected = dict.fromkeys(REFUSED[machine].values(), EPERM) | dict.fromkeys(ABSENT[machine].values(), ENOSYS)
    judged = set(JUDGED[machine].values())
    answers = {number: judge(machine, number) for number in range(FIRST_UNKNOWN) if number not in judged}
    assert answers == {number: expected.get(number, ALLOW) for number in answers}


@pytest.mark.parametrize("machine", MACHINES)
@given(number=st.integers(FIRST_UNKNOWN, 2**32 - 1), arguments=st.lists(st.integers(0, 2**64 - 1), max_size=6))
def test_no_call_beyond_the_table_is_allowed(machine, number, arguments):
    assert judge(machine, number, *arguments) == (KILL if number >= 0x40000000 else ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
@given(arch=st.integers(0, 2**32 - 1), number=st.integers(0, 2**32 - 1))
def test_another_machines_calls_kill(machine, arch, number):
    if arch != ARCH[machine]:
        assert judge(machine, number, arch=arch or 1) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_fits_the_kernel(machine):
    steps = program(machine, PID)
    assert len(steps) < 4096
    assert all(0 <= step.then < 256 and 0 <= step.otherwise < 256 for step in steps)
    ends = {index + 1 + jump for index, step in enumerate(steps) for jump in (step.then, step.otherwise)}
    assert max(ends) <= len(steps)


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_the_kernels(machine, header):
    if not Path(header).is_file():
        pytest.skip("no kernel headers here")
    told = {
        name: int(number)
        for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text())
    }
    ours = {**REFUSED[machine], **ABSENT[machine], **JUDGED[machine]}
    known = {name for name in ours if name in told}
    assert {name: ours[name] for name in known} == {name: told[name] for name in known}
    assert len(known) > 0.9 * len(ours)


def test_no_call_is_listed_twice():
    for machine in MACHINES:
        numbers = [*REFUSED[machine].values(), *ABSENT[machine].values(), *JUDGED[machine].values()]
        assert len(numbers) == len(set(numbers))


ONLY_SECCOMP = """
from hauberk.confine import seccomp, kernel
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install()
"""


@pytest.mark.skipif(not available(), reason="no seccomp here")
@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("open_socket", b"AF_INET"),
        ("fork", b""),
        ("execute", b""),
        ("write_new", b"/tmp/hauberk-probe-seccomp"),
        ("signal_parent", b""),
    ],
)
def test_the_filter_alone_refuses(name, payload):
    assert unconfined(name, payload) == b"done"
    assert b"Operation not permitted" in unconfined(name, payload, before=ONLY_SECCOMP)
    assert unconfined("use_threads", before=ONLY_SECCOMP) == b"8"
