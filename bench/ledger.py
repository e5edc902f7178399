# SPDX-License-Identifier: Apache-2.0
"""The ledger beside the usual ways to keep records: durable entries a second, time to verify them, kills.

64 independent writers each wait until their entry is acknowledged. The baselines write the same bytes for an entry
(its leaf and its body): a file synced after each, SQLite in WAL mode with synchronous=FULL and one transaction an
entry, and in-memory append. That last word can be read in three ways, and all three are printed: (a) the same ledger
on a file system in memory, with no sync: what durability costs; (b) the same 64 writers, waiting the same way for
entries of the same bytes under one tree in a list: no file, no signature; (c) a list under a lock, where nobody waits
for anybody. The bar is judged by (b), the strictest in which a writer awaits an acknowledgement.

One fsync is timed on the same file system, which is printed, and must not be tmpfs. Group commit and fsync-per-entry
are measured again with 4 ms added to each sync. Then writers are killed with SIGKILL (see parts/ledger_kills.py).

Bars: group commit at least 20 times fsync-per-entry where one fsync costs 1 ms or more, else at least a third of
in-memory append; the same 20 times with the injected sync; p99 of acknowledgement under 50 ms; a bundle of 100,000
entries verified in under 30 times the time of hashing the entries one hashlib call each; 1,000 kills lose no
acknowledged entry, and no stage of a commit goes without a kill.
"""

import argparse
import hashlib
import io
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import redirect_stdout
from importlib import metadata
from pathlib import Path

import cryptography
from parts.ledger_kills import killed, table

import hauberk
from hauberk.core.canonical import canonical
from hauberk.core.clock import stamp, system_clock
from hauberk.core.codec import encode
from hauberk.core.entry import Entry
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.bundle import parse
from hauberk.ledger.files import STAGES, Disk
from hauberk.ledger.group import Group
from hauberk.ledger.merkle import Frontier, leaf_hash
from hauberk.signing import ephemeral

WRITERS = 64
INJECTED = 0.004
SEED = 20261124
ALICE = ephemeral("bench")


def body(number: int) -> bytes:
    """About 240 bytes, as small evidence is."""
    return canonical({"card": "HBK-MOD-001", "n": number, "outcome": "clean", "text": "x" * 180})


BODIES = [body(number) for number in range(1000)]


def file_system(path: Path) -> str:
    """Type and device of the file system under a path."""
    best = ("", "unknown", "unknown")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        device, mount, kind = line.split(" ")[:3]
        if path.is_relative_to(mount) and len(mount) > len(best[0]):
            best = (mount, kind, device)
    return f"{best[1]} on {best[2]}"


def fsync_cost(folder: Path, times: int) -> float:
    """Median seconds of one write and fsync of an entry's size."""
    costs = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 520)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            costs.append(time.perf_counter() - begun)
    return statistics.median(costs)


def slow_sync(descriptor: int) -> None:
    os.fdatasync(descriptor)
    time.sleep(INJECTED)


def no_sync(descriptor: int) -> None:
    del descriptor


def group_commit(folder: Path, seconds: float, sync=os.fdatasync) -> tuple[float, float]:
    """Entries a second of 64 writers, and the p99 of their acknowledgements in seconds."""
    path = folder / f"ledger-{time.monotonic_ns()}"
    Ledger.create(path, ALICE).close()
    ledger = Ledger.open(path, ALICE, disk=Disk(sync=sync))
    waits: list[list[float]] = [[] for _ in range(WRITERS)]
    started = threading.Barrier(WRITERS + 1)
    stop = threading.Event()

    def write(mine: list[float]) -> None:
        started.wait()
        number = 0
        while not stop.is_set():
            data = BODIES[number % len(BODIES)]
            begun = time.perf_counter()
            ledger.append("evidence", data)
            mine.append(time.perf_counter() - begun)
            number += 1

    threads = [threading.Thread(target=write, args=(mine,)) for mine in waits]
    for thread in threads:
        thread.start()
    started.wait()
    begun = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    acknowledged = sorted(wait for mine in waits for wait in mine)
    if ledger.verify(history=False).size != len(acknowledged):
        raise SystemExit("the ledger does not hold what it acknowledged")
    ledger.close()
    return len(acknowledged) / took, acknowledged[int(len(acknowledged) * 0.99)]


def memory_folder() -> Path:
    """A folder that is only memory."""
    path = Path("/dev/shm")
    if not file_system(path).startswith("tmpfs"):
        raise SystemExit("no tmpfs at /dev/shm: in-memory append cannot be measured")
    return path


def each_synced(folder: Path, records: list[bytes], seconds: float, sync=os.fdatasync) -> float:
    """Entries a second of one file that is synced after each."""
    done, begun = 0, time.perf_counter()
    with (folder / "each").open("wb", buffering=0) as file:
        while time.perf_counter() - begun < seconds:
            file.write(records[done % len(records)])
            sync(file.fileno())
            done += 1
    return done / (time.perf_counter() - begun)


def sqlite_full(folder: Path, records: list[bytes], seconds: float) -> float:
    """Entries a second of SQLite, WAL, synchronous=FULL, a transaction each."""
    base = sqlite3.connect(folder / "full.sqlite", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, data BLOB)")
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        base.execute("INSERT INTO entries (data) VALUES (?)", (records[done % len(records)],))
        done += 1
    took = time.perf_counter() - begun
    base.close()
    return done / took


def made(number: int, size: int, data: bytes) -> tuple[bytes, bytes]:
    """The same bytes as the ledger's for an entry."""
    del number
    entry = Entry(
        at=stamp(system_clock()),
        body=f"sha256:{hashlib.sha256(data).hexdigest()}",
        by=ALICE.public.id,
        index=size,
        kind="evidence",
        sequence=size,
        writer="0123456789abcdef",
    )
    return encode(entry), data


def memory(seconds: float, *, waiting: bool) -> float:
    """Entries a second of 64 threads that append the same bytes to a tree and a list; nothing is signed or durable.

    With ``waiting`` each waits for its acknowledgement, as the ledger's writers do; else they take a lock in turns.
    """
    lock, kept, tree, stop = threading.Lock(), [], Frontier(), threading.Event()

    def append(data: bytes) -> None:
        line = made(0, tree.size, data)
        tree.append(leaf_hash(line[0]))
        kept.append(line)

    def commit(batch) -> list[None]:
        return [append(data) for data in batch]

    group = Group(commit)

    def write() -> None:
        number = 0
        while not stop.is_set():
            data = BODIES[number % len(BODIES)]
            if waiting:
                group.submit(data)
            else:
                with lock:
                    append(data)
            number += 1

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return len(kept) / (time.perf_counter() - begun)


def verification(folder: Path, entries: int) -> tuple[float, float]:
    """Processor seconds to verify a bundle, and to hash its entries with one hashlib call each; the best of five."""
    path = folder / "verified"
    with Ledger.create(path, ALICE) as ledger:
        for first in range(0, entries, 1000):
            ledger.append_many([("evidence", body(number)) for number in range(first, first + 1000)])
        write_bundle(ledger, folder / "bundle")
    data = (folder / "bundle").read_bytes()
    lines = [line for line, _ in parse(data).lines]
    checked, hashed = [], []
    for _ in range(5):
        begun = time.process_time()
        verify_bundle(data, [ALICE.public])
        checked.append(time.process_time() - begun)
        begun = time.process_time()
        for line in lines:
            hashlib.sha256(line).digest()
        hashed.append(time.process_time() - begun)
    return min(checked), min(hashed)


def alone(folder: Path) -> float:
    """Seconds that verify.py, which shares no code with the ledger, takes for the same bundle, start included."""
    (folder / "k.pub").write_text(ALICE.public.text)
    script = Path(hauberk.__file__).parent / "verifier" / "verify.py"
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, script, folder / "bundle", "--key", folder / "k.pub"], check=True, capture_output=True
    )
    return time.perf_counter() - begun


def conditions(system: str, cost: float, seconds: float) -> str:
    """What shaped the numbers."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("hauberk", "msgspec", "cryptography"))
    return (
        f"commit {commit}; {versions}; {cryptography.hazmat.backends.default_backend().openssl_version_text()}\n"
        f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.release()}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n"
        f"file system: {system}; one fdatasync of an entry: {cost * 1000:.2f} ms; {seconds:g} s each; seed {SEED}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 s a measurement, 20,000 entries verified, 100 kills")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where to write; its file system is measured")
    parser.add_argument("--out", type=Path, help="also write what is printed to this file")
    arguments = parser.parse_args()
    seconds, entries, kills = (1.0, 20_000, 100) if arguments.quick else (5.0, 100_000, 1000)
    folder = Path(tempfile.mkdtemp(prefix=".bench-ledger-", dir=arguments.folder)).absolute()
    said = io.StringIO()
    try:
        with redirect_stdout(Tee(sys.stdout, said)):
            code = measure(folder, seconds, entries, kills)
    finally:
        shutil.rmtree(folder)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(said.getvalue())
    return code


class Tee(io.TextIOBase):
    """Writes to several places."""

    def __init__(self, *targets) -> None:
        self.targets = targets

    def write(self, text: str) -> int:
        for target in self.targets:
            target.write(text)
            target.flush()
        return len(text)


def measure(folder: Path, seconds: float, entries: int, kills: int) -> int:
    system = file_system(folder)
    records = [b"".join(part + b"\n" for part in made(0, number, body(number))) for number in range(1000)]
    cost = fsync_cost(folder, 100)
    print(conditions(system, cost, seconds))
    rows: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=memory_folder()) as memory_only:
        rows["(a) the ledger in memory, no sync"], _ = group_commit(Path(memory_only), seconds, no_sync)
    rows["(b) in-memory append, 64 writers awaiting"] = memory(seconds, waiting=True)
    rows["(c) list under a lock, nobody waits"] = memory(seconds, waiting=False)
    rows["group commit, 64 writers awaiting"], wait = group_commit(folder, seconds)
    rows["fsync per entry"] = each_synced(folder, records, seconds)
    rows["SQLite WAL FULL, a transaction an entry"] = sqlite_full(folder, records, seconds)
    rows["group commit, sync + 4 ms"], slow_wait = group_commit(folder, seconds, slow_sync)
    rows["fsync per entry, sync + 4 ms"] = each_synced(folder, records, seconds, slow_sync)
    group = rows["group commit, 64 writers awaiting"]
    print(f"{'way':<44}{'entries/s':>12}{'group commit is':>18}")
    for name, rate in rows.items():
        times = "" if "group" in name or "4 ms" in name else f"{group / rate:.2f} times"
        print(f"{name:<44}{rate:>12,.0f}{times:>18}")
    print(f"p99 of acknowledgement: {wait * 1000:.1f} ms, with sync + 4 ms: {slow_wait * 1000:.1f} ms")
    checked, hashed = verification(folder, entries)
    print(f"{entries:,} entries verified in {checked:.2f} s of processor time, hashed in {hashed:.3f} s")
    print(f"verify.py alone, for the same bundle: {alone(folder):.2f} s, start included")
    done = killed(folder, kills, SEED)
    print(table(done))

    ratio, share = group / rows["fsync per entry"], group / rows["(b) in-memory append, 64 writers awaiting"]
    slow = rows["group commit, sync + 4 ms"] / rows["fsync per entry, sync + 4 ms"]
    durable = (
        (f"group commit is {ratio:.1f} times fsync-per-entry (at least 20, fsync costs 1 ms or more)", ratio >= 20)
        if cost >= 0.001
        else (
            f"group commit is {share:.2f} of in-memory append (b) (at least 0.33, fsync costs under 1 ms)",
            share >= 1 / 3,
        )
    )
    fewest = min(done.by_stage[stage] for stage in STAGES)
    bars = (
        ("the file system is on a disk", not system.startswith(("tmpfs", "ramfs"))),
        durable,
        (f"with 4 ms injected, group commit is {slow:.1f} times fsync-per-entry (at least 20)", slow >= 20),
        (f"p99 of acknowledgement is {wait * 1000:.1f} ms (under 50)", wait < 0.05),
        (f"p99 with 4 ms injected is {slow_wait * 1000:.1f} ms (under 50)", slow_wait < 0.05),
        (f"{entries:,} entries verify in {checked / hashed:.1f} times hashing (under 30)", checked < 30 * hashed),
        (f"{done.runs} kills lose {done.lost} acknowledged entries (none)", not done.lost),
        (f"each stage of a commit was killed {fewest} times or more (at least once)", fewest > 0),
    )
    for name, holds in bars:
        print(f"{'PASS' if holds else 'FALLS SHORT'}: {name}")
    return 0 if all(holds for _, holds in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
