# SPDX-License-Identifier: Apache-2.0
"""Which decisions wait for a person, what the client is told, and what is counted of groups."""

import json

import pytest

from hauberk.core.event import Action, Detection
from hauberk.core.query import Query, Tensor
from hauberk.core.system import Group, Guarding, Reviewing
from hauberk.guard.chain import Chain
from hauberk.guard.groups import members, outcomes
from hauberk.guard.held import Result, forget, put_result, result_of
from hauberk.guard.record import Sealer
from hauberk.guard.review import reviewed
from hauberk.guard.spool import frames
from tests.guard.served import ROW, SECRET, served

EVENT = "01a0e0a5-5a5b-7000-8000-0000ffffffff"


def query(scores=(0.25, 0.75), label="bad", purpose="A41", event=EVENT):
    return Query(
        event=event, at=0.0, client="c", endpoint="e", rows=1,
        inputs=(Tensor(name="purpose", datatype="BYTES", shape=(1, 1), data=[purpose]), Tensor(name="x", datatype="FP32", shape=(1, 3), data=[1.0, 2.5, 3.0])),
        answer=(Tensor(name="label", datatype="BYTES", shape=(1,), data=[label]), Tensor(name="p", datatype="FP32", shape=(1, 2), data=list(scores))),
    )  # fmt: skip


CAR = Group(name="car", column="purpose", values=("A41",))
WIDE = Group(name="wide", column="x[1]", low=2.0, high=3.0)


@pytest.mark.parametrize(
    ("review", "matches"),
    [
        (Reviewing(name="r", low=0.5, high=0.8), True),
        (Reviewing(name="r", low=0.5, high=0.75), False),
        (Reviewing(name="r", outcomes=("bad",)), True),
        (Reviewing(name="r", outcomes=("good",)), False),
        (Reviewing(name="r", group="car"), True),
        (Reviewing(name="r", group="wide", outcomes=("bad",)), True),
        (Reviewing(name="r", group="car", outcomes=("good",)), False),
        (Reviewing(name="r", group="nobody"), False),
        (Reviewing(name="r", share=1.0), True),
        (Reviewing(name="r", share=0.99), False),
    ],
)
def test_a_review_takes_a_decision_when_all_that_it_says_holds(review, matches):
    from hauberk.core.event import Decision

    found = reviewed(query(), Decision(), Guarding(groups=(CAR, WIDE), review=(review,)))
    assert found.queued == (("r",) if matches else ())
    assert found.action is (Action.HOLD if matches else Action.ALLOW)


def test_rows_belong_to_groups_by_text_number_and_place():
    inputs = (Tensor(name="age", datatype="INT64", shape=(3, 1), data=[29, 30, 61]),)
    assert members(Group(name="g", column="age", low=30, high=61), inputs) == [False, True, False]
    assert members(Group(name="g", column="AGE", values=("61",)), inputs) == [False, False, True]
    assert members(Group(name="g", column="sex", values=("f",)), inputs) == []
    assert members(WIDE, query().inputs) == [True]
    assert outcomes(query(label="good").answer) == ["good"]
    assert outcomes((Tensor(name="p", datatype="FP32", shape=(2, 2), data=[0.1, 0.9, 0.8, 0.2]),)) == ["1", "0"]


HELD = {"review": (Reviewing(name="border", outcomes=("bad",)),), "groups": (CAR,)}


def test_a_held_request_is_asked_kept_and_answered_only_by_a_person_and_only_to_its_client(tmp_path):
    with served(tmp_path, **HELD) as one:
        assert one.ask()[0] == 200
        status, body = one.ask(json.dumps({**ROW, "amount": 500}).encode())
        assert (status, set(body)) == (202, {"event", "status", "result"})
        assert len(one.model.asked) == 2
        event = body["event"]
        assert one.ask(path=body["result"], method="GET", body=b"") == (202, body)
        put_result(one.state.held, SECRET, Result(client="other", body=b'{"a":1}', event=event))
        assert one.ask(path=body["result"], method="GET", body=b"") == (202, body), "another client's looks undecided"
        put_result(one.state.held, SECRET, Result(client="branch", body=b'{"a":1}', event=event))
        assert one.ask(path=body["result"], method="GET", body=b"") == (200, {"a": 1})
        assert one.ask(path="/held/../x", method="GET", body=b"")[0] == 404
        assert one.ask(path=body["result"], method="GET", body=b"", key="hbk_nobody")[0] == 401
        assert {count.group: (count.rows, count.favourable) for count in one.guard.tally.totals()} == {
            "all": (2, 1),
            "car": (2, 1),
        }
        assert (one.counters.totals()["held"], one.counters.totals()["queued"]) == (1, 1)
        spool = b"".join(path.read_bytes() for path in one.state.spool.glob("*.spool"))
    kept = [Sealer(SECRET).open(body) for _, body in frames(spool)]
    held = next(event for event, _ in kept if event.status == 202)
    assert (held.decision.action, held.decision.queued) == (Action.HOLD, ("border",))


def test_a_sampled_decision_is_answered_as_always(tmp_path):
    sampled = (Reviewing(name="spot", action="sample"),)
    with served(tmp_path) as plain, served(tmp_path / "b", review=sampled) as one:
        ours, theirs = one.raw(one.request()), plain.raw(plain.request())
        assert (len(ours), ours.partition(b"\r\n\r\n")[0]) == (len(theirs), theirs.partition(b"\r\n\r\n")[0])
        assert one.counters.totals()["queued"] == 1


@pytest.mark.parametrize("after", [False, True])
def test_what_a_detector_holds_waits_for_a_person(tmp_path, after):
    class Holds:
        id, seconds = "contract", 1.0

        def score(self, query):
            return Detection(detector="contract", score=1.0, threshold=0.5, action=Action.HOLD)

    Holds.after = after
    with served(tmp_path, chain=Chain(detectors=(Holds(),))) as one:
        status, body = one.ask()
        assert (status, "contract" in json.dumps(body)) == (202, False)
        assert len(one.model.asked) == 1


def test_a_result_that_was_tampered_with_is_an_error_and_old_ones_go(tmp_path):
    put_result(tmp_path, SECRET, Result(client="c", body=b"x", event=EVENT))
    assert result_of(tmp_path, SECRET, EVENT, "c") == b"x"
    assert forget(tmp_path) == 0
    path = tmp_path / EVENT
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(Exception, match="does not open"):
        result_of(tmp_path, SECRET, EVENT, "c")
    assert forget(tmp_path, now=path.stat().st_mtime + 73 * 3600) == 1


def test_metrics_are_openmetrics_as_prometheus_reads_them_and_tell_groups_with_intervals(tmp_path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    with served(tmp_path, **HELD) as one:
        for amount in (5, 50, 500):
            one.ask(json.dumps({**ROW, "amount": amount, "purpose": "A41" if amount < 100 else "canary-41"}).encode())
        raw = one.raw(one.request(b"", path="/metrics", method="GET")).partition(b"\r\n\r\n")[2].decode()
    found = {family.name: family for family in text_string_to_metric_families(raw)}
    assert found["hauberk_guard_received"].samples[0].value == 3
    assert all(family.documentation for family in found.values())
    share = {(s.labels["group"], s.labels["end"]): s.value for s in found["hauberk_guard_outcome_share"].samples}
    assert share["car", "value"] == 1.0
    assert 0.2 < share["all", "low"] < share["all", "value"] < share["all", "high"] < 0.95
    assert "canary" not in raw
