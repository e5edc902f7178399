# SPDX-License-Identifier: Apache-2.0
"""How often a model errs on spoilt pictures: the error of each corruption, and the mean corruption error.

The mean is over corruptions and severities, as it stands: it is not divided by another model's errors, since a model of
other pictures has none. Its interval is over pictures, each of which is seen under every corruption.
"""

import math
from collections.abc import Callable

import numpy as np

from hauberk.attacks.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from hauberk.attacks.siege import Flags, Floats, Places, Points, Query, labels_of
from hauberk.core.errors import CannotLook
from hauberk.core.measurement import Measurement, Parameter
from hauberk.stats.intervals import wilson

_PICTURES = 4
_LEAST_SIDE = 8
_Z = 1.959964
"""Two-sided 95 % of the normal distribution."""


def spoil(
    query: Query, x: Points, labels: Places, box: tuple[float, float], seed: int, progress: Callable[[int, int], None]
) -> tuple[list[Measurement], tuple[tuple[float, float, float, float], ...]]:
    """Measurements, and accuracy at each severity (0: as they are) with its interval.

    Raises CannotLook for what is no picture, and for a model that does not answer.
    """
    if x.ndim != _PICTURES or min(x.shape[2:]) < _LEAST_SIDE:
        raise CannotLook(f"corruptions spoil pictures, and a sample has the shape {x.shape[1:]}")
    low, high = box
    unit = ((x - low) / (high - low)).astype(np.float32)
    clean = _wrong(query, x, labels)
    wrong = np.zeros((len(CORRUPTIONS), len(SEVERITIES), len(x)))
    for row, corruption in enumerate(CORRUPTIONS):
        for column, severity in enumerate(SEVERITIES):
            spoilt = corrupt(unit, corruption, severity, seed)
            wrong[row, column] = _wrong(query, (spoilt * (high - low) + low).astype(np.float32), labels)
            progress(row * len(SEVERITIES) + column + 1, wrong[:, :, 0].size)
    shared: dict[str, Parameter] = {
        "threat_model": "no attacker", "severities": "1 to 5", "corruptions": len(CORRUPTIONS), "seed": seed,
        "queries": len(x) * (1 + wrong[:, :, 0].size), "low": low, "high": high, "interval": "over pictures",
    }  # fmt: skip
    measured = [_share("accuracy", ~clean, shared), _mean("mean_corruption_error", wrong.mean(axis=(0, 1)), shared)]
    for row, corruption in enumerate(CORRUPTIONS):
        measured.append(_mean("corruption_error", wrong[row].mean(axis=0), {**shared, "corruption": corruption.name}))
    curve = [(0.0, *_kept(clean.astype(np.float64)))]
    curve += [(float(severity), *_kept(wrong[:, at].mean(axis=0))) for at, severity in enumerate(SEVERITIES)]
    return measured, tuple(curve)


def _wrong(query: Query, x: Points, labels: Places) -> Flags:
    given = labels_of(query(x))
    if (given < 0).any():
        raise CannotLook(f"{int((given < 0).sum())} of {len(x)} queries had no answer")
    wrong: Flags = given != labels
    return wrong


def _interval(values: Floats) -> tuple[float, float, float]:
    """Mean of values in [0, 1] with its normal 95 % interval; Wilson's where they do not vary."""
    mean, n = float(values.mean()), len(values)
    half = _Z * float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else 1.0
    if not half:
        return (mean, *wilson(round(mean * n), n))
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def _kept(errors: Floats) -> tuple[float, float, float]:
    mean, low, high = _interval(errors)
    return 1 - mean, 1 - high, 1 - low


def _mean(name: str, values: Floats, shared: dict[str, Parameter]) -> Measurement:
    mean, low, high = _interval(values)
    return Measurement(name=name, value=mean, low=low, high=high, n=len(values), parameters=shared)


def _share(name: str, kept: Flags, shared: dict[str, Parameter]) -> Measurement:
    low, high = wilson(int(kept.sum()), len(kept))
    return Measurement(
        name=name, value=float(kept.mean()), low=low, high=high, n=len(kept),
        parameters={**shared, "interval": "wilson"},
    )  # fmt: skip
