# SPDX-License-Identifier: Apache-2.0
"""Signed statements of people: attestations that something is so until a day, and appointments to a role.

An attestation counts where its signer holds the role by the manifest and by a standing appointment, the role answers
for the subject, and the day asked about is within its term. A role that no other role appoints needs no appointment:
the manifest is its root. Nobody appoints themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from hauberk.core.errors import Misuse
from hauberk.core.system import Role, System
from hauberk.core.value import Value
from hauberk.govern.framework import framework, names
from hauberk.govern.signed import Signed
from hauberk.policy.waive import last_day
from hauberk.signing.key import PublicKey

ATTESTATION, APPOINTMENT = "attestation", "appointment"
"""Kinds of the ledger's entries and of the statements in them."""
NARRATIVE = "narrative:"
"""Begins the subject of an attestation that somebody stands for the words in docs/narrative/NAME.md."""
_OWN = ".toml:"
"""Ends the path of a framework of one's own in a subject."""


class Attestation(Value, frozen=True, kw_only=True):
    """Somebody states, in a role, that a duty is met or a thing is approved, until a day."""

    subject: str
    """``FRAMEWORK:CLAUSE``, the name of an approval, or ``narrative:NAME``."""
    version: str
    """Version of the framework that was read; empty for an approval; of a narrative, the digest of its file."""
    role: str
    reason: str
    until: str
    """Last day on which it holds, ``YYYY-MM-DD``."""


class Appointment(Value, frozen=True, kw_only=True):
    """Somebody gives a role to the holder of a key, until a day."""

    holder: str
    """Id of the key."""
    role: str
    reason: str
    until: str


class Statements(Value, frozen=True, kw_only=True):
    """What people have signed, oldest first."""

    attestations: tuple[Signed[Attestation], ...] = ()
    appointments: tuple[Signed[Appointment], ...] = ()


def role_of(system: System, name: str) -> Role:
    """The role of this name; raises Misuse where the manifest has none."""
    found = next((one for one in system.roles if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in system.roles) or "none"
        raise Misuse(f"the manifest has no role {name!r}", remedy=f"declare it under `roles:`; declared are: {known}")
    return found


def answers(role: Role, subject: str) -> bool:
    """Whether a role answers for a subject: for it, for its framework, or for everything."""
    framework_id, _, _ = subject.partition(":")
    return not role.answers_for or bool({subject, framework_id} & set(role.answers_for))


def attestation(  # noqa: PLR0913  who signs what, in which role, until when
    system: System,
    subject: str,
    *,
    role: str,
    signer: PublicKey,
    reason: str,
    until: str,
    today: date,
    told: Mapping[str, str],
) -> Attestation:
    """An attestation, checked; ``told`` are the digests of narrative files by their name.

    Raises Misuse without an end date, for one that is past or more than 366 days away, for a subject that nobody knows,
    a role that the manifest does not declare, does not give to the signer, or that does not answer for the subject.
    """
    subject, version = _meant(system, subject, told)
    held = role_of(system, role)
    if not _named(held, signer.id):
        raise Misuse(
            f"{signer.id} does not hold the role {role!r}",
            remedy=f"sign as one of {', '.join(held.holders) or 'nobody yet'} (--as), or add the key's name to `roles`",
        )
    if not answers(held, subject):
        raise Misuse(
            f"the role {role!r} does not answer for {subject}", remedy=f"it answers for {', '.join(held.answers_for)}"
        )
    approval = next((one for one in system.approvals if one.name == subject), None)
    if approval is not None and approval.role != role:
        raise Misuse(f"{subject} is approved by the role {approval.role!r}", remedy=f"--role {approval.role!r}")
    last = last_day(until, today)
    return Attestation(subject=subject, version=version, role=role, reason=reason.strip(), until=last.isoformat())


def _meant(system: System, subject: str, told: Mapping[str, str]) -> tuple[str, str]:
    """The subject by the id of its framework, and the framework's version; empty for an approval."""
    if any(one.name == subject for one in system.approvals):
        return subject, ""
    if subject.startswith(NARRATIVE) and subject.removeprefix(NARRATIVE) in told:
        return subject, told[subject.removeprefix(NARRATIVE)]
    own, mark, clause = subject.partition(_OWN)
    name = own + ".toml" if mark else subject.partition(":")[0]
    if mark or name in names():
        chosen = framework(name)
        clause = clause if mark else subject.partition(":")[2]
        if any(one.id == clause for one in chosen.clauses):
            return f"{chosen.id}:{clause}", chosen.version
    raise Misuse(
        f"nothing is called {subject!r}",
        remedy="name FRAMEWORK:CLAUSE as hauberk govern posture prints it (or FILE.toml:CLAUSE of a framework of your "
        "own), an approval of the manifest, or narrative:NAME of a file docs/narrative/NAME.md",
    )


def appointment(
    system: System, holder: PublicKey, *, role: str, signer: PublicKey, reason: str, until: str, today: date
) -> Appointment:
    """An appointment, checked.

    Raises Misuse where the manifest does not give the role to the holder, the signer holds no role that appoints to it,
    or is the holder; and for a term without an end, past, or of more than 366 days.
    """
    given = role_of(system, role)
    if not _named(given, holder.id):
        raise Misuse(
            f"the manifest does not name {holder.id} for the role {role!r}", remedy="add the key's name to its holders"
        )
    if holder.id == signer.id:
        raise Misuse("nobody appoints themselves", remedy="sign as somebody else: --as NAME")
    if not any(_named(one, signer.id) for one in _appointing(system, role)):
        able = ", ".join(one.name for one in _appointing(system, role)) or "nobody"
        raise Misuse(f"{signer.id} does not appoint to {role!r}", remedy=f"by the manifest, {able} does")
    return Appointment(holder=holder.id, role=role, reason=reason.strip(), until=last_day(until, today).isoformat())


def _named(role: Role, key_id: str) -> bool:
    return bool({key_id, key_id.partition("/")[0]} & set(role.holders))


def _appointing(system: System, role: str) -> list[Role]:
    return [one for one in system.roles if role in one.appoints]


class Held(Value, frozen=True, kw_only=True):
    """A statement on a subject, and whether it counts."""

    who: str
    role: str
    until: str
    reason: str
    doubt: str = ""
    """Why it does not count; empty where it does."""


def weigh(system: System, said: Statements, subject: str, version: str, day: date) -> tuple[Held, ...]:
    """Every attestation of a subject, with why it does not count on a day."""
    return tuple(
        Held(
            who=one.by,
            role=one.value.role,
            until=one.value.until,
            reason=one.value.reason,
            doubt=_doubt(system, said, one, version, day),
        )
        for one in said.attestations
        if one.value.subject == subject
    )


def counting(held: Sequence[Held]) -> int:
    """How many distinct keys count."""
    return len({one.who for one in held if not one.doubt})


def _doubt(system: System, said: Statements, one: Signed[Attestation], version: str, day: date) -> str:
    stated = one.value
    role = next((other for other in system.roles if other.name == stated.role), None)
    reasons = (
        one.doubt,
        "" if stated.version == version else "it was made on another version of it",
        _term(one.at, stated.until, day),
        "" if role and _named(role, one.by) else "the manifest does not give its signer this role",
        "" if role and answers(role, stated.subject) else "this role does not answer for it",
    )
    return next(filter(None, reasons), "") or unappointed(system, said, one.by, stated.role, day)


def _term(at: str, until: str, day: date) -> str:
    if date.fromisoformat(at[:10]) > day:
        return f"it was made later, on {at[:10]}"
    try:
        last = date.fromisoformat(until)
    except ValueError:
        return "it has no end date"
    return "" if last >= day else f"it ended on {until}"


def unappointed(
    system: System, said: Statements, key_id: str, role: str, day: date, met: frozenset[tuple[str, str]] = frozenset()
) -> str:
    """Why a key does not hold a role by appointment on a day; empty where it does."""
    if not _appointing(system, role):
        return ""
    if (key_id, role) in met:
        return "its signers appointed each other"
    for one in said.appointments:
        if one.value.holder == key_id and one.value.role == role and not one.doubt and one.by != key_id:
            able = _able(system, said, one, day, met | {(key_id, role)})
            if able and not _term(one.at, one.value.until, day):
                return ""
    return f"nobody who may has appointed its signer to {role!r}"


def _able(
    system: System, said: Statements, one: Signed[Appointment], day: date, met: frozenset[tuple[str, str]]
) -> bool:
    """Whether the signer of an appointment held a role that appoints to this one."""
    return any(
        _named(role, one.by) and not unappointed(system, said, one.by, role.name, day, met)
        for role in _appointing(system, one.value.role)
    )


class RoleState(Value, frozen=True, kw_only=True):
    """A role, who holds it, and why somebody named does not."""

    name: str
    answers_for: tuple[str, ...]
    holders: tuple[str, ...]
    """Each with how they hold it."""


class ApprovalState(Value, frozen=True, kw_only=True):
    """An approval: how many distinct keys have signed, of how many."""

    name: str
    role: str
    eyes: int
    signed: int
    held: tuple[Held, ...]


def roles(system: System, said: Statements, day: date) -> tuple[RoleState, ...]:
    """Every role of the manifest as it stands on a day."""
    return tuple(
        RoleState(name=role.name, answers_for=role.answers_for, holders=tuple(_holders(system, said, role, day)))
        for role in system.roles
    )


def _holders(system: System, said: Statements, role: Role, day: date) -> Iterator[str]:
    for holder in role.holders:
        if not _appointing(system, role.name):
            yield f"{holder}: named in the manifest; no role appoints to it"
            continue
        standing = [
            one
            for one in said.appointments
            if one.value.role == role.name
            and holder in {one.value.holder, one.value.holder.partition("/")[0]}
            and not unappointed(system, said, one.value.holder, role.name, day)
        ]
        told = [f"{one.value.holder}: appointed by {one.by} until {one.value.until}" for one in standing[-1:]]
        yield told[0] if told else f"{holder}: GAP, nobody who may has signed an appointment"


def approvals(system: System, said: Statements, day: date) -> tuple[ApprovalState, ...]:
    """Every approval of the manifest as it stands on a day."""
    states = []
    for one in system.approvals:
        held = tuple(
            one_held
            if one_held.role == one.role or one_held.doubt
            else msgspec.structs.replace(one_held, doubt=f"it needs the role {one.role!r}")
            for one_held in weigh(system, said, one.name, "", day)
        )
        states.append(ApprovalState(name=one.name, role=one.role, eyes=one.eyes, signed=counting(held), held=held))
    return tuple(states)
