# SPDX-License-Identifier: Apache-2.0
"""A task ends as bytes or as CannotLook with a reason, and never disturbs another."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import as_completed
from pathlib import Path

import pytest

from hauberk.confine import pool as pools
from hauberk.confine.confinement import Confinement, describe
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.errors import CannotLook, Malformed, Misuse, TooLarge
from tests.confine.probing import MIB, PROBES, task, unconfined

pytestmark = pytest.mark.skipif(not describe().holds, reason="this machine cannot confine")


def alive(pid):
    """Whether a process runs; a zombie of a process that nobody reaps does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid, within=5.0):
    deadline = time.monotonic() + within
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def fresh(workers=1, **more):
    return ConfinedPool(workers=workers, readable=[], path=[PROBES], preload=["confine_probes"], **more)


LOST = [
    ("crash", b"", {}, CannotLook, r"^the child died: signal SIGSEGV$"),
    ("abort", b"", {}, CannotLook, r"^the child died: signal SIGABRT$"),
    ("leave", b"7", {}, CannotLook, r"^the child died: exit status 7$"),
    ("leave", b"0", {}, CannotLook, r"^the child died: exit status 0$"),
    ("leave_politely", b"3", {}, CannotLook, r"^the call crashed: SystemExit$"),
    ("loop", b"", {"seconds": 0.3}, TooLarge, r"^killed after 0.3 s$"),
    ("ignore_end", b"", {"seconds": 0.3}, TooLarge, r"^killed after 0.3 s$"),
    ("hold", b"%d" % (400 * MIB), {"memory": 200 * MIB}, TooLarge, r"^used more than 200 MiB of memory$"),
    ("keep_growing", b"", {"memory": 100 * MIB}, TooLarge, r"^used more than 100 MiB of memory$"),
    ("hold_mapped_shared", b"%d" % (2048 * MIB), {"memory": 100 * MIB}, CannotLook, r"^the call crashed: OSError$"),
    ("answer_much", b"%d" % (65 * MIB), {}, TooLarge, r"do not fit in a frame"),
    ("answer_nonsense_type", b"", {}, CannotLook, r"^the call crashed: TypeError$"),
    ("no_such_function", b"", {}, CannotLook, r"^the call crashed: AttributeError$"),
    ("raise_secret", b"", {}, CannotLook, r"^the call crashed: ValueError$"),
    ("raise_end_of_file", b"", {}, CannotLook, r"^the call crashed: EOFError$"),
    ("raise_ours", b"", {}, Malformed, r"^not a \[31m pickle at all$"),
    ("forge", b"\xff" * 64, {}, Malformed, r"^the child's answer is not in the protocol$"),
    ("forge", struct.pack(">BII", 5, 99999, 1) + b"x", {}, Malformed, r"^the child answered for another task$"),
    ("forge", b"\x05", {"seconds": 0.3}, TooLarge, r"^killed after 0.3 s$"),
    ("forge_length", b"", {"number": 1}, TooLarge, r"^the child's answer is larger than 65536 KiB$"),
    (
        "flood",
        b"",
        {"seconds": 0.5, "number": 1},
        CannotLook,
        r"^(killed after 0.5 s|the child's answer is not in the protocol)$",
    ),
    ("hang_up", b"", {}, CannotLook, r"^the child closed its channel$"),
]


@pytest.mark.parametrize(("name", "payload", "more", "kind", "reason"), LOST, ids=[row[0] for row in LOST])
def test_a_lost_child_is_a_reason_and_the_pool_goes_on(ask, name, payload, more, kind, reason):
    limits = {key: value for key, value in more.items() if key != "number"}
    begun = time.monotonic()
    with pytest.raises(kind, match=reason):
        ask(name, payload, alone="number" in more, **limits)
    assert time.monotonic() - begun < limits.get("seconds", 5) + 3
    assert ask("echo", b"next") == b"next"


@pytest.mark.parametrize(("name", "payload"), [("hold", b"419430400"), ("hold_mapped_shared", b"2147483648")])
def test_the_same_memory_is_had_by_an_ordinary_process(name, payload):
    assert unconfined(name, payload) in (payload, b"done")


def test_threads_that_burn_cpu_are_ended_though_the_parent_sleeps(ask):
    with pytest.raises(CannotLook, match=r"killed after 1 s|used more CPU"):
        ask("spin_in_threads", b"8", seconds=1)


def test_memory_is_counted_for_each_task_and_not_for_the_life_of_a_child(ask):
    for _ in range(4):
        assert ask("hold", b"%d" % (150 * MIB), memory=200 * MIB) == b"%d" % (150 * MIB)


def test_two_hundred_small_tasks_go_through_two_children():
    with fresh(workers=2) as pool:
        asked = {pool.submit(task("pid" if at % 2 else "echo", b"%d" % at)): at for at in range(200)}
        answers = {asked[future]: future.result() for future in as_completed(asked, timeout=60)}
    assert [answers[at] for at in range(0, 200, 2)] == [b"%d" % at for at in range(0, 200, 2)]
    assert 1 <= len({answers[at] for at in range(1, 200, 2)}) <= 2


def test_a_slow_task_does_not_hold_up_the_other_child():
    with fresh(workers=2) as pool:
        slow = pool.submit(task("sleep", b"1"))
        quick = [pool.submit(task("echo", b"x")) for _ in range(20)]
        assert [future.result(timeout=30) for future in quick] == [b"x"] * 20
        assert not slow.done()
        assert slow.result(timeout=30) == b"done"


def test_a_child_that_dies_disturbs_no_task_beside_it():
    with fresh(workers=2) as pool:
        futures = [pool.submit(task("crash" if at % 5 == 0 else "echo", b"x")) for at in range(30)]
        failed = [future.exception(timeout=60) is not None for future in futures]
    assert failed == [at % 5 == 0 for at in range(30)]


def test_a_child_is_used_again_unless_its_task_is_to_be_alone(ask):
    first, second = ask("pid"), ask("pid")
    assert first == second
    alone = ask("pid", alone=True)
    assert alone not in (first, ask("pid"))


def test_progress_reaches_the_parent_in_order(ask):
    seen = []
    assert ask("count", b"50", progress=seen.append) == b"done"
    assert seen == [b"%d" % at for at in range(50)]


@pytest.mark.parametrize("error", [LookupError, OSError, TimeoutError, EOFError])
def test_what_a_progress_callback_raises_reaches_the_caller(ask, error):
    def fail(_):
        raise error("of the caller")

    with pytest.raises(error, match="of the caller"):
        ask("count", b"50", progress=fail)
    assert ask("echo", b"next") == b"next"


def test_a_payload_of_megabytes_crosses_and_one_beyond_the_frame_is_refused(ask):
    payload = os.urandom(5 * MIB)
    assert ask("echo", payload) == payload
    with pytest.raises(TooLarge, match="do not fit"):
        ask("echo", bytes(65 * MIB))


def test_a_child_is_ready_well_under_half_a_second():
    begun = time.monotonic()
    with fresh() as pool:
        assert pool.submit(task("echo", b"x")).result(timeout=30) == b"x"
        took = time.monotonic() - begun
    assert took < 2.5, "five times the promise, since this machine may be busy"


def test_leaving_by_an_exception_kills_at_once_and_leaves_no_zombie():
    told = []
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), fresh() as pool:  # noqa: PT012  what is raised within is the test
        running = pool.submit(task("tell_pid_and_sleep", b"30", seconds=60, progress=told.append))
        waiting = pool.submit(task("echo"))
        while not told:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 10
    assert str(running.exception()) == "stopped: the pool was closed"
    assert waiting.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(int(told[0]), 0)


def test_closing_waits_for_what_was_submitted_and_leaves_no_zombie():
    with fresh() as pool:
        futures = [pool.submit(task("pid")) for _ in range(3)]
    pids = {int(future.result(timeout=0)) for future in futures}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    pool.close()
    pool.close(kill=True)
    with pytest.raises(Misuse, match="the pool is closed"):
        pool.submit(task("echo"))


def test_a_closing_pool_can_still_be_killed():
    told = []
    pool = fresh()
    running = pool.submit(task("tell_pid_and_sleep", b"30", seconds=60, progress=told.append))
    while not told:
        time.sleep(0.01)
    patient = threading.Thread(target=pool.close)
    patient.start()
    pool.close(kill=True)
    patient.join(timeout=5)
    assert not patient.is_alive()
    assert isinstance(running.exception(timeout=0), CannotLook)


def test_an_interrupt_from_the_terminal_does_not_reach_the_children():
    told = []
    with fresh() as pool:
        running = pool.submit(task("tell_pid_and_sleep", b"0.5", progress=told.append))
        while not told:
            time.sleep(0.01)
        assert os.getsid(int(told[0])) == int(told[0]) != os.getsid(0)
        assert running.result(timeout=10) == b"done"


ORPHAN = """
import sys
from pathlib import Path
from hauberk.confine.pool import ConfinedPool, Task
with ConfinedPool(workers=1, readable=[], path=[Path(sys.argv[1])]) as pool:
    pool.submit(Task(call="confine_probes:tell_pid_and_sleep", payload=b"60", seconds=90, memory=1 << 28,
        progress=lambda pid: print(pid.decode(), flush=True))).result()
"""


def test_children_die_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN, str(PROBES)], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child)


ABANDONED = """
import sys
from pathlib import Path
from hauberk.confine.pool import ConfinedPool, Task
pool = ConfinedPool(workers=2, readable=[], path=[Path(sys.argv[1])])
print(pool.submit(Task(call="confine_probes:pid", payload=b"", seconds=9, memory=1 << 28)).result().decode(), flush=True)
pool.submit(Task(call="confine_probes:sleep", payload=b"60", seconds=90, memory=1 << 28))
"""


def test_a_program_that_forgets_its_pool_ends_and_so_do_the_children():
    done = subprocess.run(
        [sys.executable, "-c", ABANDONED, str(PROBES)], stdout=subprocess.PIPE, timeout=30, check=True
    )
    assert gone(int(done.stdout))


def test_a_preload_that_does_not_import_is_a_reason():
    with ConfinedPool(workers=1, readable=[], preload=["no_such_module"]) as pool:
        failed = pool.submit(task("echo")).exception(timeout=60)
    assert isinstance(failed, CannotLook)
    assert str(failed) == "the child could not be prepared: the call crashed: ModuleNotFoundError (no_such_module)"


def test_a_machine_that_cannot_confine_is_refused_unless_it_is_allowed(monkeypatch):
    weak = Confinement(
        landlock=0, seccomp=True, limits=True, system="Linux 5.4", lacks=("the kernel offers no Landlock",)
    )
    monkeypatch.setattr(pools, "describe", lambda: weak)
    with pytest.raises(CannotLook, match="the kernel offers no Landlock"):
        fresh()
    with fresh(unconfined_ok=True) as pool:
        assert pool.submit(task("echo", b"x")).result(timeout=30) == b"x"


def test_no_workers_is_misuse():
    with pytest.raises(Misuse, match="at least 1"):
        fresh(workers=0)


def test_a_task_needs_no_progress():
    assert Task(call="a:b", payload=b"", seconds=1, memory=1).progress is None
