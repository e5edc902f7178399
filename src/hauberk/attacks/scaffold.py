# SPDX-License-Identifier: Apache-2.0
"""Whether a model answers explainers otherwise than people: it obeys one rule on real rows and another on made-up ones.

A scaffold (Slack, Hilgard, Jia, Singh and Lakkaraju, AIES 2020) is a biased model behind a gate that tells real rows
from the perturbed ones that LIME and SHAP ask about, and hands those to a harmless model. Black box: rows and answers
are all that is looked at.

Two surrogates learn the answers, one from real rows and one from perturbed rows of which there are as many as we care
to ask. An honest model obeys one rule, and each surrogate holds on the other's rows nearly as well as on its own; a
surrogate of few real rows may not, so the verdict rests on the one that had rows enough as well. The measure is the
smaller of both losses, the larger over the kinds of perturbation: what neither surrogate can carry over.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.boosting import boost

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ask = Callable[[Floats], Flags]
"""Whether each row, given as codes, gets the outcome."""

KINDS = ("swap", "centre", "noise", "spread")
QUERIES = 6000
"""Perturbed rows of each kind that are asked about."""
MOST_ROWS = 2000
_FOLDS = 3
_CENTRES = 10
_ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Regimes:
    """What one kind of perturbation showed, as shares of rows that a surrogate gets wrong."""

    kind: str
    real_on_real: float
    """Of held-out real rows, by the surrogate of real rows."""
    real_on_made: float
    made_on_made: float
    made_on_real: float
    n: int
    """Real rows."""

    @property
    def gap(self) -> float:
        """What neither surrogate carries over; about 0 where one rule holds everywhere."""
        return min(self.real_on_made - self.real_on_real, self.made_on_real - self.made_on_made)


def perturbed(rows: Floats, kind: str, count: int, whole: Flags, rng: np.random.Generator) -> Floats:
    """Rows as explainers make them; ``whole`` marks columns of categories.

    ``swap`` mixes a real row with another one and ``centre`` with the mean of a cluster (both SHAP), ``noise`` draws
    every column from a normal law and ``spread`` only numbers, with categories from their column (both LIME).
    """
    first = rows[rng.integers(0, len(rows), count)]
    if kind in {"swap", "centre"}:
        others = rows if kind == "swap" else _centres(rows, rng)
        share = rng.uniform(0.2, 0.8, (count, 1))
        return np.where(rng.random(first.shape) < share, others[rng.integers(0, len(others), count)], first)
    moved: Floats = rows.mean(axis=0) + rng.normal(0, 1, first.shape) * rows.std(axis=0)
    if kind == "noise":
        return moved
    columns = np.stack([rng.choice(column, count) for column in rows.T], axis=1)
    return np.where(whole, columns, moved)


def _centres(rows: Floats, rng: np.random.Generator) -> Floats:
    """Means of clusters (Lloyd), in standardised columns."""
    spread = rows.std(axis=0)
    scaled = rows / np.where(spread > 0, spread, 1)
    middle = scaled[rng.permutation(len(rows))[:_CENTRES]]
    for _ in range(_ROUNDS):
        near = ((scaled**2).sum(axis=1)[:, None] - 2 * scaled @ middle.T + (middle**2).sum(axis=1)).argmin(axis=1)
        middle = np.stack([scaled[near == one].mean(axis=0) for one in np.unique(near)])
    found: Floats = middle * np.where(spread > 0, spread, 1)
    return found


def regimes(
    ask: Ask, rows: Floats, whole: Flags, rng: np.random.Generator, *, queries: int = QUERIES
) -> tuple[Regimes, ...]:
    """Compare the rule on real rows with that on each kind of perturbed rows; ``whole`` marks columns of categories."""
    real = rows[rng.permutation(len(rows))[:MOST_ROWS]]
    given = ask(real).astype(np.float64)
    fold = rng.permutation(len(real)) % _FOLDS
    wrong, learnt = np.zeros(len(real)), []
    for one in range(_FOLDS):
        model = boost(real[fold != one], given[fold != one])
        wrong[fold == one] = (model.share(real[fold == one]) > 0.5) != given[fold == one]  # noqa: PLR2004  even odds
        learnt.append(model)
    found = []
    for kind in KINDS:
        made = perturbed(real, kind, queries, whole, rng)
        told = ask(made).astype(np.float64)
        half = 2 * queries // 3
        model = boost(made[:half], told[:half])
        votes = np.mean([each.share(made) for each in learnt], axis=0)
        found.append(
            Regimes(
                kind=kind,
                real_on_real=float(wrong.mean()),
                real_on_made=float(((votes > 0.5) != told).mean()),  # noqa: PLR2004  even odds
                made_on_made=float(((model.share(made[half:]) > 0.5) != told[half:]).mean()),  # noqa: PLR2004  even odds
                made_on_real=float(((model.share(real) > 0.5) != given).mean()),  # noqa: PLR2004  even odds
                n=len(real),
            )
        )
    return tuple(found)
