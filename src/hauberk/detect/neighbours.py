# SPDX-License-Identifier: Apache-2.0
"""Adversarial input: the model's answer against the labels of the nearest training rows.

A small change that turns a model's answer hardly moves the row among the training rows: its neighbours keep their
label. The score is the logarithm of the distance to the nearest row with the answer's label over that to the nearest
one of another label (the trust score of Jiang et al. 2018, turned round), in the space of the first principal
components, which most of an attack's noise does not enter. An attacker who knows the rows can search for a point among
those of the wrong label; that is a larger change, and no longer the same digit.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.detect.held import Floats

COMPONENTS = 32
_TINY = 1e-3
_FAR = 20.0


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Training rows by their principal components, with their labels."""

    basis: Floats
    """(width, components)."""
    rows: NDArray[np.float32]
    """(bank, components)."""
    labels: NDArray[np.int64]
    """(bank,): places among the model's classes."""

    @functools.cached_property
    def _norms(self) -> NDArray[np.float32]:
        found: NDArray[np.float32] = np.einsum("ij,ij->i", self.rows, self.rows)
        return found

    def score(self, rows: Floats, answers: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Disagreement and distance of each row, (rows,) both.

        Disagreement is about 0 where two labels are equally near, and larger the nearer another label than the
        answer's; distance is that to the nearest row, whatever its label, with what lies outside the components.
        """
        laid = (rows @ self.basis).astype(np.float32)
        outside = np.maximum(np.einsum("ij,ij->i", rows, rows) - np.einsum("ij,ij->i", laid, laid), 0.0)
        found, distance = np.empty(len(rows)), np.empty(len(rows))
        for at, (row, answer) in enumerate(zip(laid, answers, strict=True)):
            squared = self._norms - 2 * (self.rows @ row) + row @ row
            same = self.labels == answer
            own = squared[same].min(initial=np.inf)
            other = squared[~same].min(initial=np.inf)
            found[at] = 0.5 * np.log(max(float(own), _TINY) / max(float(other), _TINY))
            distance[at] = np.sqrt(max(min(float(own), float(other)), 0.0) + outside[at])
        return np.clip(found, -_FAR, _FAR), distance


def fit(rows: Floats, labels: NDArray[np.int64]) -> Neighbours:
    """From standardised training rows and their true labels."""
    count = min(COMPONENTS, *rows.shape)
    _, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    basis = vectors[:, ::-1][:, :count]
    return Neighbours(basis=basis, rows=(rows @ basis).astype(np.float32), labels=labels)
