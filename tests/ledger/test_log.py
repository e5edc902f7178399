# SPDX-License-Identifier: Apache-2.0
import errno
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.canonical import canonical
from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse, SignatureInvalid
from hauberk.ledger import Ledger
from hauberk.ledger.files import Disk
from hauberk.signing import create, ephemeral

ALICE, MALLORY = ephemeral("alice"), ephemeral("mallory")
KINDS = ("assessment.opened", "evidence", "coverage", "assessment.closed", "waiver")


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as made:
        yield made


def last_segment(path: Path) -> Path:
    return max((path / "log").iterdir())


def test_what_goes_in_comes_out_in_order(ledger):
    bodies = [canonical({"n": n, "text": "é\n"}) for n in range(20)]
    entries = [ledger.append("evidence", body) for body in bodies]
    assert [entry.index for entry in entries] == list(range(20))
    assert [(entry, body) for entry, body in ledger.entries()] == list(zip(entries, bodies, strict=True))
    assert list(ledger.entries(17)) == list(zip(entries[17:], bodies[17:], strict=True))
    assert list(ledger.entries(20)) == []


@settings(max_examples=15)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 99).map(lambda n: canonical({"n": n}))), max_size=4),
        max_size=6,
    )
)
def test_a_reopened_ledger_holds_all_that_was_appended(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("law") / "ledger"
    Ledger.create(path, ALICE).close()
    for batch in batches:
        with Ledger.open(path, ALICE) as ledger:
            ledger.append_many(batch)
    ledger = Ledger.open(path)
    flat = [item for batch in batches for item in batch]
    assert [(entry.kind, body) for entry, body in ledger.entries()] == flat
    assert ledger.verify().size == ledger.size == len(flat)
    assert ledger.repairs == ()


def test_bodies_of_one_kind_are_found(ledger):
    ledger.append_many([("evidence", b"1"), ("coverage", b"2"), ("evidence", b"3")])
    assert list(ledger.bodies("evidence")) == [b"1", b"3"]


def test_an_empty_ledger_verifies(ledger):
    assert ledger.verify().size == 0
    assert list(ledger.entries()) == []


def test_the_published_checkpoint_is_the_last_acknowledged(ledger):
    for n in range(3):
        ledger.append("evidence", canonical(n))
        assert (ledger.path / "checkpoint").read_text().splitlines()[1] == str(n + 1)


def test_segments_begin_anew_and_read_as_one(ledger, monkeypatch):
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", 4)
    for n in range(11):
        ledger.append("evidence", canonical(n))
    assert [path.name.lstrip("0") for path in sorted((ledger.path / "log").iterdir())] == ["", "4", "8"]
    again = Ledger.open(ledger.path)
    assert list(again.bodies("evidence")) == [canonical(n) for n in range(11)]
    assert [body for _, body in again.entries(5)] == [canonical(n) for n in range(5, 11)]
    assert again.verify().size == 11


def test_threads_share_one_ledger_and_each_finds_its_entry(ledger):
    found = {}

    def write(name):
        for n in range(10):
            body = canonical([name, n])
            found[name, n] = (ledger.append("evidence", body).index, body)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = [body for _, body in ledger.entries()]
    assert len(bodies) == 160
    assert all(bodies[index] == body for index, body in found.values())
    assert ledger.verify().writers == 1


WRITER = """
import sys
from pathlib import Path
from hauberk.ledger import Ledger
from hauberk.ledger.files import Disk
from hauberk.signing import load
ledger = Ledger.open(Path(sys.argv[1]), load("alice", folder=Path(sys.argv[2])))
for n in range(int(sys.argv[3])):
    entry = ledger.append("evidence", b'{"n":%d,"writer":"%s"}' % (n, sys.argv[4].encode()))
    print(entry.index, flush=True)
"""


def start_writer(path, keys, count, name):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(keys), str(count), name], stdout=subprocess.PIPE
    )


def test_processes_share_one_folder(tmp_path):
    alice = create("alice", folder=tmp_path / "keys")
    Ledger.create(tmp_path / "state" / "ledger", alice).close()
    writers = [start_writer(tmp_path / "state" / "ledger", tmp_path / "keys", 25, f"w{n}") for n in range(4)]
    indices = [int(line) for writer in writers for line in writer.communicate(timeout=60)[0].split()]
    assert sorted(indices) == list(range(100))
    ledger = Ledger.open(tmp_path / "state" / "ledger")
    proven = ledger.verify()
    assert (proven.size, proven.writers) == (100, 4)
    for n in range(4):
        assert [
            json.loads(body)["n"] for body in ledger.bodies("evidence") if json.loads(body)["writer"] == f"w{n}"
        ] == list(range(25))


def test_two_objects_in_one_process_follow_each_other(tmp_path):
    first = Ledger.create(tmp_path / "ledger", ALICE)
    second = Ledger.open(tmp_path / "ledger", ALICE)
    indices = [ledger.append("evidence", b"0").index for ledger in (first, second, second, first, second)]
    assert indices == list(range(5))
    assert second.verify().writers == 2


def test_a_fork_becomes_a_writer_of_its_own(ledger):
    ledger.append("evidence", b"0")
    child = os.fork()
    if child == 0:
        os._exit(0 if ledger.append("evidence", b"1").sequence == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.append("evidence", b"2").sequence == 2
    assert ledger.verify().writers == 2


def torn(path: Path) -> tuple[Path, bytes, int, int]:
    """A ledger of two acknowledged frames and a third; its segment, bytes, and where the third begins and ends."""
    with Ledger.create(path, ALICE) as ledger:
        ledger.append("evidence", b'{"n":0}')
        ledger.append_many([("evidence", b'{"n":1}'), ("coverage", b"{}")])
        before = (path / "checkpoint").read_bytes()
        start = last_segment(path).stat().st_size
        ledger.append_many([("evidence", b'{"n":2}'), ("evidence", b'{"n":3}')])
    (path / "checkpoint").write_bytes(before)  # the crash came before it was published
    segment = last_segment(path)
    return segment, segment.read_bytes(), start, segment.stat().st_size


@pytest.mark.parametrize("step", [149, pytest.param(6, marks=pytest.mark.slow)])
def test_a_tail_torn_at_any_byte_is_cut_off_and_nothing_acknowledged_is_lost(tmp_path, step):
    segment, data, start, end = torn(tmp_path / "ledger")
    checkpoint = (tmp_path / "ledger" / "checkpoint").read_bytes()
    for length in sorted({*range(start, end, step), end - 1}):
        segment.write_bytes(data[:length])
        (tmp_path / "ledger" / "checkpoint").write_bytes(checkpoint)
        ledger = Ledger.open(tmp_path / "ledger")
        assert ledger.size == 3
        assert [repair.bytes for repair in ledger.repairs] == ([length - start] if length > start else [])
        assert segment.stat().st_size == start
    assert ledger.verify().size == 3
    kept = tmp_path / "ledger" / "torn" / ledger.repairs[0].kept
    assert kept.read_bytes() == data[start : end - 1]


def test_a_whole_frame_that_was_not_published_counts(tmp_path):
    torn(tmp_path / "ledger")
    ledger = Ledger.open(tmp_path / "ledger")
    assert (ledger.size, ledger.repairs) == (5, ())


def test_holes_that_a_power_cut_leaves_behind_the_checkpoint_are_cut_off(tmp_path):
    segment, data, start, end = torn(tmp_path / "ledger")
    for first in range(start, end, 293):
        hole = min(64, end - first)
        segment.write_bytes(data[:first] + bytes(hole) + data[first + hole :])
        ledger = Ledger.open(tmp_path / "ledger")
        assert ledger.size == 3
        assert len(ledger.repairs) == 1


def test_writing_goes_on_behind_a_repair(tmp_path):
    segment, data, _start, end = torn(tmp_path / "ledger")
    segment.write_bytes(data[: end - 1])
    with Ledger.open(tmp_path / "ledger", ALICE) as ledger:
        assert ledger.append("evidence", b"9").index == 3
    again = Ledger.open(tmp_path / "ledger")
    assert (again.verify().size, again.repairs) == (4, ())


def test_a_torn_new_segment_is_removed_at_any_byte(ledger, monkeypatch):
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", 2)
    ledger.append_many([("evidence", b"0"), ("evidence", b"1")])
    before = (ledger.path / "checkpoint").read_bytes()
    ledger.append("evidence", b"2")
    ledger.close()
    segment = last_segment(ledger.path)
    data = segment.read_bytes()
    for length in range(0, len(data), 151):
        segment.write_bytes(data[:length])
        (ledger.path / "checkpoint").write_bytes(before)
        again = Ledger.open(ledger.path)
        assert (again.size, len(again.repairs), segment.exists()) == (2, 1, False)
    assert again.verify().size == 2


@pytest.mark.parametrize("step", [149, pytest.param(6, marks=pytest.mark.slow)])
def test_damage_below_the_checkpoint_is_refused_and_never_mended(tmp_path, step):
    path = tmp_path / "ledger"
    with Ledger.create(path, ALICE) as ledger:
        for n in range(3):
            ledger.append("evidence", canonical({"n": n}))
    segment = last_segment(path)
    data = segment.read_bytes()
    for at in range(0, len(data), step):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        segment.write_bytes(changed)
        with pytest.raises((LedgerBroken, SignatureInvalid)):
            Ledger.open(path).verify()
        assert segment.read_bytes() == changed


def test_every_line_of_every_segment_is_verified(ledger, monkeypatch):
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", 2)
    for n in range(6):
        ledger.append("evidence", canonical(n))
    for segment in sorted((ledger.path / "log").iterdir()):
        data = segment.read_bytes()
        for at in range(3, len(data), 211):
            segment.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            with pytest.raises((LedgerBroken, SignatureInvalid)):
                Ledger.open(ledger.path).verify()
        for line in (data[:20], data[60:90]):
            segment.write_bytes(data.replace(line, line[:-1] + bytes([line[-1] ^ 1]), 1))
            with pytest.raises((LedgerBroken, SignatureInvalid)):
                Ledger.open(ledger.path).verify()
        segment.write_bytes(data)
    assert ledger.verify().size == 6


def test_truncation_below_the_checkpoint_is_refused(tmp_path):
    path = tmp_path / "ledger"
    with Ledger.create(path, ALICE) as ledger:
        ledger.append("evidence", b"0")
        ledger.append("evidence", b"1")
    segment = last_segment(path)
    data = segment.read_bytes()
    for length in range(0, len(data), 61):
        segment.write_bytes(data[:length])
        with pytest.raises(LedgerBroken):
            Ledger.open(path)
    segment.unlink()
    with pytest.raises(LedgerBroken):
        Ledger.open(path)


@pytest.mark.parametrize("change", ["missing", "garbage", "foreign"])
def test_a_checkpoint_that_does_not_verify_is_refused(ledger, change):
    ledger.append("evidence", b"0")
    ledger.close()
    path = ledger.path / "checkpoint"
    if change == "missing":
        path.unlink()
    elif change == "garbage":
        path.write_bytes(path.read_bytes().replace(b"\n1\n", b"\n2\n"))
    else:
        other = Ledger.create(ledger.path.parent / "other", MALLORY)
        path.write_bytes((other.path / "checkpoint").read_bytes())
    with pytest.raises((LedgerBroken, SignatureInvalid)):
        Ledger.open(ledger.path)


@pytest.mark.parametrize("left", [b"", bytes(4000)])
def test_a_checkpoint_that_a_power_cut_emptied_is_read_from_the_segment(ledger, left):
    ledger.append("evidence", b"0")
    (ledger.path / "checkpoint").write_bytes(left)
    assert Ledger.open(ledger.path).verify().size == 1


def test_another_key_is_refused(ledger):
    ledger.append("evidence", b"0")
    with pytest.raises(SignatureInvalid):
        Ledger.open(ledger.path, keys=[MALLORY.public])
    with pytest.raises(KeyUnavailable, match="alice"):
        Ledger.open(ledger.path, MALLORY)


def test_a_ledger_opened_for_reading_takes_nothing(ledger):
    with pytest.raises(KeyUnavailable):
        Ledger.open(ledger.path).append("evidence", b"0")


def test_a_key_beside_the_ledger_is_refused(tmp_path):
    alice = create("alice", folder=tmp_path / ".hauberk" / "keys")
    with pytest.raises(Misuse, match="beside"):
        Ledger.create(tmp_path / ".hauberk" / "ledger", alice)


def test_a_ledger_is_created_once(ledger):
    with pytest.raises(Misuse, match="already"):
        Ledger.create(ledger.path, ALICE)


def test_what_is_left_of_a_ledger_is_not_written_over(ledger):
    ledger.append("evidence", b"0")
    ledger.close()
    (ledger.path / "checkpoint").unlink()
    with pytest.raises(Misuse, match="already"):
        Ledger.create(ledger.path, ALICE)


def test_a_creation_that_a_crash_cut_short_is_done_again(ledger):
    ledger.close()
    (ledger.path / "checkpoint").unlink()
    assert Ledger.create(ledger.path, ALICE).append("evidence", b"0").index == 0


def test_no_ledger_is_a_clear_error(tmp_path):
    with pytest.raises(Misuse, match="no ledger"):
        Ledger.open(tmp_path)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Evidence", b"1"),
        ("", b"1"),
        ("a\n", b"1"),
        ("key", b"1"),
        ("heartbeat", b"1"),
        ("evidence", b""),
        ("evidence", b"{ }"),
        ("evidence", b"1\n"),
        ("evidence", b"\xff"),
        ("evidence", b'"' + b"x" * (16 << 20) + b'"'),
    ],
)
def test_what_a_ledger_does_not_take_is_refused_and_seals_nothing(ledger, kind, body):
    with pytest.raises(Misuse):
        ledger.append_many([("evidence", b"1"), (kind, body)])
    assert ledger.size == 0


def test_the_clock_may_slip_a_little_and_not_run_backward(tmp_path):
    moments = [datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) for seconds in (0, -5, 1, -400)]
    ledger = Ledger.create(tmp_path / "ledger", ALICE, lambda: moments.pop(0))
    stamps = [ledger.append("evidence", b"0").at for _ in range(3)]
    assert stamps == ["2030-01-01T00:00:00.000000Z", "2030-01-01T00:00:00.000000Z", "2030-01-01T00:00:01.000000Z"]
    with pytest.raises(Misuse, match="clock"):
        ledger.append("evidence", b"0")
    assert ledger.size == 3


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path):
    full = False

    def sync(descriptor):
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.fdatasync(descriptor)

    Ledger.create(tmp_path / "ledger", ALICE).close()
    ledger = Ledger.open(tmp_path / "ledger", ALICE, disk=Disk(sync=sync))
    ledger.append("evidence", b"0")
    full = True
    with pytest.raises(Misuse, match="No space left"):
        ledger.append("evidence", b"1")
    full = False
    assert ledger.append("evidence", b"2").index == 1
    assert list(ledger.bodies("evidence")) == [b"0", b"2"]
    assert ledger.verify().size == 2


def test_an_interrupted_writer_leaves_a_ledger_that_verifies(tmp_path):
    def sync(descriptor):
        raise KeyboardInterrupt

    with Ledger.create(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"0")
    with pytest.raises(KeyboardInterrupt):
        Ledger.open(tmp_path / "ledger", ALICE, disk=Disk(sync=sync)).append("evidence", b"1")
    with Ledger.open(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"2")
        assert next(ledger.bodies("evidence")) == b"0"
        ledger.verify()


def test_nothing_is_acknowledged_before_it_is_synced(tmp_path):
    synced = []

    def sync(descriptor):
        synced.append(os.fstat(descriptor).st_size)

    Ledger.create(tmp_path / "ledger", ALICE).close()
    ledger = Ledger.open(tmp_path / "ledger", ALICE, disk=Disk(sync=sync))
    for n in range(5):
        ledger.append("evidence", canonical(n))
        assert synced[-1] == last_segment(ledger.path).stat().st_size
    assert len(synced) == 5


def test_concurrent_writers_share_syncs(tmp_path):
    synced = []

    def sync(descriptor):
        synced.append(descriptor)
        threading.Event().wait(0.004)

    Ledger.create(tmp_path / "ledger", ALICE).close()
    ledger = Ledger.open(tmp_path / "ledger", ALICE, disk=Disk(sync=sync))
    threads = [threading.Thread(target=lambda: [ledger.append("evidence", b"0") for _ in range(10)]) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.size == 320
    assert len(synced) < 80
