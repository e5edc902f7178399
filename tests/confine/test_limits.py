# SPDX-License-Identifier: Apache-2.0
"""The kernel's ceilings, moved from outside."""

import resource
import signal
import subprocess
import sys

import pytest

from hauberk.confine.limits import MAPPED_ALLOWANCE, MOST_MEMORY, Allowance


@pytest.fixture
def start():
    started = []

    def run(code):
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdout.readline()
        started.append((process, Allowance(process.pid)))
        return started[-1]

    yield run
    for process, allowance in started:
        process.kill()
        process.communicate()
        allowance.close()
        allowance.close()


def test_cpu_beyond_the_grant_kills(start):
    process, allowance = start("print(flush=True)\nwhile True: pass")
    allowance.begin()
    allowance.grant(memory=1 << 30, seconds=0.01)
    assert process.wait(timeout=30) == -signal.SIGXCPU


def test_a_grant_is_counted_from_what_was_held_at_the_start(start):
    process, allowance = start("held = bytearray(100 << 20); print(flush=True); input()")
    allowance.begin()
    allowance.grant(memory=50 << 20, seconds=1)
    data, mapped = (resource.prlimit(process.pid, which)[0] for which in (resource.RLIMIT_DATA, resource.RLIMIT_AS))
    assert 150 << 20 < data < 300 << 20
    assert mapped > data
    assert abs(allowance.grown()) < 10 << 20


def test_no_grant_exceeds_the_most(start):
    process, allowance = start("print(flush=True); input()")
    allowance.begin()
    allowance.grant(memory=1 << 60, seconds=1)
    assert resource.prlimit(process.pid, resource.RLIMIT_AS)[0] < MOST_MEMORY + 2 * MAPPED_ALLOWANCE


def test_a_child_that_is_gone_is_no_error(start):
    process, allowance = start("print(flush=True)")
    allowance.begin()
    process.communicate()
    allowance.grant(memory=1 << 30, seconds=1)
    assert allowance.grown() <= 0
