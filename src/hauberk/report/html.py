# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page: no script, no request, at most MOST bytes, the same Scan gives the same bytes.

Rows are rendered one by one and weighed; what exceeds its share is left out with a stated count, the least severe and
the clean first, so that a hostile tree cannot make a report that nobody can open.
"""

import functools
import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from hauberk.core.canonical import digest
from hauberk.core.card import Card
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.scales import Basis, Outcome, Stage
from hauberk.report import plot, summary
from hauberk.report.summary import Lamp, Problem
from hauberk.report.text import clip, paragraph, plain, where

MOST = 1_500_000
"""Bytes of a report, at most."""
_FINDINGS, _MEASURED, _OTHER = 450_000, 200_000, 40_000
_SHELL = 40_000
"""Bytes kept for the page around the rows."""
_ID = re.compile(r"sha256:[0-9a-f]{64}")
_CHAPTER = re.compile(r'<h2 id="([a-z-]{1,40})">([^<>&]{1,60})</h2>')
"""Headings of the further sections, which our own templates write."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows that fit, and how many did not."""

    rows: tuple[str, ...]
    left: int

    @property
    def weight(self) -> int:
        """Bytes."""
        return sum(_weight(row) for row in self.rows)


def _weight(row: str) -> int:
    return len(row.encode())


def _within(rows: Iterable[str], budget: int) -> Rows:
    """The first rows whose bytes fit the budget."""
    every = tuple(rows)
    used = 0
    for index, row in enumerate(every):
        used += _weight(row)
        if used > budget:
            return Rows(rows=every[:index], left=len(every) - index)
    return Rows(rows=every, left=0)


@functools.cache
def environment() -> jinja2.Environment:
    """Templates in which whatever is printed is first made visible and then escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hauberk.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        clip=lambda text, most: clip(plain(text), most),
        paragraph=paragraph,
        where=where,
        short=lambda text: text.removeprefix("sha256:")[:12],
        value=summary.value_words,
        interval=summary.interval_words,
        parameters=summary.parameters,
        item=summary.item_words,
        standing=summary.standing,
    )
    return environment


def render(scan: Scan, cards: Mapping[str, Card], further: str = "") -> str:
    """The page as text; encode it as UTF-8. ``further`` is the HTML of more sections, escaped by whoever made it."""
    parts: Any = environment().get_template("parts.html").module
    anchors = _anchors(scan.evidence)
    toolsets = _toolsets(scan.evidence)
    measured = _measured(scan, cards, parts, anchors)
    findings = _findings(scan, cards, parts, anchors)
    rest = {
        "gates": _within(map(parts.gate, sorted(scan.verdict.gates, key=lambda gate: gate.passed)), _OTHER),
        "gaps": _within(
            (parts.gap({"reason": gap.reason, "entries": gap.items}) for gap in summary.gaps(scan)), _OTHER
        ),
        "waived": _within(map(parts.waived, scan.verdict.waived), _OTHER),
        "coverage": _within(_left_out(scan, parts.left_out), _OTHER),
    }
    used = measured["weight"] + findings["weight"] + sum(part.weight for part in rest.values())
    evidence = _evidence(scan, parts.evidence, anchors, toolsets, MOST - _SHELL - used - _weight(further))
    return (
        environment()
        .get_template("report.html")
        .render(
            scan=scan,
            word={0: "PASSED", 1: "FAILED"}.get(scan.verdict.exit_code, "NOT ALL LOOKED AT"),
            subject=summary.subject(scan),
            exit_words=summary.exit_words(scan),
            tally=summary.tally(scan),
            unable=sum(len(gap.items) for gap in summary.gaps(scan)),
            lamps=[_lit(lamp) for lamp in summary.lamps(scan)],
            idle=[lamp.stage.value for lamp in summary.lamps(scan) if not lamp.ran],
            findings=findings,
            measured=measured,
            width=plot.WIDTH,
            coverage_words=summary.coverage_words(scan),
            integrity=summary.integrity_words(scan),
            bar=_bar(scan),
            evidence=evidence,
            toolsets=sorted((letter, words) for words, letter in toolsets.items())[:50],
            chapters=_CHAPTER.findall(further),
            further=Markup(further),  # noqa: S704  made by templates of ours that escape
            **rest,
        )
    )


def _lit(lamp: Lamp) -> dict[str, object]:
    mark = lamp.state.value if lamp.ran else "idle"
    if mark == summary.State.DARK.value:
        mark = "declared" if lamp.declared_only else "dark"
    return {"stage": lamp.stage, "mark": mark, "words": lamp.words}


def _anchors(evidence: Sequence[Evidence]) -> dict[str, str]:
    """Evidence id to its anchor; unique, and safe whatever the id is."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for item in evidence:
        if item.id in anchors:
            continue
        known = item.id if _ID.fullmatch(item.id) else digest(item.id.encode("utf-8", "surrogatepass"))
        hexadecimal = known.removeprefix("sha256:")
        length = next(size for size in (16, 64) if hexadecimal[:size] not in taken or size == len(hexadecimal))
        taken.add(hexadecimal[:length])
        anchors[item.id] = f"ev-{hexadecimal[:length]}"
    return anchors


def _toolsets(evidence: Sequence[Evidence]) -> dict[str, str]:
    """Each distinct set of tools, in words, and the letter that rows name it by."""
    distinct = sorted({_tools(item) for item in evidence} - {""})
    letters = string.ascii_uppercase
    return {words: letters[index] if index < len(letters) else str(index) for index, words in enumerate(distinct)}


def _tools(item: Evidence) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(item.tools.items()))


def _findings(scan: Scan, cards: Mapping[str, Card], parts: Any, anchors: Mapping[str, str]) -> dict[str, object]:
    """Articles by stage, worst first within; fewer places of each rule where all of them weigh too much."""
    found = summary.problems(scan)

    def articles(most: int) -> list[str]:
        return [
            parts.problem(item, cards.get(item.card), item.seen[:most], max(len(item.seen) - most, 0), anchors)
            for item in found
        ]

    kept = Rows(rows=(), left=0)
    for most in (200, 50, 10, 3):
        kept = _within(articles(most), _FINDINGS)
        if not kept.left:
            break
    by_stage: dict[Stage, list[str]] = {}
    for problem, article in sorted(zip(found, kept.rows, strict=False), key=_by_stage):
        by_stage.setdefault(problem.stage, []).append(article)
    return {"stages": list(by_stage.items()), "left": kept.left, "weight": kept.weight}


def _by_stage(pair: tuple[Problem, str]) -> int:
    return pair[0].stage.rank


def _measured(scan: Scan, cards: Mapping[str, Card], parts: Any, anchors: Mapping[str, str]) -> dict[str, Any]:
    """Tables by name of measurement, those with a broken limit first; every row on its table's one scale."""
    rows = summary.measured(scan, cards)
    by_name: dict[str, list[tuple[summary.Measured, tuple[str, str]]]] = {}
    for row, label in zip(rows, summary.labels(rows), strict=True):
        by_name.setdefault(row.measurement.name, []).append((row, label))
    groups, budget, left, weight = [], _MEASURED, 0, 0
    for name, members in by_name.items():
        axis = plot.scale(row for row, _ in members)
        drawn = _within(
            (
                parts.measurement(row, label, plot.strip(row, axis), plot.WIDTH, anchors.get(row.evidence.id))
                for row, label in members
            ),
            budget - weight,
        )
        left += drawn.left
        weight += drawn.weight + 1_500
        if drawn.rows:
            groups.append({"name": name, "rows": drawn.rows, "scale": axis})
    return {"groups": groups, "left": left, "weight": weight}


def _left_out(scan: Scan, row: Callable[[str, str, str], str]) -> Iterable[str]:
    cover = scan.coverage
    yield from (row("excluded", f"{item.pattern} ({item.files:,})", item.reason) for item in cover.excluded)
    yield from (row("not entered", item.path, item.reason) for item in cover.pruned)
    yield from (row("no rule", item.uri, item.format) for item in cover.no_rule)


def _evidence(
    scan: Scan,
    row: Callable[[Evidence, str, str], str],
    anchors: Mapping[str, str],
    toolsets: Mapping[str, str],
    budget: int,
) -> Rows:
    """The appendix in the order of life; where it weighs too much, clean outcomes without a number go first."""
    distinct = {item.id: item for item in scan.evidence}.values()
    chosen = sorted(distinct, key=lambda item: (_telling(item), item.stage.rank, item.card, item.asset.uri, item.id))
    kept = _within((row(item, anchors[item.id], toolsets.get(_tools(item), "")) for item in chosen), budget)
    pairs = zip(chosen, kept.rows, strict=False)
    ordered = sorted(pairs, key=lambda pair: (pair[0].stage.rank, pair[0].card, pair[0].asset.uri, pair[0].id))
    return Rows(rows=tuple(text for _, text in ordered), left=kept.left)


def _telling(item: Evidence) -> int:
    if item.measurements or item.findings:
        return 0
    return 1 if item.outcome is Outcome.UNABLE or item.basis is Basis.DECLARED else 2


def _bar(scan: Scan) -> list[dict[str, object]]:
    """Three adjoining parts of 1000 units, as shares of the files met."""
    cover = scan.coverage
    parts = (("examined", cover.examined), ("unable", cover.unable), ("norule", len(cover.no_rule)))
    total = sum(number for _, number in parts)
    drawn, at = [], 0.0
    for name, number in parts:
        width = 1000 * number / total if total else 0.0
        drawn.append({"name": name, "x": round(at, 1), "width": round(width, 1)})
        at += width
    return drawn
