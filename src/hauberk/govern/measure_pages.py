# SPDX-License-Identifier: Apache-2.0
"""Fairness and explanations as one self-contained page each, and with threats as sections of the report."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from markupsafe import Markup

from hauberk.core.measurement import Measurement
from hauberk.govern.explanations import Explanations
from hauberk.govern.explanations_text import svg as bars
from hauberk.govern.explanations_text import text as explanations_text
from hauberk.govern.fairness import Comparison, Fairness
from hauberk.govern.fairness_text import text as fairness_text
from hauberk.govern.measure_plot import dots
from hauberk.govern.pages import STANDING, environment, tally
from hauberk.govern.threat import Standing, ThreatModel
from hauberk.report.text import clip
from hauberk.stats.scored import NUMERIC

_WEIGHT = 150_000
"""Bytes of drawings in one section of the report."""
_UNITS = frozenset(f"{name}_gap" for name in NUMERIC if name != "r2")
"""Gaps in the unit of the label, which fit no common scale: the same in standard deviations is drawn."""
_LINES, _LONGEST, _TOLD = 40, 400, 8


def fairness_page(report: Fairness) -> str:
    """Every difference, ratio and index of each comparison as a dot with its interval."""
    said = [*_worst(report), *_exclusive(report)]
    return _page("fairness", report.system, said, _compared(report), fairness_text(report))


def explanation_page(report: Explanations) -> str:
    """The influence of each column of each model as a bar with its interval."""
    drawings = [("What decisions rest on", bars(report))]
    return _page("explanations", report.system, _warned(report), drawings, explanations_text(report))


def fairness_section(report: Fairness) -> str:
    """The same of the report: the worst subgroups in words, each measure with its interval."""
    said = [*_worst(report), *_exclusive(report), *(f"Could not be measured: {one}" for one in report.unable)]
    said += [one.measure.note for one in report.worst if one.measure.value is None]
    note = "Intervals are at 95 %, for all pairs of groups at once. hauberk govern fairness prints every number."
    return _section("fairness", "Fairness", said, _compared(report), note)


def explanation_section(report: Explanations) -> str:
    """The same of the report: what decisions rest on, and what that explanation is worth."""
    said = _warned(report)
    for one in report.models:
        told = ", ".join(
            f"{each.name.removeprefix('explanation_')} {each.value:.2f}"
            for each in one.quality
            if each.value is not None
        )
        said.append(f"{one.model}: {told or 'the quality of its explanation is not estimable'}")
    note = "Bars are shares of all influence, lines 95 % intervals: what the model uses, not what causes the outcome. "
    note += "hauberk govern explain says it of each group, and of one row."
    return _section("explanations", "What decisions rest on", said, [("", bars(report))], note)


def threats_section(model: ThreatModel, drawing: str) -> str:
    """Data flows as a drawing, and the threats that are worst and open, in words."""
    open_ones = [one for one in model.threats if one.standing in {Standing.FOUND, Standing.GAP}]
    worst = sorted(open_ones, key=lambda one: (-one.severity.rank, one.standing is not Standing.FOUND))[:_TOLD]
    said = [f"{tally(model.threats)}."]
    said += [f"{one.severity.value}, {STANDING[one.standing]}: {one.title} ({one.id})" for one in worst]
    if len(open_ones) > _TOLD:
        said.append(f"{len(open_ones) - _TOLD} more are open.")
    note = "hauberk govern threats --format html says of each what would close it and which evidence speaks of it."
    return _section("threats", "Threats", said, [("", drawing)], note)


def _section(anchor: str, title: str, said: list[str], drawings: list[tuple[str, str]], note: str) -> str:
    kept, used = [], 0
    for name, one in drawings:
        used += len(one.encode())
        if used <= _WEIGHT:
            kept.append((name, Markup(one)))  # noqa: S704  our own SVG, in which every string is escaped
    template = environment().get_template("section.html")
    left = len(drawings) - len(kept)
    shown = [clip(one, _LONGEST) for one in said[:_LINES]]
    return template.render(anchor=anchor, title=title, said=shown, drawings=kept, left=left, note=note)


def _compared(report: Fairness) -> list[tuple[str, str]]:
    drawn = [
        (f"{one.model} on {one.data} by {one.column}", dots(_shown(one))) for one in report.comparisons if one.measures
    ]
    for said, among in (("scores", report.scores), ("errors of predicted numbers", report.numbers)):
        gaps = [one for one in among if one.measure.name.endswith("_gap") and one.measure.value is not None]
        gaps = [one for one in gaps if one.measure.name not in _UNITS]
        for model, column in dict.fromkeys((one.model, str(one.measure.parameters.get("column"))) for one in gaps):
            mine = [one.measure for one in gaps if (one.model, one.measure.parameters.get("column")) == (model, column)]
            drawn.append((f"{model}: gaps of {said} by {column}", dots(mine)))
    return drawn


def _warned(report: Explanations) -> list[str]:
    return [
        f"{one.model}: explainers see another rule than people; no explanation of it is worth showing"
        for one in report.models
        if one.two_rules is not None and (one.two_rules.low or 0.0) > 0.1  # noqa: PLR2004  the limit of HBK-EXP-002
    ]


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
        if "outcome" in given:
            yield (
                f"{one.model}: {given.get('predicate')} get {given.get('outcome')} {100 * value.value:.1f} points less "
                f"often than everybody else (at worst {100 * (value.high or value.value):.1f}, n={value.n})"
            )
        else:
            worst = value.value if value.high is None else value.high
            yield (
                f"{one.model}: {given.get('predicate')}: {given.get('of')} {value.value:.2f} standard deviations "
                f"{given.get('direction')} than everybody else's (at worst {worst:.2f}, n={value.n})"
            )


def _exclusive(report: Fairness) -> Iterator[str]:
    """Which definitions cannot hold together here."""
    for one in report.comparisons:
        for dispute in one.disputes:
            if dispute.forced:
                yield f"By {one.column}, {' and '.join(dispute.between)} cannot both hold: {dispute.words}"


def _shown(one: Comparison) -> list[Measurement]:
    return [each for each in one.measures if each.parameters["form"] != "rate" and each.value is not None]
