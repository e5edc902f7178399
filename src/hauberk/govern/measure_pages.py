# SPDX-License-Identifier: Apache-2.0
"""Fairness and explanations as one self-contained page each: worst subgroups in words, measures with intervals."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from markupsafe import Markup

from hauberk.core.measurement import Measurement
from hauberk.govern.explanations import Explanations
from hauberk.govern.explanations_text import svg as bars
from hauberk.govern.explanations_text import text as explanations_text
from hauberk.govern.fairness import Comparison, Fairness
from hauberk.govern.fairness_text import text as fairness_text
from hauberk.govern.pages import environment
from hauberk.report.text import clip, plain

_LEFT, _WIDE, _STEP = 300, 300, 18
_WIDEST = 44


def fairness_page(report: Fairness) -> str:
    """Every difference, ratio and index of each comparison as a dot with its interval."""
    drawings = [
        (f"{one.model} on {one.data} by {one.column}", _dots(_shown(one))) for one in report.comparisons if one.measures
    ]
    return _page("fairness", report.system, list(_worst(report)), drawings, fairness_text(report))


def explanation_page(report: Explanations) -> str:
    """The influence of each column of each model as a bar with its interval."""
    said = [
        f"{one.model}: explainers see another rule than people; no explanation of it is worth showing"
        for one in report.models
        if one.two_rules is not None and (one.two_rules.low or 0.0) > 0.1  # noqa: PLR2004  the limit of HBK-EXP-002
    ]
    drawings = [("What decisions rest on", bars(report))]
    return _page("explanations", report.system, said, drawings, explanations_text(report))


def _page(title: str, system: str, said: list[str], drawings: list[tuple[str, str]], lines: str) -> str:
    drawn = [(name, Markup(one)) for name, one in drawings]  # noqa: S704  our own SVG, in which every string is escaped
    template = environment().get_template("measures.html")
    return template.render(title=title, system=system, said=said, drawings=drawn, lines=Markup(escape(lines)))  # noqa: S704  escaped here, so that its lines stay lines


def _worst(report: Fairness) -> Iterator[str]:
    """In words, who fares worst in what."""
    for one in report.worst:
        value, given = one.measure, one.measure.parameters
        if value.value is None:
            continue
        yield (
            f"{one.model}: {given.get('predicate')} get {given.get('outcome')} {100 * value.value:.1f} points less "
            f"often than everybody else (at worst {100 * (value.high or value.value):.1f}, n={value.n})"
        )


def _shown(one: Comparison) -> list[Measurement]:
    return [each for each in one.measures if each.parameters["form"] != "rate" and each.value is not None]


def _dots(measures: Sequence[Measurement]) -> str:
    """One line a measure on a scale from 0 to the largest upper end, at least 1."""
    most = max([1.0, *(each.high or each.value or 0.0 for each in measures)])
    height = _STEP * len(measures) + 40
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {height}" font-family="sans-serif" font-size="12" '
        'role="img">'
    )
    parts = [head, "<title>Each measure with its 95 % interval</title>"]
    for share in (0.0, 0.5, 1.0):
        x = _LEFT + _WIDE * share
        parts.append(f'<path d="M{x:.0f} 10V{height - 24}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.0f}" y="{height - 8}" text-anchor="middle">{most * share:.2f}</text>')
    for place, each in enumerate(measures):
        y = 20 + _STEP * place
        value, low, high = (
            _LEFT + _WIDE * (0.0 if number is None else number) / most for number in (each.value, each.low, each.high)
        )
        name = escape(clip(plain(each.name.replace("_", " ")), _WIDEST))
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{name}</text>')
        if each.low is not None and each.high is not None:
            parts.append(f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="#111" stroke-width="2"/>')
        parts.append(f'<circle cx="{value:.1f}" cy="{y}" r="4" fill="#4a6fa5"/>')
        parts.append(f'<text x="{_LEFT + _WIDE + 12}" y="{y + 4}">{each.value or 0.0:.3f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
