# SPDX-License-Identifier: Apache-2.0
"""The queue of cases that people decide: what they read, what they sign, what the waiting client then gets.

Outcomes and replies are values: they go into the ledger as payloads under the subject's key, and to the client sealed.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import replace

from hauberk.core.canonical import canonical, digest
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Misuse
from hauberk.core.event import EVENT, Action, Decision, Event
from hauberk.core.query import Tensor, Tensors
from hauberk.core.value import Value
from hauberk.guard.groups import outcomes
from hauberk.guard.held import Result, put_result
from hauberk.guard.record import Kept, commitment, kept_of, new_salt
from hauberk.guard.shape import LABEL, labels_of
from hauberk.guard.state import State
from hauberk.ledger import index
from hauberk.ledger.log import Ledger
from hauberk.ledger.reading import read_entries
from hauberk.ledger.subjects import PAYLOAD, SubjectKeys, subject_keys
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey
from hauberk.signing.statement import parse_statement, seal
from hauberk.store.cases import (
    APPEALED,
    CASE,
    DECIDED,
    PLANTED,
    REVEALED,
    SEEN,
    VERSION,
    Appealed,
    Case,
    Decided,
    Planted,
    Revealed,
    Seen,
    fold,
)
from hauberk.store.shelf import Shelf
from hauberk.wire import inference, rows, strict

PLANTER = "planted-cases"
"""Data subject under whose key the truth about planted cases lies."""


class Outcome(Value, frozen=True, kw_only=True):
    """Payload of a decision: what the person said, and what the client gets."""

    outcome: tuple[str, ...]
    """Label of each row."""
    reply: bytes
    schema: Literal["hauberk/queue-outcome/1"] = "hauberk/queue-outcome/1"


class Truth(Value, frozen=True, kw_only=True):
    """Payload of a planted case."""

    event: str
    right: str
    schema: Literal["hauberk/queue-truth/1"] = "hauberk/queue-truth/1"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The cases of one ledger."""

    state: State
    ledger: Ledger
    keys: Sequence[PublicKey]
    """Whose words count."""

    def cases(self) -> tuple[Case, ...]:
        """All of them, by the time from which they wait; the shelf is brought up to the ledger first."""
        with Shelf(self.state.root / "cases.sqlite", VERSION) as shelf:
            shelf.catch_up(self.ledger.size, self.ledger.entries, fold(self.keys))
            return tuple(shelf.items(CASE, Case))

    def case(self, name: str) -> Case:
        """The case of an event, by its id or the beginning of it; raises Misuse unless there is just one."""
        found = [case for case in self.cases() if case.event.id.startswith(name)]
        if len(found) != 1 or not name:
            raise Misuse(f"{len(found)} cases are called {name!r}", remedy="hauberk guard queue list names them")
        return found[0]

    def event(self, name: str) -> Event:
        """Any event of the ledger; raises Misuse."""
        place = index.find(self.ledger, name)
        entry, body = next(read_entries(self.ledger.place, place, place + 1))
        if entry.kind != EVENT:
            raise Misuse(f"entry {place} is no event", remedy="hauberk ledger list --kind event")
        return decode(body, Event)

    def kept(self, event: Event) -> Kept:
        """Its payload; raises Misuse where its key was erased."""
        return kept_of(self._subjects().reveal(index.find(self.ledger, event.payload)))

    def see(self, case: Case, identity: Identity, at: str) -> None:
        """Seal that somebody reads the payload."""
        self.ledger.append(SEEN, seal(Seen(at=at, event=case.event.id), identity, SEEN).data)

    def appeal(self, event: Event, identity: Identity, reason: str, at: str) -> None:
        """Put a decision into the queue (again) because the person concerned asks for it."""
        _reasoned(reason)
        self.ledger.append(APPEALED, seal(Appealed(at=at, event=event, reason=reason), identity, APPEALED).data)

    def decide(  # noqa: PLR0913  a decision has these parts
        self,
        case: Case,
        identity: Identity,
        secret: bytes,
        *,
        outcome: tuple[str, ...],
        reason: str,
        at: str,
        model: str,
        label_only: bool = False,
    ) -> Revealed | None:
        """Seal a decision, an override where it gives outcomes, and leave the reply to a client who waits.

        What is returned says whether the case was planted. Raises Misuse where nothing is to be decided, or by this
        person.
        """
        _reasoned(reason)
        kept = self.kept(case.event)
        _permitted(case, identity, kept, outcome)
        reply = encode(_reply(case.event, kept, outcome, model, label_only=label_only))
        said = Outcome(outcome=outcome or tuple(outcomes(kept.answer)), reply=reply)
        (payload,) = self._subjects().encrypt([(kept.subject, encode(said))])
        word = Decided(
            at=at,
            event=case.event.id,
            payload=digest(payload),
            reason=reason,
            verdict="override" if outcome else "accept",
        )
        items = [(PAYLOAD, payload), (DECIDED, seal(word, identity, DECIDED).data)]
        truth = self._truths().get(case.event.id)
        revealed = None
        if truth is not None:
            revealed = Revealed(at=at, caught=set(said.outcome) == {truth.right}, event=case.event.id)
            items.append((REVEALED, canonical(revealed)))
        self.ledger.append_many(items)
        if case.held:
            put_result(self.state.held, secret, Result(client=case.event.client, body=reply, event=case.event.id))
        return revealed

    def plant(
        self, like: Event, kept: Kept, identity: Identity, *, shown: str, right: str, at: str, event: str
    ) -> Event:
        """Seal a case that looks like any other, shows one outcome and should get another one.

        It is made from a request like that of ``like``; who planted it is signed, which it is only the payload says.
        """
        salt = new_salt()
        made = replace(kept, answer=_labelled(kept.answer, shown), salt=salt, subject=PLANTER)
        (payload, truth) = self._subjects().encrypt(
            [(PLANTER, encode(made)), (PLANTER, encode(Truth(event=event, right=right)))]
        )
        planted = replace(
            like,
            at=at,
            id=event,
            decision=Decision(action=Action.HOLD, queued=like.decision.queued or ("detected",)),
            payload=digest(payload),
            request=commitment(salt, made.request),
            answer=commitment(salt, made.reply),
            status=202,
        )
        word = seal(Planted(at=at, payload=digest(truth)), identity, PLANTED)
        self.ledger.append_many(
            [(PAYLOAD, payload), (EVENT, canonical(planted)), (PAYLOAD, truth), (PLANTED, word.data)]
        )
        return planted

    def _truths(self) -> dict[str, Truth]:
        """What is known of planted cases, by event."""
        keys = self._subjects()
        found = {}
        for body in index.bodies(self.ledger, PLANTED):
            place = index.find(self.ledger, parse_statement(body).body["payload"])
            with contextlib.suppress(Misuse):  # erased: the case counts as any other
                truth = decode(keys.reveal(place), Truth)
                found[truth.event] = truth
        return found

    def _subjects(self) -> SubjectKeys:
        return subject_keys(self.ledger)


def likenesses(queue: Queue, case: Case, most: int = 5, among: int = 200) -> Iterator[tuple[float, Case]]:
    """Decided cases whose requests are most alike, nearest first: the share of values that differ, and the case."""
    mine = _values(queue.kept(case.event))
    found = []
    decided = [one for one in queue.cases() if one.rulings and one.event.id != case.event.id and not one.planted]
    for other in decided[-among:]:
        try:
            theirs = _values(queue.kept(other.event))
        except Misuse:
            continue  # erased since: nobody can compare it any more
        if theirs.keys() == mine.keys() and mine:
            differ = sum(mine[name] != theirs[name] for name in mine) / len(mine)
            found.append((differ, other))
    yield from sorted(found, key=lambda one: one[0])[:most]


def inputs_of(kept: Kept) -> Any:
    """The request as its client wrote it, read as JSON."""
    return strict.read(kept.request)


def _values(kept: Kept) -> dict[str, Any]:
    """The values of a request's first row by name."""
    plain = inputs_of(kept)
    if kept.protocol == "rows":
        row = plain["rows"][0] if "rows" in plain else plain
        named = enumerate(row) if isinstance(row, list) else row.items()
        return {rows.bare(str(name)): value for name, value in named}
    return {one["name"]: one["data"] for one in plain["inputs"]}


def _reply(event: Event, kept: Kept, outcome: tuple[str, ...], model: str, *, label_only: bool) -> dict[str, Any]:
    """The answer's body: the model's where it was accepted, the person's labels alone where it was not."""
    answer = kept.answer
    if outcome:
        labels = labels_of(answer)
        names = outcome if len(outcome) == event.rows else outcome * event.rows
        name = labels[0].name if labels else LABEL
        answer = (Tensor(name=name, datatype="BYTES", shape=(event.rows,), data=list(names)),)
    elif label_only:
        answer = labels_of(answer)
    plain = inputs_of(kept)
    verdict = "override" if outcome else "accept"
    if kept.protocol == "rows":
        return rows.answer(event.id, answer, alone="rows" not in plain) | {"decided": verdict}
    body = inference.answer(model, "1", plain.get("id", ""), event.id, answer)
    body["parameters"]["decided"] = verdict
    return body


def _labelled(answer: Tensors, label: str) -> Tensors:
    """The answer with another label; scores, which would tell, are turned about."""
    made = []
    for one in answer:
        if one.datatype == "BYTES":
            made.append(replace(one, data=[label] * len(one.data)))
        else:
            made.append(replace(one, data=list(reversed(one.data))))
    return tuple(made)


def _reasoned(reason: str) -> None:
    if not reason.strip() or len(reason) > 1000:  # noqa: PLR2004  as the words of the ledger have it
        raise Misuse(
            "a decision has a reason", remedy='add --reason "...", at most 1000 characters, without personal data'
        )


def _permitted(case: Case, identity: Identity, kept: Kept, outcome: tuple[str, ...]) -> None:
    if not case.waiting:
        raise Misuse("this case is decided", remedy="hauberk guard queue appeal EVENT --reason ... opens it again")
    if any(ruling.by == identity.public.id for ruling in case.rulings):
        raise Misuse("an appeal is decided by another person", remedy="give another identity: --as NAME")
    if len(outcome) not in (0, 1, case.event.rows):
        raise Misuse(f"{len(outcome)} outcomes for {case.event.rows} rows", remedy="give one, or one for each row")
    if not outcome and not kept.answer:
        raise Misuse("the model gave no answer to accept", remedy="give --outcome")
