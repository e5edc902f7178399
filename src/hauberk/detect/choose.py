# SPDX-License-Identifier: Apache-2.0
"""Chooses the out-of-distribution score for one model, from in-distribution rows alone.

Trials stand in for the outliers that nobody has yet. Real rows: each class in turn is left out of the fit and its rows
are the strangers, and so are the rows at either end of the directions in which features vary most. Made rows: those of
``hauberk.detect.strange``, passed through the model. No trial is a real outlier: the model has been trained on the
class that is left out. So the many are trusted before the best: ``BROAD``, a sum of four scores that err in different
ways, is taken unless another one beats it in the mean over both sorts of trial by a standard error of the difference
between two such areas (the rule of Breiman et al. 1984, from its other end).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hauberk.detect.calibrate import surprise
from hauberk.detect.held import Floats, Held, joined
from hauberk.detect.outlier import SCORES, Score
from hauberk.stats.ranking import auc

BROAD = "msp+knn+mahalanobis+vim"
NAMES = (*SCORES, "knn+mahalanobis", "mahalanobis+vim", "knn+mahalanobis+vim", "msp+mahalanobis+vim", BROAD)
"""What is tried. Relative Mahalanobis distance stands alone: with two classes it is blind, and spoils a sum."""

_FOLDS = 3
_MOST = 600
"""Rows that are tried with."""
_FEWEST = 5
"""Rows of a class that is left out, in each fold; fewer say too little."""
_CLASSES = 10
"""Classes that are left out in turn, at most."""
_DIRECTIONS = 2
_END = 0.2
"""Share of rows at an end that is left out."""
_LEAST = 2
_REAL = ("class left out", "end left out")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One score on all trials."""

    name: str
    areas: Mapping[str, float]
    """Kind of trial to area under the ROC curve, strangers above held-in rows, the mean where there are several."""

    @property
    def mean(self) -> float:
        """Over the kinds of trial, real rows and made ones with an even share."""
        real = [area for kind, area in self.areas.items() if kind in _REAL]
        made = [area for kind, area in self.areas.items() if kind not in _REAL]
        means = [sum(some) / len(some) for some in (real, made) if some]
        return sum(means) / len(means)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The score for one model, and why."""

    name: str
    score: Score
    table: tuple[Tried, ...]
    """Best first."""
    why: str


def choose(held: Held, strange: Mapping[str, Held], seed: int) -> Choice:
    """Choose and fit; ``held`` are rows that the model was not trained on, ``strange`` rows by kind of trial.

    Raises ValueError where there are fewer than six rows, or no trial at all.
    """
    order = np.random.default_rng(seed).permutation(len(held))
    strange = {kind: rows.take(np.arange(min(len(rows), _MOST))) for kind, rows in strange.items()}
    folds = [held.take(np.sort(order[:_MOST][one::_FOLDS])) for one in range(_FOLDS)]
    if min(map(len, folds)) < _LEAST:
        message = f"{len(held)} held-in rows are too few to choose on"
        raise ValueError(message)
    areas: dict[str, dict[str, list[float]]] = {}
    for at in range(_FOLDS):
        judged, first, second = (folds[(at + step) % _FOLDS] for step in range(_FOLDS))
        for trial in _trials(judged, first, second, strange):
            for kind, name, area in _areas(trial):
                areas.setdefault(name, {}).setdefault(kind, []).append(area)
    if not areas:
        raise ValueError("no class and no end can be left out and nothing strange was given, so nothing can be tried")
    tried = {
        name: Tried(name=name, areas={kind: sum(found) / len(found) for kind, found in kinds.items()})
        for name, kinds in areas.items()
    }
    best = max(tried.values(), key=lambda one: one.mean)
    broad, error = tried[BROAD], math.sqrt(2 * 2 / 12 * _FOLDS / min(len(held), _MOST))
    taken = best if best.mean > broad.mean + error else broad
    return Choice(
        name=taken.name,
        score=fit(taken.name, held.take(np.sort(order[::2])), held.take(np.sort(order[1::2]))),
        table=tuple(sorted(tried.values(), key=lambda one: -one.mean)),
        why=f"mean area {taken.mean:.3f} over {len(taken.areas)} kinds of trial, MSP {tried['msp'].mean:.3f}, best "
        f"{best.mean:.3f} by {best.name}",
    )


def fit(name: str, first: Held, second: Held) -> Score:
    """A score by its name, of all the rows; several joined by ``+`` are summed as surprises.

    What surprises is told by the rows of each half, scored by a fit on the other half.
    """
    names = name.split("+")
    parts = [_fitted(one, first, second) for one in names]
    if len(parts) == 1:
        return parts[0][0]
    told = [(whole, surprise(known)) for whole, known in parts]
    return lambda rows: _sum([how(whole(rows)) for whole, how in told])


def _sum(parts: Sequence[Floats]) -> Floats:
    found: Floats = np.sum(parts, axis=0)
    return found


def _fitted(name: str, first: Held, second: Held) -> tuple[Score, Floats]:
    """Fitted on both halves, and what each half was scored by a fit on the other."""
    known = [SCORES[name](one)(other) for one, other in ((first, second), (second, first))]
    return SCORES[name](joined(first, second)), np.concatenate(known)


def _areas(trial: "_Trial") -> Iterator[tuple[str, str, float]]:
    """Kind, name and area for each of ``NAMES``; each score is fitted once."""
    fitted = {name: _fitted(name, trial.first, trial.second) for name in SCORES}
    plain = {name: whole(trial.judged) for name, (whole, _) in fitted.items()}
    how = {name: surprise(known) for name, (_, known) in fitted.items()}
    summed = {name: how[name](scores) for name, scores in plain.items()}
    for kind, rows in trial.strangers.items():
        raw = {name: whole(rows) for name, (whole, _) in fitted.items()}
        told = {name: how[name](scores) for name, scores in raw.items()}
        for name in NAMES:
            parts = name.split("+")
            strange, usual = (raw, plain) if len(parts) == 1 else (told, summed)
            above, below = (_sum([side[one] for one in parts]) for side in (strange, usual))
            yield kind, name, auc(above, below)[0]


@dataclass(frozen=True, kw_only=True)
class _Trial:
    first: Held
    second: Held
    """Halves to fit on."""
    judged: Held
    strangers: Mapping[str, Held]


def _trials(judged: Held, first: Held, second: Held, strange: Mapping[str, Held]) -> Iterator[_Trial]:
    if strange:
        yield _Trial(first=first, second=second, judged=judged, strangers=strange)
    classes, counts = np.unique(judged.labels, return_counts=True)
    if min(len(np.unique(half.labels)) for half in (first, second)) > _LEAST:  # of one class left nothing is in doubt
        for label in classes[counts >= _FEWEST][:_CLASSES]:
            rest, first_, second_ = (_blind(rows.take(rows.labels != label), label) for rows in (judged, first, second))
            out = _blind(judged.take(judged.labels == label), label)
            yield _Trial(first=first_, second=second_, judged=rest, strangers={_REAL[0]: out})
    for direction, edge in _ends(joined(first, second)):
        rest, first_, second_ = (rows.take(rows.features @ direction <= edge) for rows in (judged, first, second))
        out = judged.take(judged.features @ direction > edge)
        if min(map(len, (rest, first_, second_, out))) >= _LEAST:
            yield _Trial(first=first_, second=second_, judged=rest, strangers={_REAL[1]: out})


def _ends(rows: Held) -> Iterator[tuple[Floats, float]]:
    """Directions in which features vary most, both ways, and from where on a row lies at their end."""
    centred = rows.features - rows.features.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    for column in vectors.T[::-1][:_DIRECTIONS]:
        for direction in (column, -column):
            yield direction, float(np.quantile(rows.features @ direction, 1.0 - _END))


def _blind(rows: Held, label: int) -> Held:
    """The rows as a model sees them that does not know the class."""
    return Held(features=rows.features, logits=np.delete(rows.logits, label, axis=1), labels=rows.labels)
