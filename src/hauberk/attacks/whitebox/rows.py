# SPDX-License-Identifier: Apache-2.0
"""Climbing a loss over rows of numbers under the law of a Space: constrained APGD.

Source: CAPGD, Simonetto et al., NeurIPS 2024. The ball is the Space's own distance, a weighted L1: coordinates are
scaled so that it is plain L1. Every iterate is made valid before it is asked, so that what is found is valid; momentum,
halving of steps and restarts are those of APGD.
Categories are no numbers: they are left to the search (``evolve``).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hauberk.attacks.labelonly import Flips
from hauberk.attacks.space import Floats, Places, Space
from hauberk.attacks.whitebox.losses import LOSSES
from hauberk.attacks.whitebox.norms import Norm, project
from hauberk.models.asked import OnnxScores
from hauberk.models.gradient.open import open_onnx


@dataclass(frozen=True, kw_only=True)
class Climbing:
    """What shapes the climb."""

    eps: float = 0.05
    """In the Space's distance."""
    steps: int = 40
    restarts: int = 4
    loss: str = "dlr"
    """The margin over its scale where there are three classes or more, else cross-entropy."""


def capgd(net: nn.Module, space: Space, rows: Floats, labels: Places, settings: Climbing, seed: int = 0) -> Flips:
    """The nearest valid change of each row within eps that the net decides otherwise than ``labels``.

    The net takes the numbers of the Space as they are, in its order. One query is one forward, with or without slope.
    """
    climb = _Climb(net, space, rows, labels, settings)
    generator = np.random.default_rng(seed)
    for restart in range(settings.restarts):
        climb.run(generator, random_start=restart > 0)
    return Flips(nearest=climb.nearest, distance=climb.distance, queries=climb.queries)


class _Climb:
    def __init__(self, net: nn.Module, space: Space, rows: Floats, labels: Places, settings: Climbing) -> None:
        self.net, self.space, self.rows, self.labels, self.settings = net, space, rows, labels, settings
        self.nearest = rows.copy()
        self.distance = np.full(len(rows), np.inf)
        self.queries: Places = np.zeros(len(rows), dtype=np.intp)
        numbers = ~space.categories & ~space.frozen
        self.unit = np.where(numbers, space.spread / np.maximum(space.weights, 1e-9) * space.size, 0.0)
        """How far each number goes for a distance of one."""

    def run(self, generator: np.random.Generator, *, random_start: bool) -> None:
        """One climb of all rows that are undecided."""
        who = np.flatnonzero(self.distance > self.settings.eps)
        if not len(who) or not self.unit.any():
            return
        points = self.rows[who]
        if random_start:
            shift = generator.normal(size=points.shape) * generator.random((len(who), 1)) * self.settings.eps
            points = self._inside(who, points + shift * self.unit)
        best, best_loss, step = points, np.full(len(who), -np.inf), np.full(len(who), self.settings.eps)
        past, stale = points, np.zeros(len(who), dtype=int)
        for turn in range(self.settings.steps):
            loss, slope = self._look(who, points)
            better = loss > best_loss
            best, best_loss = np.where(better[:, None], points, best), np.where(better, loss, best_loss)
            stale = np.where(better, 0, stale + 1)
            tired = stale >= max(3, self.settings.steps // 8)
            step, stale = np.where(tired, step / 2, step), np.where(tired, 0, stale)
            points = np.where(tired[:, None], best, points)
            left = self.distance[who] > self.settings.eps
            who, points, past, best, slope = who[left], points[left], past[left], best[left], slope[left]
            best_loss, step, stale = best_loss[left], step[left], stale[left]
            if not len(who):
                return
            moved = points + step[:, None] * _uphill(slope * self.unit, turn) * self.unit
            carried = points + 0.75 * (moved - points) + 0.25 * (points - past) if turn else moved
            past, points = points, self._inside(who, carried)

    def _inside(self, who: Places, points: Floats) -> Floats:
        """Into the ball, then made valid; what validity has pushed out of the ball is drawn back once more."""
        result = points
        for share in (1.0, 0.9, 0.7):
            unit = np.where(self.unit > 0, self.unit, 1.0)
            scaled = torch.from_numpy(np.where(self.unit > 0, result - self.rows[who], 0.0) / unit)
            eps = torch.full((len(who),), self.settings.eps * share, dtype=scaled.dtype)
            inside = project(torch.nan_to_num(scaled), Norm.L1, eps).numpy() * unit
            result = self.space.repair(self.rows[who], self.rows[who] + inside)
        far = self.space.distance(self.rows[who], result) > self.settings.eps
        return np.where(far[:, None], self.rows[who], result)

    def _look(self, who: Places, points: Floats) -> tuple[Floats, Floats]:
        """Loss and slope at valid points; flips are remembered."""
        at = torch.from_numpy(points.astype(np.float32)).requires_grad_()
        labels = torch.from_numpy(self.labels[who])
        logits = self.net(at)
        name = "ce" if logits.shape[1] < 3 else self.settings.loss  # noqa: PLR2004  dlr needs three classes
        loss: Tensor = LOSSES[name](logits, labels, torch.full_like(labels, -1))
        (slope,) = torch.autograd.grad(loss.sum(), at)
        self.queries[who] += 1
        far = self.space.distance(self.rows[who], points)
        flipped = (logits.argmax(1) != labels).numpy() & (far < self.distance[who])
        self.nearest[who[flipped]], self.distance[who[flipped]] = points[flipped], far[flipped]
        return loss.detach().numpy().astype(np.float64), np.nan_to_num(slope.numpy().astype(np.float64))


def _uphill(slope: Floats, turn: int) -> Floats:
    """A direction of size one in L1, shared by fewer coordinates as the climb goes on."""
    size = np.abs(slope)
    count = max(1, slope.shape[1] // (2 + turn // 4))
    threshold = -np.sort(-size, axis=1)[:, count - 1 : count]
    step = np.where((size >= threshold) & (size > 0), np.sign(slope), 0.0)
    result: Floats = step / np.maximum(np.abs(step).sum(axis=1, keepdims=True), 1.0)
    return result


def open_net(model: bytes, codes: Floats) -> nn.Module:
    """The torch module of an ONNX file over one matrix, checked on these rows; raises CannotLook where it has none."""
    scores = OnnxScores(model)
    return open_onnx(model, scores.output, scores, codes.astype(np.float32))


def own_labels(net: nn.Module, codes: Floats) -> Places:
    """What the net says of each row, as the number of a class."""
    with torch.no_grad():
        labels: Places = net(torch.from_numpy(codes.astype(np.float32))).argmax(1).numpy()
    return labels
