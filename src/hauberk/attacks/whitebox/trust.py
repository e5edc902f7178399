# SPDX-License-Identifier: Apache-2.0
"""Seventeen checks on a white-box evaluation, from callables and tensors alone, whoever made it and however."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hauberk.attacks.siege import Floats, Limits, NormName, Points, Siege
from hauberk.attacks.square import square
from hauberk.attacks.validity import TOLERANCE, Check, Verdict, enough, judged, verdict
from hauberk.attacks.whitebox.ascent import FGSM, Ascent, ascend
from hauberk.attacks.whitebox.hunt import ROUNDING, Hunt, Net, Terms, result, slope_of
from hauberk.attacks.whitebox.losses import margin
from hauberk.attacks.whitebox.norms import Norm, project, random_change, size, spread

Attack = Callable[[Net, Tensor, Tensor, float, float], Tensor]
"""Model, samples, labels, eps, effort (1 as it was run, 4 with four times the steps) to the points that it returns."""

_ZERO = 1e-10
_NOISE = 20
_PLANTED = 6
_INNER = 60
"""Points inside the ball that the planted example is told from."""
_LOOKED = 5
"""First points of a batch: of one alone the data may hold two by chance."""
_LEAST_WON = 0.5


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What was attacked, how, and what was claimed."""

    net: Net
    """As the attack saw it."""
    x: Tensor
    labels: Tensor
    norm: Norm
    eps: float
    low: float = 0.0
    high: float = 1.0
    attack: Attack
    claimed: Tensor | None = None
    """Samples that are reported as robust; None: those that the attack, run again, does not fool."""
    averaged: int = 1
    """Passes that the attack averages over the model's randomness."""
    served: Net | None = None
    """What users get, preprocessing and all."""
    rejects: Callable[[Tensor], Tensor] | None = None
    """The detector: which samples are turned away."""
    surrogate: Net | None = None
    """Another model of the same task, to attack in its place."""
    queries: int = 200
    """Of Square, for each sample."""


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """One run of the attack, with what it asked on the way."""

    points: Tensor
    fooled: Tensor
    within: Tensor
    passing: Tensor
    """Samples that some point within the ball fooled on the way."""
    losses: tuple[float, ...]
    draws: int
    """Passes that the attack took at one point: the median over its steps."""


def judge(evaluation: Evaluation) -> Verdict:
    """Run every check that applies; takes about six times the evaluation's own passes, and Square's queries."""
    return verdict(_checks(evaluation))


def _checks(e: Evaluation) -> Iterator[Check]:
    seen = _watch(e, e.eps)
    right = _labels(e.net, e.x) == e.labels
    robust = right & ~(seen.fooled & seen.within)
    claimed = robust if e.claimed is None else e.claimed
    yield _slopes(e)
    yield _logits(e)
    yield _kept(e, seen, robust)
    yield from _other_eps(e, robust)
    yield from _others(e, claimed & right)
    yield _effort(e, robust)
    yield _twice(e, seen)
    yield _in_bounds(e, seen)
    yield _alone(e)
    wrong = int((claimed & ~right).sum())
    more = int(claimed.sum()) - int(robust.sum())
    says = f"{wrong} samples that were wrong before are called robust; {max(more, 0)} more are than the attack leaves"
    yield judged(13, wrong > 0 or more > TOLERANCE * len(e.x), says)
    yield enough(int(claimed.sum()), len(e.x))
    yield _planted(e)
    yield from _surroundings(e, seen)


def _watch(e: Evaluation, eps: float, effort: float = 1.0) -> _Watched:
    """Run the attack on a model that notes what it is asked where whole batches pass."""
    passing = torch.zeros(len(e.x), dtype=torch.bool)
    losses: list[float] = []
    passes: list[int] = []
    before = e.x

    def net(points: Tensor) -> Tensor:
        nonlocal before
        logits = e.net(points)
        if points.requires_grad:
            here = points.detach()
            if passes and torch.equal(before, here):
                passes[-1] += 1
            else:
                passes.append(_repeated(here))
            before = here
        if len(points) == len(e.x):
            with torch.no_grad():
                given = logits.detach()
                near = size(points.detach() - e.x, e.norm) <= eps * (1 + 1e-4)
                passing.logical_or_(near & (given.argmax(1) != e.labels))
                losses.append(float(margin(given, e.labels, torch.full_like(e.labels, -1)).mean()))
        return logits

    points = e.attack(net, e.x, e.labels, eps, effort).detach()
    within = size(points - e.x, e.norm) <= eps * (1 + 1e-4)
    inside = ((points >= e.low - ROUNDING) & (points <= e.high + ROUNDING)).flatten(1).all(1)
    return _Watched(
        points=points,
        fooled=_labels(e.net, points) != e.labels,
        within=within & inside,
        passing=passing,
        losses=tuple(losses),
        draws=int(np.median(passes)) if passes else 0,
    )


def _repeated(points: Tensor) -> int:
    """How often a batch holds each of its first points, at least: what averages in one pass asks about each often."""
    return min(int((points == one).flatten(1).all(1).sum()) for one in points[:_LOOKED, None])


def _slopes(e: Evaluation) -> Check:
    at = e.x.clone().requires_grad_()
    slope = slope_of(margin(e.net(at), e.labels, torch.full_like(e.labels, -1)).sum(), at)
    rows = slope.flatten(1)
    bad = (~rows.isfinite()).any(1) | (rows.abs().amax(1) < _ZERO)
    share = float(bad.double().mean())
    return judged(1, share > 0.05, f"{share:.0%} of samples have no finite slope but zero")  # noqa: PLR2004  one in twenty


def _logits(e: Evaluation) -> Check:
    given = _ask(e.net, e.x)
    shares = bool((given >= 0).all()) and torch.allclose(given.sum(1), torch.ones(len(given)), atol=1e-3)
    return judged(2, shares, "the outputs are shares that sum to 1" if shares else "the outputs are no shares")


def _kept(e: Evaluation, seen: _Watched, robust: Tensor) -> Check:
    lost = int((robust & seen.passing).sum())
    falling = len(seen.losses) > 4 and seen.losses[-1] < seen.losses[0]  # noqa: PLR2004  a few looks say nothing
    says = f"{lost} samples were fooled on the way and are returned as robust"
    if falling:
        says += "; the attack's aim got worse from its first to its last step"
    return judged(3, lost > TOLERANCE * len(e.x) or falling, says)


def _other_eps(e: Evaluation, robust: Tensor) -> Iterator[Check]:
    width = e.high - e.low
    dimension = e.x[0].numel()
    unbounded = width * {Norm.LINF: 1.0, Norm.L2: dimension**0.5, Norm.L1: dimension, Norm.L0: dimension}[e.norm]
    left = _left(e, unbounded)
    says = f"{left:.0%} stay right under any change at all"
    yield judged(4, left > 0.05, says)  # noqa: PLR2004  one in twenty
    shares = [_left(e, e.eps / 2), float(robust.double().mean()), _left(e, min(2 * e.eps, unbounded))]
    rising = any(later > sooner + TOLERANCE for sooner, later in pairwise(shares))
    words = ", ".join(f"{share:.3f}" for share in shares)
    yield judged(10, rising, f"at half, once and twice eps: {words}")


def _left(e: Evaluation, eps: float) -> float:
    seen = _watch(e, eps)
    right = _labels(e.net, e.x) == e.labels
    return float((right & ~(seen.fooled & seen.within)).double().mean())


def _others(e: Evaluation, claimed: Tensor) -> Iterator[Check]:
    """Whether a weaker or a blind attack wins samples that are claimed to be robust."""
    n, rows = len(e.x), claimed.nonzero().squeeze(1)
    if not len(rows):
        for number in (5, 6, 9):
            yield judged(number, bad=False, says="nothing is claimed to be robust")
        return
    won = _by_square(e, rows)
    yield judged(5, won > TOLERANCE * n, f"Square wins {won} of {len(rows)} with {e.queries} queries")
    step, noise = _by_step(e, rows), _by_noise(e, rows)
    says = f"one step wins {step}, noise {noise} of {len(rows)}"
    yield judged(6, max(step, noise) > TOLERANCE * n, says)
    won, name = _by_transfer(e, rows)
    yield judged(9, won > TOLERANCE * n, f"points made on {name} win {won} of {len(rows)}")


def _by_square(e: Evaluation, rows: Tensor) -> int:
    if e.norm not in (Norm.LINF, Norm.L2):
        return 0

    def query(points: Points) -> Floats:
        scores: Floats = _ask(e.net, torch.from_numpy(points).to(e.x)).numpy().astype(np.float64)
        return scores

    norm: NormName = "linf"
    eps = e.eps if e.norm is Norm.LINF else e.eps / e.x[0].numel() ** 0.5
    limits = Limits(norm=norm, eps=eps, low=e.low, high=e.high, queries=e.queries)
    siege = Siege(query, e.x[rows].numpy(), e.labels[rows].numpy(), limits)
    square(siege, np.random.default_rng(0))
    return int((~siege.spoils().robust & siege.right).sum())


def _terms(e: Evaluation) -> Terms:
    return Terms(norm=e.norm, eps=e.eps, low=e.low, high=e.high, samples=e.averaged)


def _by_step(e: Evaluation, rows: Tensor) -> int:
    hunt = Hunt(e.net, e.x[rows], e.labels[rows], _terms(e))
    ascend(hunt, FGSM)
    return int(result(hunt).success.sum())


def _by_noise(e: Evaluation, rows: Tensor) -> int:
    generator = torch.Generator().manual_seed(0)
    x, eps = e.x[rows], torch.full((len(rows),), e.eps)
    won = torch.zeros(len(rows), dtype=torch.bool)
    for turn in range(_NOISE):
        change = random_change(x, e.norm, eps, generator)
        change = change.sign() * e.eps if e.norm is Norm.LINF and turn % 2 else change
        won |= _labels(e.net, (x + change).clamp(e.low, e.high)) != e.labels[rows]
    return int(won.sum())


def _by_transfer(e: Evaluation, rows: Tensor) -> tuple[int, str]:
    """Points made on the surrogate; without one, on the model blurred by noise, whose slopes cannot be hidden so."""
    generator = torch.Generator().manual_seed(0)

    def blurred(points: Tensor) -> Tensor:
        noise = [torch.randn(points.shape, generator=generator) * 0.1 * (e.high - e.low) for _ in range(4)]
        return torch.stack([e.net(points + one) for one in noise]).mean(0)

    hunt = Hunt(e.surrogate or blurred, e.x[rows], e.labels[rows], replace(_terms(e), samples=1))
    hunt.distance.fill_(torch.inf)
    recipe = Ascent(steps=15, step=0.15, loss="margin")
    points = _climbed(hunt, recipe, e)
    won = int((_labels(e.net, points) != e.labels[rows]).sum())
    return won, "a surrogate" if e.surrogate else "the model blurred by noise"


def _climbed(hunt: Hunt, recipe: Ascent, e: Evaluation) -> Tensor:
    """The last point of a plain climb that never stops early: what is fooled is another model."""
    points, eps = hunt.x, torch.full((len(hunt.x),), e.eps)
    for _ in range(recipe.steps):
        at = points.clone().requires_grad_()
        loss = margin(hunt.net(at), hunt.labels, hunt.wanted)
        slope = slope_of(loss.sum(), at)
        unit = slope.sign() if e.norm is Norm.LINF else slope / spread(size(slope, Norm.L2).clamp_min(_ZERO), slope)
        moved = project(points + recipe.step * e.eps * unit - hunt.x, e.norm, eps)
        points = (hunt.x + moved).clamp(e.low, e.high).detach()
    return points


def _effort(e: Evaluation, robust: Tensor) -> Check:
    seen = _watch(e, e.eps, effort=4.0)
    right = _labels(e.net, e.x) == e.labels
    fewer = int(robust.sum()) - int((right & ~(seen.fooled & seen.within) & robust).sum())
    return judged(7, fewer > TOLERANCE * len(e.x), f"four times the effort wins {fewer} more")


def _twice(e: Evaluation, seen: _Watched) -> Check:
    """Whether an attack on a model that answers at random averages (Athalye et al. 2018), by what it asked."""
    same = torch.allclose(_ask(e.net, e.x), _ask(e.net, e.x), rtol=1e-4, atol=1e-5)
    if same:
        return judged(8, bad=False, says="the model answers alike twice")
    averaged = max(e.averaged, seen.draws)
    return judged(8, averaged < 2, f"the model answers at random; the attack averages {averaged} passes")  # noqa: PLR2004


def _in_bounds(e: Evaluation, seen: _Watched) -> Check:
    width = e.high - e.low
    inside = bool(e.x.min() >= e.low) and bool(e.x.max() <= e.high)
    outside = int((~seen.within).sum())
    tiny = e.norm is Norm.LINF and not width / 1000 <= e.eps <= width
    narrow = float(e.x.max() - e.x.min()) < 0.02 * width
    says = f"{outside} points outside ball or box; samples from {float(e.x.min()):g} to {float(e.x.max()):g}"
    return judged(11, outside > 0 or not inside or tiny or narrow, f"{says} in a box of {e.low:g} to {e.high:g}")


def _alone(e: Evaluation) -> Check:
    some = e.x[:8]
    alone = torch.cat(
        [_ask(e.net, pair) for pair in (some[at : at + 2] for at in range(0, len(some), 2))]
    )  # two: batch statistics refuse one
    together = _ask(e.net, e.x)[:8]
    if not torch.allclose(_ask(e.net, some), _ask(e.net, some), rtol=1e-4, atol=1e-5):
        return Check(number=12, state="not run", says="the model answers at random")
    alike = torch.allclose(alone, together, rtol=1e-3, atol=1e-3)
    training = isinstance(e.net, torch.nn.Module) and any(part.training and _stateful(part) for part in e.net.modules())
    says = "an answer depends on the rest of its batch" if not alike else "alone as in a batch"
    return judged(12, not alike or training, says + ("; a layer is in training mode" if training else ""))


def _stateful(part: torch.nn.Module) -> bool:
    return isinstance(part, (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd))  # noqa: SLF001  torch has no public base


def _planted(e: Evaluation) -> Check:
    """Zimmermann et al.: read another, binary answer off the logits, so that one point within eps is known to flip it.

    The attack must find such a point on that model.
    """
    generator = torch.Generator().manual_seed(0)
    tried = won = 0
    for row in range(min(_PLANTED, len(e.x))):
        planted = _plant(e, e.x[row : row + 1], generator)
        if planted is None:
            continue
        tried += 1
        twins = torch.cat([e.x[row : row + 1]] * 2)  # two: batch statistics refuse one
        points = e.attack(planted, twins, torch.zeros(2, dtype=torch.long), e.eps, 1.0).detach()
        near = size(points - twins, e.norm) <= e.eps * (1 + 1e-4)
        won += int(bool((near & (_labels(planted, points) == 1)).any()))
    if not tried:
        return Check(number=15, state="not run", says="no point within eps can be told from the others by the logits")
    return judged(15, won < _LEAST_WON * tried, f"finds {won} of {tried} planted examples")


def _plant(e: Evaluation, x: Tensor, generator: torch.Generator) -> Net | None:
    eps = torch.full((_INNER,), e.eps)
    inner = random_change(x.expand(_INNER, *x.shape[1:]), e.norm, 0.5 * eps, generator)
    inside = (x + inner).clamp(e.low, e.high)
    outer = random_change(x, e.norm, eps[:1], generator)
    outer = outer.sign() * e.eps if e.norm is Norm.LINF else outer * spread(e.eps / size(outer, e.norm), outer)
    beyond = (x + outer).clamp(e.low, e.high)
    given = _ask(e.net, torch.cat([x, inside, beyond]))
    features, target = given[:-1], given[-1:]
    middle, scale = features.mean(0), features.std(0).clamp_min(1e-6)
    direction = ((target - middle) / scale).squeeze(0)
    reach = ((features - middle) / scale) @ direction
    height = float(direction @ direction)
    if not np.isfinite(height) or height <= float(reach.max()) + _ZERO:
        return None
    bar = (float(reach.max()) + height) / 2

    def net(points: Tensor) -> Tensor:
        score = ((e.net(points) - middle) / scale) @ direction - bar
        return torch.stack([-score, score], 1)

    return net


def _surroundings(e: Evaluation, seen: _Watched) -> Iterator[Check]:
    if e.served is not None:
        apart = int((_labels(e.served, e.x) != _labels(e.net, e.x)).sum())
        lost = int((seen.fooled & (_labels(e.served, seen.points) == e.labels)).sum())
        says = f"what is served answers otherwise on {apart} samples, and stands on {lost} points that fool the model"
        yield judged(16, max(apart, lost) > TOLERANCE * len(e.x), says)
    if e.rejects is not None:
        moved = (seen.points != e.x).flatten(1).any(1)
        before = float(e.rejects(e.x[moved]).double().mean()) if moved.any() else 0.0
        after = float(e.rejects(seen.points[moved]).double().mean()) if moved.any() else 0.0
        says = f"the detector turns {before:.0%} of samples away, and {after:.0%} of the attack's points"
        yield judged(17, after > before + 0.1, says)


def _ask(net: Net, points: Tensor) -> Tensor:
    with torch.no_grad():
        return net(points).detach()


def _labels(net: Net, points: Tensor) -> Tensor:
    return _ask(net, points).argmax(1)
