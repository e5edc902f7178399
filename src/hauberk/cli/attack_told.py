# SPDX-License-Identifier: Apache-2.0
"""What ``hauberk attack`` prints of an outcome, and the exit code that it earns."""

import sys
from pathlib import Path
from typing import NamedTuple

from hauberk.attacks.campaign import Outcome
from hauberk.cli.ledger_folder import write_file
from hauberk.cli.samples import read
from hauberk.core.codec import decode, encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.limit import Regression
from hauberk.core.measurement import Measurement
from hauberk.policy.regress import unlike
from hauberk.report.attack import render
from hauberk.report.text import plain


class Wishes(NamedTuple):
    """What is to be done with an outcome."""

    at_least: float | None
    last: Path | None
    may_drop: float
    html: Path | None
    title: str
    json: bool
    quiet: bool


def tell(outcome: Outcome, asked: Wishes) -> int:
    """Print an outcome, write its page, and judge it: the exit code.

    Raises Misuse for a last outcome that is none, or was not asked alike.
    """
    before = _outcome_in(asked.last) if asked.last else None
    if asked.html:
        write_file(asked.html, render(outcome, asked.title).encode())
    _show(outcome, json=asked.json, quiet=asked.quiet)
    codes = [_judge(outcome, asked.at_least)]
    if before is not None:
        code, words = _compared(outcome, before, asked.may_drop)
        codes.append(code)
        if not asked.json:
            sys.stdout.write(f"{plain(words)}\n")
    return 1 if 1 in codes else max(codes)


def _outcome_in(path: Path) -> Outcome:
    try:
        return decode(read(path), Outcome)
    except (CannotLook, ValueError) as error:
        raise Misuse(f"{path} holds no attack's outcome", remedy="name what hauberk attack --json printed") from error


def _compared(outcome: Outcome, before: Outcome, may_drop: float) -> tuple[int, str]:
    """Whether robust accuracy is as good as in the last release; raises Misuse where the two were not asked alike."""
    now, then = _robust(outcome), _robust(before)
    if now is None or then is None:
        raise Misuse("no robust accuracy to compare", remedy="compare two attacks")
    other = unlike(then, now)
    if other:
        raise Misuse(
            f"the last release was attacked otherwise: {', '.join(other)}", remedy="attack both with the same options"
        )
    drop = Regression(measurement=now.name, may_drop=may_drop).worse_by(then, now) or 0.0
    words = f"against the last release: lower end {then.low or 0:.3f} then, {now.low or 0:.3f} now"
    if drop > may_drop:
        return 1, f"{words}: worse by {drop:.3f}, more than {may_drop:g}"
    return (0 if outcome.valid and before.valid else 3), words


def _robust(outcome: Outcome) -> Measurement | None:
    return next((one for one in outcome.measurements if one.name == "robust_accuracy"), None)


def _show(outcome: Outcome, *, json: bool, quiet: bool) -> None:
    if json:
        sys.stdout.write(encode_pretty(outcome) + "\n")
        return
    lines = [f"evaluation {outcome.verdict}", outcome.threat_model]
    if outcome.why:
        lines.append(outcome.why)
    lines += [_words(one) for one in outcome.measurements]
    lines += [_under(one) for one in outcome.measurements if one.name == "robust_accuracy"]
    what = "eps" if outcome.attacks else "severity"
    if not quiet:
        lines += [
            f"  {row.attack}: {row.fooled} of {row.tried} fell; {row.forwards:,} forwards, "
            f"{row.backwards:,} backwards, {row.queries:,} queries"
            for row in outcome.attacks
        ]
        lines += [
            f"  at {what} {eps:.4g}: {share:.3f} [{low:.3f}, {high:.3f}] {'#' * round(40 * share)}"
            for eps, share, low, high in outcome.curve
        ]
        lines += [
            f"  after {most:,.0f} queries: {share:.3f} [{low:.3f}, {high:.3f}] {'#' * round(40 * share)}"
            for most, share, low, high in outcome.by_queries
        ]
        lines += [f"  check {check.number:2} {check.state:8} {check.name}: {check.says}" for check in outcome.checks]
    sys.stdout.writelines(f"{plain(line)}\n" for line in lines)


def _words(one: Measurement) -> str:
    if one.value is None:
        return f"{one.name}: {one.note}"
    interval = f" [{one.low:.3f}, {one.high:.3f}]" if one.low is not None and one.high is not None else ""
    held = one.parameters
    at = f" of {held['corruption']}" if "corruption" in held else ""
    at = f" at {held.get('norm')} {held.get('eps'):.4g}" if one.name == "robust_accuracy" else at
    return f"{one.name}{at}: {one.value:.3f}{interval} {one.unit}(n={one.n}, 95 %)" + (
        f"; {one.note}" if one.note else ""
    )


def _under(one: Measurement) -> str:
    """What shaped a robust accuracy: no such number without it."""
    held = one.parameters
    box = f", box {held['low']:g} to {held['high']:g}" if "low" in held else ""
    aimed = f", to be taken for {held['target']}" if "target" in held else ""
    return (
        f"under {held['attack']}{aimed}: {held['norm']}, eps {held['eps']:.4g}{box}, {held.get('steps')} steps, "
        f"{held.get('restarts')} starts, {held.get('forwards', 0):,} forwards, {held.get('queries', 0):,} queries, "
        f"seed {held['seed']}"
    )


def _judge(outcome: Outcome, at_least: float | None) -> int:
    if at_least is None:
        return 0
    robust = _robust(outcome)
    least = robust.low if robust else min(low for _, _, low, _ in outcome.curve)
    if (least or 0.0) < at_least:
        return 1
    return 0 if outcome.valid else 3
