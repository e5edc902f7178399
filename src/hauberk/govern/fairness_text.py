# SPDX-License-Identifier: Apache-2.0
"""Fairness on a terminal: rates of groups, gaps with who is at either end, conflicts, worst subgroups."""

from collections.abc import Iterator, Sequence

from hauberk.core.measurement import Measurement
from hauberk.govern.fairness import Comparison, Fairness, Sealed
from hauberk.report.text import cells, clip, plain

_WIDEST = 40
"""Characters of a group's name in a table."""


def text(report: Fairness) -> str:
    """The report as lines; every string of the manifest or the data is made visible."""
    lines = [f"{report.system}: {len(report.comparisons)} comparisons by a sensitive column", ""]
    for one in report.comparisons:
        lines += [*_comparison(one), ""]
    if report.scores:
        lines += ["Scores of the favourable label", *_scores(report.scores), ""]
    if report.numbers:
        lines += ["Predicted numbers", *_scores(report.numbers), ""]
    if report.alike:
        lines += ["People who are alike, decided alike (consistency, 1 is best)", *_alike(report.alike), ""]
    if report.worst:
        lines += ["Worst subgroups, each against everybody else", *_worst(report.worst), ""]
    lines += [f"unable: {one}" for one in report.unable]
    lines.append(f"assessment {report.assessment}; {report.integrity}")
    return "\n".join(map(plain, lines)) + "\n"


def _comparison(one: Comparison) -> Iterator[str]:
    yield f"{one.model} on {one.data} by {one.column}: {one.favourable!r} is good for the person"
    weighted = f", each row weighted by {one.weight}" if one.weight else ""
    yield f"  counts from evidence {one.evidence}{weighted}"
    if one.left_out:
        yield f"  left out: {one.left_out}"
    if not one.measures:
        yield "  not estimable: fewer than two groups have both error rates sealed"
        return
    rates = [each for each in one.measures if each.parameters["form"] == "rate"]
    yield from _table(
        ("rate", "group", "value", "95 % interval", "n"),
        [(each.name, str(each.parameters.get("group", "-")), *_numbers(each)) for each in rates],
    )
    yield ""
    others = [each for each in one.measures if each.parameters["form"] != "rate"]
    yield from _table(("measure", "from .. to", "value", "95 % interval", "n"), [_row(each) for each in others])
    yield ""
    for dispute in one.disputes:
        if dispute.forced:
            yield f"  {' and '.join(dispute.between)} cannot both hold: {dispute.words}"
    yield from dict.fromkeys(f"  {dispute.words}" for dispute in one.disputes if not dispute.forced)


def _row(one: Measurement) -> tuple[str, ...]:
    return one.name, _ends(one), *_numbers(one)


def _ends(one: Measurement) -> str:
    """From the group with the lower value to that with the higher one."""
    more, less = (str(one.parameters.get(name, "")) for name in ("more", "less"))
    return f"{clip(less, _WIDEST)} .. {clip(more, _WIDEST)}" if more else "-"


def _numbers(one: Measurement) -> tuple[str, str, str]:
    if one.value is None:
        return "-", one.note, ""
    interval = "" if one.low is None or one.high is None else f"[{one.low:.3f}, {one.high:.3f}]"
    return f"{one.value:.3f}", interval, str(one.n)


def _scores(scores: Sequence[Sealed]) -> Iterator[str]:
    for evidence, model, column in dict.fromkeys(
        (one.evidence, one.model, str(one.measure.parameters.get("column"))) for one in scores
    ):
        yield f"  {model} by {column} (evidence {evidence})"
        mine = [
            one.measure for one in scores if one.evidence == evidence and one.measure.parameters["column"] == column
        ]
        rows = [(one.name, str(one.parameters.get("group", "")) or _ends(one), *_numbers(one)) for one in mine]
        yield from _table(("measure", "group", "value", "95 % interval", "n"), rows)


def _alike(alike: Sequence[Sealed]) -> Iterator[str]:
    for one in alike:
        value, interval, n = _numbers(one.measure)
        yield f"  {one.model}: {value} {interval}{f', n={n}' if n else ''} (evidence {one.evidence})"


def _worst(worst: Sequence[Sealed]) -> Iterator[str]:
    for one in worst:
        measure, given = one.measure, one.measure.parameters
        what = f"  {one.model}: {given.get('outcome') or given.get('of')}: "
        if measure.value is None:
            yield what + measure.note
            continue
        yield (
            f"{what}{told(measure)} [{measure.low:.3f}, {measure.high:.3f}], n={measure.n}, "
            f"{given.get('compared')} subgroups compared (evidence {one.evidence})"
        )


def told(measure: Measurement) -> str:
    """How the worst subgroup fares, in words without its interval."""
    given = measure.parameters
    if "outcome" in given:
        rates = f"{given.get('predicate')} get it in {given.get('rate'):.3f}, the others in {given.get('others'):.3f}"
        return f"{rates}: {measure.value:.3f} less"
    means = f"{given.get('predicate')}: mean {given.get('mean'):.4g}, of the others {given.get('others'):.4g}"
    return f"{means}: {measure.value:.3f} standard deviations {given.get('direction')}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their widest cell but the last two, which end the line."""
    shown = [tuple(map(plain, row)) for row in (head, *rows)]
    widths = [max(cells(row[index]) for row in shown) for index in range(3)]
    for row in shown:
        padded = [cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=False)]
        yield "  " + "  ".join([*padded, *row[3:]]).rstrip()
