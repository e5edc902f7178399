# SPDX-License-Identifier: Apache-2.0
"""Whether an evaluation's robust accuracy proves anything: seventeen checks, each passed, flagged or not run.

Sources: Carlini et al., "On Evaluating Adversarial Robustness" (2019); Pintor et al., "Indicators of Attack Failure"
(NeurIPS 2022); Zimmermann et al., "Increasing Confidence in Adversarial Robustness Evaluations" (NeurIPS 2022).
``asked`` judges an attack that could only ask; ``whitebox.trust`` judges one that had slopes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hauberk.attacks.siege import Query, Siege, labels_of, measure
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Malformed
from hauberk.stats.intervals import wilson

State = Literal["passed", "flagged", "not run"]

NAMES = {
    1: "slopes are there",
    2: "attacked on logits",
    3: "the best point is kept",
    4: "falls when eps is unbounded",
    5: "no black box does better",
    6: "no single step or noise does better",
    7: "more effort changes nothing",
    8: "the same answer twice",
    9: "no transfer does better",
    10: "falls as eps grows",
    11: "within ball, box and scale",
    12: "samples are judged alone",
    13: "only right samples count",
    14: "enough samples",
    15: "finds what was planted",
    16: "attacks what is served",
    17: "attacks the detector too",
}
"""What each check asks; the numbers are those of the literature's common mistakes in the order of the documentation."""
WIDEST = 0.2
"""Width of a 95 % interval of robust accuracy beyond which there are too few samples."""
TOLERANCE = 0.02
"""Share of samples that another attack may win more."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check."""

    number: int
    state: State
    says: str

    @property
    def name(self) -> str:
        """What it asks."""
        return NAMES[self.number]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All seventeen checks in order."""

    checks: tuple[Check, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing was flagged; see ``ran`` for how much that says."""
        return not self.flagged

    @property
    def flagged(self) -> tuple[Check, ...]:
        """What speaks against the evaluation."""
        return tuple(check for check in self.checks if check.state == "flagged")

    @property
    def ran(self) -> int:
        """Checks that were run."""
        return sum(check.state != "not run" for check in self.checks)

    def __str__(self) -> str:
        """One line: ``valid: 15 of 17 checks ran, none flagged``."""
        if self.valid:
            return f"valid: {self.ran} of {len(self.checks)} checks ran, none flagged"
        names = "; ".join(f"{check.number} {check.name}: {check.says}" for check in self.flagged)
        return f"not valid: {len(self.flagged)} of {self.ran} checks flagged: {names}"


def verdict(checks: Iterator[Check]) -> Verdict:
    """A verdict of checks in any order; those that are missing were not run."""
    held = {check.number: check for check in checks}
    absent = "does not apply to this evaluation"
    return Verdict(
        checks=tuple(held.get(number) or Check(number=number, state="not run", says=absent) for number in NAMES)
    )


def pack(held: Verdict) -> bytes:
    """A verdict as bytes. Law: ``unpack(pack(v))`` equals v."""
    return encode([(check.number, check.state, check.says) for check in held.checks])


def unpack(data: bytes) -> Verdict:
    """A verdict from its bytes; raises Malformed where they are none."""
    rows = decode(data, tuple[tuple[int, State, str], ...])
    if [number for number, *_ in rows] != list(NAMES):
        raise Malformed("not a verdict of seventeen checks")
    return Verdict(checks=tuple(Check(number=number, state=state, says=says) for number, state, says in rows))


def judged(number: int, bad: bool, says: str) -> Check:  # noqa: FBT001  the outcome
    """A check that was run."""
    return Check(number=number, state="flagged" if bad else "passed", says=says)


def enough(robust: int, n: int) -> Check:
    """Check 14: whether n samples pin the share down."""
    low, high = wilson(robust, n) if n else (0.0, 1.0)
    return judged(14, high - low > WIDEST, f"95 % interval [{low:.3f}, {high:.3f}] at n={n}")


def asked(siege: Siege, query: Query, *, wins_late: int) -> Verdict:
    """The checks that need no slopes, on an attack that has ended.

    ``wins_late`` counts the samples that fell in the last quarter of the budget.
    """
    return verdict(_asked(siege, query, wins_late))


def _asked(siege: Siege, query: Query, wins_late: int) -> Iterator[Check]:
    spoils, n = siege.spoils(), len(siege.x)
    some = siege.x[: min(n, 32)]
    again = query(some)
    once = siege.first[: len(some)]
    same = np.array_equal(labels_of(again), labels_of(once)) and np.allclose(again, once, rtol=1e-4, atol=1e-5)
    yield judged(8, not same, "the model answers alike twice" if same else "the model answers at random")
    alone = np.concatenate([query(one[None]) for one in some[:4]])
    alike = np.allclose(alone, again[:4], rtol=1e-3, atol=1e-4)
    yield judged(12, not alike, "alone as in a batch" if alike else "an answer depends on the rest of its batch")
    distance = measure(spoils.adversarial - siege.x, siege.limits.norm)
    eps = np.inf if spoils.eps is None else spoils.eps
    won = spoils.right & ~spoils.robust & ~spoils.unanswered
    outside = int((distance[won] > eps * (1 + 1e-4)).sum())
    yield judged(11, outside > 0 or _odd_scale(siege), f"{outside} points outside; {_scale(siege)}")
    share = wins_late / max(n, 1)
    yield judged(7, share > TOLERANCE, f"{wins_late} of {n} samples fell in the last quarter of the queries")
    yield judged(13, bool((spoils.robust & ~spoils.right).any()), f"{int((~spoils.right).sum())} were wrong before")
    yield enough(int(spoils.robust.sum()), n)
    for number in (1, 2, 3, 5, 6, 9, 15):
        yield Check(number=number, state="not run", says="the attack had no slopes")


def _odd_scale(siege: Siege) -> bool:
    width, eps = siege.limits.high - siege.limits.low, siege.limits.eps
    return eps is not None and siege.limits.norm == "linf" and not width / 1000 <= eps <= width


def _scale(siege: Siege) -> str:
    return (
        f"samples from {siege.x.min():g} to {siege.x.max():g} in a box of {siege.limits.low:g} to {siege.limits.high:g}"
    )
