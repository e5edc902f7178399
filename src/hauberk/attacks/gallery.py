# SPDX-License-Identifier: Apache-2.0
"""The smallest successful changes, to be looked at: what changed and by how much, never what a row holds.

Pictures are kept only where the user says that the samples are public.
"""

import numpy as np

from hauberk.attacks.siege import Flags, Floats, Points
from hauberk.core.value import Value

MOST = 12
_DELTAS = 8
_PICTURE = 3
_CHANNELS = (1, 3)


class Delta(Value, frozen=True, kw_only=True):
    """The change of one number or category of a sample."""

    place: str
    """Name of the column, or place in the sample such as ``0,13,7``."""
    by: float | None
    """None for a category: that it changed is all that is said."""


class Example(Value, frozen=True, kw_only=True):
    """One successful change."""

    distance: float
    changed: int
    """Numbers or categories that changed."""
    deltas: tuple[Delta, ...]
    """The largest of them."""
    shape: tuple[int, ...] = ()
    """Of the pictures: channels, height, width."""
    before: bytes = b""
    """Public pictures only: eight bits a number, row by row, channels last."""
    after: bytes = b""


def smallest_changes(
    x: Points, found: Points, right: Flags, distance: Floats, *, box: tuple[float, float], public: bool
) -> tuple[Example, ...]:
    """Examples of tensors, the smallest change first."""
    won = np.flatnonzero(right & np.isfinite(distance) & (distance > 0))
    chosen = won[np.argsort(distance[won], kind="stable")[:MOST]]
    return tuple(_example(x[at], found[at], float(distance[at]), box, public=public) for at in chosen.tolist())


def _example(x: Points, found: Points, distance: float, box: tuple[float, float], *, public: bool) -> Example:
    change = (found - x).astype(np.float64)
    flat = np.abs(change).ravel()
    largest = np.argsort(-flat, kind="stable")[:_DELTAS]
    places = [np.unravel_index(at, change.shape) for at in largest.tolist() if flat[at]]
    shown = public and x.ndim == _PICTURE and x.shape[0] in _CHANNELS

    def picture(points: Points) -> bytes:
        share = (points - box[0]) / (box[1] - box[0])
        return np.moveaxis(np.clip(np.rint(share * 255), 0, 255).astype(np.uint8), 0, -1).tobytes() if shown else b""

    return Example(
        distance=distance,
        changed=int((flat > 0).sum()),
        deltas=tuple(Delta(place=",".join(map(str, place)), by=float(change[place])) for place in places),
        shape=tuple(x.shape) if shown else (),
        before=picture(x),
        after=picture(found),
    )
