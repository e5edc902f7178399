# SPDX-License-Identifier: Apache-2.0
"""Samples of a declared data set as the robustness rules hand them to a model."""

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.campaign import Order
from hauberk.core.errors import CannotLook
from hauberk.core.target import Target
from hauberk.models.model import in_order
from hauberk.models.onnx_graph import stated_shape
from hauberk.models.trial import Sheet, require_onnx, tested_on

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
"""Usual ranges of inputs."""


def draw(sheet: Sheet, seed: int, rows: int) -> tuple[NDArray[np.float32], tuple[int, ...]]:
    """Rows as numbers, and labels as places of classes: whole numbers from 0 on as they are, else in order."""
    chosen = np.sort(np.random.default_rng(seed).permutation(sheet.table.n)[:rows])
    columns = [sheet.table.number(name) for name in sheet.columns]
    held = [column[chosen] for column in columns if column is not None]
    if len(held) != len(columns) or any(np.isnan(column).any() for column in held):
        raise CannotLook(f"{sheet.id}: a column holds text or gaps, where samples are numbers")
    truth, classes = sheet.labels, in_order(sheet.labels)
    numbered = all(name.isdecimal() for name in classes)
    place = {name: int(name) if numbered else index for index, name in enumerate(classes)}
    return np.stack(held, axis=1).astype(np.float32), tuple(place[name] for name in truth[chosen].tolist())


def box_of(x: NDArray[np.float32]) -> tuple[float, float]:
    """Where inputs lie: the first usual range that holds all samples."""
    least, most = float(x.min()), float(x.max())
    return next(((low, high) for low, high in RANGES if low <= least and most <= high), (least, most))


def ordered(target: Target, *, rows: int, eps: float, budget: int, black_box: bool = False) -> Order:
    """The declared model and samples as an order; ``eps`` is a share of the range of inputs.

    Raises CannotLook where the model is not ONNX, or the samples do not fit it.
    """
    require_onnx(target)
    sheet = tested_on(target)
    x, labels = draw(sheet, target.seed, rows)
    low, high = box_of(x)
    order = Order(
        model=target.data,
        samples=x.astype("<f4").tobytes(),
        shape=stated_shape(target.data) or (x.shape[1],),
        labels=labels,
        eps=eps * (high - low),
        low=low,
        high=high,
        budget=budget,
        black_box=black_box,
        seed=target.seed,
    )
    if int(np.prod(order.shape)) != x.shape[1]:
        raise CannotLook(
            f"a row of {sheet.id} holds {x.shape[1]} numbers, and the model takes {order.shape}",
            remedy="declare the data set as the model reads it, one sample a row",
        )
    return order
