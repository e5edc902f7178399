# SPDX-License-Identifier: Apache-2.0
"""One attack with slopes, chosen by name: run, judged, and told. The verdict is on that attack, however weak it is."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from hauberk.attacks import campaign as orders
from hauberk.attacks.campaign import Order, Outcome, Progress, Row
from hauberk.attacks.figures import curve, shares, smallest
from hauberk.attacks.journal import Journal
from hauberk.attacks.methods import METHODS, Method
from hauberk.attacks.siege import Query
from hauberk.attacks.validity import Verdict, enough, pack, unpack
from hauberk.attacks.whitebox import ascent, nearest
from hauberk.attacks.whitebox.campaign import JUDGED, hunted, prepared
from hauberk.attacks.whitebox.hunt import ROUNDING, Hunt, Net, Result, Terms, result
from hauberk.attacks.whitebox.norms import Norm, spread
from hauberk.attacks.whitebox.resume import staged
from hauberk.attacks.whitebox.trust import Evaluation, judge

_CLIMBS = {
    "fgsm": ascent.FGSM,
    "bim": ascent.BIM,
    "mi-fgsm": ascent.MI_FGSM,
    "pgd": ascent.PGD,
    "apgd-ce": ascent.APGD_CE,
    "apgd-dlr": ascent.APGD_DLR,
    "apgd-t": ascent.APGD_T,
}
_WALKS: dict[str, Callable[[Hunt, int], None]] = {
    "fab-t": nearest.fab,
    "deepfool": nearest.deepfool,
    "carlini-wagner": nearest.carlini_wagner,
    "ddn": nearest.ddn,
    "fmn": nearest.fmn,
    "sigma-zero": nearest.sigma_zero,
    "saliency": nearest.saliency,
}


class Towards(nn.Module):
    """A model that is only asked whether it says one class: fooling this one is reaching that class."""

    def __init__(self, net: Net, target: int) -> None:
        """``target`` is the class."""
        super().__init__()
        self.net, self.target = net, target

    def forward(self, points: Tensor) -> Tensor:
        """Two logits: the best other class, and the target."""
        return self.of(self.net(points))

    def of(self, logits: Tensor) -> Tensor:
        """The two of all."""
        others = torch.cat([logits[:, : self.target], logits[:, self.target + 1 :]], 1).amax(1)
        return torch.stack([others, logits[:, self.target]], 1)


def attack(
    order: Order, module: nn.Module | None, served: Query | None, progress: Progress, journal: Journal | None = None
) -> Outcome:
    """Run the order's method on a module (or on its torch file), and judge that; as ``whitebox.campaign.attack``."""
    journal, method = journal or Journal(), METHODS[order.method]
    net = prepared(order, module)
    steps, restarts = order.steps or method.steps, order.restarts or method.restarts
    hunt = hunted(order, net, _terms(order, method, order.eps, forwards=order.budget), progress)

    def run(one: Hunt) -> int:
        _run(one, order.method, steps, restarts)
        return 0

    staged(journal, order.method, hunt, run)
    found = replace(result(hunt), eps=order.eps)
    progress("judging the evaluation", 0, len(hunt.x))
    seen = _Run(order, method, steps, restarts)
    verdict = unpack(journal.step(b"verdict", lambda: pack(_judged(seen, net, hunt, found, served))))
    return _outcome(seen, hunt, found, verdict)


class _Run:
    """A method with its numbers."""

    def __init__(self, order: Order, method: Method, steps: int, restarts: int) -> None:
        self.order, self.method, self.steps, self.restarts = order, method, steps, restarts

    @property
    def name(self) -> str:
        return f"{self.order.method} {self.steps}" + (f" x {self.restarts}" if self.restarts > 1 else "")


def _terms(order: Order, method: Method, eps: float, *, forwards: int | None = None) -> Terms:
    return Terms(
        norm=Norm(order.norm),
        eps=None if method.nearest else eps,
        low=order.low,
        high=order.high,
        seed=order.seed,
        forwards=forwards,
    )


def _run(hunt: Hunt, name: str, steps: int, restarts: int) -> None:
    if name in _CLIMBS:
        ascent.ascend(hunt, replace(_CLIMBS[name], steps=steps, restarts=restarts))
    else:
        _WALKS[name](hunt, steps)


def _judged(seen: _Run, net: nn.Module, hunt: Hunt, found: Result, served: Query | None) -> Verdict:
    """The seventeen checks on the first samples, of the method itself; the size of the whole is judged by itself."""
    order, target = seen.order, seen.order.target
    view = Towards(net, target) if target >= 0 else net

    def again(model: Net, points: Tensor, truth: Tensor, eps: float, effort: float) -> Tensor:
        one = Hunt(model, points, truth, _terms(order, seen.method, eps))
        _run(one, order.method, max(1, round(seen.steps * effort)), seen.restarts)
        return torch.where(spread(one.distance <= eps * (1 + ROUNDING), points), one.best, points)

    def asked(points: Tensor) -> Tensor:
        scores = torch.from_numpy(served(points.numpy())) if served else points
        return view.of(scores) if isinstance(view, Towards) else scores

    some = slice(JUDGED)
    labels = torch.zeros_like(hunt.labels) if target >= 0 else hunt.labels
    verdict = judge(
        Evaluation(
            net=view, x=hunt.x[some], labels=labels[some], norm=Norm(order.norm), eps=order.eps, low=order.low,
            high=order.high, attack=again, claimed=found.robust[some], served=asked if served else None,
        )
    )  # fmt: skip
    size = enough(int(found.robust.sum()), len(hunt.x))
    return Verdict(checks=tuple(size if check.number == size.number else check for check in verdict.checks))


def _outcome(seen: _Run, hunt: Hunt, found: Result, verdict: Verdict) -> Outcome:
    order, distance = seen.order, found.distance.numpy().astype(np.float64)
    right, robust = found.right.numpy(), found.robust.numpy()
    shared = orders.parameters(order, "white box", verdict) | {
        "attack": seen.name,
        "steps": seen.steps,
        "restarts": seen.restarts,
        "forwards": int(found.forwards.sum()),
        "backwards": int(found.backwards.sum()),
        "queries": 0,
    }
    near = seen.method.nearest
    row = Row(
        attack=seen.name,
        tried=int(found.right.sum()),
        fooled=int(found.success.sum()),
        forwards=int(found.forwards.sum()),
        backwards=int(found.backwards.sum()),
    )
    span = np.linspace(0, 2 * order.eps, orders.POINTS) if near else np.array([0, order.eps])
    return Outcome(
        valid=verdict.valid,
        verdict=str(verdict),
        checks=orders.judgements(verdict),
        threat_model="white box",
        why=f"{order.method} alone, as asked for",
        measurements=(*shares(right, robust, shared), *(smallest(right, distance, shared) if near else ())),
        attacks=(row,),
        curve=curve(right, distance, tuple(span.tolist())),
        examples=orders.gallery(order, hunt.best.numpy(), right, distance),
    )
