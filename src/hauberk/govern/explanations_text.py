# SPDX-License-Identifier: Apache-2.0
"""Explanations for people: lines with bars on a terminal, one self-contained SVG of the same."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from hauberk.attacks.local import Local
from hauberk.core.measurement import Measurement
from hauberk.govern.explanations import Comparison, Explanation, Explanations
from hauberk.report.text import cells, clip, plain

_WIDEST = 36
_BAR = 30
_FITTING = 42
"""Characters beside a bar of the drawing."""
_QUALITY = {
    "explanation_stability": "agrees with itself under another background (1 is best)",
    "explanation_faithfulness": "the columns named move the score more than others do (above 0)",
    "explanation_randomisation": "what of it is left once the weights are shuffled (0 is best)",
}


def text(report: Explanations) -> str:
    """The report as lines; every string of the manifest or the data is made visible."""
    lines = []
    for one in report.models:
        lines += [*_model(one), ""]
    lines += [f"unable: {one}" for one in report.unable]
    lines.append(f"assessment {report.assessment}; {report.integrity}")
    return "\n".join(map(plain, lines)) + "\n"


def _model(one: Explanation) -> Iterator[str]:
    given = one.influences[0].parameters if one.influences else {}
    what = "the number that it predicts for" if given.get("scale") == "number" else "its score of"
    yield (
        f"{one.model} on {given.get('data')}: what {what} {given.get('label')!r} rests on "
        f"({given.get('method')}, {given.get('scale')}; evidence {one.evidence})"
    )
    everybody = [each for each in one.influences if not each.parameters.get("group")]
    yield from _bars(everybody)
    yield from _groups(one)
    if one.sensitive is not None:
        yield f"  declared sensitive: {_number(one.sensitive)} {one.sensitive.note}".rstrip()
    for each in one.quality:
        yield f"  {each.name.removeprefix('explanation_')}: {_number(each)}; {_QUALITY.get(each.name, '')}"
    if one.two_rules is not None:
        yield f"  explainers see another rule than people: {_number(one.two_rules)} (0: one rule for both)"


def _bars(shares: list[Measurement]) -> Iterator[str]:
    widest = max((each.value or 0.0 for each in shares), default=1.0) or 1.0
    names = [clip(plain(str(each.parameters["feature"])), _WIDEST) for each in shares]
    width = max(map(cells, names), default=0)
    for name, each in zip(names, shares, strict=True):
        bar = "#" * round(_BAR * (each.value or 0) / widest)
        yield f"  {name + ' ' * (width - cells(name))}  {_number(each):<24} {bar}"


def _groups(one: Explanation) -> Iterator[str]:
    """The column whose influence differs most between groups of one sensitive column, in words."""
    held: dict[tuple[str, str], list[Measurement]] = {}
    for each in one.influences:
        if each.parameters.get("group"):
            held.setdefault((str(each.parameters["column"]), str(each.parameters["feature"])), []).append(each)
    apart = {key: max(e.value or 0 for e in found) - min(e.value or 0 for e in found) for key, found in held.items()}
    for column in dict.fromkeys(key[0] for key in apart):
        key = max((one for one in apart if one[0] == column), key=lambda one: apart[one])
        said = ", ".join(f"{each.parameters['group']} {_number(each)}" for each in held[key])
        yield f"  differs most by {column}: {key[1]} ({said})"


def _number(one: Measurement) -> str:
    if one.value is None:
        return one.note
    interval = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{interval}"


def changed(report: Comparison, *, most: int = 20) -> str:
    """What changed, for whom; first what is shown."""
    lines = [f"{report.model}: evidence {report.after} against {report.before}"]
    if report.comparable:
        lines.append(f"not of one kind: {report.comparable}")
    shown = [one for one in report.shifts if one.shown]
    lines += [
        f"  {one.feature}{f' for {one.group}' if one.group else ''}: {one.before:.3f} -> {one.after:.3f}, "
        f"{one.after - one.before:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        for one in shown[:most]
    ]
    lines += [f"  {name}: only the later explanation names it" for name in report.came]
    lines += [f"  {name}: only the earlier explanation names it" for name in report.went]
    rest = len(report.shifts) - len(shown)
    lines.append(f"{len(shown)} changes are shown, {rest} are not, of {len(report.shifts)} compared together")
    return "\n".join(map(plain, lines)) + "\n"


def local(one: Local) -> str:
    """One row: contributions with their sign, and the counterfactual without any value."""
    word = "gets" if one.decided else "does not get"
    how = f"({one.unit}, {one.method})"
    if one.unit == "number":
        side = "" if one.reach is None else f" (at least {one.reach:g})" if one.decided else f" (below {one.reach:g})"
        lines = [f"row {one.row}, {one.label!r}: {one.score:.4g}{side}, {one.base:.4g} on average {how}"]
    else:
        lines = [f"row {one.row} {word} {one.label!r}: score {one.score:.3f}, {one.base:.3f} on average {how}"]
    widest = max((abs(each.value) for each in one.contributions), default=1.0) or 1.0
    width = max((cells(clip(plain(each.feature), _WIDEST)) for each in one.contributions), default=0)
    for each in one.contributions:
        name = clip(plain(each.feature), _WIDEST)
        bar = ("+" if each.value > 0 else "-") * round(_BAR * abs(each.value) / widest)
        lines.append(f"  {name + ' ' * (width - cells(name))}  {each.value:+.4f}  {bar}")
    lines.append(f"otherwise: {one.says}")
    lines += [
        f"  {step.feature}: {step.direction} (by {step.cost:.2f} of what was seen)" for step in one.counterfactual
    ]
    lines.append("this says what the model uses, not what causes the outcome")
    return "\n".join(map(plain, lines)) + "\n"


def svg(report: Explanations) -> str:
    """Bars with intervals, a model under the other; readable without colour."""
    rows: list[str] = []
    y = 24
    for one in report.models:
        everybody = [each for each in one.influences if not each.parameters.get("group")]
        rows.append(f'<text x="10" y="{y}" font-weight="bold">{_said(one.model)}</text>')
        y += 10
        most = max([one_high for each in everybody if (one_high := each.high or each.value)], default=1.0)
        for each in everybody:
            rows += _bar(each, y, most)
            y += 20
        y += 34
    style = 'font-family="sans-serif" font-size="12.5" role="img"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {y - 20}" {style}>'
    title = f"<title>{_said(report.system)}: influence of each column with its 95 % interval</title>"
    return "\n".join([head, title, *rows, "</svg>"]) + "\n"


def _bar(each: Measurement, y: int, most: float) -> Iterator[str]:
    value, low, high = (300 + 460 * (number or 0.0) / most for number in (each.value, each.low, each.high))
    name = plain(str(each.parameters["feature"]))
    name = _said(name if len(name) <= _FITTING else clip(name, _FITTING // 2))
    yield f'<text x="288" y="{y + 12}" text-anchor="end">{name}</text>'
    yield f'<rect x="300" y="{y + 2}" width="{value - 300:.1f}" height="12" fill="#6f93b5"/>'
    yield f'<line x1="{low:.1f}" y1="{y + 8}" x2="{high:.1f}" y2="{y + 8}" stroke="#111" stroke-width="2"/>'
    yield f'<text x="{max(high, value) + 6:.1f}" y="{y + 12}">{each.value or 0.0:.3f}</text>'


def _said(words: str) -> str:
    return escape(plain(words), {'"': "&quot;"})
