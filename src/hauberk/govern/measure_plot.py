# SPDX-License-Identifier: Apache-2.0
"""Measures of fairness drawn as dots with their intervals: a block a kind of measure, each on a scale of its own."""

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from hauberk.core.measurement import Measurement
from hauberk.report.text import clip, plain
from hauberk.stats.fairness import Form

_WIDTH, _LEFT, _WIDE, _STEP = 900, 300, 380, 20
_WIDEST = 44
_HEADS = {
    Form.DIFFERENCE.value: "Widest gap between two groups (0: alike)",
    Form.RATIO.value: "Smallest ratio of two groups (1: alike)",
    Form.INDEX.value: "Inequality over all people (0: none)",
    "": "Widest gap between two groups (0: alike)",
}
_TICKS = 4


def dots(measures: Sequence[Measurement]) -> str:
    """An SVG of every measure that has a value; readable without colour."""
    parts: list[str] = []
    y = 0
    for form in dict.fromkeys(str(one.parameters.get("form", "")) for one in measures):
        mine = [one for one in measures if one.parameters.get("form", "") == form]
        y += 26
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{_HEADS.get(form, _HEADS[""])}</text>')
        y += 8
        parts += _block(mine, y, ratio=form == Form.RATIO.value)
        y += _STEP * len(mine) + 26
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 6}" font-family="sans-serif" '
        'font-size="12.5" role="img">'
    )
    return "\n".join([head, "<title>Each measure with its 95 % interval</title>", *parts, "</svg>"]) + "\n"


def _block(measures: Sequence[Measurement], top: int, *, ratio: bool) -> Iterator[str]:
    """Lines of measures on one scale from 0 to its nice upper end; 1 for ratios."""
    most = 1.0 if ratio else _nice(max([0.0, *(one.high or one.value or 0.0 for one in measures)]))
    bottom = top + _STEP * len(measures)
    for tick in range(_TICKS + 1):
        x = _LEFT + _WIDE * tick / _TICKS
        colour = "#888" if tick == (_TICKS if ratio else 0) else "#e2e2e2"
        yield f'<path d="M{x:.0f} {top}V{bottom}" stroke="{colour}"/>'
        yield f'<text x="{x:.0f}" y="{bottom + 15}" text-anchor="middle" fill="#555">{most * tick / _TICKS:.4g}</text>'
    for place, one in enumerate(measures):
        yield from _line(one, top + _STEP * place + _STEP // 2, most)


def _line(one: Measurement, y: int, most: float) -> Iterator[str]:
    value, low, high = (_LEFT + _WIDE * min((number or 0.0) / most, 1.0) for number in (one.value, one.low, one.high))
    name = escape(clip(plain(one.name.replace("_", " ")), _WIDEST))
    said = f"{one.value or 0.0:.3f}"
    yield f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{name}</text>'
    if one.low is not None and one.high is not None:
        said += f" [{one.low:.3f}, {one.high:.3f}]"
        whisker = f"M{low:.1f} {y}H{high:.1f}M{low:.1f} {y - 4}v8M{high:.1f} {y - 4}v8"
        yield f'<path d="{whisker}" stroke="#1c2127" stroke-width="1.6"/>'
    yield f'<circle cx="{value:.1f}" cy="{y}" r="4.5" fill="#2f5f8a"/>'
    yield f'<text x="{_LEFT + _WIDE + 14}" y="{y + 4}">{said}</text>'


def _nice(highest: float) -> float:
    """The next of 1, 2, 4 or 8 times a power of ten: a scale whose quarters have few digits."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(power * nice for nice in (1, 2, 4, 8, 10) if highest <= power * nice * (1 + 1e-9))
