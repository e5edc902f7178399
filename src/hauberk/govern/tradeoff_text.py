# SPDX-License-Identifier: Apache-2.0
"""What fairer decisions cost, for people: one table, and the frontier as an SVG."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from hauberk.attacks.tradeoff import Rule, TradeOff
from hauberk.attacks.tradeoff_numbers import NumberRule, NumberTradeOff
from hauberk.core.measurement import Measurement
from hauberk.report.text import cells, plain

_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 420, 60, 30
_HEAD = ("rule", "accuracy", "equalized odds", "parity gap", "robust", "membership")
_NUMBER_HEAD = ("rule", "r2", "mean error gap", "absolute error gap", "mean number gap", "robust", "membership")
_DECIDED = (
    "* no other rule is at least as accurate and treats groups more alike, on these rows",
    "g reads the person's group when it decides; d decides some people by a draw",
    "thresholds are laid on the model itself; regressions are trained anew and compare with the retrained one",
    "robust: decided rightly, and so after every change found within a twentieth of the row",
    "membership: area under the curve of an attack by the loss; a half is best",
)
_PREDICTED = (
    "* no other rule fits as well and has mean errors more alike, on these rows",
    "g reads the person's group when it tells a number; gaps are in standard deviations of the true numbers",
    "shift and line are laid on the model itself; regressions are trained anew and compare with the retrained one",
    "robust: told within a standard deviation of the truth, and so after changes of a twentieth of the row",
    "membership: area under the curve of an attack by the size of the error; a half is best",
)


def text(report: TradeOff | NumberTradeOff) -> str:
    """The table as lines, each number with its 95 % interval; ``*`` marks the frontier."""
    groups = ", ".join(f"{name} {n}" for name, n in report.groups if n)
    head: tuple[str, ...]
    if isinstance(report, TradeOff):
        what, head, notes = f"{report.favourable!r} is good for the person", _HEAD, _DECIDED
    else:
        what, head, notes = (
            f"{report.label!r}, of which one standard deviation is {report.spread:.4g}",
            _NUMBER_HEAD,
            _PREDICTED,
        )
    weighted = f"; each row weighted by {report.weight}, membership by rows" if report.weight else ""
    lines = [f"by {report.column} ({groups}); {what}{weighted}", ""]
    rows = [head, *(tuple(_row(one)) for one in report.rules)]
    widths = [max(cells(plain(row[index])) for row in rows) for index in range(len(head))]
    for row in rows:
        padded = [plain(cell) + " " * (width - cells(plain(cell))) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(map(plain, [*lines, "", *notes])) + "\n"


def _row(one: Rule | NumberRule) -> Iterator[str]:
    lottery = isinstance(one, Rule) and one.lottery
    yield (
        ("*" if one.frontier else " ") + ("g" if one.reads_group else " ") + ("d" if lottery else " ") + f" {one.name}"
    )
    for each in _measured(one):
        yield _number(each)


def _measured(one: Rule | NumberRule) -> tuple[Measurement, ...]:
    """Fit first, then the gap that the frontier is drawn over, then the rest."""
    if isinstance(one, Rule):
        return one.accuracy, one.equalized_odds, one.parity, one.robust_accuracy, one.membership_auc
    return (
        one.r2,
        one.mean_error_gap,
        one.absolute_error_gap,
        one.prediction_gap,
        one.robust_share,
        one.membership_auc,
    )


def _number(one: Measurement) -> str:
    if one.value is None:
        return one.note
    interval = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}{interval}"


def svg(report: TradeOff | NumberTradeOff) -> str:
    """Accuracy, or fit, over the gap between groups, with both intervals; the frontier is joined by a line."""
    rules: tuple[Rule | NumberRule, ...] = report.rules
    at = [(one, gap, fit) for one in rules for fit, gap, *_ in [_measured(one)] if gap.value is not None]
    fit_name, gap_name = (
        ("accuracy", "equalized odds gap") if isinstance(report, TradeOff) else ("r2", "gap of mean errors")
    )
    most = max((odds.high or odds.value or 0.0 for _, odds, _ in at), default=0.1) or 0.1
    low = min((accuracy.low or 0.0 for _, _, accuracy in at), default=0.0)
    high = max((accuracy.high or 1.0 for _, _, accuracy in at), default=1.0)

    def place(gap: float, share: float) -> tuple[float, float]:
        across = _LEFT + (_WIDTH - _LEFT - 20) * min(gap / most, 1.0)
        return round(across, 1), round(_TOP + (_HEIGHT - _TOP - 50) * (high - share) / ((high - low) or 1.0), 1)

    frontier = sorted(place(odds.value or 0.0, accuracy.value or 0.0) for one, odds, accuracy in at if one.frontier)
    points = " ".join(f"{x},{y}" for x, y in frontier)
    parts = [f'<polyline points="{points}" fill="none" stroke="#4a6fa5" stroke-width="2"/>']
    for number, (one, odds, accuracy) in enumerate(at, 1):
        x, y = place(odds.value or 0.0, accuracy.value or 0.0)
        (left, _), (right, _) = (place(end or 0.0, 0.0) for end in (odds.low, odds.high))
        (_, bottom), (_, top) = (place(0.0, end or 0.0) for end in (accuracy.low, accuracy.high))
        parts += [
            f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="#bbb"/>',
            f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{top}" stroke="#bbb"/>',
            f'<circle cx="{x}" cy="{y}" r="5" fill="{"#4a6fa5" if one.frontier else "#fff"}" stroke="#4a6fa5"/>',
            f'<text x="{x + 8}" y="{y - 6}">{number}</text>',
        ]
    legend = [
        f'<text x="{_LEFT}" y="{_HEIGHT + 16 * number}">{number}. {_said(one.name)}</text>'
        for number, (one, _, _) in enumerate(at, 1)
    ]
    height = _HEIGHT + 16 * len(at) + 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="12" role="img">'
    )
    title = f"<title>{fit_name} and {gap_name} by {_said(report.column)}, with 95 % intervals</title>"
    bottom_line = _HEIGHT - 50
    axes = [
        f'<path d="M{_LEFT} {_TOP}V{bottom_line}H{_WIDTH - 20}" fill="none" stroke="#111"/>',
        f'<text x="{_WIDTH - 20}" y="{bottom_line + 16}" text-anchor="end">{gap_name}, to {most:.2f}</text>',
        f'<text x="{_LEFT}" y="{_TOP - 10}">{fit_name}, {low:.2f} to {high:.2f}</text>',
    ]
    return "\n".join([head, title, *axes, *parts, *legend, "</svg>"]) + "\n"


def _said(words: str) -> str:
    return escape(plain(words), {'"': "&quot;"})
