# SPDX-License-Identifier: Apache-2.0
"""Chooses the out-of-distribution score for one model, from in-distribution rows alone.

Two kinds of trial stand in for the outliers that nobody has yet. Near: each class in turn is left out of the fit, and
its rows are the strangers. Far: rows made strange (``hauberk.detect.strange``) and passed through the model. Each
score, each joined with MSP, and all of them joined are tried; the best mean area under the ROC curve is taken among
those that fall short of MSP in no kind of trial by more than ``SLACK``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hauberk.detect.calibrate import surprise
from hauberk.detect.held import Floats, Held, joined, split
from hauberk.detect.outlier import SCORES, Score
from hauberk.stats.ranking import auc

SLACK = 0.01
"""Area by which a choice may fall short of MSP in one kind of trial."""

_FEWEST = 10
"""Rows of a class that is left out; fewer say too little."""
_CLASSES = 10
"""Classes that are left out in turn, at most."""
_PLAIN = "msp"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One score on all trials."""

    name: str
    areas: Mapping[str, float]
    """Kind of trial to area under the ROC curve, strangers above held-in rows; left-out classes by their mean."""

    @property
    def mean(self) -> float:
        """Over the trials."""
        return sum(self.areas.values()) / len(self.areas)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The score for one model, and why."""

    name: str
    score: Score
    fresh: Held
    """Held-in rows that neither the fit nor the choice has used: to calibrate on."""
    table: tuple[Tried, ...]
    """Best first."""
    why: str


def choose(held: Held, strange: Mapping[str, Held], seed: int) -> Choice:
    """Choose and fit; ``held`` are rows that the model was not trained on, ``strange`` rows by kind of trial.

    Half of the rows are fitted on, a quarter is tried on, a quarter is left for calibration. Raises ValueError where
    a part would have fewer than two rows, or where there is no trial at all.
    """
    fitted, rest = split(held, 0.5, seed)
    tried_on, fresh = split(rest, 0.5, seed + 1)
    if min(len(fitted), len(tried_on), len(fresh)) < 2:  # noqa: PLR2004  an area needs two rows on each side
        message = f"{len(held)} held-in rows are too few to choose on"
        raise ValueError(message)
    names = [_PLAIN, *(name for name in SCORES if name != _PLAIN)]
    names += [f"{_PLAIN}+{name}" for name in names[1:]] + ["+".join(names)]
    tried = [Tried(name=name, areas=_areas(name, fitted, tried_on, strange)) for name in names]
    if not tried[0].areas:
        raise ValueError("no class can be left out and nothing strange was given, so nothing can be tried")
    best = _best(tried)
    return Choice(
        name=best.name,
        score=fit(best.name, fitted if "+" in best.name else joined(fitted, tried_on), tried_on),
        fresh=fresh,
        table=tuple(sorted(tried, key=lambda one: -one.mean)),
        why=f"mean area {best.mean:.3f} over {len(best.areas)} kinds of trial, MSP {tried[0].mean:.3f}",
    )


def fit(name: str, fitted: Held, reference: Held) -> Score:
    """A score by its name; two joined by ``+`` are summed as surprises against the reference rows."""
    parts = [SCORES[one](fitted) for one in name.split("+")]
    if len(parts) == 1:
        return parts[0]
    against = [part(reference) for part in parts]

    def score(rows: Held) -> Floats:
        found = np.zeros(len(rows))
        for known, part in zip(against, parts, strict=True):
            found += surprise(known, part(rows))
        return found

    return score


def _best(tried: list[Tried]) -> Tried:
    plain = tried[0]
    sound = [one for one in tried if all(one.areas[kind] >= plain.areas[kind] - SLACK for kind in plain.areas)]
    return max(sound, key=lambda one: one.mean)


def _areas(name: str, fitted: Held, tried_on: Held, strange: Mapping[str, Held]) -> Mapping[str, float]:
    """Area by kind of trial. The reference of a joined score is half of the rows that are tried on."""
    reference, judged = split(tried_on, 0.5, 0)
    score = fit(name, fitted, reference)
    areas = {kind: _area(score, rows, judged) for kind, rows in strange.items()}
    left_out = [
        _area(fit(name, without(fitted), without(reference)), _only(tried_on, label, without), without(judged))
        for label, without in _leaving(fitted, tried_on)
    ]
    return areas | ({"class left out": sum(left_out) / len(left_out)} if left_out else {})


def _area(score: Score, strangers: Held, held_in: Held) -> float:
    return auc(score(strangers), score(held_in))[0]


def _leaving(fitted: Held, tried_on: Held) -> Iterator[tuple[int, Callable[[Held], Held]]]:
    """Each class that may be left out, and what leaves it out of rows and logits; none where fewer than two remain."""
    classes, counts = np.unique(tried_on.labels, return_counts=True)
    if len(np.unique(fitted.labels)) < 3:  # noqa: PLR2004  with one class left there is nothing to confuse
        return
    for label in classes[counts >= _FEWEST][:_CLASSES]:
        yield int(label), _without(int(label))


def _without(label: int) -> Callable[[Held], Held]:
    def without(rows: Held) -> Held:
        kept = rows.take(rows.labels != label)
        return _blind(kept, label)

    return without


def _only(rows: Held, label: int, _: object) -> Held:
    return _blind(rows.take(rows.labels == label), label)


def _blind(rows: Held, label: int) -> Held:
    """The rows as a model sees them that does not know the class."""
    return Held(features=rows.features, logits=np.delete(rows.logits, label, axis=1), labels=rows.labels)
