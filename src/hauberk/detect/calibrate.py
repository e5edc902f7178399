# SPDX-License-Identifier: Apache-2.0
"""From scores of held-in rows to a threshold with a stated rate of false alarms."""

import math
from collections.abc import Callable

import numpy as np

from hauberk.core.errors import CannotLook
from hauberk.detect.held import Floats

_FAR = 1e3
"""Interquartile ranges beyond which strange is strange enough; keeps sums finite."""

_TAIL = 0.05
_SHAPE = 0.5
_FEWEST = 40


def threshold(scores: Floats, rate: float) -> float:
    """The least score that counts as a detection, so that a fresh row of the same kind exceeds it at ``rate`` at most.

    Split conformal (Vovk et al. 2005): with n exchangeable rows, the ceil((n + 1)(1 - rate))-th smallest of their
    scores is exceeded by the next one with probability ``rate`` at most, whatever their distribution. ``scores`` are
    of rows that nothing was fitted on. Raises CannotLook where they are too few for the rate: fewer than 1/rate - 1.
    """
    if not 0.0 < rate < 1.0:
        message = f"a rate of false alarms of {rate}"
        raise ValueError(message)
    rank = math.ceil((len(scores) + 1) * (1.0 - rate))
    if rank > len(scores):
        message = f"{len(scores)} held-in rows do not calibrate a rate of {rate:g}; {math.ceil(1 / rate) - 1} would"
        raise CannotLook(message)
    return float(np.nextafter(np.partition(scores, rank - 1)[rank - 1], math.inf))


def surprise(reference: Floats) -> Callable[[Floats], Floats]:
    """How unusual a score is among the reference's, on a scale that any two kinds of score share.

    (rows,), from 0: minus the logarithm of the conformal p-value, which ends at log(n + 1); beyond the largest
    reference score it goes on by the distance to that, in interquartile ranges. Ties count against surprise.
    """
    ordered = np.sort(reference)
    told = -np.log(np.arange(len(ordered) + 1, 0.0, -1.0) / (len(ordered) + 1.0))
    quartiles = np.quantile(ordered, (0.25, 0.75))
    largest, unit = float(ordered[-1]), max(float(quartiles[1] - quartiles[0]), 1e-12)

    def score(scores: Floats) -> Floats:
        beyond = np.minimum(np.maximum(scores - largest, 0.0) / unit, _FAR)
        found: Floats = told[np.searchsorted(ordered, scores, side="left")] + beyond
        return found

    return score


def threshold_beyond(scores: Floats, rate: float) -> float:
    """``threshold``, also for rates that so few rows do not reach: beyond them the tail is drawn out by a model.

    Peaks over a threshold (Pickands 1975): excesses over the 95th percentile are taken for those of a stretched
    exponential of shape one half, heavier than any exponential tail, through the largest score seen; or for exponential
    ones with their mean, where that lies farther. A model's word, not a guarantee: power laws have heavier tails.
    Raises CannotLook with fewer than 40 rows.
    """
    if len(scores) + 1 >= 1 / rate:
        return threshold(scores, rate)
    if len(scores) < _FEWEST:
        message = f"{len(scores)} held-in rows calibrate nothing; {_FEWEST} would, for want of more"
        raise CannotLook(message)
    base = float(np.quantile(scores, 1 - _TAIL))
    excess = scores[scores > base] - base
    mean = float(excess.mean()) if len(excess) else 0.0
    largest = float(np.nextafter(scores.max(), math.inf)) - base
    steps = math.log(_TAIL / rate) / math.log(_TAIL * len(scores))
    return base + max(math.pow(steps, 1 / _SHAPE) * largest, mean * math.log(_TAIL / rate))
