# SPDX-License-Identifier: Apache-2.0
"""What happened since the assessment is part of the verdict: open incidents, and reviewers who let wrong cases pass."""

from hauberk.core.scales import Outcome, Severity
from hauberk.engine.live import live
from hauberk.policy.decide import DEFAULT, decide
from hauberk.store.incidents import Status
from tests.guard.test_queue import add as add_case
from tests.guard.test_queue import decide as decide_case
from tests.guard.test_queue import queue
from tests.store.test_incidents import add, book, event, stamped

__all__ = ["book", "queue"]


def passed(evidence):
    from datetime import date

    return decide(DEFAULT, evidence, (), date(2027, 1, 16)).passed


def test_an_open_incident_fails_the_gate_until_somebody_known_closes_it(book):
    book, identity = book
    assert live(book.ledger, book.keys) == ()
    add(book, *(event(number, f"a{number % 3}", salt=number) for number in range(1000)))
    (one,) = live(book.ledger, book.keys)
    (finding,) = one.findings
    assert (finding.card, finding.severity, "1000 detections" in finding.message) == (
        "HBK-RSP-001",
        Severity.HIGH,
        True,
    )
    assert not passed([one])
    (incident,) = book.incidents()
    book.step(incident.id, Status.CONTAINED, identity, "keys revoked", stamped(2000))
    assert not passed(live(book.ledger, book.keys))
    book.step(incident.id, Status.CLOSED, identity, "over", stamped(2001))
    (one,) = live(book.ledger, book.keys)
    assert (one.outcome, passed([one])) == (Outcome.CLEAN, True)
    assert not passed(live(book.ledger, ())), "closed by nobody that is known here"


def test_the_severity_is_the_incidents_own(book):
    book, _ = book
    add(book, *(event(number, "a", "contract") for number in range(10)))
    (one,) = live(book.ledger, book.keys)
    assert one.findings[0].severity is Severity.LOW
    assert passed([one])


def test_reviewers_who_let_planted_cases_pass_fail_the_gate(queue):
    queue, (keeper, mara, _) = queue
    like = add_case(queue, 1)
    from hauberk.core.identifier import event_id

    for number in range(12):
        made = queue.plant(
            like, queue.kept(like), keeper, shown="bad", right="good", at=stamped(5),
            event=event_id(1_800_000_000_000 + 50 + number, bytes(10)),
        )  # fmt: skip
        queue.see(queue.case(made.id), mara, stamped(6))
        decide_case(queue, made, mara)
    (one,) = live(queue.ledger, queue.keys)
    assert [finding.card for finding in one.findings] == ["HBK-GRD-003"]
    assert "review_catch_rate is 0 [" in one.findings[0].message
    assert not passed([one])


def test_the_report_shows_incidents_with_their_timeline_and_escapes_names(book):
    from hauberk.engine.live import known_incidents
    from hauberk.respond.page import section

    book, _ = book
    assert section(known_incidents(book.ledger, book.keys)) == ""
    add(book, event(0, "<script>alert(1)</script>"), event(1, "b"))
    text = section(known_incidents(book.ledger, book.keys))
    assert "1 open, 0 closed" in text
    assert "2 detections of 2 clients" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
