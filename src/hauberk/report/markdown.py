# SPDX-License-Identifier: Apache-2.0
"""Markdown for a comment on a pull request: short, and no string of the tree becomes markup, a link or a mention."""

from collections.abc import Iterator, Mapping

from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.report import summary
from hauberk.report.summary import Lamp, Measured, Problem
from hauberk.report.text import clip, count, opening, paragraph, plain, where

MOST = 60_000
"""Characters; a comment on GitHub may have 65,536."""
_ROWS = 20
_MARKS = {"found": "✗", "clean": "✓", "not evaluated": "○"}
_MARKUP = frozenset("\\`*_{}[]()<>#+!|~&:=\"'^$")
"""Characters that Markdown, HTML, mathematics or emoji names would take as theirs."""


def render(scan: Scan, cards: Mapping[str, Card]) -> str:
    """Text that ends with a newline; whole parts are left out, with a word, beyond MOST characters."""
    parts = (_verdict(scan), _stages(scan), _findings(scan, cards), _gates(scan), _measured(scan, cards), _gaps(scan))
    text = ""
    for part in (*parts, _foot(scan)):
        block = "\n".join(part)
        if len(text) + len(block) > MOST:
            return text + "\nThe rest is left out here: it exceeds the size of a comment.\n"
        text += block + "\n\n" if block else ""
    return text.rstrip() + "\n"


def literal(text: str, most: int = 200) -> str:
    """Text that renders as itself: markup as entities; ``@`` in a code element, so that it mentions nobody."""
    shown = "".join(f"&#{ord(char)};" if char in _MARKUP else char for char in clip(plain(text), most))
    return shown.replace("@", "<code>@</code>").replace("www.", "www&#46;")


def _code(text: str) -> str:
    shown = "".join(f"&#{ord(char)};" if char in _MARKUP else char for char in clip(plain(text), 200))
    return f"<code>{shown}</code>"


def _verdict(scan: Scan) -> Iterator[str]:
    word = {0: "passed", 1: "failed"}.get(scan.verdict.exit_code, "not all looked at")
    yield f"## hauberk: {literal(summary.subject(scan))} {word}"
    yield ""
    yield f"{summary.exit_words(scan)}. {summary.tally_words(scan) or 'Nothing open was found'}."


def _stages(scan: Scan) -> Iterator[str]:
    lamps = summary.lamps(scan)
    yield "| " + " | ".join(lamp.stage.value for lamp in lamps) + " |"
    yield "|" + " --- |" * len(lamps)
    yield "| " + " | ".join(_lamp(lamp) for lamp in lamps) + " |"


def _lamp(lamp: Lamp) -> str:
    mark = "◇" if lamp.declared_only else _MARKS[lamp.state.value] if lamp.ran else "·"
    return f"{mark} {lamp.words}"


def _findings(scan: Scan, cards: Mapping[str, Card]) -> Iterator[str]:
    found = summary.problems(scan)
    if not found:
        return
    yield f"### {count(sum(len(problem.seen) for problem in found), 'finding')}, worst first"
    yield ""
    yield "| severity | rule | where | seen | do |"
    yield "| --- | --- | --- | --- | --- |"
    for problem in found[:_ROWS]:
        yield _row(problem, cards.get(problem.card))
    yield from _rest(len(found), "rules")
    for problem in found[:3]:
        card = cards.get(problem.card)
        if card is not None:
            yield ""
            yield f"**{literal(problem.title)}.** {literal(opening(card.why), 500)}"


def _row(problem: Problem, card: Card | None) -> str:
    places = list(dict.fromkeys(where(seen.finding.place) for seen in problem.seen))
    shown = "<br>".join(_code(place) for place in places[:3])
    more = f"<br>and {len(places) - 3:,} more" if len(places) > 3 else ""  # noqa: PLR2004  as in the line above
    title = f"{_code(problem.card)} {literal(problem.title)}" + (" (as declared)" if problem.declared else "")
    seen = literal(problem.worst.message, 300)
    do = literal(paragraph(card.remedy), 300) if card else ""
    return f"| {problem.severity.value} | {title} | {shown}{more} | {seen} | {do} |"


def _rest(total: int, noun: str) -> Iterator[str]:
    if total > _ROWS:
        yield ""
        yield f"{total - _ROWS:,} more {noun} are in the full report."


def _gates(scan: Scan) -> Iterator[str]:
    failed = [gate for gate in scan.verdict.gates if not gate.passed]
    if failed:
        yield f"### {count(len(failed), 'gate')} failed of {len(scan.verdict.gates)}"
        yield ""
        yield from (f"- {literal(gate.rule)}: {literal(gate.why, 300)}" for gate in failed[:_ROWS])
        yield from _rest(len(failed), "gates")


def _measured(scan: Scan, cards: Mapping[str, Card]) -> Iterator[str]:
    rows = summary.measured(scan, cards)
    if not rows:
        return
    yield "### Measured"
    yield ""
    yield "| measurement | of | value | interval | n | limit |"
    yield "| --- | --- | --- | --- | --- | --- |"
    labels = [" ".join(label).strip() for label in summary.labels(rows)]
    yield from (_number(row, label) for row, label in list(zip(rows, labels, strict=True))[:_ROWS])
    yield from _rest(len(rows), "measurements")


def _number(row: Measured, label: str) -> str:
    item = row.measurement
    bound = str(row.limit).removeprefix(item.name).strip() if row.limit else ""
    kept = ", ".join(filter(None, (bound, summary.standing(row))))
    value = literal(item.note) if item.value is None else literal(summary.value_words(item))
    interval = "" if item.value is None else literal(summary.interval_words(item))
    return f"| {literal(item.name)} | {literal(label)} | {value} | {interval} | {item.n:,} | {literal(kept)} |"


def _gaps(scan: Scan) -> Iterator[str]:
    found = summary.gaps(scan)
    if not found:
        return
    yield "### Not evaluated"
    yield ""
    for gap in found[:_ROWS]:
        more = f" and {len(gap.items) - 1:,} more" if len(gap.items) > 1 else ""
        yield f"- {literal(gap.reason, 300)}: {_code(summary.item_words(gap.items[0]))}{more}"
    yield from _rest(len(found), "reasons")


def _foot(scan: Scan) -> Iterator[str]:
    for item in scan.verdict.waived[:_ROWS]:
        who = f"{literal(item.waiver.who)} until {literal(item.waiver.until)}: {literal(item.waiver.reason)}"
        yield f"- waived: {_code(item.finding.card)} at {_code(where(item.finding.place))} by {who}"
    asked = summary.requested(scan)
    yield from (f"- {literal(summary.requested_words(one), 400)}" for one in asked[:_ROWS])
    if scan.verdict.waived or asked:
        yield ""
    yield f"{summary.coverage_words(scan)}. {literal(summary.integrity_words(scan), 300)}"
