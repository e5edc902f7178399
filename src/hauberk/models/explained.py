# SPDX-License-Identifier: Apache-2.0
"""A model's score of one label as a game of its columns: a column outside of a coalition is filled from other rows.

What a column brings is then its Shapley value against that background (interventional; Janzing, Minorics and Bloebaum,
AISTATS 2020): it says what the model uses, and nothing of what causes the outcome.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Malformed, MissingExtra
from hauberk.core.seams import seam
from hauberk.models.forest_files import read_onnx, read_onnx_numbers
from hauberk.models.model import Floats, Model, Rows
from hauberk.stats import shapley
from hauberk.stats.shapley import Flags

Score = Callable[[Rows], Floats]
Trees = Callable[[Rows, Rows], Floats]
"""Contributions to rows before a background."""
_LEAST_SHARE = 1e-6
_SAME = 1e-4
"""How far the trees' sum may be from the model's number, of the largest: the runtime computes in binary32."""
_CHUNK = 200_000
"""Rows that are laid out at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Explained:
    """Contributions of columns to the scores of rows."""

    features: tuple[str, ...]
    contributions: Floats
    """(rows, features); they sum to the row's score less ``base``."""
    base: float
    """Mean score of the background."""
    method: str
    """``linear``, ``trees`` and ``exact`` are exact; ``kernel`` is an estimate."""
    unit: str
    """``log-odds``, ``margin`` (the trees' own sum), ``share``, or ``number`` of a model that predicts one."""


def score_of(model: Model, label: str | None) -> Score:
    """The share that the model gives a label, in [0, 1]; labels alone count as 0 or 1. None: the number it predicts.

    Raises CannotLook where the model scores no such label.
    """
    if label is None:
        return model.numbers
    if not model.scored:
        return lambda rows: (model.labels(rows) == label).astype(np.float64)

    def share(rows: Rows) -> Floats:
        scores = model.scores(rows)
        if label not in scores.classes:
            raise CannotLook("the model scores no such label as the one to be explained")
        return scores.shares[:, scores.classes.index(label)]

    return share


def log_odds(score: Score) -> Score:
    """The same score on the scale in which a logistic regression adds up."""

    def odds(rows: Rows) -> Floats:
        share = np.clip(score(rows), _LEAST_SHARE, 1 - _LEAST_SHARE)
        found: Floats = np.log(share / (1 - share))
        return found

    return odds


def game(score: Score, rows: Rows, background: Rows) -> shapley.Game:
    """The mean score of rows whose columns outside of a coalition come from each background row in turn."""
    names = tuple(rows)
    explained, behind = len(rows[names[0]]), len(background[names[0]])
    step = max(_CHUNK // (explained * behind), 1)

    def value(members: Flags) -> Floats:
        parts = []
        for start in range(0, len(members), step):
            part = members[start : start + step]
            laid = {
                name: np.where(
                    part[:, index, None, None], rows[name][None, :, None], background[name][None, None, :]
                ).reshape(-1)
                for index, name in enumerate(names)
            }
            parts.append(score(laid).reshape(len(part), explained, behind).mean(axis=2))
        return np.concatenate(parts)

    return value


def trees_of(data: bytes, model: Model, label: str | None) -> Trees | None:
    """TreeSHAP of a file that is one ensemble of trees; None for any other, and without the extra ``explain``."""
    try:
        forest = read_onnx(data) if label is not None else read_onnx_numbers(data)
        road = seam("hauberk.models.tree_shap", extra="explain")
    except (CannotLook, Malformed, MissingExtra):
        return None
    names = model.features
    if len(names) != forest.features or not (model.scored or label is None):
        return None

    def contributions(rows: Rows, background: Rows) -> Floats:
        weight = np.ones(1) if label is None else _weights(model.scores(rows).classes, label)
        x, behind = (
            np.stack([cells[name] for name in names], axis=1).astype(np.float64) for cells in (rows, background)
        )
        if label is None:
            _same(forest.scores(x)[:, 0], model.numbers(rows))
        found: Floats = road.contributions(forest, weight, x, behind)
        return found

    return contributions


def _weights(classes: tuple[str, ...], label: str) -> Floats:
    """What each class's score counts; of two classes, the margin of one over the other."""
    weight: Floats = (np.array(classes) == label).astype(np.float64)
    return 2.0 * weight - 1.0 if len(classes) == 2 else weight  # noqa: PLR2004  said above


def _same(trees: Floats, model: Floats) -> None:
    if np.abs(trees - model).max() > _SAME * max(float(np.abs(model).max()), 1.0):
        raise CannotLook("the file does more with its trees' sum than give it back")


def explain(
    score: Score,
    rows: Rows,
    background: Rows,
    *,
    budget: int,
    rng: np.random.Generator,
    trees: Trees | None = None,
    number: bool = False,
) -> Explained:
    """Explain rows by the most exact road that ``budget`` queries allow: linear, trees, all coalitions, the kernel's.

    ``number``: the score is a predicted number and no share, and has no odds. Raises CannotLook where the budget does
    not even buy two draws for each column.
    """
    names = tuple(rows)
    cost = len(rows[names[0]]) * len(background[names[0]])
    plain = game(score, rows, background)
    raised = plain if number else game(log_odds(score), rows, background)
    linear = shapley.additive(raised, len(names))
    unit = "number" if number else "share"
    if linear is not None:
        return _explained(names, linear, raised, "linear", unit if number else "log-odds")
    if trees is not None:
        with contextlib.suppress(CannotLook):  # the file does more than add up its trees: another way is left
            return _explained(names, trees(rows, background), plain, "trees", unit if number else "margin")
    if len(names) <= shapley.MOST_EXACT and (cost << len(names)) <= budget:
        return _explained(names, shapley.exact(plain, len(names)), plain, "exact", unit)
    draws = budget // cost
    if draws < 2 * len(names):
        raise CannotLook(f"{len(names)} columns need {2 * len(names) * cost} queries, and the budget is {budget}")
    return _explained(names, shapley.kernel(plain, len(names), draws, rng), plain, "kernel", unit)


def _explained(names: tuple[str, ...], found: Floats, asked: shapley.Game, method: str, unit: str) -> Explained:
    base = float(asked(np.zeros((1, len(names)), dtype=bool)).mean())
    return Explained(features=names, contributions=found, base=base, method=method, unit=unit)


def chosen(rows: Rows, places: NDArray[np.intp]) -> Rows:
    """Some of the rows."""
    return {name: cells[places] for name, cells in rows.items()}


def removed(score: Score, rows: Rows, background: Rows, columns: NDArray[np.intp]) -> Floats:
    """How far each row's score moves, on average, when its own ``columns`` (rows, k) come from the background."""
    names = tuple(rows)
    explained, behind = len(columns), len(background[names[0]])
    out = np.zeros((explained, len(names)), dtype=bool)
    np.put_along_axis(out, columns, values=True, axis=1)
    laid = {
        name: np.where(out[:, index, None], background[name][None, :], rows[name][:, None]).reshape(-1)
        for index, name in enumerate(names)
    }
    moved: Floats = np.abs(score(laid).reshape(explained, behind) - score(rows)[:, None]).mean(axis=1)
    return moved
