# SPDX-License-Identifier: Apache-2.0
"""Query campaigns: an attack that searches asks for many inputs that differ a little, from however many accounts.

Each row is projected onto a few secret random directions (Johnson and Lindenstrauss 1984), which keeps distances and
tells an attacker nothing (keyed, as Blacklight's fingerprints are: Li et al. 2022). A row that comes nearer to a recent
one than honest rows come to each other, where they lie that dense, is linked to it; the length of the longest chain of
links that ends in a row is its score. A row on the straight line between two recent ones, such as every search that
halves an interval sends, joins their chains; one that lies so between two rows of different chains, and where honest
rows never do, is a campaign at once. Equal rows are retries and count once. One memory for all accounts makes
changing them useless.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.detect.held import Floats

DIRECTIONS = 32
"""Width of a projected row: distances hold to about a quarter."""
FEWEST = 200
"""Held-in rows; with fewer, how near honest rows come to each other is not known well enough."""

_NEAREST = 0.01
"""Share of honest rows that may come near another by chance."""
_CROWD = 0.6
"""Honest rows of one kind, sent together, come so much nearer to each other than rows of all kinds do."""
_THIRD = 2
"""Place, from 0, of the row of the bank whose distance is the usual one."""
_EDITS = 3
"""An honest client tries a row again with small changes so many times."""
_EDITED = 0.1
"""Share of honest rows with which that happens."""
_SMALL = 0.02
"""Size of such a change, in standard deviations of each column."""
_SAFETY = 1.5
"""The chain that counts is more than so many times the longest honest one."""
_AROUND = 64
"""Nearest rows between which segments are looked for."""
_PART = 128
"""Rows of the bank by which most rows are told to be linked to none."""
_MANY, _EACH, _SAMPLED = 512, 4, 24
"""Of more rows than ``_MANY`` each fourth is looked at to guess, by the 25th nearest of them, where the 64th lies."""
_STRAIGHT = -0.999
"""Cosine of the angle at which two rows see each other through a third one that lies between them."""
_ROUNDING = 1e-6
"""Squared distance within which two rows are one, but for single precision."""
_DOUBLE = np.float32(-2)
_NOBODY = np.empty(0, dtype=np.intp)
_FLOOR = 0.25
"""Columns that hardly vary are scaled as if they varied by this share of the others' root mean square."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """How rows are laid down: ``((row - mean) * scale) @ directions``."""

    mean: Floats
    scale: Floats
    directions: Floats
    """(width, DIRECTIONS)."""

    def __call__(self, rows: Floats) -> Floats:
        """(rows, width) to (rows, DIRECTIONS); or one row of each."""
        found: Floats = ((rows - self.mean) * self.scale) @ self.directions
        return found


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was calibrated."""

    projection: Projection
    bank: "Laid"
    """Held-in rows, which say how close together rows lie around a given one."""
    ratio: float
    """A row is linked to another one nearer than this share of its distance to the bank."""
    least: int
    """Length of a chain from which on it is a campaign."""
    longest: int
    """Length of the longest chain in the honest replay that it was calibrated on."""
    leap: bool
    """Whether no row of that replay lay between two others without a link to one; then a row that does is a search."""
    capacity: int
    """Rows that a memory under these terms holds: as many as the bank, since among more the nearest is nearer."""


class Laid:
    """Projected rows in single precision, and how far another one lies from each."""

    def __init__(self, rows: NDArray[np.float32], norms: NDArray[np.float32]) -> None:
        """Rows (n, DIRECTIONS) and their squared norms (n,)."""
        self.rows, self.norms = rows, norms

    @classmethod
    def of(cls, rows: Floats) -> "Laid":
        """From projected rows."""
        single = rows.astype(np.float32)
        return cls(single, np.einsum("ij,ij->i", single, single))

    def around(self, row: NDArray[np.float32], count: int | None = None) -> float:
        """Squared distance of the third nearest: a row that is among them itself, or twice, lies no denser for that.

        Of the first ``count`` rows it is at least that of all.
        """
        squared = self.relative(row, len(self.rows) if count is None else min(count, len(self.rows)))
        for _ in range(min(_THIRD, len(squared) - 1)):  # thrice the least: far quicker than to part them
            squared[squared.argmin()] = np.inf
        return float(squared[squared.argmin()] + row @ row)

    def squared(self, row: NDArray[np.float32], seen: int) -> NDArray[np.float32]:
        """Squared distances of the first rows to one; rounding may leave them slightly below zero."""
        found = self.relative(row, seen)
        found += row @ row
        return found

    def relative(self, row: NDArray[np.float32], seen: int) -> NDArray[np.float32]:
        """The same less the squared norm of the one."""
        found: NDArray[np.float32] = self.rows[:seen] @ (row * _DOUBLE)
        found += self.norms[:seen]
        return found


class Memory:
    """The recent rows of an endpoint, in arrays that the caller may have put in shared memory."""

    def __init__(self, laid: Laid, lengths: NDArray[np.int64], count: NDArray[np.int64]) -> None:
        """Rows of zeros, as many as are remembered; lengths (rows,) and count (1,) of zeros."""
        self._laid, self._lengths, self._count = laid, lengths, count
        self.again = False
        """Whether the row taken last was there already, or is linked to one: it asks for little that is new."""
        self.leaps = 0
        """Rows of this process that lay between two others without being linked to either."""

    @classmethod
    def of(cls, capacity: int) -> "Memory":
        """In this process alone."""
        lengths, count = np.zeros(capacity, dtype=np.int64), np.zeros(1, dtype=np.int64)
        return cls(Laid.of(np.zeros((capacity, DIRECTIONS))), lengths, count)

    def take(self, row: Floats, terms: Terms) -> int:
        """Remember one row (width,) in place of the oldest; length of the chain that ends in it.

        A row that is there already is not remembered again.
        """
        laid = terms.projection(row).astype(np.float32)
        count, capacity = int(self._count[0]), len(self._lengths)
        squared = self._laid.squared(laid, min(count, capacity))
        least = squared.item(squared.argmin()) if count else math.inf
        bound = _bound(laid, least, terms)
        self.again = least <= bound
        close, length = _NOBODY, 1
        if self.again:
            close = (squared <= bound).nonzero()[0]
            same = close[(self._laid.rows[close] == laid).all(axis=1)]
            if len(same):
                return int(self._lengths[same[-1]])
            length = 1 + int(self._lengths[close].max())
        joined, leaps = self._between(laid, squared, close)
        length = max(length, joined, terms.least if leaps and terms.leap else 0)
        self.leaps += leaps
        at = count % capacity
        self._laid.rows[at], self._laid.norms[at], self._lengths[at] = laid, laid @ laid, length
        self._count[0] = count + 1
        return length

    def _between(
        self, laid: NDArray[np.float32], squared: NDArray[np.float32], close: NDArray[np.intp]
    ) -> tuple[int, bool]:
        """Length of the chain that goes on here between two rows, 0 where there are none: one more than the longer's.

        Not the sum of both: of honest rows, whose ends often belong to one chain, that grows without bound by chance.
        And whether it is linked to neither: then it is made of two rows that have nothing to do with each other.
        """
        near, apart = _nearest(squared)
        if len(near) < 2:  # noqa: PLR2004  a segment has two ends
            return 0, False
        unit = self._laid.rows.take(near, axis=0)
        unit -= laid
        unit /= np.sqrt(apart)[:, None]
        cosines = unit @ unit.T.copy()  # of the same array twice BLAS makes half, and numpy the rest, slowly
        if cosines.item(cosines.argmin()) > _STRAIGHT:
            return 0, False
        first, second = np.nonzero(cosines <= _STRAIGHT)
        ends = self._lengths[near]
        linked = np.isin(near, close)
        return 1 + int(np.maximum(ends[first], ends[second]).max()), bool((~linked[first] & ~linked[second]).any())


def _bound(laid: NDArray[np.float32], least: float, terms: Terms) -> float:
    """Squared distance within which a row is linked; of a row that is not, whose nearest is ``least``, maybe more."""
    bound = math.inf
    for count in (_PART, None):  # the third nearest of a part is no nearer than that of all
        bound = max(terms.ratio**2 * terms.bank.around(laid, count), _ROUNDING)
        if bound < least:
            break
    return bound


def _nearest(squared: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Places of the ``_AROUND`` least squared distances, and these, less those of rows that are the same."""
    count, among = min(_AROUND, len(squared)), None
    if len(squared) > _MANY:  # a sample says about how near they are; to part what is nearer is quick
        among = (squared <= np.sort(squared[::_EACH])[_SAMPLED]).nonzero()[0]
    if among is None or len(among) < count:
        among = np.arange(len(squared))
    apart = squared.take(among)
    order = apart.argsort()[:count]
    found, apart = among.take(order), apart.take(order)
    first = int(np.searchsorted(apart, _ROUNDING, side="right")) if count and apart[0] <= _ROUNDING else 0
    return found[first:], apart[first:]


def calibrate(rows: Floats, key: bytes, most: int) -> Terms:
    """Terms under which a replay of these rows, with honest retries and small edits, is far from a campaign.

    ``rows`` (rows, width) are as clients send them; ``key`` draws the directions and stays secret; ``most`` bounds the
    memory. Half of the rows become the bank, the other half is replayed. Raises CannotLook with fewer rows than
    ``FEWEST``.
    """
    if len(rows) < FEWEST:
        message = f"{len(rows)} held-in rows do not say how near honest queries come to each other; {FEWEST} would"
        raise CannotLook(message)
    chance = np.random.default_rng(int.from_bytes(key, "big"))
    projection = _project(rows, chance)
    order = chance.permutation(len(rows))
    half = min(len(rows) // 2, most)
    known, sent = rows[order[:half]], rows[order[half : 2 * half]]
    bank = Laid.of(projection(known))
    ratio = _ratio(bank, projection(sent))
    terms = Terms(projection=projection, bank=bank, ratio=ratio, least=0, longest=0, leap=False, capacity=half)
    memory = Memory.of(half)
    longest = max(memory.take(row, terms) for row in _replay(sent, chance))
    return replace(terms, least=int(_SAFETY * longest) + 1, longest=longest, leap=not memory.leaps)


def _ratio(bank: Laid, sent: Floats) -> float:
    """Well below the share of their distance to the bank at which ``_NEAREST`` of rows find another one."""
    laid = Laid.of(sent)
    shares = []
    for at, row in enumerate(laid.rows):
        others = laid.squared(row, len(laid.rows))
        others[at] = math.inf
        around = bank.around(row)
        if around > _ROUNDING and others.min() > _ROUNDING:
            shares.append(math.sqrt(float(others.min()) / around))
    return _CROWD * float(np.quantile(shares, _NEAREST)) if shares else 0.0


def _project(rows: Floats, chance: np.random.Generator) -> Projection:
    spread = rows.std(axis=0)
    scale = 1.0 / np.maximum(spread, max(_FLOOR * float(np.sqrt((spread**2).mean())), 1e-12))
    directions = chance.normal(size=(rows.shape[1], DIRECTIONS)) / math.sqrt(DIRECTIONS)
    return Projection(mean=rows.mean(axis=0), scale=scale, directions=directions)


def _replay(rows: Floats, chance: np.random.Generator) -> Floats:
    """The rows in random order, some of them again at once: unchanged, and with small edits."""
    spread = rows.std(axis=0)
    sent = []
    for at in chance.permutation(len(rows)):
        sent.append(rows[at])
        if chance.random() < _EDITED:
            sent.append(rows[at])
            sent += [rows[at] + _SMALL * spread * chance.normal(size=len(spread)) for _ in range(_EDITS)]
    return np.stack(sent)
