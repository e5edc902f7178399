# SPDX-License-Identifier: Apache-2.0
"""Writers killed with SIGKILL: nothing acknowledged is lost, and the ledger verifies. Used by bench/ledger.py and tests.

A run is a forked child with four writing threads. Half the runs are killed from outside at a random moment; the stage
of the commit at which that hit is read from a page of memory that the child shares. The other half kill themselves at
a stage drawn by lot, so that every stage is hit often enough to mean something.
"""

import itertools
import mmap
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hauberk.core.canonical import canonical
from hauberk.ledger import Ledger
from hauberk.ledger.files import STAGES, Disk
from hauberk.signing import ephemeral

THREADS = 4
LONGEST = 0.02
"""Seconds that a child may write before it is killed from outside."""
RUNS_A_LEDGER = 40
IDLE = "between commits"
ALICE = ephemeral("kills")


@dataclass(kw_only=True)
class Kills:
    """What came of them."""

    runs: int = 0
    by_stage: Counter[str] = field(default_factory=Counter)
    """Runs killed at each stage of a commit."""
    from_outside: Counter[str] = field(default_factory=Counter)
    """Of these, those at a random moment."""
    acknowledged: int = 0
    torn: int = 0
    """Runs that left half a commit behind, which was cut off."""
    lost: int = 0
    """Acknowledged entries that are not there; the bar is none."""


class _Told(Disk):
    """The real disk, which notes each stage in shared memory and may end the process there."""

    chunk = 700

    def __init__(self, page: mmap.mmap, stop: tuple[str, int] | None) -> None:
        super().__init__(stage=self._reached)
        self._page, self._stop, self._seen = page, stop, itertools.count(1)

    def _reached(self, name: str) -> None:
        self._page[0] = STAGES.index(name)
        if self._stop is not None and name == self._stop[0] and next(self._seen) >= self._stop[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == STAGES[-1]:
            self._page[0] = len(STAGES)


def killed(folder: Path, runs: int, seed: int) -> Kills:
    """So many runs below a folder; raises AssertionError where a ledger does not verify."""
    chance, done = random.Random(seed), Kills()
    for first in range(0, runs, RUNS_A_LEDGER):
        path = folder / f"ledger-{first}"
        Ledger.create(path, ALICE).close()
        for number in range(first, min(runs, first + RUNS_A_LEDGER)):
            stop = (chance.choice(STAGES), chance.randint(1, 4)) if number % 2 else None
            _one(path, stop, chance, done)
        ledger = Ledger.open(path)
        assert ledger.verify().size == ledger.size
    return done


def _one(path: Path, stop: tuple[str, int] | None, chance: random.Random, done: Kills) -> None:
    page = mmap.mmap(-1, 1)
    page[0] = len(STAGES)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write(path, _Told(page, stop), writing)
        os._exit(0)
    os.close(writing)
    said = bytearray()
    reader = threading.Thread(target=_drain, args=(reading, said))
    reader.start()
    if stop is None:
        while b"\n" not in said and reader.is_alive():
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    reader.join()
    done.runs += 1
    stage = [*STAGES, IDLE][page[0]]
    done.by_stage[stage] += 1
    if stop is None:
        done.from_outside[stage] += 1
    _check(path, bytes(said), done)


def _write(path: Path, disk: Disk, writing: int) -> None:
    """Four threads append until the end, and say so after each acknowledgement."""
    ledger = Ledger.open(path, ALICE, disk=disk)
    run = os.getpid()

    def write(name: int) -> None:
        for number in range(400):
            body = canonical({"n": number, "run": run, "thread": name})
            entry = ledger.append("evidence", body)
            os.write(writing, b"%d %s\n" % (entry.index, body))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _drain(reading: int, said: bytearray) -> None:
    while data := os.read(reading, 1 << 16):
        said += data
    os.close(reading)


def _check(path: Path, said: bytes, done: Kills) -> None:
    whole = [line for line in said.split(b"\n")[:-1] if line.endswith(b"}")]
    acknowledged = {int(index): body for index, body in (line.split(b" ", 1) for line in whole)}
    ledger = Ledger.open(path)
    done.torn += bool(ledger.repairs)
    done.acknowledged += len(acknowledged)
    there = dict(enumerate(body for _, body in ledger.entries())).__getitem__
    for index, body in acknowledged.items():
        if index >= ledger.size or there(index) != body:
            done.lost += 1
    assert ledger.verify(history=False).size == ledger.size


def table(done: Kills) -> str:
    """Kills by stage, for people."""
    rows = [f"{'killed at stage':<20}{'all':>8}{'from outside':>16}"]
    rows += [f"{stage:<20}{done.by_stage[stage]:>8}{done.from_outside[stage]:>16}" for stage in (*STAGES, IDLE)]
    rows.append(
        f"{done.runs} kills, {done.acknowledged} entries acknowledged, {done.lost} lost, "
        f"{done.torn} runs left half a commit"
    )
    return "\n".join(rows)
