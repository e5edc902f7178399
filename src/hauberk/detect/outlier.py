# SPDX-License-Identifier: Apache-2.0
"""Out-of-distribution scores: each is fitted on held-in rows and is larger the stranger a row.

No score wins everywhere (OpenOOD v1.5: a scorer that is the best on one model is at chance on another), so none of
them is a default: ``hauberk.detect.choose`` picks one for the model at hand. Energy and ASH are left out on purpose.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from hauberk.detect.held import Floats, Held

Score: TypeAlias = Callable[[Held], Floats]
"""Rows to (rows,), larger for what is stranger."""

_BLOCK = 512
"""Rows at once, which bounds the memory of distances."""
_TINY = 1e-12


def msp(_: Held) -> Score:
    """Maximum softmax probability, turned round (Hendrycks and Gimpel 2017)."""

    def score(rows: Held) -> Floats:
        shifted = rows.logits - rows.logits.max(axis=1, keepdims=True)
        found: Floats = 1.0 - 1.0 / np.exp(shifted).sum(axis=1)
        return found

    return score


def knn(fitted: Held) -> Score:
    """Distance to the k-th neighbour among unit features, k near the root of the rows (Sun et al. 2022)."""
    bank = _unit(fitted.features)
    k = max(1, min(len(bank) - 1, round(float(np.sqrt(len(bank))))))

    def score(rows: Held) -> Floats:
        parts = [_kth(part, bank, k) for part in _blocks(_unit(rows.features))]
        return np.concatenate(parts) if parts else np.zeros(0)

    return score


def mahalanobis(fitted: Held) -> Score:
    """Squared Mahalanobis distance to the nearest class mean under one covariance (Lee et al. 2018)."""
    means, whiten = _gaussian(fitted)

    def score(rows: Held) -> Floats:
        return _nearest(rows.features, means, whiten)

    return score


def rmds(fitted: Held) -> Score:
    """Mahalanobis distance relative to that from all rows together (Ren et al. 2021)."""
    means, whiten = _gaussian(fitted)
    every = fitted.features.mean(axis=0)
    background = _whitening(fitted.features - every)

    def score(rows: Held) -> Floats:
        found: Floats = _nearest(rows.features, means, whiten) - _nearest(rows.features, every[None], background)
        return found

    return score


def vim(fitted: Held) -> Score:
    """Virtual logit: the residual outside the principal space, against the logits (Wang et al. 2022).

    The space keeps half of the dimensions, as in the paper for narrow features. The origin is the mean of the
    features, since the last layer's weights, from which the paper takes it, are not at hand. Logits are centred row by
    row, since those that are logarithms of probabilities are known up to a constant.
    """
    origin = fitted.features.mean(axis=0)
    _, vectors = np.linalg.eigh(_covariance(fitted.features - origin))
    rest = vectors[:, : max(1, fitted.features.shape[1] // 2)]
    residual = np.linalg.norm((fitted.features - origin) @ rest, axis=1)
    alpha = _centred(fitted.logits).max(axis=1).mean() / max(float(residual.mean()), _TINY)

    def score(rows: Held) -> Floats:
        virtual = alpha * np.linalg.norm((rows.features - origin) @ rest, axis=1)
        logits = _centred(rows.logits)
        top = logits.max(axis=1)
        energy = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        found: Floats = virtual - energy
        return found

    return score


SCORES: Mapping[str, Callable[[Held], Score]] = MappingProxyType(
    {"msp": msp, "knn": knn, "mahalanobis": mahalanobis, "rmds": rmds, "vim": vim}
)
"""Name to how it is fitted."""


def _centred(logits: Floats) -> Floats:
    found: Floats = logits - logits.mean(axis=1, keepdims=True)
    return found


def _blocks(rows: Floats) -> list[Floats]:
    return [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]


def _unit(features: Floats) -> Floats:
    found: Floats = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), _TINY)
    return found


def _kth(part: Floats, bank: Floats, k: int) -> Floats:
    squared = 2.0 - 2.0 * part @ bank.T
    found: Floats = np.sqrt(np.maximum(np.partition(squared, k - 1, axis=1)[:, k - 1], 0.0))
    return found


def _gaussian(fitted: Held) -> tuple[Floats, Floats]:
    """Class means and the whitening matrix of what is left when they are taken away."""
    classes, places = np.unique(fitted.labels, return_inverse=True)
    means = np.stack([fitted.features[fitted.labels == one].mean(axis=0) for one in classes])
    return means, _whitening(fitted.features - means[places])


def _covariance(centred: Floats) -> Floats:
    """The covariance shrunk towards a multiple of the identity by the share of Ledoit and Wolf (2004)."""
    rows, width = centred.shape
    sample = centred.T @ centred / rows
    mean = float(np.trace(sample)) / width
    distance = float(((sample - mean * np.eye(width)) ** 2).sum()) / width
    spread = (float(((centred**2).sum(axis=1) ** 2).sum()) / rows - float((sample**2).sum())) / (rows * width)
    share = min(max(spread, 0.0), distance) / distance if distance > 0 else 1.0
    found: Floats = (1.0 - share) * sample + share * mean * np.eye(width)
    return found


def _whitening(centred: Floats) -> Floats:
    values, vectors = np.linalg.eigh(_covariance(centred))
    found: Floats = vectors / np.sqrt(np.maximum(values, max(float(values.max()), _TINY) * 1e-9))
    return found


def _nearest(features: Floats, means: Floats, whiten: Floats) -> Floats:
    """Least squared distance to any of the means, in the whitened space."""
    centres = means @ whiten
    parts = []
    for part in _blocks(features):
        rows = part @ whiten
        squared = (rows**2).sum(axis=1)[:, None] - 2.0 * rows @ centres.T + (centres**2).sum(axis=1)[None]
        parts.append(np.maximum(squared.min(axis=1), 0.0))
    return np.concatenate(parts) if parts else np.zeros(0)
