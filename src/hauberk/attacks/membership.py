# SPDX-License-Identifier: Apache-2.0
"""Membership inference by one threshold for all rows (Yeom et al., CSF 2018), also relative to a reference.

A row is called a member where the model's loss on it lies below the threshold; or where it is lower than a reference
expects, so that easy rows do not drown the members (Watson et al., ICLR 2022). What counts is how many members are
found while hardly any other row is accused (Carlini et al., S&P 2022): the true positive rate at a low false positive
rate. The threshold is an order statistic of the losses of rows the model never saw, so that the false positive rate
of the attack in the population has a known law, whatever the losses look like: with the k-th smallest of m it is
Beta(k, m + 1 - k), whose mean is k / (m + 1). Members play no part in choosing it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.stats.intervals import Interval, clopper_pearson

Floats = NDArray[np.float64]

_LEAST_SHARE = 1e-12
_LEAST_ODDS = 1e-3
"""Shares nearer to 0 or 1 than this are taken as this: a single float must not decide."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the attack's ROC curve."""

    found: int
    """Members below the threshold."""
    members: int
    tpr: float
    tpr_interval: Interval
    """Clopper-Pearson over members, at this threshold."""
    fpr: float
    """Mean of the false positive rate's law."""
    fpr_interval: Interval
    """95 % of that law."""


def losses(shares: Floats) -> Floats:
    """Cross-entropy loss of each row from what the model gives its true label, in nats."""
    result: Floats = -np.log(np.clip(shares, _LEAST_SHARE, 1.0))
    return result


def relative_losses(shares: Floats, expected: Floats) -> Floats:
    """Log-odds that a reference gives each row's true label, less those that the model gives: low for members."""
    return _log_odds(expected) - _log_odds(shares)


def _log_odds(shares: Floats) -> Floats:
    held = np.clip(shares, _LEAST_ODDS, 1 - _LEAST_ODDS)
    result: Floats = np.log(held / (1 - held))
    return result


def rank_of(fpr: float, outsiders: int) -> int:
    """The order statistic whose mean false positive rate is at most ``fpr``; 0 where so few rows allow none."""
    return int(fpr * (outsiders + 1) + 1e-9)


def lowest_fpr(outsiders: int) -> float:
    """The lowest mean false positive rate that so many rows allow."""
    return 1 / (outsiders + 1)


def at_rank(members: Floats, outsiders: Floats, rank: int, rng: np.random.Generator, level: float = 0.95) -> Point:
    """The attack with the ``rank``-th smallest loss of outsiders as its threshold; rank from 1.

    Equal losses are put in a random order, the same for members and outsiders, which is how an attacker who must
    decide would treat them. Raises ValueError for a rank that is not there.
    """
    size = outsiders.size
    if not 1 <= rank <= size or members.size == 0:
        raise ValueError("no such order statistic")
    tie = rng.random(size + members.size)
    threshold = np.sort(outsiders)[rank - 1]
    tied_outsiders = np.sort(tie[:size][outsiders == threshold])
    edge = tied_outsiders[rank - 1 - int((outsiders < threshold).sum())]
    found = int(((members < threshold) | ((members == threshold) & (tie[size:] < edge))).sum())
    low = clopper_pearson(rank, size, level)[0]
    high = clopper_pearson(rank - 1, size, level)[1]
    return Point(
        found=found,
        members=members.size,
        tpr=found / members.size,
        tpr_interval=clopper_pearson(found, members.size, level),
        fpr=rank / (size + 1),
        fpr_interval=(low, high),
    )
