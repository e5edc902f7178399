# SPDX-License-Identifier: Apache-2.0
"""Integrated gradients of a torch module (Sundararajan, Taly and Yan, ICML 2017).

Law (completeness): the contributions of a sample sum to the score at the sample less the score at the baseline, up to
the error of the quadrature, which is returned beside them.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
STEPS = 64


def integrated_gradients(
    score: Callable[[Tensor], Tensor], x: Floats, baseline: Floats, *, steps: int = STEPS
) -> tuple[Floats, Floats]:
    """Contributions of each cell of ``x``, and how far each sample's sum is from the difference of scores.

    ``score`` gives one number a sample; the path is straight, its integral Gauss-Legendre's with ``steps`` points.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    start, end = (torch.as_tensor(np.broadcast_to(each, x.shape).copy(), dtype=torch.float64) for each in (baseline, x))
    total = torch.zeros_like(end)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        at = (start + float(point) * (end - start)).requires_grad_()
        (slope,) = torch.autograd.grad(score(at).sum(), at)
        total += float(weight) * slope
    found = (total * (end - start)).numpy()
    with torch.no_grad():
        rise = (score(end) - score(start)).numpy()
    return found, found.reshape(len(x), -1).sum(axis=1) - rise
