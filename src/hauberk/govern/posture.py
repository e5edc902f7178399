# SPDX-License-Identifier: Apache-2.0
"""The posture of a system against a framework: each duty with what backs it, as of a day.

A duty is backed by executed checks (evidence of the last closed assessment in a verified ledger), by people (signed
attestations that stand on that day), or by nothing: a GAP. Some duties ask for entries of the ledger that are no
evidence of an assessment: that events were recorded, that somebody stopped it. The legs of a duty must all hold;
evidence that could not look never counts; an attestation never stands in for a check. No duty is met without a record,
and a row whose source nobody read is unverified whatever backs it. Whether a duty is met in law is a person's decision.

Laws: adding an Unable or taking evidence away makes no duty better; a found leg decides whatever else is there.
"""

import enum
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.scales import Basis, Outcome
from hauberk.core.system import Stakeholder, System
from hauberk.core.value import Value
from hauberk.govern import attest
from hauberk.govern.attest import ApprovalState, Held, RoleState, Statements
from hauberk.govern.facts import facts
from hauberk.govern.framework import Clause, Framework, Recorded, Source, Step
from hauberk.govern.kept import Kept, first, latest
from hauberk.govern.labels import Break, follow
from hauberk.govern.predicate import Facts, Fired, decisive, holds, trace
from hauberk.govern.standing import shown, stand, unestimated
from hauberk.govern.threat import Proof, Standing
from hauberk.manifest.blank import blank


class State(enum.Enum):
    """What a duty is backed by."""

    CLEAN = "executed: clean"
    """Every leg was executed and found nothing; whatever a person must add is attested."""
    FOUND = "executed: found"
    """A leg was executed and found something."""
    PARTLY = "partly"
    """The legs found nothing; what a person must add is not attested."""
    HUMAN = "HUMAN"
    """People who may have attested it; no check decides it, or only declarations were read."""
    GAP = "GAP"
    """Something that must back it is missing."""
    UNVERIFIED = "unverified"
    """Nobody has read the source of this row, so that it never passes."""
    BROKEN = "BROKEN"
    """The record does not verify: nothing can be said."""

    @property
    def passes(self) -> bool:
        """Whether a record backs the duty whole."""
        return self in {State.CLEAN, State.HUMAN}


class Leg(Value, frozen=True, kw_only=True):
    """One leg of a duty: cards of which at least one must have looked, and how they ended; or an entry of a kind."""

    cards: str
    standing: Standing
    proofs: tuple[Proof, ...]


class Duty(Value, frozen=True, kw_only=True):
    """One clause as it stands for this system."""

    id: str
    """``FRAMEWORK:CLAUSE``: what ``hauberk attest`` takes."""
    words: str
    state: State
    why: tuple[str, ...]
    """What is missing or was found."""
    technical: bool
    applies_from: str
    """Day from which it applies, as the law stands on the day asked about."""
    applies: bool
    """Whether it applies on that day."""
    moved_from: str
    """The day from which it applied before that was changed; empty where it was not."""
    date_read: bool
    """Whether the source of that day was read."""
    read: bool
    """Whether the source of the row was read."""
    source: Source
    legs: tuple[Leg, ...] = ()
    human: str = ""
    """What a person must state."""
    eyes: int = 1
    held: tuple[Held, ...] = ()
    note: str = ""


class Candidate(Value, frozen=True, kw_only=True):
    """A tier that the system may fall into; which it does is a person's decision."""

    id: str
    title: str
    holds: bool | None
    """None where the manifest leaves it undecided."""
    fired: tuple[str, ...]


class Counts(Value, frozen=True, kw_only=True):
    """How many duties, by what backs them."""

    duties: int
    executed: int
    """Decided by executed checks: clean or found."""
    clean: int
    found: int
    partly: int
    human: int
    gap: int
    unverified: int
    broken: int
    technical: int
    """Duties that a machine could decide."""
    technical_executed: int
    later: int
    """Of all, those that do not apply yet on the day asked about."""


class Posture(Value, frozen=True, kw_only=True):
    """What ``hauberk govern posture --json`` prints."""

    schema: Literal["hauberk/posture/1"] = "hauberk/posture/1"
    framework: str
    title: str
    version: str
    binding: bool
    system: str
    as_of: str
    applies: bool | None
    """Whether the law applies; None where the manifest leaves it undecided. A standard applies where it is chosen."""
    fired: tuple[Fired, ...] = ()
    """Every predicate on whether it applies."""
    decided_by: tuple[str, ...] = ()
    tiers: tuple[Candidate, ...] = ()
    assessment: str = ""
    assessed: str = ""
    """When the assessment was closed; empty where there is none."""
    integrity: str = ""
    """What the ledger proves; empty where there is none."""
    broken: str = ""
    """Why the record does not verify; empty where it does."""
    doubts: tuple[str, ...] = ()
    """What makes the last assessment doubtful as a whole, such as rules that changed since."""
    counts: Counts
    duties: tuple[Duty, ...]
    breaks: tuple[Break, ...] = ()
    roles: tuple[RoleState, ...] = ()
    approvals: tuple[ApprovalState, ...] = ()
    stakeholders: tuple[Stakeholder, ...] = ()


def posture(
    framework: Framework,
    system: System,
    *,
    day: date,
    scan: Scan | None = None,
    said: Statements | None = None,
    held: Sequence[Kept] = (),
    broken: str = "",
) -> Posture:
    """The posture as of a day; ``broken`` says why the record does not verify, and then nothing in it counts."""
    known = facts(system)
    said = said or Statements()
    record = _Record(framework, system, scan, said, held, day, broken)
    applies = holds(framework.when, known) if framework.when else True
    tiers = tuple(
        Candidate(id=one.id, title=one.title, holds=holds(one.when, known), fired=decisive(one.when, known))
        for one in framework.tiers
    )
    owed = [one for one in framework.clauses if _owed(one, tiers, known)] if applies is not False else []
    duties = tuple(record.duty(one) for one in owed)
    return Posture(
        framework=framework.id,
        title=framework.title,
        version=framework.version,
        binding=framework.binding,
        system=system.name,
        as_of=day.isoformat(),
        applies=applies,
        fired=trace(framework.when, known) if framework.when else (),
        decided_by=decisive(framework.when, known) if framework.when else ("chosen",),
        tiers=tiers,
        assessment=scan.assessment.id if scan and scan.assessment else "",
        assessed=scan.assessment.closed if scan and scan.assessment else "",
        integrity=scan.integrity if scan else "",
        broken=broken,
        doubts=tuple(one.reason for one in scan.verdict.unable if not one.card and not one.asset) if scan else (),
        counts=count(duties),
        duties=duties,
        breaks=record.breaks,
        roles=attest.roles(system, said, day),
        approvals=attest.approvals(system, said, day),
        stakeholders=system.stakeholders,
    )


def _owed(clause: Clause, tiers: Sequence[Candidate], known: Facts) -> bool:
    """Whether a clause is owed; what is undecided is owed until the manifest says otherwise."""
    possible = {one.id for one in tiers if one.holds is not False}
    in_tier = not clause.tiers or bool(set(clause.tiers) & possible)
    return in_tier and (clause.when is None or holds(clause.when, known) is not False)


def count(duties: Sequence[Duty]) -> Counts:
    """Duties by what backs them."""
    states = [one.state for one in duties]
    executed = {State.CLEAN, State.FOUND}
    return Counts(
        duties=len(duties),
        executed=sum(one in executed for one in states),
        clean=states.count(State.CLEAN),
        found=states.count(State.FOUND),
        partly=states.count(State.PARTLY),
        human=states.count(State.HUMAN),
        gap=states.count(State.GAP),
        unverified=states.count(State.UNVERIFIED),
        broken=states.count(State.BROKEN),
        technical=sum(one.technical for one in duties),
        technical_executed=sum(one.technical and one.state in executed for one in duties),
        later=sum(not one.applies for one in duties),
    )


class _Record:
    """What backs the duties of one system against one framework."""

    def __init__(
        self,
        framework: Framework,
        system: System,
        scan: Scan | None,
        said: Statements,
        kept: Sequence[Kept],
        day: date,
        broken: str,
    ) -> None:
        self._framework, self._system, self._said, self._day = framework, system, said, day
        self.breaks, self._broken, self._kept = follow(system), broken, kept
        self._evidence = scan.evidence if scan else ()
        doubts = scan.verdict.unable if scan else ()
        self._stale = {one.asset: one.reason for one in doubts if not one.card and one.asset}

    def duty(self, clause: Clause) -> Duty:
        """One clause as it stands."""
        dates = self._framework.dated(clause.date)
        step = dates.on(self._day)
        name = f"{self._framework.id}:{clause.id}"
        legs = (*(self._leg(leg) for leg in clause.checks), *(self._recorded(one) for one in clause.records))
        held = attest.weigh(self._system, self._said, name, self._framework.version, self._day)
        state, why = self._state(clause, legs, held)
        return Duty(
            id=name,
            words=clause.words,
            state=state,
            why=tuple(why),
            technical=clause.technical,
            applies_from=step.day,
            applies=date.fromisoformat(step.day) <= self._day,
            moved_from=_before(dates.steps, step),
            date_read=step.read,
            read=clause.read,
            source=self._framework.source(clause.source),
            legs=legs,
            human=clause.human,
            eyes=clause.eyes,
            held=held,
            note=clause.note,
        )

    def _leg(self, cards: str) -> Leg:
        wanted = set(cards.split("|"))
        proofs = tuple(self._proof(one) for one in self._evidence if one.card in wanted)
        return Leg(cards=cards, standing=stand(proofs), proofs=proofs)

    def _recorded(self, wanted: Recorded) -> Leg:
        """Whether the ledger holds such an entry; what it shows is said by the framework."""
        found = latest(self._kept, wanted.kind, self._day, wanted.days)
        name = f"an entry {wanted.kind} of the last {wanted.days} days ({wanted.says})"
        if wanted.since:
            oldest = first(self._kept, wanted.kind)
            age = (self._day - date.fromisoformat(oldest.at[:10])).days if oldest else 0
            name += f" and one of {wanted.since} days ago or before; the first is {age} days old"
            found = found if age >= wanted.since else None
        if found is None:
            return Leg(cards=name, standing=Standing.GAP, proofs=())
        proof = Proof(
            card=f"ledger:{wanted.kind}",
            evidence=f"entry {found.index}",
            asset="ledger",
            outcome=Outcome.CLEAN.value,
            basis=Basis.EXAMINED.value,
            note=f"sealed {found.at}",
        )
        return Leg(cards=name, standing=Standing.TESTED, proofs=(proof,))

    def _proof(self, evidence: Evidence) -> Proof:
        stale = self._stale.get(evidence.asset.uri, "")
        return Proof(
            card=evidence.card,
            evidence=evidence.id,
            asset=evidence.asset.id,
            outcome=Outcome.UNABLE.value if stale else shown(evidence),
            basis=evidence.basis.value,
            note=stale or evidence.reason or unestimated(evidence),
        )

    def _state(self, clause: Clause, legs: Sequence[Leg], held: Sequence[Held]) -> tuple[State, list[str]]:
        if self._broken:
            return State.BROKEN, [self._broken]
        missing = list(self._missing(clause, legs))
        found = [f"{leg.cards} has found something" for leg in legs if leg.standing is Standing.FOUND]
        if not clause.read:
            return State.UNVERIFIED, ["nobody has read the source of this row", *found, *missing]
        if found:
            return State.FOUND, [*found, *missing]
        if missing or not (clause.checks or clause.records or clause.human):
            return State.GAP, missing or ["no check of hauberk answers it yet"]
        return _backed(clause, legs, self._unattested(clause, held))

    def _missing(self, clause: Clause, legs: Sequence[Leg]) -> Iterator[str]:
        for leg in legs:
            if leg.standing is Standing.GAP:
                yield f"no evidence of {leg.cards.replace('|', ' or ')}"
            elif leg.standing is Standing.UNABLE:
                why = next((one.note for one in leg.proofs if one.outcome == Outcome.UNABLE.value), "")
                yield f"{leg.cards} could not look" + (f": {why}" if why else "")
        for one in self.breaks:
            if one.label in clause.labels:
                yield f"{one.label.replace('_', ' ')}: {one.where} {one.why}"
        if clause.stakeholders and not any(_heard(one) for one in self._system.stakeholders):
            yield "the manifest names nobody who was asked, with the day, what they said and what changed"

    def _unattested(self, clause: Clause, held: Sequence[Held]) -> str:
        """What a person must still state; empty where that is done or not asked for."""
        signed = attest.counting(held)
        if not clause.human or signed >= clause.eyes:
            return ""
        more = f" ({signed} of {clause.eyes} keys)" if clause.eyes > 1 else ""
        doubts = "; ".join(dict.fromkeys(one.doubt for one in held if one.doubt))
        return f"a person attests {clause.human}{more}" + (
            f"; what is signed does not count: {doubts}" if doubts else ""
        )


def _backed(clause: Clause, legs: Sequence[Leg], wanting: str) -> tuple[State, list[str]]:
    """The state of a duty of which no leg is missing or found; ``wanting`` is what a person must still state."""
    declared = [f"{leg.cards} read declarations only" for leg in legs if leg.standing is Standing.DECLARED]
    if wanting:
        return (State.PARTLY if legs and not declared else State.GAP), [*declared, wanting]
    if declared and not clause.human:
        return State.GAP, declared
    return (State.CLEAN if legs and not declared else State.HUMAN), []


def _heard(one: Stakeholder) -> bool:
    return not any(blank(text) for text in (one.who, one.when, one.said, one.changed))


def _before(steps: Sequence[Step], step: Step) -> str:
    index = list(steps).index(step)
    return steps[index - 1].day if index else ""
