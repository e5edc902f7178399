# SPDX-License-Identifier: Apache-2.0
"""The samples under attack: best iterate of each, who is undecided, and what was counted.

Every attack asks the model here and only here, so that no adversarial point that was met is ever lost and no pass goes
uncounted. One forward (backward) is one sample through the model once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from hauberk.attacks.whitebox.losses import Loss, of
from hauberk.attacks.whitebox.norms import Norm, size

Net = Callable[[Tensor], Tensor]
"""Samples to logits, differentiable."""
Progress = Callable[[int, int], None]
"""Samples decided, samples in all."""
Frame = TypeVar("Frame")

ROUNDING = 1e-6
"""A distance beyond eps by less than this share of eps is eps: what float32 loses in a subtraction."""
BATCH = 256
"""Samples through the model at once."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What counts as success."""

    norm: Norm = Norm.LINF
    eps: float | None = None
    """A misclassified point within eps decides a sample; None looks for the nearest to the end."""
    low: float = 0.0
    high: float = 1.0
    samples: int = 1
    """Passes that are averaged where the model draws at random (expectation over transformation)."""
    forwards: int | None = None
    """Forwards that each sample may take; one that is still undecided then stays so."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model said of some points."""

    logits: Tensor
    loss: Tensor
    slope: Tensor
    """Gradient of the loss; zeros where the model hides it."""
    fooled: Tensor
    """Which points reach the goal, at any distance."""


class Hunt:
    """Samples, true labels and (where targeted) wanted labels, and the best that was found for each."""

    def __init__(
        self,
        net: Net,
        x: Tensor,
        labels: Tensor,
        terms: Terms,
        *,
        wanted: Tensor | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Ask once about each sample as it is; those already wrong are decided at distance zero.

        Raises ValueError where a sample leaves the box.
        """
        if x.numel() and not (x.min() >= terms.low and x.max() <= terms.high):
            raise ValueError(f"samples leave the box [{terms.low:g}, {terms.high:g}]")
        self.net, self.x, self.labels, self.terms = net, x.detach(), labels, terms
        self.wanted = torch.full_like(labels, -1) if wanted is None else wanted
        self.best = self.x.clone()
        self.distance = torch.full((len(x),), torch.inf, dtype=x.dtype, device=x.device)
        self.forwards = torch.zeros(len(x), dtype=torch.long, device=x.device)
        self.backwards = torch.zeros_like(self.forwards)
        self.generator = torch.Generator().manual_seed(terms.seed)
        self._progress = progress
        self.clean_logits = self.look(self.everybody(), self.x)
        self.right = self.clean_logits.argmax(1) == labels

    def everybody(self) -> Tensor:
        """The number of each sample."""
        return torch.arange(len(self.x), device=self.x.device)

    def standing(self, rows: Tensor) -> Tensor:
        """Which of these samples nothing has fooled yet (within eps)."""
        within = 0.0 if self.terms.eps is None else self.terms.eps * (1 + ROUNDING)
        return self.distance[rows] > within

    def undecided(self, rows: Tensor | None = None) -> Tensor:
        """Which of these samples (of all) are still attacked: they stand, and their budget is not spent."""
        rows = self.everybody() if rows is None else rows
        standing = self.standing(rows)
        most = self.terms.forwards
        return standing if most is None else standing & (self.forwards[rows] < most)

    def look(self, rows: Tensor, points: Tensor) -> Tensor:
        """Logits of points; whatever reaches the goal is remembered."""
        parts = []
        with torch.no_grad():
            for part in _parts(len(rows)):
                logits = self._mean_logits(points[part])
                parts.append(logits)
        self.forwards[rows] += self.terms.samples
        logits = torch.cat(parts) if parts else torch.empty(0, 0)
        if len(rows):
            self._remember(rows, points, logits)
        return logits

    def climb(self, rows: Tensor, points: Tensor, loss: Loss) -> Answer:
        """Loss and its gradient at points; whatever reaches the goal is remembered."""
        answers = []
        for part in _parts(len(rows)):
            mine = rows[part]
            at = points[part].detach().requires_grad_()
            logits = self._mean_logits(at)
            values = loss(logits, self.labels[mine], self.wanted[mine])
            slope = slope_of(values.sum(), at)
            answers.append((logits.detach(), values.detach(), slope))
        self.forwards[rows] += self.terms.samples
        self.backwards[rows] += self.terms.samples
        logits, values, slope = (torch.cat(list(one)) for one in zip(*answers, strict=True))
        return Answer(logits=logits, loss=values, slope=slope, fooled=self._remember(rows, points, logits))

    def across(self, rows: Tensor, points: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """How far the logit of each other class lies above the label's (n, k), and the slopes of that (n, k, ...)."""
        parts = []
        for part in _parts(len(rows)):
            at = points[part].detach().requires_grad_()
            logits = self._mean_logits(at)
            gaps = logits.gather(1, others[part]) - of(logits, self.labels[rows[part]]).unsqueeze(1)
            slopes = [slope_of(gap.sum(), at, again=True) for gap in gaps.unbind(1)]
            parts.append((logits.detach(), gaps.detach(), torch.stack(slopes, 1)))
        self.forwards[rows] += self.terms.samples
        self.backwards[rows] += self.terms.samples * others.shape[1]
        logits, gaps, slopes_ = (torch.cat(list(one)) for one in zip(*parts, strict=True))
        self._remember(rows, points, logits)
        return gaps, slopes_

    def reached(self, rows: Tensor, logits: Tensor) -> Tensor:
        """Which logits reach the goal of their sample."""
        given, wanted = logits.argmax(1), self.wanted[rows]
        return torch.where(wanted < 0, given != self.labels[rows], given == wanted)

    def _mean_logits(self, points: Tensor) -> Tensor:
        logits = self.net(points)
        for _ in range(self.terms.samples - 1):
            logits = logits + self.net(points)
        return logits / self.terms.samples

    def _remember(self, rows: Tensor, points: Tensor, logits: Tensor) -> Tensor:
        """Keep each point that reaches the goal nearer than any before, if it lies in the box; ties keep the first."""
        fooled = self.reached(rows, logits)
        points = points.detach()
        inside = ((points >= self.terms.low) & (points <= self.terms.high)).flatten(1).all(1)
        distance = size(points - self.x[rows], self.terms.norm)
        nearer = (fooled & inside & (distance < self.distance[rows])).nonzero().squeeze(1)
        self.best[rows[nearer]] = points[nearer]
        self.distance[rows[nearer]] = distance[nearer]
        if self._progress:
            self._progress(int((~self.undecided()).sum()), len(self.x))
        return fooled


def slope_of(value: Tensor, at: Tensor, *, again: bool = False) -> Tensor:
    """The slope of a number at a point: zeros where nothing leads back to it. ``again`` keeps the graph."""
    if not value.requires_grad:
        return torch.zeros_like(at)
    (slope,) = torch.autograd.grad(value, at, retain_graph=again, allow_unused=True)
    return torch.zeros_like(at) if slope is None else slope.detach()


def _parts(n: int) -> Iterator[slice]:
    return (slice(start, start + BATCH) for start in range(0, n, BATCH))


def keep(frame: Frame, mask: Tensor) -> Frame:
    """A frame of tensors, one entry a sample, cut down to some samples."""
    held: Any = frame
    cut = {
        item.name: value[mask]
        for item in fields(held)
        if isinstance(value := getattr(held, item.name), Tensor) and value.dim()
    }
    kept: Frame = replace(held, **cut)
    return kept


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an attack found."""

    adversarial: Tensor
    """The best iterate of each sample; the sample itself where none was found."""
    distance: Tensor
    """Its size in the norm; infinite where none was found, zero where the sample was wrong before."""
    right: Tensor
    """Classified rightly before the attack."""
    eps: float | None
    forwards: Tensor
    backwards: Tensor
    """Passes that each sample took."""

    @property
    def robust(self) -> Tensor:
        """Right before the attack, and no success within eps (at any distance where there is no eps) was found."""
        within = torch.inf if self.eps is None else self.eps * (1 + ROUNDING)
        beyond = self.distance.isinf() if self.eps is None else self.distance > within
        return self.right & beyond

    @property
    def success(self) -> Tensor:
        """Right before the attack, and fooled by it: a sample that was wrong before is no success."""
        return self.right & ~self.robust


def result(hunt: Hunt) -> Result:
    """What a hunt has come to."""
    return Result(
        adversarial=hunt.best,
        distance=hunt.distance,
        right=hunt.right,
        eps=hunt.terms.eps,
        forwards=hunt.forwards,
        backwards=hunt.backwards,
    )
