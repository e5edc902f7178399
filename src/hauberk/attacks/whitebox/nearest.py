# SPDX-License-Identifier: Apache-2.0
"""The smallest change that fools a model: DDN, FMN, C&W, DeepFool, FAB and sigma-zero.

Each walks near the boundary; the hunt keeps the nearest point that reached the goal, so what is returned is never the
last iterate. Every distance is an upper bound of the smallest one.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from hauberk.attacks.whitebox.hunt import Hunt, keep
from hauberk.attacks.whitebox.losses import ce, likeliest, margin, towards
from hauberk.attacks.whitebox.norms import Norm, dual_size, flat, project, size, spread, steepest

_TINY = 1e-12
_NEWTON = 6
_BEYOND = 1.05
"""How far a step passes a linearised boundary."""
_TURNS = 2
_SPARING = 7
"""How often places are given back at the end of a search in L0, and in how many looks."""
_CONTENDERS, _PROJECTIONS = 2, 4
"""DeepFool: classes that are still weighed after the first step; projections onto the boundary's slope at the end."""


@dataclass(frozen=True, kw_only=True)
class _Walker:
    rows: Tensor
    delta: Tensor
    radius: Tensor


def _start(hunt: Hunt) -> Tensor:
    return hunt.undecided().nonzero().squeeze(1)


def _cosine(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


def ddn(hunt: Hunt, steps: int = 100, gamma: float = 0.08, last: float = 0.005, first: float = 1.0) -> None:
    """Decoupled direction and norm (Rony et al., CVPR 2019): L2; the radius shrinks while fooled and grows else.

    It does so by ``gamma`` at first and by ``last`` in the end, where the published attack keeps 5 % throughout.
    """
    rows = _start(hunt)
    x = hunt.x[rows]
    frame = _Walker(rows=rows, delta=torch.zeros_like(x), radius=torch.full_like(hunt.distance[rows], first))
    for turn in range(steps):
        if not len(frame.rows):
            return
        answer = hunt.climb(frame.rows, hunt.x[frame.rows] + frame.delta, ce)
        fooled = answer.fooled
        rate = _cosine(1.0, 0.01, turn / steps)
        moved = frame.delta + rate * _direction(answer.slope, Norm.L2)
        change = _cosine(gamma, last, turn / steps)
        radius = frame.radius * torch.where(fooled, 1 - change, 1 + change)
        delta = moved * spread(radius / size(moved, Norm.L2).clamp_min(_TINY), moved)
        frame = replace(frame, delta=_boxed(hunt, frame.rows, delta), radius=radius)
        frame = keep(frame, hunt.undecided(frame.rows))
    hunt.look(frame.rows, hunt.x[frame.rows] + frame.delta)


def fmn(hunt: Hunt, steps: int = 100, gamma: float = 0.05, rate: float = 1.0) -> None:
    """Fast minimum norm (Pintor et al., NeurIPS 2021) in the hunt's own norm.

    Until a sample was fooled once its radius is where the linearised margin vanishes; then it shrinks and grows.
    """
    norm = hunt.terms.norm
    rows = _start(hunt)
    x = hunt.x[rows]
    frame = _Walker(rows=rows, delta=torch.zeros_like(x), radius=torch.full_like(hunt.distance[rows], torch.inf))
    for turn in range(steps):
        if not len(frame.rows):
            return
        answer = hunt.climb(frame.rows, hunt.x[frame.rows] + frame.delta, margin)
        fooled, now = answer.fooled, size(frame.delta, norm)
        slope = _free(hunt, frame.rows, frame.delta, answer.slope)
        shrink = _cosine(gamma, 0.001, turn / steps)
        best = hunt.distance[frame.rows]
        gap = now + _BEYOND * answer.loss.abs() / dual_size(slope, norm).clamp_min(_TINY)
        if norm is Norm.L0:
            gap = now + 1
            outward = torch.maximum(frame.radius * (1 + shrink), frame.radius + 1)
            inward = torch.minimum(frame.radius * (1 - shrink), (frame.radius.clamp(max=best) - 1).floor())
        else:
            outward, inward = frame.radius * (1 + shrink), torch.minimum(frame.radius, best) * (1 - shrink)
        radius = torch.where(fooled, inward, torch.where(best.isinf(), gap, outward)).clamp_min(0)
        step = _cosine(rate, 0.01, turn / steps)
        moved = frame.delta + step * _direction(slope, norm)
        delta = _boxed(hunt, frame.rows, project(moved, norm, radius))
        frame = keep(replace(frame, delta=delta, radius=radius), hunt.undecided(frame.rows))
    hunt.look(frame.rows, hunt.x[frame.rows] + frame.delta)


def _direction(slope: Tensor, norm: Norm) -> Tensor:
    """A unit step: along the slope in L2 for all but Linf, so that L1 and L0 do not stand on one coordinate."""
    if norm is Norm.LINF:
        return slope / spread(flat(slope).abs().amax(1).clamp_min(_TINY), slope)
    return steepest(slope, Norm.L2)


def _free(hunt: Hunt, rows: Tensor, delta: Tensor, slope: Tensor) -> Tensor:
    """The slope without the coordinates that the box keeps from following it."""
    points = hunt.x[rows] + delta
    held = ((points <= hunt.terms.low) & (slope < 0)) | ((points >= hunt.terms.high) & (slope > 0))
    return slope.masked_fill(held, 0.0)


def _boxed(hunt: Hunt, rows: Tensor, delta: Tensor) -> Tensor:
    x = hunt.x[rows]
    return (x + delta).clamp(hunt.terms.low, hunt.terms.high) - x


def deepfool(hunt: Hunt, steps: int = 50, overshoot: float = 0.02, classes: int = 10, bisections: int = 5) -> None:
    """DeepFool (Moosavi-Dezfooli et al., CVPR 2016) in L2 or Linf, then back towards the sample.

    The first step weighs ``classes``, later ones the contenders that it found. A sample leaves the walk at its first
    success: what brings it nearer is the projection onto the boundary's slope (SuperDeepFool, Abdollahpourrostam et
    al., 2024) and a bisection, not more steps.
    """
    norm = Norm.LINF if hunt.terms.norm is Norm.LINF else Norm.L2
    rows = _start(hunt)
    points = hunt.x[rows]
    most = min(classes, hunt.clean_logits.shape[1]) - 1
    others = likeliest(hunt.clean_logits.scatter(1, hunt.labels.unsqueeze(1), -torch.inf))[rows, :most]
    walk = _Walk(rows=rows, delta=torch.zeros_like(points), others=others)
    for _ in range(steps):
        walk = keep(walk, hunt.distance[walk.rows].isinf() & hunt.undecided(walk.rows))
        if not len(walk.rows):
            break
        at = _out(hunt, hunt.x[walk.rows], walk.delta, overshoot)
        walk = _stepped(walk, *hunt.across(walk.rows, at, walk.others), norm)
    else:
        hunt.look(walk.rows, _out(hunt, hunt.x[walk.rows], walk.delta, overshoot))
    rows = rows[hunt.distance[rows].isfinite() & hunt.undecided(rows)]
    _along_boundary(hunt, rows, norm)
    draw_back(hunt, rows, bisections)


@dataclass(frozen=True, kw_only=True)
class _Walk:
    rows: Tensor
    delta: Tensor
    others: Tensor
    """Classes that are still in question, one row a sample."""


def _stepped(walk: _Walk, gaps: Tensor, slopes: Tensor, norm: Norm) -> _Walk:
    """The change that reaches the nearest of the linearised boundaries, and the classes of the nearest ones."""
    across = slopes.flatten(2)
    steepness = across.abs().sum(2) if norm is Norm.LINF else torch.linalg.vector_norm(across, dim=2)
    ratio = gaps.abs() / steepness.clamp_min(_TINY)
    order = ratio.argsort(dim=1, stable=True)[:, :_CONTENDERS]
    chosen = across[torch.arange(len(across), device=across.device), order[:, 0]]
    unit = chosen.sign() if norm is Norm.LINF else steepest(chosen, norm)
    moved = walk.delta + ((ratio.amin(1, keepdim=True) + 1e-4) * unit).reshape_as(walk.delta)
    return replace(walk, delta=moved, others=walk.others.gather(1, order))


def _along_boundary(hunt: Hunt, rows: Tensor, norm: Norm) -> None:
    """From each nearest success to where its linearised boundary lies nearest to the sample, a few times over."""
    points = hunt.best[rows]
    for _ in range(_PROJECTIONS):
        left = hunt.undecided(rows)
        rows, points = rows[left], points[left]
        if not len(rows):
            return
        answer = hunt.climb(rows, points, margin)
        x, offset = hunt.x[rows], (flat(answer.slope) * flat(points)).sum(1) - answer.loss
        home = onto(x, answer.slope, offset, norm, hunt)
        points = (x + _BEYOND * (home - x)).clamp(hunt.terms.low, hunt.terms.high)
    hunt.look(rows, points)


def _out(hunt: Hunt, x: Tensor, delta: Tensor, overshoot: float) -> Tensor:
    return (x + (1 + overshoot) * delta).clamp(hunt.terms.low, hunt.terms.high)


def draw_back(hunt: Hunt, rows: Tensor, bisections: int) -> None:
    """Bisect between each sample that was fooled and its nearest success."""
    rows = rows[hunt.distance[rows].isfinite() & hunt.undecided(rows)]
    low = torch.zeros_like(hunt.distance[rows])
    high = torch.ones_like(low)
    far = hunt.best[rows]
    for _ in range(bisections):
        if not len(rows):
            return
        middle = (low + high) / 2
        points = hunt.x[rows] + spread(middle, far) * (far - hunt.x[rows])
        fooled = hunt.reached(rows, hunt.look(rows, points))
        high, low = torch.where(fooled, middle, high), torch.where(fooled, low, middle)


@dataclass(frozen=True, kw_only=True)
class _Adam:
    """Adam's state for one variable a sample (Kingma and Ba, 2015)."""

    rows: Tensor
    value: Tensor
    first: Tensor
    second: Tensor
    weight: Tensor
    """C&W: the constant of each sample. Sigma-zero: its threshold."""
    turn: int = 0


def _adam(state: _Adam, slope: Tensor, rate: float) -> _Adam:
    turn = state.turn + 1
    first = 0.9 * state.first + 0.1 * slope
    second = 0.999 * state.second + 0.001 * slope.square()
    step = (first / (1 - 0.9**turn)) / ((second / (1 - 0.999**turn)).sqrt() + 1e-8)
    return replace(state, value=state.value - rate * step, first=first, second=second, turn=turn)


def _adam_begun(rows: Tensor, value: Tensor, weight: Tensor) -> _Adam:
    return _Adam(rows=rows, value=value, first=torch.zeros_like(value), second=torch.zeros_like(value), weight=weight)


def carlini_wagner(hunt: Hunt, steps: int = 50, searches: int = 5, rate: float = 0.01, constant: float = 1.0) -> None:
    """Carlini and Wagner's L2 attack (S&P 2017): Adam, and a binary search over the constant.

    The box is kept by projection (their section V-B), not by tanh, whose slope vanishes at black and white pixels. A
    search starts from the nearest success so far, where there is one.
    """
    rows = _start(hunt)
    low = torch.zeros_like(hunt.distance[rows])
    high = torch.full_like(low, 1e10)
    weight = torch.full_like(low, constant)
    for _ in range(searches):
        if not len(rows):
            return
        met = _cw_descent(hunt, rows, weight, steps, rate)
        high = torch.where(met, torch.minimum(high, weight), high)
        low = torch.where(met, low, torch.maximum(low, weight))
        weight = torch.where(high < 1e9, (low + high) / 2, weight * 10)  # noqa: PLR2004  1e10 is "no bound yet"
        left = hunt.undecided(rows)
        rows, low, high, weight = rows[left], low[left], high[left], weight[left]


def _cw_descent(hunt: Hunt, rows: Tensor, weight: Tensor, steps: int, rate: float) -> Tensor:
    """Which samples were fooled under their constant."""
    x, met = hunt.x[rows], torch.zeros_like(rows, dtype=torch.bool)
    state = _adam_begun(rows, hunt.best[rows] - x, weight)
    for _ in range(steps):
        answer = hunt.climb(rows, x + state.value, margin)
        met |= answer.fooled
        pull = torch.where(spread(answer.loss < 0, x), spread(weight, x) * answer.slope, 0.0)
        state = _adam(state, 2 * state.value - pull, rate)
        state = replace(state, value=_boxed(hunt, rows, state.value))
    return met | hunt.reached(rows, hunt.look(rows, x + state.value))


def sigma_zero(hunt: Hunt, steps: int = 100, sigma: float = 1e-3, rate: float = 1.0, threshold: float = 0.3) -> None:
    """Sigma-zero (Cina et al., ICLR 2025): L0: Adam on a smooth count, small coordinates are cut."""
    rows = _start(hunt)
    x = hunt.x[rows]
    state = _adam_begun(rows, torch.zeros_like(x), torch.full_like(hunt.distance[rows], threshold))
    dimension = max(flat(x).shape[1], 1)
    for turn in range(steps):
        if not len(state.rows):
            return
        here = hunt.x[state.rows]
        delta = state.value
        answer = hunt.climb(state.rows, here + delta, margin)
        counted = 2 * sigma * delta / (delta.square() + sigma).square() / dimension
        slope = counted - torch.where(spread(answer.loss < 0, delta), answer.slope, 0.0)
        slope = slope / spread(flat(slope).abs().amax(1).clamp_min(_TINY), slope)
        share = _cosine(rate, 0.1 * rate, turn / steps)
        state = _adam(state, slope, share)
        moved = (here + state.value).clamp(hunt.terms.low, hunt.terms.high) - here
        weight = (state.weight + torch.where(answer.fooled, 1.0, -1.0) * 0.01 * share).clamp(0, 1)
        state = replace(state, value=torch.where(moved.abs() > spread(weight, moved), moved, 0.0), weight=weight)
        state = keep(state, hunt.undecided(state.rows))
    hunt.look(state.rows, hunt.x[state.rows] + state.value)


def saliency(hunt: Hunt, steps: int = 100) -> None:
    """One place after the other to the box's end, the one that gains most first; then places are given back, in L0.

    The greedy choice of JSMA (Papernot et al., EuroS&P 2016), of one place and not of pairs; in each turn every class
    that is still likely is weighed, so that the nearest one is found on the way.
    """
    rows, taken = _start(hunt), hunt.forwards.clone()
    points, most = hunt.x[rows], steps - _TURNS * (_SPARING + 1)
    for _ in range(max(most, 1)):
        left = hunt.distance[rows].isinf() & hunt.undecided(rows)
        rows, points = rows[left], points[left]
        if not len(rows):
            break
        slope, here = flat(hunt.climb(rows, points, margin).slope), flat(points)
        end = torch.where(slope > 0, hunt.terms.high, hunt.terms.low)
        gain = ((end - here) * slope).masked_fill(here != flat(hunt.x[rows]), -torch.inf)
        chosen = gain.argmax(1, keepdim=True)
        points = here.scatter(1, chosen, end.gather(1, chosen)).reshape_as(points)
    else:
        hunt.look(rows, points)
    for _ in range(_TURNS):
        _spare(hunt, _start(hunt))
    for _ in range(steps // 2):
        rows = _start(hunt)
        _exchange(hunt, rows[hunt.forwards[rows] - taken[rows] + 2 <= steps])


def _exchange(hunt: Hunt, rows: Tensor) -> None:
    """Give two places back, drawn at random, and take the one that gains most in their stead: one place fewer."""
    rows = rows[hunt.distance[rows].isfinite() & (hunt.distance[rows] > 1)]
    if not len(rows):
        return
    x, found = flat(hunt.x[rows]), flat(hunt.best[rows])
    draw = torch.rand(found.shape, generator=hunt.generator).to(found).masked_fill(found == x, -1)
    back = draw.topk(2, dim=1).indices
    fewer = found.scatter(1, back, x.gather(1, back))
    slope = flat(hunt.climb(rows, fewer.reshape_as(hunt.x[rows]), margin).slope)
    end = torch.where(slope > 0, hunt.terms.high, hunt.terms.low)
    gain = ((end - fewer) * slope).masked_fill(found != x, -torch.inf)
    chosen = gain.argmax(1, keepdim=True)
    hunt.look(rows, fewer.scatter(1, chosen, end.gather(1, chosen)).reshape_as(hunt.x[rows]))


def _spare(hunt: Hunt, rows: Tensor) -> None:
    """L0 counts places, not how far they move: move the places that matter to the box's end, give back the others.

    How many are given back is sought by steps that double while the point still fools, and halve when it does not.
    """
    rows = rows[hunt.distance[rows].isfinite() & hunt.undecided(rows)]
    if not len(rows):
        return
    x, found = flat(hunt.x[rows]), flat(hunt.best[rows])
    slope = flat(hunt.climb(rows, hunt.best[rows], margin).slope)
    end = torch.where(slope > 0, hunt.terms.high, hunt.terms.low)
    pushed = torch.where((found != x) & (slope != 0), end, found)
    order = ((pushed - x) * slope).abs().masked_fill(found == x, torch.inf).argsort(1).argsort(1)
    given, step = torch.zeros_like(rows), torch.ones_like(rows)
    for _ in range(_SPARING):
        tried = (given + step).unsqueeze(1)
        points = torch.where(order < tried, x, pushed).reshape_as(hunt.x[rows])
        fooled = hunt.reached(rows, hunt.look(rows, points))
        given = torch.where(fooled, given + step, given)
        step = torch.where(fooled, step * 2, (step // 2).clamp_min(1))


def fab(hunt: Hunt, steps: int = 50, targets: int = 9, bias: float = 0.1, beta: float = 0.9) -> None:
    """FAB, targeted (Croce and Hein, ICML 2020), in Linf or L2: onto the boundary, and back towards the sample."""
    given = hunt.wanted
    others = likeliest(hunt.clean_logits.scatter(1, hunt.labels.unsqueeze(1), -torch.inf))
    for aim in range(min(targets, others.shape[1] - 1)):
        hunt.wanted = others[:, aim]
        _fab_walk(hunt, steps, bias, beta)
        hunt.wanted = given
        draw_back(hunt, _start(hunt), 3)


def _fab_walk(hunt: Hunt, steps: int, bias: float, beta: float) -> None:
    norm = Norm.LINF if hunt.terms.norm is Norm.LINF else Norm.L2
    rows = _start(hunt)
    frame = _Walker(rows=rows, delta=torch.zeros_like(hunt.x[rows]), radius=torch.zeros_like(hunt.distance[rows]))
    for _ in range(steps):
        if not len(frame.rows):
            return
        x = hunt.x[frame.rows]
        points = x + frame.delta
        answer = hunt.climb(frame.rows, points, towards)
        offset = (flat(answer.slope) * flat(points)).sum(1) - answer.loss
        near = onto(points, answer.slope, offset, norm, hunt)
        home = onto(x, answer.slope, offset, norm, hunt)
        there, back = size(near - points, norm), size(home - x, norm)
        share = (there / (there + back).clamp_min(_TINY)).clamp(0, bias)
        ahead, straight = points + _BEYOND * (near - points), x + _BEYOND * (home - x)
        delta = ahead + spread(share, x) * (straight - ahead) - x
        delta = torch.where(spread(answer.fooled, x), beta * frame.delta, delta)
        delta = (x + delta).clamp(hunt.terms.low, hunt.terms.high) - x
        frame = keep(replace(frame, delta=delta), hunt.undecided(frame.rows))
    hunt.look(frame.rows, hunt.x[frame.rows] + frame.delta)


def onto(points: Tensor, slope: Tensor, offset: Tensor, norm: Norm, hunt: Hunt) -> Tensor:
    """The nearest point of the box on the hyperplane slope . z = offset, or as near to it as the box allows.

    Along ``clip(x + t d)``, d the slope (L2) or its sign (Linf), the product with the slope is a concave, piecewise
    linear function of t, so that Newton's steps from t = 0 rise to the solution and never pass it.
    """
    low, high = hunt.terms.low, hunt.terms.high
    missing = offset - (flat(slope) * flat(points)).sum(1)
    sign = spread(torch.where(missing > 0, 1.0, -1.0), slope)
    direction = (slope.sign() if norm is Norm.LINF else slope) * sign
    reach, moved = torch.zeros_like(missing), points
    for _ in range(_NEWTON):
        free = ((moved > low) | (direction > 0)) & ((moved < high) | (direction < 0))
        rise = flat(torch.where(free, direction * slope, 0.0)).sum(1).abs()
        reach = reach + torch.where(rise > _TINY, missing.abs() / rise.clamp_min(_TINY), 0.0)
        moved = (points + spread(reach, points) * direction).clamp(low, high)
        missing = (offset - (flat(slope) * flat(moved)).sum(1)).abs() * (rise > _TINY)
    return moved
