# SPDX-License-Identifier: Apache-2.0
"""Rates and quotas that several processes share."""

import os
import signal
import subprocess
import sys
import time

from hypothesis import given
from hypothesis import strategies as st

from hauberk.guard.buckets import _SIZE, _TABLE, Buckets, Taken
from hauberk.guard.settings import Rate

TEN = Rate(count=10, seconds=60)


def test_a_bucket_empties_and_fills_again(tmp_path):
    buckets = Buckets(tmp_path / "b", TEN, None)
    assert [buckets.take("a", 1, 100.0) for _ in range(11)].count(Taken.YES) == 10
    assert buckets.take("a", 1, 105.9) is Taken.TOO_FAST
    assert buckets.take("a", 1, 106.1) is Taken.YES
    assert buckets.take("b", 1, 100.0) is Taken.YES


def test_a_quota_counts_rows_and_begins_anew_with_its_period(tmp_path):
    buckets = Buckets(tmp_path / "b", Rate(count=1000, seconds=1), Rate(count=100, seconds=3600))
    assert buckets.take("a", 60, 7200.0) is Taken.YES
    assert buckets.take("a", 41, 7201.0) is Taken.QUOTA
    assert buckets.take("a", 40, 7201.0) is Taken.YES
    assert buckets.take("a", 1, 10799.0) is Taken.QUOTA
    assert buckets.take("a", 1, 10800.0) is Taken.YES


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 2)), min_size=1, max_size=60))
def test_never_more_are_let_through_than_the_rate_allows(tmp_path_factory, steps):
    buckets = Buckets(tmp_path_factory.mktemp("b") / "b", TEN, None)
    now, passed = 1000.0, 0
    for step, _ in steps:
        now += step
        passed += buckets.take("a", 1, now) is Taken.YES
    assert passed <= 10 + (now - 1000.0) * 10 / 60 + 1
    buckets.close()


PROGRAM = """
import sys
from pathlib import Path
from hauberk.guard.buckets import Buckets, Taken
from hauberk.guard.settings import Rate
buckets = Buckets(Path(sys.argv[1]), Rate(count=500, seconds=86400), None)
sys.stdin.readline()
print(sum(buckets.take(f"c{n % 2}", 1) is Taken.YES for n in range(1000)))
"""


def test_four_processes_let_through_what_one_would(tmp_path):
    crowd = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path / "b")], stdin=-1, stdout=-1, text=True)
        for _ in range(4)
    ]
    for one in crowd:
        one.stdin.write("\n")
        one.stdin.flush()
    passed = sum(int(one.communicate(timeout=60)[0]) for one in crowd)
    assert 1000 <= passed <= 1010  # two callers of 500 each; minutes would add one or two


HOLDER = """
import fcntl, os, sys, time
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(file, fcntl.LOCK_EX, 1 << 23, 0)
print("held", flush=True)
time.sleep(60)
"""


def test_a_process_that_hangs_with_the_lock_refuses_and_one_that_is_killed_gives_it_back(tmp_path):
    buckets = Buckets(tmp_path / "b", TEN, None)
    assert buckets.take("a", 1) is Taken.YES
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "b")], stdout=-1, text=True)
    holder.stdout.readline()
    start = time.monotonic()
    assert buckets.take("a", 1) is Taken.UNABLE
    assert time.monotonic() - start < 0.5
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert buckets.take("a", 1) is Taken.YES


def test_a_table_without_room_refuses_newcomers_and_takes_the_slots_of_the_idle(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.guard.buckets._REACH", 4)
    monkeypatch.setattr("hauberk.guard.buckets.SLOTS", 4)
    buckets = Buckets(tmp_path / "b", TEN, None)
    assert all(buckets.take(f"c{n}", 1, 100.0) is Taken.YES for n in range(4))
    assert buckets.take("late", 1, 100.0) is Taken.UNABLE
    assert buckets.take("late", 1, 500.0) is Taken.YES
    assert _TABLE % _SIZE == 0
