# SPDX-License-Identifier: Apache-2.0
"""Which detections are one incident, and which are not."""

import pytest

from hauberk.core.canonical import canonical
from hauberk.core.event import EVENT, Action, Decision, Detection, Event
from hauberk.core.identifier import event_id
from hauberk.core.scales import Severity
from hauberk.ledger.log import Ledger
from hauberk.respond.book import Book
from hauberk.signing.identity import ephemeral
from hauberk.store.incidents import Status

START = 1_800_000_000


def stamped(second):
    from datetime import UTC, datetime

    from hauberk.core.clock import stamp

    return stamp(datetime.fromtimestamp(START + second, UTC))


def event(second, client="mallory", detector="campaign", *, action=Action.BLOCK, endpoint="api", failed=(), salt=0):
    seen = (Detection(detector=detector, score=2.0, threshold=1.0, action=action),) if detector else ()
    return Event(
        at=stamped(second), client=client, decision=Decision(action=action, detections=seen, failed=failed),
        endpoint=endpoint, id=event_id(int((START + second) * 1000), salt.to_bytes(10, "big")), model="sha256:" + "0" * 64,
        request="hmac-sha256:x", rows=1, run="sha256:" + "1" * 64, status=403, took=9,
    )  # fmt: skip


@pytest.fixture
def book(tmp_path):
    identity = ephemeral("guard")
    with Ledger.create(tmp_path / "l" / "ledger", identity) as ledger:
        yield Book(root=tmp_path, ledger=ledger, keys=(identity.public,)), identity


def add(book, *events):
    book.ledger.append_many([(EVENT, canonical(one)) for one in events])


def test_a_thousand_detections_of_one_campaign_are_one_incident_over_ten_accounts_and_any_rebuild(book):
    book, _ = book
    add(book, *(event(number, f"account-{number % 10}", salt=number) for number in range(1000)))
    (one,) = book.incidents()
    assert (one.detections, one.events, one.count, len(one.clients)) == (1000, 1000, 10, 10)
    assert (one.severity, one.status, one.strongest) == (Severity.HIGH, Status.OPEN, Action.BLOCK)
    assert len(book.declare()) == 1
    assert book.declare() == ()
    before = book.incidents()
    (book.root / "incidents.sqlite").unlink()
    assert book.incidents() == before
    assert before[0].told


@pytest.mark.parametrize(
    ("events", "incidents"),
    [
        ([event(0, "a", "extraction"), event(1, "b", "extraction")], 2),
        ([event(0, "a"), event(1, "b")], 1),
        ([event(0, "a"), event(1, "b", endpoint="other")], 2),
        ([event(0, "a"), event(1801 + 0, "b")], 2),
        ([event(0, "a"), event(1800, "b"), event(3600, "c")], 1),
        ([event(number, "a", "contract", action=Action.ALLOW) for number in range(9)], 0),
        ([event(number, "a", "contract", action=Action.ALLOW) for number in range(10)], 1),
        ([event(number, f"c{number}", "contract", action=Action.ALLOW) for number in range(50)], 0),
        ([event(0, "a", "", failed=("outlier",)), event(5, "b", "", failed=("outlier",))], 1),
        ([event(0, "a", "", action=Action.ALLOW)], 0),
        ([event(0, "a", "extraction"), event(5, "a"), event(6, "b")], 1),
        ([event(0, "a"), event(1, "b", "extraction"), event(2, "b")], 1),
        ([event(0, "a"), event(1, "a", "contract"), event(2, "a", "adversarial")], 1),
    ],
)
def test_detections_belong_together_by_endpoint_client_and_time(book, events, incidents):
    book, _ = book
    add(book, *events)
    assert len(book.incidents()) == incidents
    assert sum(one.detections for one in book.incidents()) == (
        sum(len(one.decision.detections) + len(one.decision.failed) for one in events) if incidents else 0
    )


def test_people_take_contain_and_close_by_signature_and_what_follows_is_another_incident(book):
    book, identity = book
    add(book, event(0), event(1))
    (one,) = book.incidents()
    book.step(one.id[:12], Status.TAKEN, identity, "mine", stamped(5))
    book.step(one.id, Status.CONTAINED, identity, "keys revoked", stamped(6))
    done = book.step(one.id, Status.CLOSED, identity, "agreed with the client", stamped(7))
    assert (done.status, done.owner, done.stands) == (Status.CLOSED, "guard", False)
    assert [moment.what for moment in done.timeline][-1] == "closed: agreed with the client"
    with pytest.raises(Exception, match="is closed"):
        book.step(one.id, Status.CLOSED, identity, "again", stamped(8))
    add(book, event(9))
    assert [one.status for one in book.incidents()] == [Status.CLOSED, Status.OPEN]


def test_a_step_that_a_stranger_signed_changes_nothing(book):
    book, _ = book
    add(book, event(0))
    (one,) = book.incidents()
    book.step(one.id, Status.CLOSED, ephemeral("stranger"), "nothing to see", stamped(7))
    assert book.incidents()[0].stands


def test_a_step_has_a_reason(book):
    book, identity = book
    add(book, event(0))
    with pytest.raises(Exception, match="reason"):
        book.step("inc", Status.CLOSED, identity, " ", stamped(1))
