# SPDX-License-Identifier: Apache-2.0
"""Climbing a loss within eps: FGSM, BIM, MI-FGSM, PGD and APGD are numbers on one algorithm.

Sources: FGSM, Goodfellow et al. 2015; BIM, Kurakin et al. 2017; MI-FGSM, Dong et al. 2018; PGD, Madry et al. 2018;
APGD, Croce and Hein, ICML 2020 (step halving at checkpoints, restart from the best point, momentum 0.75).
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from hauberk.attacks.whitebox.hunt import Answer, Hunt, keep
from hauberk.attacks.whitebox.losses import LOSSES, likeliest
from hauberk.attacks.whitebox.norms import flat, project, random_change, size, spread, steepest

_FIRST_CHECK, _CHECK_SHRINK, _LEAST_CHECK, _RISING = 0.22, 0.03, 0.06, 0.75
"""Checkpoints of APGD: the first after 22 % of the steps, each next one 3 % sooner, at least 6 %; 75 % must rise."""
_INERTIA = 0.75
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Ascent:
    """The numbers."""

    steps: int = 40
    step: float = 0.1
    """As a share of eps; ignored where adaptive."""
    decay: bool = False
    """Whether the step falls to nothing along a cosine (Loshchilov and Hutter, ICLR 2017), not adaptive ones."""
    loss: str = "ce"
    momentum: float = 0.0
    """Share of the L1-normalised past slope that is kept (MI-FGSM)."""
    random_start: bool = False
    restarts: int = 1
    adaptive: bool = False
    """APGD's step rule."""
    targets: int = 0
    """How many wrong classes are aimed at one after the other, likeliest first; 0 aims at none."""


FGSM = Ascent(steps=1, step=1.0)
BIM = Ascent(steps=10, step=0.1)
MI_FGSM = Ascent(steps=10, step=0.1, momentum=1.0)
PGD = Ascent(steps=40, step=1.0, decay=True, random_start=True)
APGD_CE = Ascent(steps=33, restarts=3, adaptive=True, random_start=True)
"""A hundred steps, shared by three starts: on hardened models luck of the start decides more than the last steps."""
APGD_DLR = replace(APGD_CE, loss="dlr")
APGD_T = replace(APGD_DLR, steps=100, restarts=1, targets=9)


@dataclass(frozen=True, kw_only=True)
class _Climb:
    """The state of the samples that are still undecided."""

    rows: Tensor
    points: Tensor
    past: Tensor
    """The point before, where adaptive; else the past slope."""
    best: Tensor
    best_slope: Tensor
    best_loss: Tensor
    step: Tensor
    """In units of the norm."""
    rises: Tensor
    """Steps since the last checkpoint that raised the loss."""
    last_loss: Tensor
    checked_loss: Tensor
    halved: Tensor
    """Whether the step was halved at the last checkpoint."""


def ascend(hunt: Hunt, recipe: Ascent) -> None:
    """Climb within the hunt's eps from each sample that is undecided; what is found stays with the hunt.

    Raises ValueError for a hunt without eps.
    """
    if hunt.terms.eps is None:
        raise ValueError("climbing within eps needs an eps")
    given = hunt.wanted
    for restart in range(recipe.restarts):
        for aim in range(max(1, min(recipe.targets, hunt.clean_logits.shape[1] - 1))):
            if recipe.targets:
                hunt.wanted = _aims(hunt, aim)
            _climb(hunt, replace(recipe, random_start=recipe.random_start or restart > 0))
            hunt.wanted = given


def _aims(hunt: Hunt, aim: int) -> Tensor:
    """The wrong class of each sample that is its likeliest but ``aim``."""
    return likeliest(hunt.clean_logits.scatter(1, hunt.labels.unsqueeze(1), -torch.inf))[:, aim]


def _climb(hunt: Hunt, recipe: Ascent) -> None:
    rows = hunt.undecided().nonzero().squeeze(1)
    if not len(rows):
        return
    frame, loss = _begin(hunt, rows, recipe), LOSSES[recipe.loss]
    check, gap = _checkpoints(recipe)
    for turn in range(recipe.steps):
        answer = hunt.climb(frame.rows, frame.points, loss)
        if recipe.adaptive:
            frame = _noted(frame, answer, first=turn == 0)
            if turn == check:
                frame = _checked(frame, gap)
                gap = max(gap - max(int(_CHECK_SHRINK * recipe.steps), 1), int(_LEAST_CHECK * recipe.steps), 1)
                check += gap
        slope = (
            answer.slope
            if not recipe.adaptive
            else torch.where(spread(frame.last_loss == frame.best_loss, frame.points), frame.best_slope, answer.slope)
        )
        left = hunt.undecided(frame.rows)
        frame, slope = keep(frame, left), slope[left]
        if not len(frame.rows):
            return
        frame = _moved(hunt, frame, slope, recipe, turn)
    hunt.look(frame.rows, frame.points)


def _begin(hunt: Hunt, rows: Tensor, recipe: Ascent) -> _Climb:
    x, eps = hunt.x[rows], _eps(hunt, rows)
    points = x
    if recipe.random_start:
        change = random_change(x, hunt.terms.norm, eps, hunt.generator)
        if recipe.adaptive:  # APGD starts on the edge of the ball
            change = change * spread(eps / size(change, hunt.terms.norm).clamp_min(_TINY), change)
        points = (x + change).clamp(hunt.terms.low, hunt.terms.high)
    nothing = torch.full_like(eps, -torch.inf)
    return _Climb(
        rows=rows,
        points=points,
        past=points if recipe.adaptive else torch.zeros_like(x),
        best=points,
        best_slope=torch.zeros_like(x),
        best_loss=nothing,
        step=eps * (2.0 if recipe.adaptive else recipe.step),
        rises=torch.zeros_like(rows),
        last_loss=nothing,
        checked_loss=nothing,
        halved=torch.ones_like(rows, dtype=torch.bool),
    )


def _checkpoints(recipe: Ascent) -> tuple[int, int]:
    first = max(int(_FIRST_CHECK * recipe.steps), 1)
    return first, first


def _noted(frame: _Climb, answer: Answer, *, first: bool) -> _Climb:
    """The best point so far, and whether the last step rose."""
    better = answer.loss > frame.best_loss
    wide = spread(better, frame.points)
    best_loss = torch.where(better, answer.loss, frame.best_loss)
    return replace(
        frame,
        best=torch.where(wide, frame.points, frame.best),
        best_slope=torch.where(wide, answer.slope, frame.best_slope),
        best_loss=best_loss,
        rises=frame.rises if first else frame.rises + (answer.loss > frame.last_loss),
        last_loss=answer.loss,
        checked_loss=best_loss if first else frame.checked_loss,
    )


def _checked(frame: _Climb, gap: int) -> _Climb:
    """Halve the step of samples that oscillate or stand still, and send them back to their best point."""
    idle = frame.rises <= _RISING * gap
    still = ~frame.halved & (frame.checked_loss >= frame.best_loss)
    halve = idle | still
    wide = spread(halve, frame.points)
    return replace(
        frame,
        step=torch.where(halve, frame.step / 2, frame.step),
        points=torch.where(wide, frame.best, frame.points),
        last_loss=torch.where(halve, frame.best_loss, frame.last_loss),
        rises=torch.zeros_like(frame.rises),
        halved=halve,
        checked_loss=frame.best_loss,
    )


def _moved(hunt: Hunt, frame: _Climb, slope: Tensor, recipe: Ascent, turn: int) -> _Climb:
    """One step up the slope, back into the ball and the box."""
    terms, x, eps = hunt.terms, hunt.x[frame.rows], _eps(hunt, frame.rows)
    if not recipe.adaptive:
        step = frame.step * (1 + math.cos(math.pi * turn / recipe.steps)) / 2 if recipe.decay else frame.step
        if recipe.momentum:
            total = spread(flat(slope).abs().sum(1).clamp_min(_TINY), slope)
            slope = recipe.momentum * frame.past + slope / total
        points = _inside(hunt, x, eps, frame.points + spread(step, x) * _direction(hunt, frame.points, slope))
        return replace(frame, points=points, past=slope)
    stepped = _inside(hunt, x, eps, frame.points + spread(frame.step, x) * _direction(hunt, frame.points, slope))
    if turn:
        carried = frame.points + _INERTIA * (stepped - frame.points) + (1 - _INERTIA) * (frame.points - frame.past)
        stepped = _inside(hunt, x, eps, carried)
    return replace(frame, points=stepped.clamp(terms.low, terms.high), past=frame.points)


def _direction(hunt: Hunt, points: Tensor, slope: Tensor) -> Tensor:
    room = torch.where(slope > 0, hunt.terms.high - points, points - hunt.terms.low)
    return steepest(slope, hunt.terms.norm, room)


def _inside(hunt: Hunt, x: Tensor, eps: Tensor, points: Tensor) -> Tensor:
    """Into the ball, then into the box, which makes no change larger."""
    inside = x + project(points - x, hunt.terms.norm, eps)
    return inside.clamp(hunt.terms.low, hunt.terms.high)


def _eps(hunt: Hunt, rows: Tensor) -> Tensor:
    return torch.full((len(rows),), float(hunt.terms.eps or 0.0), dtype=hunt.x.dtype, device=hunt.x.device)
