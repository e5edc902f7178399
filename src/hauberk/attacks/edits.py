# SPDX-License-Identifier: Apache-2.0
"""A few values changed for whatever others, from scores alone: L0, on pixels, on bytes or on other whole numbers.

Random search over sets of places and their new values (Sparse-RS; Croce et al., AAAI 2022). The set grows from one
place to as many as eps allows, so that few changes are found where few are enough. What is put in a place is drawn, or
taken from the same place of a sample with another label, which hits on the marks that a format begins with.
"""

import numpy as np

from hauberk.attacks.siege import Flags, Places, Points, Siege

_DONATED = 0.5
"""Share of new values that come from another sample."""


def edit(siege: Siege, rng: np.random.Generator, *, whole: bool = False) -> None:
    """Attack until all samples are decided or out of queries; ``whole`` keeps to whole numbers.

    Raises ValueError without scores, outside L0 or without an eps of at least one place.
    """
    eps = siege.limits.eps
    if not siege.scored or siege.limits.norm != "l0" or eps is None or eps < 1:
        raise ValueError("edits need scores, L0 and an eps of one place or more")
    clean = siege.x.reshape(len(siege.x), -1)
    most = min(int(eps), clean.shape[1])
    points, best = clean.copy(), np.full(len(clean), -np.inf)
    phases = int(np.ceil(np.log2(most))) + 1
    for turn in range(siege.limits.queries):
        rows = siege.undecided()
        if not len(rows):
            return
        phase = turn * phases // siege.limits.queries
        size = min(1 << phase, most)
        tried = _moved(siege, clean, points, rows, (size, turn, rng, whole))
        margin = siege.margin(rows, tried.reshape(len(rows), *siege.x.shape[1:]))
        better: Flags = margin >= best[rows]
        points[rows[better]], best[rows[better]] = tried[better], margin[better]


def _moved(
    siege: Siege, clean: Points, points: Points, rows: Places, how: tuple[int, int, np.random.Generator, bool]
) -> Points:
    """Each point with some of its changed places given up for others, at most ``size`` of them changed."""
    size, turn, rng, whole = how
    tried = points[rows].copy()
    share = max(1, round(size * 0.5 / (1 + turn / 100)))
    for line, row in enumerate(rows):
        held = np.flatnonzero(tried[line] != clean[row])
        fresh = rng.choice(clean.shape[1], min(share, clean.shape[1]), replace=False)
        over = len(held) + len(fresh) - size
        if over > 0:
            back = rng.permutation(held)[:over]
            tried[line, back] = clean[row, back]
        tried[line, fresh] = _values(siege, row, fresh, rng, whole=whole)
    return tried


def _values(siege: Siege, row: int, places: Places, rng: np.random.Generator, *, whole: bool) -> Points:
    low, high = siege.limits.low, siege.limits.high
    if whole:
        drawn = rng.integers(int(np.ceil(low)), int(np.floor(high)) + 1, len(places)).astype(np.float32)
    else:
        drawn = rng.choice(np.array([low, high], dtype=np.float32), len(places))
    donors = np.flatnonzero(siege.given != siege.given[row])
    if not len(donors):
        return drawn
    donor = siege.x.reshape(len(siege.x), -1)[donors[rng.integers(len(donors))], places]
    values: Points = np.where(rng.random(len(places)) < _DONATED, donor, drawn)
    return values
