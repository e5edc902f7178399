# SPDX-License-Identifier: Apache-2.0
"""The queue: a case waits, is read on a terminal, is decided by signature; the shelf is only an index of the ledger."""

import json

import pytest

from hauberk.core.canonical import canonical, digest
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Misuse
from hauberk.core.event import EVENT, Action, Decision, Event
from hauberk.core.identifier import event_id
from hauberk.core.query import Tensor
from hauberk.guard.held import result_of
from hauberk.guard.queue import Queue, likenesses
from hauberk.guard.record import Kept, commitment
from hauberk.guard.state import State
from hauberk.ledger.log import Ledger
from hauberk.ledger.subjects import PAYLOAD, subject_keys
from hauberk.signing.keystore import create
from hauberk.store.cases import measure

CANARY = "canary-5f1c"
SECRET = bytes(range(32))
START = 1_800_000_000_000


def stamped(second):
    return f"2027-01-15T08:{second // 60:02d}:{second % 60:02d}.000000Z"


@pytest.fixture
def queue(tmp_path, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    people = [create(name) for name in ("keeper", "mara", "jonas")]
    state = State(root=tmp_path / "state")
    state.make()
    ledger = Ledger.create(state.ledger, people[0], source="guard")
    yield Queue(state=state, ledger=ledger, keys=tuple(one.public for one in people)), people
    ledger.close()


def add(queue, number, *, label="bad", amount=500, queued=("border",), action=Action.HOLD, protocol="rows"):
    """Seal one event with its payload, as the drain does."""
    row = {"amount": amount, "purpose": CANARY}
    request = json.dumps(row).encode()
    if protocol == "open-inference":
        request = encode(
            {"id": "7", "inputs": [{"name": "amount", "shape": [1, 1], "datatype": "FP32", "data": [amount]}]}
        )
    answer = (
        Tensor(name="label", datatype="BYTES", shape=(1,), data=[label]),
        Tensor(name="p", datatype="FP32", shape=(1, 2), data=[0.3, 0.7]),
    )
    kept = Kept(answer=answer, protocol=protocol, salt=b"s" * 16, request=request, reply=b"{}", subject="client/branch")
    (payload,) = subject_keys(queue.ledger).encrypt([(kept.subject, encode(kept))])
    event = Event(
        at=stamped(number), client="branch", decision=Decision(action=action, queued=queued), endpoint="api",
        id=event_id(START + number, bytes(10)), model="sha256:" + "0" * 64, payload=digest(payload), rows=1, took=5,
        request=commitment(kept.salt, request), answer=commitment(kept.salt, b"{}"), run="sha256:" + "1" * 64, status=202,
    )  # fmt: skip
    queue.ledger.append_many([(PAYLOAD, payload), (EVENT, canonical(event))])
    return event


def decide(queue, event, who, **facts):
    facts = {"outcome": (), "reason": "looked at it", "at": stamped(100), "model": "m"} | facts
    return queue.decide(queue.case(event.id), who, SECRET, **facts)


def test_a_case_is_accepted_or_overridden_by_signature_and_its_client_gets_the_result(queue):
    queue, (_, mara, jonas) = queue
    first, second = add(queue, 1), add(queue, 2)
    add(queue, 3, queued=(), action=Action.ALLOW)
    assert [case.event.id for case in queue.cases() if case.waiting] == [first.id, second.id]
    queue.see(queue.case(first.id), mara, stamped(50))
    decide(queue, first, mara)
    decide(queue, second, jonas, outcome=("good",), reason="income was misread", at=stamped(62))
    body = json.loads(result_of(queue.state.held, SECRET, first.id, "branch"))
    assert body == {"event": first.id, "label": "bad", "p": [0.3, 0.7], "decided": "accept"}
    body = json.loads(result_of(queue.state.held, SECRET, second.id, "branch"))
    assert body == {"event": second.id, "label": "good", "decided": "override"}
    assert not any(case.waiting for case in queue.cases())
    told = {one.name: one.value for one in measure(queue.cases())}
    assert (told["review_override_rate"], told["review_unseen_share"], told["review_latency"]) == (0.5, 0.5, 60.0)
    assert told["review_catch_rate"] is None
    with pytest.raises(Misuse, match="decided"):
        decide(queue, first, jonas)


def test_a_reply_of_open_inference_keeps_its_form(queue):
    queue, (_, mara, _) = queue
    event = add(queue, 1, protocol="open-inference")
    decide(queue, event, mara, outcome=("good",))
    body = json.loads(result_of(queue.state.held, SECRET, event.id, "branch"))
    assert (body["id"], body["parameters"]) == ("7", {"event": event.id, "decided": "override"})
    assert [one["name"] for one in body["outputs"]] == ["label"]


def test_an_appeal_opens_any_decision_again_and_another_person_decides_it(queue):
    queue, (_, mara, jonas) = queue
    event = add(queue, 1, queued=(), action=Action.ALLOW)
    queue.appeal(queue.event(event.id), mara, "asked by letter", stamped(9))
    decide(queue, event, mara)
    queue.appeal(queue.event(event.id), mara, "asked again", stamped(110))
    with pytest.raises(Misuse, match="another person"):
        decide(queue, event, mara)
    decide(queue, event, jonas, outcome=("good",))
    (case,) = queue.cases()
    assert [(one.verdict, one.appeal) for one in case.rulings] == [("accept", True), ("override", True)]
    assert (case.appeals, case.why) == (("asked by letter", "asked again"), ("appeal",))
    assert not queue.state.held.exists(), "nobody waited for it"


def test_planted_cases_look_like_others_until_they_are_decided_and_measure_people(queue):
    queue, (keeper, mara, _) = queue
    like = add(queue, 1)
    made = [
        queue.plant(
            like, queue.kept(like), keeper, shown="bad", right="good", at=stamped(5 + number),
            event=event_id(START + 50 + number, bytes(10)),
        )
        for number in range(3)
    ]  # fmt: skip
    waiting = queue.cases()
    assert len(waiting) == 4
    assert not any(case.planted for case in waiting)
    assert {(case.why, case.event.client, case.event.endpoint, case.held) for case in waiting} == {
        (("border",), "branch", "api", True)
    }
    assert decide(queue, made[0], mara, outcome=("good",)).caught is True
    assert decide(queue, made[1], mara).caught is False
    assert decide(queue, like, mara) is None
    told = {one.name: one for one in measure(queue.cases())}
    catch = told["review_catch_rate"]
    assert (catch.value, catch.n) == (0.5, 2)
    assert 0 < catch.low < 0.5 < catch.high < 1
    assert told["review_override_rate"].n == 1


def test_similar_cases_are_named_by_what_was_decided_and_show_no_value(queue):
    queue, (_, mara, _) = queue
    near, far, new = add(queue, 1, amount=500), add(queue, 2, amount=9), add(queue, 3, amount=500)
    for event in (near, far):
        decide(queue, event, mara)
    found = list(likenesses(queue, queue.case(new.id)))
    assert [(differ, case.event.id) for differ, case in found] == [(0.0, near.id), (0.5, far.id)]


def test_words_of_unknown_keys_decide_nothing(queue, tmp_path):
    queue, (_, mara, _) = queue
    event = add(queue, 1)
    decide(queue, event, mara)
    (queue.state.root / "cases.sqlite").unlink()
    stranger = Queue(state=queue.state, ledger=queue.ledger, keys=queue.keys[:1])
    assert stranger.case(event.id).waiting


def test_the_shelf_is_folded_again_from_the_ledger_and_holds_no_value(queue):
    queue, (_, mara, _) = queue
    first = add(queue, 1)
    add(queue, 2)
    decide(queue, first, mara, outcome=("good",))
    before = queue.cases()
    path = queue.state.root / "cases.sqlite"
    data = path.read_bytes()
    path.unlink()
    assert queue.cases() == before
    path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 500)
    assert queue.cases() == before
    held = b"".join(one.read_bytes() for one in queue.state.held.iterdir())
    for word in (CANARY, "client/branch"):
        assert word.encode() not in data + held


def test_a_decision_without_a_reason_or_with_too_many_outcomes_is_refused(queue):
    queue, (_, mara, _) = queue
    event = add(queue, 1)
    for facts, words in (({"reason": " "}, "reason"), ({"outcome": ("a", "b")}, "outcomes")):
        with pytest.raises(Misuse, match=words):
            decide(queue, event, mara, **facts)
    assert decode(encode(queue.case(event.id)), type(queue.case(event.id))) == queue.case(event.id)
