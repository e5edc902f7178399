# SPDX-License-Identifier: Apache-2.0
"""A posture for a terminal and as Markdown."""

from collections.abc import Iterator, Sequence

from hauberk.govern.posture import Duty, Posture, State
from hauberk.report.markdown import literal
from hauberk.report.text import plain

APPLIES = {True: "applies", False: "does not apply", None: "undecided"}
ORDER = (State.BROKEN, State.FOUND, State.GAP, State.PARTLY, State.UNVERIFIED, State.HUMAN, State.CLEAN)
"""Worst first."""


def tally(one: Posture) -> str:
    """Such as ``ai-act as of 2027-12-02: 31 duties: 12 executed (11 clean, 1 found), 4 partly, 0 HUMAN, 15 GAP``."""
    if one.applies is False:
        return plain(f"{one.framework} as of {one.as_of}: does not apply")
    counts = one.counts
    parts = [
        f"{counts.executed} executed ({counts.clean} clean, {counts.found} found)",
        f"{counts.partly} partly",
        f"{counts.human} HUMAN",
        f"{counts.gap} GAP",
    ]
    parts += [f"{counts.unverified} unverified"] if counts.unverified else []
    parts += [f"{counts.broken} BROKEN"] if counts.broken else []
    later = f"; {counts.later} apply later" if counts.later else ""
    return plain(
        f"{one.framework} as of {one.as_of}: {_duties(counts.duties)}: {', '.join(parts)}{later}; {share(one)}"
    )


def _duties(number: int) -> str:
    return "1 duty" if number == 1 else f"{number} duties"


def share(one: Posture) -> str:
    """How many of the technical duties executed checks decide."""
    counts = one.counts
    if not counts.technical:
        return "no technical duty"
    part = counts.technical_executed / counts.technical
    return f"{counts.technical_executed} of {counts.technical} technical duties decided by executed checks ({part:.0%})"


def overview(found: Sequence[Posture]) -> str:
    """One line a framework: whether it applies and why, and how its duties stand."""
    lines = []
    for one in found:
        lines.append(tally(one) + ("" if one.applies is not None else "; whether it applies is undecided"))
        lines += [f"    {words}" for words in one.decided_by[:4] if one.binding]
    return "\n".join(map(plain, lines)) + "\n"


def text(one: Posture) -> str:
    """Lines for a terminal: whether it applies, tiers, duties worst first, people, breaks of labels."""
    lines = [tally(one), f"{one.title}; {one.version}: {APPLIES[one.applies]}"]
    lines += [f"    because {words}" for words in one.decided_by]
    lines += [f"    {_fired(fired.holds)} {fired.fact}: {fired.says}" for fired in one.fired]
    for tier in one.tiers:
        lines.append(f"tier {tier.title}: {_candidate(tier.holds)}")
        lines += [f"    {words}" for words in tier.fired]
    for duty in ordered(one.duties):
        lines.append(f"{duty.state.value:<16} {duty.id}  {duty.words}{_when(duty)}")
        lines += [f"    {words}" for words in duty.why]
        lines += [f"    {words}" for words in _backing(duty)]
    lines += list(_people(one))
    lines += [*one.doubts, one.broken or one.integrity or "no ledger beside the manifest: nothing is recorded"]
    lines.append("A state says what backs a duty; whether it is met in law is a person's decision.")
    return "\n".join(map(plain, lines)) + "\n"


def ordered(duties: Sequence[Duty]) -> list[Duty]:
    """Worst first, then in the order of the framework."""
    return sorted(duties, key=lambda duty: ORDER.index(duty.state))


def _fired(holds: bool | None) -> str:  # noqa: FBT001  a value, not a switch
    return {True: "yes ", False: "no  ", None: "unsaid"}[holds]


def _candidate(holds: bool | None) -> str:  # noqa: FBT001  a value, not a switch
    return {True: "candidate", False: "no", None: "undecided"}[holds]


def _when(duty: Duty) -> str:
    doubt = "" if duty.date_read else ", unverified day"
    moved = f", moved from {duty.moved_from}" if duty.moved_from else ""
    return f" [from {duty.applies_from}{moved}{doubt}]" if not duty.applies or doubt else ""


def _backing(duty: Duty) -> Iterator[str]:
    for leg in duty.legs:
        ids = ", ".join(proof.evidence[:19] for proof in leg.proofs[:3])
        more = f" and {len(leg.proofs) - 3} more" if len(leg.proofs) > 3 else ""  # noqa: PLR2004  a line holds three
        yield f"{leg.cards}: {leg.standing.value}" + (f" ({ids}{more})" if ids else "")
    for held in duty.held:
        yield f"signed by {held.who} as {held.role} until {held.until}" + (f": {held.doubt}" if held.doubt else "")
    yield f"source: {duty.source.title}, {duty.source.version}, retrieved {duty.source.retrieved}" + (
        "" if duty.read else "; NOT READ"
    )


def _people(one: Posture) -> Iterator[str]:
    for role in one.roles:
        yield f"role {role.name}: " + ("; ".join(role.holders) or "GAP, nobody holds it")
    for approval in one.approvals:
        done = "approved" if approval.signed >= approval.eyes else "GAP"
        yield f"approval {approval.name}: {done}, {approval.signed} of {approval.eyes} keys of {approval.role}"
    for asked in one.stakeholders:
        heard = f"{asked.said or 'GAP'}; changed: {asked.changed or 'GAP'}"
        yield f"asked {asked.who} on {asked.when or 'no stated day'}: {heard}"
    for broken in one.breaks:
        yield f"label {broken.label}: {broken.where} {broken.why}"


def markdown(one: Posture) -> str:
    """The same as Markdown, for review in a pull request."""
    lines = [
        f"# Posture: {literal(one.system)}, {literal(one.title)}",
        "",
        f"**{literal(tally(one))}**",
        "",
        f"{literal(one.version)}: {APPLIES[one.applies]}.",
        "",
        *(f"- {literal(words)}" for words in one.decided_by),
        "",
    ]
    if one.tiers:
        lines += ["| tier | candidate | because |", "|---|---|---|"]
        lines += [
            f"| {literal(tier.title)} | {_candidate(tier.holds)} | {literal('; '.join(tier.fired), 600)} |"
            for tier in one.tiers
        ]
        lines.append("")
    lines += ["| state | duty | applies from | backed by | missing | source |", "|---|---|---|---|---|---|"]
    lines += [_row(duty) for duty in ordered(one.duties)]
    people = list(_people(one))
    lines += ["", "## People and labels", "", *(f"- {literal(words, 400)}" for words in people)] if people else []
    lines += [f"- {literal(words)}" for words in one.doubts]
    lines += ["", literal(one.broken or one.integrity or "No ledger: nothing is recorded.", 400)]
    lines += ["", "A state says what backs a duty; whether it is met in law is a person's decision."]
    return "\n".join(lines) + "\n"


def _row(duty: Duty) -> str:
    *backing, source = _backing(duty)
    day = duty.applies_from + ("" if duty.applies else " (later)") + ("" if duty.date_read else " (unverified)")
    return (
        f"| {literal(duty.state.value)} | **{literal(duty.id)}** {literal(duty.words, 300)} | {day} "
        f"| {literal('; '.join(backing), 600)} | {literal('; '.join(duty.why), 600)} | {literal(source, 300)} |"
    )
