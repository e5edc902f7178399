# SPDX-License-Identifier: Apache-2.0
"""The first screen: verdict, lamps, the worst five, what failed, what was not looked at, what to do next."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.core.scales import Confidence, Severity
from hauberk.report import summary
from hauberk.report.summary import Gap, Lamp, Measured, Problem, State
from hauberk.report.text import cells, clip, count, opening, paragraph, plain, where, wrap

WORST = 5
"""Problems on the first screen."""
NARROWEST, WIDEST = 40, 120
"""Columns that lines are laid out for, whatever the terminal's width."""

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "bad": "1;31",
}
_ASCII = str.maketrans({"✗": "x", "✓": "+", "○": "-", "◇": "?", "·": ".", "→": ">", "─": "-", "…": "~"})
_SEVERITY = {
    Severity.CRITICAL: "bad",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "dim",
}
_CARD = re.compile(r"HBK-[A-Z]{3}-[0-9]{3}")
_FINGERPRINT = re.compile(r"v1:[0-9a-f]{32}")
_EXTRA = re.compile(r"pip install '(hauberk\[[a-z,]+\])'")
_MEASURED = 8
"""Measurements on the first screen; those that break a limit come first."""
_LEAST = 30
"""Columns that a measurement's name is cut to, at most, before its row takes two lines."""
_INDENT = 11
"""Columns before the text of a problem."""
_STEPS = 6
"""Steps of a value's way that are shown before the middle is only counted."""
_TOP = 12
"""Rows of a table before the rest is only counted."""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What a stream can show."""

    colour: bool = False
    width: int = 80
    unicode: bool = True
    verbose: bool = False

    def paint(self, text: str, style: str) -> str:
        """The text in a style, where the stream shows colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour else text

    @property
    def most(self) -> int:
        """Rows of a table before the rest is only counted."""
        return 10_000 if self.verbose else _TOP


def screen(stream: TextIO, environ: Mapping[str, str], *, verbose: bool = False) -> Screen:
    """What a stream shows: colour on a terminal without NO_COLOR, plain ASCII where it does not speak UTF-8."""
    tty = stream.isatty()
    colour = tty and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    width = os.get_terminal_size(stream.fileno()).columns if tty else int(environ.get("COLUMNS") or 100)
    encoding = (stream.encoding or "ascii").lower().replace("-", "")
    return Screen(colour=colour, width=width or 100, unicode=encoding.startswith("utf"), verbose=verbose)


def render(  # noqa: PLR0913  each is one thing that the stream or the command decides
    scan: Scan,
    cards: Mapping[str, Card],
    *,
    colour: bool = False,
    width: int = 80,
    unicode: bool = True,
    verbose: bool = False,
    judged: bool = True,
    steps: Sequence[tuple[str, str]] = (),
) -> str:
    """The screen as text that ends with a newline.

    ``width`` is in columns; ``verbose`` shows every problem and place; ``judged=False`` is for commands such as
    ``assess`` whose own exit code is not the verdict's; ``steps`` are the commands worth typing next and what
    each does, where the caller knows better than the scan.
    """
    shown = Screen(colour=colour, width=min(max(width, NARROWEST), WIDEST), unicode=unicode, verbose=verbose)
    parts = (
        _verdict(scan, shown, judged=judged),
        _stages(scan, shown),
        _problems(scan, cards, shown),
        _gates(scan, shown),
        _measurements(scan, cards, shown),
        _gaps(scan, shown),
        _waived(scan, shown),
        _coverage(scan, shown),
        _next(steps or list(_steps(scan)), shown),
    )
    text = "\n".join(line for part in parts for line in part).rstrip() + "\n"
    return text if unicode else _ascii(text)


def _ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def _heading(text: str, shown: Screen) -> str:
    return shown.paint(text, "bold")


def _indented(text: str, indent: int, shown: Screen, style: str = "", *, first: str = "") -> Iterator[str]:
    """Wrapped lines, indented; ``first`` stands in the first line's indent."""
    lead = first.ljust(indent)
    for line in wrap(text, max(shown.width - indent, 16)):
        yield lead + (shown.paint(line, style) if style and line else line)
        lead = " " * indent


def _verdict(scan: Scan, shown: Screen, *, judged: bool) -> Iterator[str]:
    code = scan.verdict.exit_code
    word, style = {0: ("PASSED", "green"), 1: ("FAILED", "bad")}.get(code, ("NOT ALL LOOKED AT", "yellow"))
    name = clip(plain(summary.subject(scan)), 60)
    place = f"({clip(plain(scan.root), 80)})" if scan.system and scan.root else ""
    first, *rest = wrap(f"{name} {place}".strip(), shown.width - len(word) - 2)
    yield f"{shown.paint(word, style)}  {shown.paint(first, 'bold')}"
    yield from (f"  {line}" for line in rest)
    tallied = summary.tally_words(scan)
    said = summary.exit_words(scan) if judged else f"the gate will say: {summary.exit_words(scan)}"
    yield from _indented(f"{said}. {tallied or 'Nothing open was found'}.", 2, shown)
    yield ""


def _mark(lamp: Lamp) -> tuple[str, str]:
    if lamp.state is State.FOUND:
        return "✗", "bad"
    if lamp.state is State.CLEAN:
        return "✓", "green"
    if not lamp.ran:
        return "·", "dim"
    return ("◇", "cyan") if lamp.declared_only else ("○", "yellow")


def _stages(scan: Scan, shown: Screen) -> Iterator[str]:
    lit = summary.lamps(scan)
    cell = 15
    per_row = 10 if shown.width >= 10 * cell + 2 else 5 if shown.width >= 5 * cell + 2 else 2
    for start in range(0, len(lit), per_row):
        row = []
        for lamp in lit[start : start + per_row]:
            mark, style = _mark(lamp)
            still = lamp.found - lamp.waived
            number = f" {still:,}" if still else " waived" if lamp.waived else ""
            pad = " " * max(cell - 2 - len(lamp.stage.value + number), 1)
            row.append(f"{shown.paint(mark, style)} {lamp.stage.value}{shown.paint(number, style)}{pad}")
        yield ("  " + "".join(row)).rstrip()
    legend = "✗ found  ✓ clean  ○ not evaluated  ◇ declared, not verified  · no rule ran"
    yield from _indented(legend, 2, shown, "dim")
    yield from _lacking(scan, shown)
    yield ""


def _lacking(scan: Scan, shown: Screen) -> Iterator[str]:
    """Stages that an extra would light, with the line that installs it."""
    stages: dict[str, list[str]] = {}
    for evidence in sorted(scan.evidence, key=lambda one: one.stage.rank):
        if _EXTRA.search(evidence.reason):
            named = stages.setdefault(evidence.reason, [])
            if evidence.stage.value not in named:
                named.append(evidence.stage.value)
    for reason, named in sorted(stages.items()):
        yield from _indented(f"{', '.join(named)}: {clip(plain(reason), 240)}", 4, shown, first="  ○")


def _problems(scan: Scan, cards: Mapping[str, Card], shown: Screen) -> Iterator[str]:
    found = summary.problems(scan)
    if not found:
        return
    kept = found if shown.verbose else found[:WORST]
    total = sum(len(problem.seen) for problem in found)
    ranked = f"the worst {len(kept)}" if len(kept) < len(found) else "all, worst first"
    yield _heading(f"{count(total, 'finding')} of {count(len(found), 'rule')}; {ranked}", shown)
    for problem in kept:
        yield from _problem(problem, cards.get(problem.card), shown)


def _problem(problem: Problem, card: Card | None, shown: Screen) -> Iterator[str]:
    style = _SEVERITY[problem.severity]
    label = f"  {problem.severity.value.upper()}".ljust(_INDENT)
    title = wrap(clip(plain(problem.title), 200), shown.width - _INDENT)
    tags = "  ".join(_tags(problem))
    beside = len(title) == 1 and _INDENT + cells(title[0]) + 2 + cells(tags) <= shown.width
    side = f"  {shown.paint(tags, 'dim')}" if beside else ""
    yield shown.paint(label, style) + shown.paint(title[0], "bold") + side
    yield from (" " * _INDENT + shown.paint(line, "bold") for line in title[1:])
    if not beside:
        yield from _indented(tags, _INDENT, shown, "dim")
    yield from _indented(_places(problem, shown), _INDENT, shown, "cyan", first="  where")
    yield from _indented(clip(plain(problem.worst.message), 300), _INDENT, shown, first="  seen")
    if problem.worst.trace:
        yield from _indented(_way(problem, shown), _INDENT, shown, "dim", first="  way")
    if card is not None:
        yield from _indented(opening(card.why), _INDENT, shown, first="  why")
        yield from _indented(paragraph(card.remedy), _INDENT, shown, first="  do")
    yield ""


def _tags(problem: Problem) -> Iterator[str]:
    yield plain(problem.card)
    yield problem.stage.value
    if problem.worst.confidence is not Confidence.HIGH:
        yield f"{problem.worst.confidence.value} confidence"
    if problem.declared:
        yield "as declared"


def _places(problem: Problem, shown: Screen) -> str:
    places = list(dict.fromkeys(clip(where(seen.finding.place), 160) for seen in problem.seen))
    most = len(places) if shown.verbose else 3
    more = f"  and {len(places) - most:,} more" if len(places) > most else ""
    return ", ".join(places[:most]) + more


def _way(problem: Problem, shown: Screen) -> str:
    """The steps of the worst finding's value, the middle ones only counted unless all are asked for."""
    steps = [f"{clip(where(step.place), 80)} {clip(plain(step.message), 80)}" for step in problem.worst.trace]
    if len(steps) > _STEPS and not shown.verbose:
        steps[_STEPS // 2 : len(steps) - _STEPS // 2] = [f"{len(steps) - _STEPS // 2 * 2} more"]
    return " → ".join(steps)


def _gates(scan: Scan, shown: Screen) -> Iterator[str]:
    failed = [gate for gate in scan.verdict.gates if not gate.passed]
    if not failed:
        return
    passed = len(scan.verdict.gates) - len(failed)
    heading = f"Gates that failed, by policy {plain(scan.verdict.policy)} ({passed} of {passed + len(failed)} held)"
    yield from _indented(heading, 0, shown, "bold")
    for gate in failed[: shown.most]:
        yield from _indented(f"{plain(gate.rule)}: {clip(plain(gate.why), 300)}", 4, shown, first="  ✗")
    yield from _rest(len(failed), shown.most)
    yield ""


def _rest(total: int, most: int, noun: str = "more") -> Iterator[str]:
    if total > most:
        yield f"    {total - most:,} {noun} in the whole document (--json)"


def _measurements(scan: Scan, cards: Mapping[str, Card], shown: Screen) -> Iterator[str]:
    rows = summary.measured(scan, cards)[:10_000]
    if not rows:
        return
    yield _heading("Measured (intervals at 95 % unless stated)", shown)
    labels = summary.labels(rows)
    most = shown.most if shown.verbose else _MEASURED
    kept = [_measured(row, *label) for row, label in zip(rows, labels, strict=True)][:most]
    widths = [max(cells(columns[index]) for columns, _, _ in kept) for index in range(len(kept[0][0]))]
    widths[0] = min(widths[0], max(shown.width - sum(widths[1:]) - 2 * len(widths), _LEAST))
    fits = sum(widths) + 2 * len(widths) <= shown.width
    for columns, style, note in kept:
        if fits:
            parts = (_cut(columns[0], widths[0]), *columns[1:])
            line = "  ".join(part + " " * (width - cells(part)) for part, width in zip(parts, widths, strict=True))
            yield "  " + (shown.paint(line.rstrip(), style) if style else line.rstrip())
        else:
            yield from _indented(columns[0], 4, shown, style)
            yield from _indented("  ".join(filter(None, columns[1:])), 6, shown)
        if note:
            yield "      " + shown.paint(_cut(note, shown.width - 6), "dim")
    yield from _rest(len(rows), most)
    yield ""


def _cut(text: str, width: int) -> str:
    """The text in at most ``width`` columns; a cut shows."""
    return text if cells(text) <= width else wrap(text.replace(" ", "\xa0"), width - 1)[0].replace("\xa0", " ") + "…"


def _measured(row: Measured, asset: str, differing: str) -> tuple[tuple[str, ...], str, str]:
    """The cells of one measurement, the style of its line, and what else is to be said."""
    item = row.measurement
    mark = " " if row.limit is None else "○" if item.value is None else "✗" if row.broken else "✓"
    bound = str(row.limit).removeprefix(f"{item.name} ") if row.limit else ""
    columns = (
        f"{mark} {clip(plain(f'{item.name}  {asset}'), 90)}",
        clip(plain(summary.value_words(item)), 30),
        summary.interval_words(item) if item.value is not None else "",
        f"n={item.n:,}",
        plain(bound),
    )
    said = plain("; ".join(filter(None, (differing, item.note))))
    return columns, "red" if row.broken else "yellow" if item.value is None else "", clip(said, 400)


def _gaps(scan: Scan, shown: Screen) -> Iterator[str]:
    found = summary.gaps(scan)
    dark = [lamp.stage.value for lamp in summary.lamps(scan) if not lamp.ran]
    if not found and not dark:
        return
    yield _heading("Not evaluated", shown)
    for gap in found[: shown.most]:
        yield from _gap(gap, shown)
    yield from _rest(len(found), shown.most, "more reasons")
    if dark:
        yield from _indented(f"no rule ran for {', '.join(dark)}", 4, shown, first="  ·")
    yield ""


def _gap(gap: Gap, shown: Screen) -> Iterator[str]:
    yield from _indented(f"{len(gap.items):,} x {clip(plain(gap.reason), 240)}", 4, shown, first="  ○")
    most = len(gap.items) if shown.verbose else 3
    named = ", ".join(clip(plain(summary.item_words(item)), 100) for item in gap.items[:most])
    more = f", and {len(gap.items) - most:,} more" if len(gap.items) > most else ""
    yield from _indented(named + more, 6, shown, "dim")


def _waived(scan: Scan, shown: Screen) -> Iterator[str]:
    if not scan.verdict.waived:
        return
    yield _heading("Waived, and still there", shown)
    for item in scan.verdict.waived[: shown.most]:
        said = f"{item.finding.card} at {where(item.finding.place)}: by {item.waiver.who} until {item.waiver.until}"
        yield from _indented(plain(f"{said}: {item.waiver.reason}"), 4, shown, first="  →")
    yield from _rest(len(scan.verdict.waived), shown.most)
    yield ""


def _coverage(scan: Scan, shown: Screen) -> Iterator[str]:
    yield from _indented(summary.coverage_words(scan), 2, shown)
    for one in summary.requested(scan)[: shown.most]:
        yield from _indented(plain(summary.requested_words(one)), 2, shown)
    if scan.coverage.no_rule:
        yield from _indented(_unclaimed(scan, shown), 2, shown, "dim")
    for item in scan.coverage.excluded[: shown.most]:
        said = f"excluded {item.pattern} ({count(item.files, 'file')}): {item.reason}"
        yield from _indented(plain(said), 4, shown, "dim")
    if scan.integrity:
        yield from _indented(plain(scan.integrity), 2, shown)
    yield ""


def _unclaimed(scan: Scan, shown: Screen) -> str:
    files = [clip(plain(item.uri), 80) for item in scan.coverage.no_rule]
    most = len(files) if shown.verbose else 4
    more = f" and {len(files) - most:,} more" if len(files) > most else ""
    return "no rule claims " + ", ".join(files[:most]) + more


def _next(steps: Sequence[tuple[str, str]], shown: Screen) -> Iterator[str]:
    steps = steps or [("hauberk explain", "lists the rules")]
    widest = max(cells(command) for command, _ in steps)
    yield _heading("Next", shown)
    for command, what in steps:
        if widest + cells(what) + 6 <= shown.width:
            yield f"  {command}{' ' * (widest - cells(command))}  {shown.paint(what, 'dim')}"
        else:
            yield f"  {command}"


def _steps(scan: Scan) -> Iterator[tuple[str, str]]:
    """Commands worth typing now, and what each does; no part that is out of its proper form is offered for pasting."""
    found = summary.problems(scan)
    if found and _CARD.fullmatch(found[0].card):
        yield f"hauberk explain {found[0].card}", "the worst rule's page"
    for extra in extras(scan):
        yield f"pip install '{extra}'", "evaluates what this install could not"
    if scan.assessment is not None:
        yield "hauberk report --format html --out report.html", "the whole of it, with plots"
        yield "hauberk ledger export bundle", "evidence that a stranger can verify offline"
    elif not scan.system:
        yield "hauberk init", "writes the manifest that design, train, attack and govern need"
    if found and scan.assessment is not None and _FINGERPRINT.fullmatch(found[0].worst.fingerprint):
        yield f"hauberk waive {found[0].worst.fingerprint} --until DATE --reason TEXT", "signed, with an end"


def extras(scan: Scan) -> list[str]:
    """Extras that something was not evaluated for, such as ``hauberk[ml]``."""
    return sorted({match[1] for gap in summary.gaps(scan) if (match := _EXTRA.search(gap.reason))})
