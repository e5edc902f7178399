# SPDX-License-Identifier: Apache-2.0
"""Every answer has its event, on the disk before it leaves, in the ledger once, and readable by nobody else."""

import errno
import json
import os
import time

import pytest

from hauberk.core.canonical import digest
from hauberk.core.codec import decode
from hauberk.core.errors import Malformed
from hauberk.core.event import EVENT, Action, Detection, Event
from hauberk.guard.drain import Drain
from hauberk.guard.record import Sealer, commitment, kept_of
from hauberk.guard.settings import Rate
from hauberk.guard.spool import MAGIC, Spool, SpoolFull, frames
from hauberk.ledger.log import Ledger
from hauberk.ledger.subjects import PAYLOAD, SubjectKeys
from hauberk.signing.identity import ephemeral
from tests.guard.served import BODY, ROW, SECRET, served
from tests.guard.test_border import infer

CANARY = "9f3c-canary-17731"


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "l" / "ledger", ephemeral("guard")) as it:
        yield it


def drained(one, ledger, tmp_path):
    keys = SubjectKeys(tmp_path / "keys" / "subjects", ledger)
    return Drain(one.state, ledger, keys, Sealer(SECRET)), keys


def events(ledger):
    return [decode(body, Event) for body in ledger.bodies(EVENT)]


def test_an_event_commits_to_what_was_asked_and_said_and_its_payload_opens_with_the_subjects_key(tmp_path, ledger):
    with served(tmp_path) as one:
        raw = one.raw(one.request()).partition(b"\r\n\r\n")[2]
        one.ask(infer(parameters={"subject": "customer-17"}).encode(), path="/v2/models/m/infer")
    drain, keys = drained(one, ledger, tmp_path)
    assert drain.drain() == 2
    first, second = events(ledger)
    assert json.loads(raw)["event"] == first.id
    assert (first.client, first.status, first.rows, first.decision.action) == ("branch", 200, 1, Action.ALLOW)
    bodies = {digest(body): entry.index for entry, body in ledger.entries() if entry.kind == PAYLOAD}
    kept = kept_of(keys.reveal(bodies[first.payload]))
    assert (kept.request, kept.reply, kept.subject) == (BODY, raw, "client/branch")
    assert commitment(kept.salt, BODY) == first.request
    assert kept_of(keys.reveal(bodies[second.payload])).subject == "customer-17"
    assert keys.erase("customer-17", reason="request")[1] == 1
    assert first.id < second.id


def test_draining_twice_and_after_a_crash_between_ledger_and_mark_records_each_event_once(
    tmp_path, ledger, monkeypatch
):
    with served(tmp_path) as one:
        for _ in range(3):
            one.ask()
        drain, _ = drained(one, ledger, tmp_path)
        assert drain.drain() == 3
        one.ask()
        one.ask()
        marks = []

        def crash(path, data, **options):
            marks.append(path)
            if len(marks) == 2:
                raise RuntimeError("killed")
            _written(path, data).replace(path)

        with monkeypatch.context() as patched:
            patched.setattr("hauberk.guard.drain.replace_file", crash)
            with pytest.raises(RuntimeError):
                drain.drain()
        assert len(events(ledger)) == 5
        assert drain.drain() == 0
        one.ask()
        assert drain.drain() == 1
    assert len({event.id for event in events(ledger)}) == 6
    assert drain.drain() == 0
    assert not list(one.state.spool.glob("*.spool"))  # its writer is gone, and all of it is in the ledger


def _written(path, data):
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(data)
    return fresh


def test_a_value_of_a_request_is_in_no_file_but_under_its_key(tmp_path, ledger, capfd):
    with served(tmp_path) as one:
        one.ask(json.dumps(ROW | {"purpose": CANARY}).encode())
        one.ask(json.dumps(ROW | {"amount": CANARY}).encode())
        one.ask(json.dumps(ROW | {CANARY: 1}).encode())
        one.ask(infer(id=CANARY, parameters={"subject": CANARY}).encode(), path="/v2/models/m/infer")
        one.ask(path=f"/{CANARY}", method="GET", body=b"")
        one.raw(f"GET /{CANARY} HTTP/9.9\r\n\r\n".encode())
        one.ask(key=f"hbk_{CANARY}")
        status = one.raw(one.request(b"", path="/metrics", method="GET"))
        assert b" 200 " in status
        assert CANARY.encode() not in status
    drain, _ = drained(one, ledger, tmp_path)
    before = [path.read_bytes() for path in one.state.root.rglob("*") if path.is_file()]
    assert drain.drain() == 2
    after = [
        path.read_bytes() for folder in (one.state.root, ledger.path) for path in folder.rglob("*") if path.is_file()
    ]
    needles = (CANARY.encode(), CANARY.encode().hex().encode())
    assert not [data for data in before + after if any(needle in data for needle in needles)]
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err


def test_a_full_disk_answers_503_and_what_was_written_stays_whole(tmp_path, monkeypatch):
    with served(tmp_path) as one:
        assert one.ask()[0] == 200
        write = os.write

        def full(file, data):
            if file != one.spool._file:
                return write(file, data)
            write(file, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            assert one.ask()[0] == 503
            patched.setattr(
                os, "write", lambda file, data: write(file, data[:9]) if file == one.spool._file else write(file, data)
            )
            assert one.ask()[0] == 503
        assert one.ask()[0] == 200
        assert one.counters.totals()["unspooled"] == 2
    assert sum(len(list(frames(path.read_bytes()))) for path in one.state.spool.glob("*.spool")) == 2


def test_strict_waits_for_the_disk_and_refuses_where_it_fails(tmp_path):
    synced = []

    def sync(file):
        synced.append(file)
        if len(synced) == 2:
            raise OSError(errno.EIO, "Input/output error")

    with served(tmp_path, strict=True, sync=sync) as one:
        assert one.ask()[0] == 200
        assert len(synced) == 1
        assert one.ask()[0] == 503
        assert one.ask()[0] == 200  # in a new file, since nobody knows what the old one holds
    assert len(list(one.state.spool.glob("*.spool"))) == 2


def test_what_is_written_is_on_the_disk_within_the_window(tmp_path):
    spool = Spool(tmp_path, "w")
    for _ in range(20):
        spool.write(b"x" * 100)
        time.sleep(0.005)
    spool.close()
    assert spool.unsynced == 0
    assert spool.written == 20
    assert 0 < spool.widest < 1.0
    assert spool.most <= 20


def test_a_torn_end_is_left_and_damage_before_it_is_told(tmp_path):
    spool = Spool(tmp_path, "w")
    for body in (b"one", b"two", b"three"):
        spool.write(body)
    spool.close()
    data = (tmp_path / "w-000000.spool").read_bytes()
    assert [body for _, body in frames(data)] == [b"one", b"two", b"three"]
    for cut in range(len(MAGIC), len(data)):
        assert [body for _, body in frames(data[:cut])] in ([], [b"one"], [b"one", b"two"])
    with pytest.raises(Malformed):
        list(frames(data.replace(b"two", b"twO")))


def test_a_spool_that_cannot_begin_says_so(tmp_path):
    with pytest.raises(SpoolFull, match="cannot begin"):
        Spool(tmp_path / "nowhere", "w")


def test_too_fast_and_beyond_the_quota_are_429_for_all_keys_of_a_caller(tmp_path):
    with served(tmp_path, rate=Rate(count=3, seconds=86400)) as one:
        assert [one.ask(headers=f"x-forwarded-for: 10.0.0.{n}\r\n")[0] for n in range(4)] == [200, 200, 200, 429]
        assert len(one.model.asked) == 3
    with served(tmp_path / "b", quota=Rate(count=5, seconds=86400)) as one:
        rows = json.dumps({"rows": [ROW] * 3}).encode()
        assert [one.ask(rows)[0], one.ask(rows)[0], one.ask()[0], one.ask()[0], one.ask()[0]] == [
            200,
            429,
            200,
            200,
            429,
        ]


class Seen:
    """A detector for tests: says what it is told to."""

    seconds, after, id = 1.0, False, "test"

    def __init__(self, found, *, after=False):
        self.found, self.after = found, after

    def score(self, query):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def detection(action, score=1.0):
    return Detection(detector="test", score=score, threshold=0.5, action=action)


@pytest.mark.parametrize("after", [False, True])
def test_a_detector_that_blocks_or_fails_stops_the_answer_and_says_nothing_of_itself(tmp_path, ledger, after):
    from hauberk.guard.chain import Chain

    found = (
        detection(Action.BLOCK),
        ValueError(CANARY),
        detection(Action.ALLOW, float("nan")),
        detection(Action.QUARANTINE),
    )
    for index, one_found in enumerate(found):
        with served(tmp_path / str(index), chain=Chain(detectors=(Seen(one_found, after=after),))) as one:
            status, body = one.ask()
            assert status == 403
            assert body.keys() == {"error", "event"}
            assert len(one.model.asked) == int(after)
        Drain(one.state, ledger, SubjectKeys(tmp_path / "keys" / "s", ledger), Sealer(SECRET)).drain()
    actions = [(event.decision.action, event.decision.failed) for event in events(ledger)]
    assert actions == [
        (Action.BLOCK, ()),
        (Action.BLOCK, ("test",)),
        (Action.BLOCK, ("test",)),
        (Action.QUARANTINE, ()),
    ]


def test_a_flag_that_allows_changes_neither_status_nor_shape(tmp_path):
    from hauberk.guard.chain import Chain

    with (
        served(tmp_path) as plain,
        served(tmp_path / "b", chain=Chain(detectors=(Seen(detection(Action.ALLOW)),))) as flagged,
    ):
        a, b = plain.raw(plain.request()), flagged.raw(flagged.request())
    assert len(a) == len(b)
    assert a.partition(b"\r\n\r\n")[0] == b.partition(b"\r\n\r\n")[0]
    assert flagged.counters.totals()["detections"] == 1


def test_label_only_hides_the_scores_in_answers_and_metadata(tmp_path):
    with served(tmp_path, answers="label") as one:
        assert one.ask()[1].keys() == {"event", "label"}
        _, body = one.ask(path="/v2/models/m", method="GET", body=b"")
        assert [output["name"] for output in body["outputs"]] == ["label"]


def test_every_stage_counts_every_request(tmp_path):
    from hauberk.guard.counters import STAGES

    with served(tmp_path) as one:
        for _ in range(7):
            one.ask()
        assert {name: one.counters.totals()[name] for name in STAGES} == dict.fromkeys(STAGES, 7)


def test_a_model_that_fails_is_502_and_on_record(tmp_path, ledger):
    with served(tmp_path) as one:
        one.model.fails = True
        assert one.ask()[0] == 502
    assert drained(one, ledger, tmp_path)[0].drain() == 1
    assert events(ledger)[0].status == 502


def test_a_write_that_a_power_cut_tore_is_counted_in_the_ledger(tmp_path, ledger):
    with served(tmp_path) as one:
        one.ask()
        one.ask()
    (path,) = one.state.spool.glob("*.spool")
    path.write_bytes(path.read_bytes()[:-7])
    assert drained(one, ledger, tmp_path)[0].drain() == 1
    (torn,) = ledger.bodies("guard.torn")
    assert json.loads(torn)["bytes"] > 100


def test_a_clock_that_jumps_fills_no_bucket_and_loses_no_event(tmp_path, ledger):
    offset = [0]
    rate = Rate(count=3, seconds=86400)
    with served(tmp_path, rate=rate, wall=lambda: time.time_ns() + offset[0]) as one:
        statuses = []
        for jump in (0, 3600, -3600, 20 * 3600):
            offset[0] = jump * 10**9
            statuses.append(one.ask()[0])
        offset[0] = 2 * 86400 * 10**9
        assert one.ask()[0] == 401  # the key has ended by then
    assert statuses == [200, 200, 200, 429]
    assert drained(one, ledger, tmp_path)[0].drain() == 3
    assert len({event.id for event in events(ledger)}) == 3
