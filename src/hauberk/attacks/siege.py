# SPDX-License-Identifier: Apache-2.0
"""Samples under attack by someone who can only ask: scores or labels, a budget of queries for each sample.

The nearest point that fooled the model is kept whatever an attack does next, every query is counted for its sample, and
a query without an answer takes its sample out of the attack: it is then neither fooled nor robust, but unanswered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
Query = Callable[[Points], NDArray[Any]]
"""Points to scores (n, classes) or labels (n,); a row of NaN, or the label -1, is a query without an answer.

The points hold only while they are asked about: what wants to keep some copies them.
"""
Progress = Callable[[int, int], None]
NormName = Literal["linf", "l2", "l1", "l0"]

ROUNDING = 1e-6
"""A distance beyond eps by less than this share of eps is eps."""
BATCH = 1024
"""Points asked at once."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What counts as success, and what it may cost."""

    norm: NormName = "linf"
    eps: float | None = None
    """A success within eps decides a sample; None looks for the nearest until the budget is spent."""
    low: float = 0.0
    high: float = 1.0
    queries: int = 1000
    """For each sample, the first look included."""
    targeted: bool = False
    """The labels are those wanted, not the true ones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spoils:
    """What an attack found."""

    adversarial: Points
    distance: Floats
    """Infinite where nothing was found, zero where the sample was wrong before."""
    right: Flags
    unanswered: Flags
    queries: Places
    eps: float | None

    @property
    def robust(self) -> Flags:
        """Right before, answered throughout, and no success (within eps) found."""
        beyond = np.isinf(self.distance) if self.eps is None else self.distance > self.eps * (1 + ROUNDING)
        held: Flags = self.right & ~self.unanswered & beyond
        return held


class Siege:
    """The state of one black-box attack on a batch."""

    def __init__(
        self,
        query: Query,
        x: NDArray[Any],
        labels: NDArray[Any],
        limits: Limits,
        *,
        progress: Progress | None = None,
    ) -> None:
        """Ask once about each sample; raises ValueError where a sample leaves the box."""
        self.x: Points = np.ascontiguousarray(x, dtype=np.float32)
        if self.x.size and not (self.x.min() >= limits.low and self.x.max() <= limits.high):
            raise ValueError(f"samples leave the box [{limits.low:g}, {limits.high:g}]")
        self.labels: Places = np.asarray(labels).astype(np.intp)
        self.limits = limits
        self.best = self.x.copy()
        self.distance = np.full(len(x), np.inf)
        self.queries: Places = np.zeros(len(x), dtype=np.intp)
        self.unanswered: Flags = np.zeros(len(x), dtype=bool)
        self._query, self._progress = query, progress
        rows = np.arange(len(x))
        self.first = self.ask(rows, self.x)
        """Answers for the samples as they are."""
        given = labels_of(self.first)
        self.right: Flags = (given == self.labels) != limits.targeted
        self.given: Places = given

    @property
    def scored(self) -> bool:
        """Whether the model gives scores, not labels alone."""
        return self.first.ndim == 2  # noqa: PLR2004  a table of scores

    def undecided(self, rows: Places | None = None) -> Places:
        """Those of these samples (of all) that are still attacked: answered, within budget, not fooled within eps."""
        rows = np.arange(len(self.x)) if rows is None else rows
        return rows[self.standing(rows)]

    def standing(self, rows: Places) -> Flags:
        """Which of these samples are undecided."""
        within = 0.0 if self.limits.eps is None else self.limits.eps * (1 + ROUNDING)
        result: Flags = (self.distance[rows] > within) & ~self.unanswered[rows] & (self.left(rows) > 0)
        return result

    def left(self, rows: Places) -> Places:
        """Queries that each sample may still take."""
        remaining: Places = self.limits.queries - self.queries[rows]
        return remaining

    def ask(self, rows: Places, points: NDArray[Any], *, keep: bool = True) -> NDArray[Any]:
        """Answers for points, one row of each; a sample may occur often. Successes are remembered.

        Without ``keep`` they are not: for probes around a success, which lie no nearer than it but by a hair.
        """
        points = np.asarray(points, dtype=np.float32)
        parts = [self._query(points[start : start + BATCH]) for start in range(0, len(points), BATCH)]
        answers = _joined(parts)
        self.queries += np.bincount(rows, minlength=len(self.x))
        lost = np.isnan(answers).any(axis=1) if answers.ndim == 2 else answers < 0  # noqa: PLR2004  scores
        self.unanswered[rows[lost]] = True
        if keep:
            self._remember(rows[~lost], points[~lost], labels_of(answers[~lost]))
        return answers

    def know(self, rows: Places, points: NDArray[Any]) -> None:
        """Remember points that are known to reach the goal of their sample, without asking again."""
        goal = self.labels[rows] if self.limits.targeted else self.labels[rows] + 1
        self._remember(rows, np.asarray(points, dtype=np.float32), goal)

    def fooled(self, rows: Places, points: NDArray[Any], *, keep: bool = True) -> Flags:
        """Which points reach the goal; a query without an answer does not."""
        return self._reached(rows, labels_of(self.ask(rows, points, keep=keep)))

    def margin(self, rows: Places, points: NDArray[Any]) -> Floats:
        """Best other score less the true one (wanted less best other): positive at success, -inf without an answer."""
        scores = self.ask(rows, points).astype(np.float64)
        line = np.arange(len(rows))
        own = scores[line, self.labels[rows]]
        scores[line, self.labels[rows]] = -np.inf
        gap = scores.max(axis=1) - own
        result: Floats = np.where(np.isnan(gap), -np.inf, -gap if self.limits.targeted else gap)
        return result

    def spoils(self) -> Spoils:
        """What was found."""
        return Spoils(
            adversarial=self.best,
            distance=self.distance,
            right=self.right,
            unanswered=self.unanswered,
            queries=self.queries,
            eps=self.limits.eps,
        )

    def _reached(self, rows: Places, given: Places) -> Flags:
        hit: Flags = (given == self.labels[rows]) == self.limits.targeted
        return hit & (given >= 0)

    def _remember(self, rows: Places, points: Points, given: Places) -> None:
        inside = ((points >= self.limits.low) & (points <= self.limits.high)).all(axis=tuple(range(1, points.ndim)))
        hits = np.flatnonzero(self._reached(rows, given) & inside)
        distance = measure(points[hits] - self.x[rows[hits]], self.limits.norm)
        order = np.argsort(-distance, kind="stable")
        hits, distance = hits[order], distance[order]
        nearer = distance < self.distance[rows[hits]]
        self.best[rows[hits[nearer]]] = points[hits[nearer]]
        self.distance[rows[hits[nearer]]] = distance[nearer]
        if self._progress:
            self._progress(len(self.x) - len(self.undecided()), len(self.x))


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """All answers; a part without any answer takes the width of the others."""
    width = max((part.shape[1] for part in parts if part.ndim > 1 and not np.isnan(part).all()), default=0)
    if not width:
        return np.concatenate(parts) if parts else np.empty((0, 1))
    return np.concatenate([part if part.shape[1] == width else np.full((len(part), width), np.nan) for part in parts])


def labels_of(answers: NDArray[Any]) -> Places:
    """The label of each answer; -1 where there is none."""
    if answers.ndim == 1:
        return answers.astype(np.intp)
    lost = np.isnan(answers).any(axis=1)
    best: Places = np.where(lost, -1, np.nan_to_num(answers, nan=0.0).argmax(axis=1))
    return best


def measure(delta: NDArray[Any], norm: NormName) -> Floats:
    """The norm of each change; L0 counts coordinates."""
    if not delta.size:
        return np.zeros(len(delta))
    rows = delta.reshape(len(delta), -1)
    sizes = {
        "linf": lambda: np.abs(rows).max(axis=1),
        "l2": lambda: np.sqrt(np.einsum("ij,ij->i", rows, rows)),
        "l1": lambda: np.abs(rows).sum(axis=1, dtype=np.float64),
        "l0": lambda: (rows != 0).sum(axis=1),
    }
    result: Floats = sizes[norm]().astype(np.float64)
    return result


def wide(values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """One number a sample, shaped so that it multiplies samples."""
    return values.reshape(-1, *([1] * (like.ndim - 1)))
