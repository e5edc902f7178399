# SPDX-License-Identifier: Apache-2.0
"""The white-box half of a campaign: opens the module, runs the cascade, looks for the smallest change, is judged."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hauberk.attacks import campaign
from hauberk.attacks.campaign import Order, Outcome, Progress, Row
from hauberk.attacks.figures import curve, shares, smallest
from hauberk.attacks.journal import Journal
from hauberk.attacks.siege import Floats, Points, Query
from hauberk.attacks.validity import Verdict, enough, pack, unpack
from hauberk.attacks.whitebox import nearest
from hauberk.attacks.whitebox.ascent import APGD_CE, APGD_T, PGD, ascend
from hauberk.attacks.whitebox.cascade import FULL, Cascade, run
from hauberk.attacks.whitebox.hunt import Hunt, Net, Result, Terms, result
from hauberk.attacks.whitebox.losses import margin
from hauberk.attacks.whitebox.norms import Norm, project, spread, steepest
from hauberk.attacks.whitebox.resume import found, staged
from hauberk.attacks.whitebox.trust import Evaluation, judge
from hauberk.core.errors import CannotLook, Misuse
from hauberk.models.gradient.open import fill, open_exported, open_onnx, open_torchscript

JUDGED = 100
"""Samples on which the evaluation is judged."""
_SMALLEST_STEPS = 60
_CRAFT_STEPS = 20


def convert(order: Order, output: str, reference: Query) -> nn.Module:
    """The module of an ONNX file; raises CannotLook where it has no faithful one."""
    return open_onnx(order.model, output, reference, order.x[:32])


def query_of(order: Order) -> Query:
    """The order's torch file, to be asked only."""
    torch.set_num_threads(1)
    net = _open(order)

    def query(points: Points) -> Floats:
        with torch.no_grad():
            try:
                scores: Floats = net(torch.from_numpy(points)).numpy().astype(np.float64)
            except (RuntimeError, TypeError, IndexError) as error:
                raise CannotLook(f"the model does not take these samples: {type(error).__name__}") from error
        return scores

    return query


def craft(order: Order, module: nn.Module | None) -> Points:
    """Points within eps that fool a surrogate as surely as can be: MI-FGSM to its last step, the surest point kept."""
    torch.set_num_threads(1)
    net, x = module or _open(order), torch.from_numpy(order.x)
    labels, wanted = torch.from_numpy(order.y.astype(np.int64)), torch.full((len(order.y),), order.target)
    norm, eps = Norm(order.norm), torch.full((len(x),), order.eps)
    points, past, best = x, torch.zeros_like(x), x
    surest = torch.full((len(x),), -torch.inf)
    for turn in range(_CRAFT_STEPS + 1):
        at = points.clone().requires_grad_()
        gap = margin(net(at), labels, wanted)
        surer = gap.detach() > surest
        best, surest = torch.where(spread(surer, x), points, best), torch.maximum(gap.detach(), surest)
        if turn == _CRAFT_STEPS:
            break
        (slope,) = torch.autograd.grad(gap.sum(), at)
        past = past + slope / spread(slope.abs().flatten(1).sum(1).clamp_min(1e-12), slope)
        change = points + spread(eps * 2 / _CRAFT_STEPS, x) * steepest(past, norm) - x
        points = (x + project(change, norm, eps)).clamp(order.low, order.high)
    result_: Points = best.numpy()
    return result_


def attack(
    order: Order, module: nn.Module | None, served: Query | None, progress: Progress, journal: Journal | None = None
) -> Outcome:
    """Attack a module (or the torch file of the order) and judge it; what the journal holds is not done again."""
    journal = journal or Journal()
    net = prepared(order, module)
    terms = Terms(
        norm=Norm(order.norm), eps=order.eps, low=order.low, high=order.high, seed=order.seed, forwards=order.budget
    )
    hunt = hunted(order, net, terms, progress)
    x, labels = hunt.x, hunt.labels
    rows = _attacks(hunt, within(order.budget), journal)
    seen = result(hunt)
    near = _smallest(order, net, x, labels, (progress, journal))
    nearer = spread(near.distance < seen.distance, x)
    best = torch.where(nearer, near.adversarial, seen.adversarial).numpy()
    seen = replace(seen, distance=torch.minimum(seen.distance, near.distance))
    progress("judging the evaluation", 0, len(x))
    judged = journal.step(b"verdict", lambda: pack(_judged(order, net, x, labels, seen, served)))
    verdict = unpack(judged)
    distance = seen.distance.numpy().astype(np.float64)
    right, robust = seen.right.numpy(), seen.robust.numpy()
    shared = campaign.parameters(order, "white box", verdict) | {
        "attack": ", ".join(row.attack for row in rows),
        "steps": within(order.budget).climbed,
        "restarts": APGD_CE.restarts,
        "forwards": int(seen.forwards.sum()),
        "backwards": int(seen.backwards.sum()),
        "queries": sum(row.queries for row in rows),
    }
    near_row = Row(
        attack=f"smallest change, {_SMALLEST_STEPS} steps",
        tried=int(near.right.sum()),
        fooled=int(near.success.sum()),
        forwards=int(near.forwards.sum()),
        backwards=int(near.backwards.sum()),
    )
    span = tuple(float(eps) for eps in np.linspace(0, 2 * order.eps, campaign.POINTS))
    return Outcome(
        valid=verdict.valid,
        verdict=str(verdict),
        checks=campaign.judgements(verdict),
        threat_model="white box",
        measurements=(*shares(right, robust, shared), *smallest(right, distance, shared)),
        attacks=(*rows, near_row),
        curve=curve(right, distance, span),
        examples=campaign.gallery(order, best, right, distance),
    )


def prepared(order: Order, module: nn.Module | None) -> nn.Module:
    """The module, or that of the order's file, alike on every machine and with weights that take no slopes."""
    torch.set_num_threads(1)  # so that two machines with other numbers of cores give the same bits
    torch.manual_seed(order.seed)
    net = module or _open(order)
    for weight in net.parameters():
        weight.requires_grad_(False)  # noqa: FBT003  torch's own signature
    return net


def hunted(order: Order, net: Net, terms: Terms, progress: Progress) -> Hunt:
    """The order's samples under attack; raises CannotLook where they, their labels or the target do not fit."""
    x, labels = torch.from_numpy(order.x), torch.from_numpy(order.y.astype(np.int64))
    wanted = torch.full_like(labels, order.target) if order.target >= 0 else None
    try:
        hunt = Hunt(
            net, x, labels, terms, wanted=wanted, progress=lambda done, total: progress("attacking", done, total)
        )
    except (RuntimeError, TypeError, IndexError) as error:
        raise CannotLook(f"the model does not take samples of shape {order.shape}: {type(error).__name__}") from error
    classes = hunt.clean_logits.shape[1] if hunt.clean_logits.dim() == 2 else 0  # noqa: PLR2004  a table
    most = max(int(order.y.max()), order.target)
    if most >= classes:
        raise CannotLook(f"a label is {most}, and the model scores {classes} classes")
    return hunt


def within(budget: int) -> Cascade:
    """The cascade that takes at most so many forwards a sample (a hundred at least)."""
    whole = 20 + FULL.climbed + 4 * FULL.fab_targets + FULL.queries
    share = min(1.0, budget / whole)
    targets = max(2, round(FULL.targets * min(1.0, 2 * share)))
    return Cascade(
        opening=FULL.opening,
        steps=max(10, round(FULL.steps * share)),
        targeted_steps=max(10, round(FULL.targeted_steps * share * FULL.targets / targets)),
        targets=targets,
        fab_steps=round(FULL.fab_steps * share),
        queries=round(FULL.queries * share),
    )


def _open(order: Order) -> nn.Module:
    if order.format == "safetensors":
        if not order.factory:
            raise Misuse(
                "a safetensors file holds weights without a network",
                remedy="if you trust the code that makes it, grant it: --allow-factory module:function",
            )
        return fill(order.model, order.factory)
    if order.format == "torchscript":
        return open_torchscript(order.model, order.pin)
    if order.format == "pt2":
        return open_exported(order.model, order.pin)
    raise CannotLook(
        f"a {order.format} model is not opened for an attack", remedy="export it to ONNX, or save safetensors"
    )


def _attacks(hunt: Hunt, cascade: Cascade, journal: Journal) -> tuple[Row, ...]:
    if hunt.terms.norm in (Norm.LINF, Norm.L2):
        return tuple(
            Row(
                attack=stage.name,
                tried=stage.tried,
                fooled=stage.fooled,
                forwards=stage.forwards,
                backwards=stage.backwards,
                queries=stage.queries,
            )
            for stage in run(hunt, cascade, journal=journal)
        )
    tried = int(hunt.undecided().sum())

    def climb(one: Hunt) -> int:
        ascend(one, replace(PGD, steps=cascade.steps, restarts=APGD_CE.restarts))
        nearest.fmn(one, cascade.steps)
        return 0

    staged(journal, f"pgd {cascade.steps}", hunt, climb)
    return (
        Row(
            attack=f"pgd {cascade.steps} x {APGD_CE.restarts}, fmn {cascade.steps}",
            tried=tried,
            fooled=tried - int(hunt.undecided().sum()),
            forwards=int(hunt.forwards.sum()),
            backwards=int(hunt.backwards.sum()),
        ),
    )


def _smallest(order: Order, net: Net, x: Tensor, labels: Tensor, told: tuple[Progress, Journal]) -> Result:
    """The nearest point that fools, at any distance."""
    terms = Terms(norm=Norm(order.norm), low=order.low, high=order.high, seed=order.seed)
    progress, journal = told
    progress("looking for the smallest change", 0, len(x))

    def search() -> Result:
        hunt = Hunt(net, x, labels, terms)
        (nearest.ddn if terms.norm is Norm.L2 else nearest.fmn)(hunt, _SMALLEST_STEPS)
        return result(hunt)

    return found(journal, "smallest change", x, terms, search)


def _judged(order: Order, net: nn.Module, x: Tensor, labels: Tensor, found: Result, served: Query | None) -> Verdict:
    """The seventeen checks on the first samples; the size of the whole is judged by itself."""
    cascade = within(min(order.budget, 300))

    def again(model: Net, points: Tensor, truth: Tensor, eps: float, effort: float) -> Tensor:
        hunt = Hunt(model, points, truth, Terms(norm=Norm(order.norm), eps=eps, low=order.low, high=order.high))
        ascend(hunt, replace(APGD_CE, steps=int(cascade.steps * effort) + 10, restarts=1))
        targets = min(cascade.targets, 3)
        ascend(hunt, replace(APGD_T, steps=int(cascade.targeted_steps * effort), targets=targets))
        return hunt.best

    def asked(points: Tensor) -> Tensor:
        scores: Any = served(points.numpy()) if served else None
        return torch.from_numpy(scores)

    verdict = judge(
        Evaluation(
            net=net,
            x=x[:JUDGED],
            labels=labels[:JUDGED],
            norm=Norm(order.norm),
            eps=order.eps,
            low=order.low,
            high=order.high,
            attack=again,
            claimed=found.robust[:JUDGED],
            served=asked if served else None,
        )
    )
    size = enough(int(found.robust.sum()), len(x))
    return Verdict(checks=tuple(size if check.number == size.number else check for check in verdict.checks))
