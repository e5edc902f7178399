# SPDX-License-Identifier: Apache-2.0
"""Threats for people: on a terminal, as Markdown, as one self-contained page."""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence

import jinja2
from markupsafe import Markup

from hauberk.core.scales import Severity
from hauberk.govern.catalogues import words
from hauberk.govern.compare import Comparison
from hauberk.govern.threat import Category, Standing, Threat, ThreatModel
from hauberk.report.markdown import literal
from hauberk.report.text import clip, count, plain

STANDING = {
    Standing.TESTED: "tested: nothing found",
    Standing.DECLARED: "declared, not verified",
    Standing.PARTLY: "partly tested: the rules that looked answer only a part",
    Standing.GAP: "GAP: nothing has looked",
    Standing.UNABLE: "unable: could not look or estimate",
    Standing.FOUND: "found: evidence of weakness",
}
PARTS = (
    ("Security", tuple(Category)[:6]),
    ("Privacy", tuple(Category)[6:12]),
    ("Safety and misuse", (Category.HAZARD, Category.MISUSE)),
)
"""The order of pages; disclosure is in both STRIDE and LINDDUN and stands with security."""


@functools.cache
def environment() -> jinja2.Environment:
    """Templates that escape, in which whatever is printed is first made visible."""
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("hauberk.govern"), jinja2.PackageLoader("hauberk.report")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(clip=lambda text, most: clip(plain(text), most), words=words)
    return made


def tally(threats: Sequence[Threat]) -> str:
    """Such as ``29 threats: 11 high, 12 medium, 6 low; 9 found, 8 GAP; 1 accepted``."""
    by_severity = Counter(threat.severity for threat in threats)
    by_standing = Counter(threat.standing for threat in threats)
    parts = [f"{by_severity[one]} {one.value}" for one in reversed(Severity) if by_severity[one]]
    stood = [f"{by_standing[one]} {one.value}" for one in reversed(Standing) if by_standing[one]]
    accepted = sum(threat.accepted is not None for threat in threats)
    said = [count(len(threats), "threat") + (f": {', '.join(parts)}" if parts else ""), ", ".join(stood)]
    return "; ".join(filter(None, [*said, f"{accepted} accepted" if accepted else ""]))


def text(model: ThreatModel) -> str:
    """Lines for a terminal, worst first."""
    head = plain(f"{model.system}: {tally(model.threats)}")
    return "\n".join([head, *map(_line, model.threats), *_feet(model)]) + "\n"


def _line(threat: Threat) -> str:
    cards = ", ".join(threat.cards) or "no rule yet"
    accepted = f"  accepted until {threat.accepted.until} by {threat.accepted.who}" if threat.accepted else ""
    lines = (
        f"{threat.severity.value:<8}  {threat.standing.value:<8}  {threat.title}{accepted}",
        f"{'':20}{threat.id}  {threat.category.value} of {_where(threat)}: {', '.join(threat.techniques)}",
        f"{'':20}{'; '.join(threat.why)}; harmed: {threat.harmed or 'nobody is named'}",
        f"{'':20}{threat.answer} ({cards})",
    )
    return "\n".join(map(plain, lines))


def _where(threat: Threat) -> str:
    """The subject, and where else the same deed is met."""
    return threat.subject + (f" (met at {', '.join(threat.places)} too)" if threat.places else "")


def _feet(model: ThreatModel) -> Iterator[str]:
    if model.sealed:
        yield plain(f"declared protected on the way, not verified: {', '.join(model.sealed)}")
    for one in model.unmatched:
        yield plain(f"listed in the manifest, and in no table here: {one}")
    yield plain(model.ledger or "no ledger was looked at: every threat is a GAP until an assessment is sealed")


def markdown(model: ThreatModel) -> str:
    """The threats as Markdown; no string of the manifest becomes markup."""
    lines = [f"# Threats: {literal(model.system)}", "", literal(model.purpose), "", f"{tally(model.threats)}.", ""]
    for name, members in _parts(model.threats):
        lines += [f"## {name}", "", "| severity | standing | threat | about | techniques | answered by |"]
        lines += ["| --- | --- | --- | --- | --- | --- |", *map(_row, members), ""]
    lines += [f"- listed in the manifest, and in no table here: {literal(one)}" for one in model.unmatched]
    if model.sealed:
        lines.append(f"- declared protected on the way, not verified: {literal(', '.join(model.sealed), 600)}")
    lines += ["", literal(model.ledger, 400) or "No ledger was looked at.", "", "## Lists", ""]
    lines += [f"- {literal(name)}: {literal(source)}" for name, source in model.lists.items()]
    return "\n".join(lines) + "\n"


def _row(threat: Threat) -> str:
    proofs = "; ".join(f"{one.card} {one.outcome} <code>{one.evidence[:19]}</code>" for one in threat.proofs[:4])
    cards = ", ".join(threat.cards) or "no rule yet"
    said = f"; decided: {literal(threat.treatment)}" if threat.treatment else ""
    if threat.accepted:
        one = threat.accepted
        said += f"; accepted until {one.until} by {literal(one.who)}: {literal(one.reason)}"
    why = literal("; ".join(threat.why), 300)
    answer = f"{literal(threat.answer, 300)} ({cards}). {proofs}"
    return (
        f"| {threat.severity.value} | {threat.standing.value} | **{threat.id}** {literal(threat.title, 300)}. {why}; "
        f"harmed: {literal(threat.harmed) or 'nobody is named'}{said} | {threat.category.value} of {threat.of} "
        f"{literal(_where(threat), 600)} | {', '.join(threat.techniques)} | {answer} |"
    )


def _parts(threats: Sequence[Threat]) -> list[tuple[str, list[Threat]]]:
    grouped = [(name, [one for one in threats if one.category in members]) for name, members in PARTS]
    return [(name, members) for name, members in grouped if members]


def html(model: ThreatModel, drawing: str) -> str:
    """One page without script or request; ``drawing`` is the SVG of ``diagram.draw``."""
    return (
        environment()
        .get_template("threats.html")
        .render(
            model=model,
            tally=tally(model.threats),
            parts=_parts(model.threats),
            standing=STANDING,
            drawing=Markup(drawing),  # noqa: S704  our own SVG, in which every string is escaped
        )
    )


def compared(comparison: Comparison) -> str:
    """A comparison for a terminal or a comment; plain text."""
    counts = (
        f"{len(comparison.added)} came, {len(comparison.removed)} went, {len(comparison.moved)} moved, "
        f"{comparison.kept} stayed"
    )
    lines = [f"{comparison.before} to {comparison.after}: {counts}"]
    lines += [f"+ {one.severity.value:<8}  {one.title} ({one.techniques[0]})" for one in comparison.added]
    lines += [f"- {one.severity.value:<8}  {one.title} ({one.techniques[0]})" for one in comparison.removed]
    lines += [
        f"~ {one.before.severity.value} to {one.after.severity.value}  {one.after.title} ({one.after.techniques[0]})"
        for one in comparison.moved
    ]
    return "\n".join(map(plain, lines)) + "\n"
