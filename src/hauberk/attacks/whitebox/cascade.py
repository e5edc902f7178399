# SPDX-License-Identifier: Apache-2.0
"""Several attacks one after the other, each on what the ones before have left: the verdict of AutoAttack, counted.

AutoAttack (Croce and Hein, ICML 2020) is APGD-CE, APGD-T, FAB-T and Square, parameter-free. Here the cheap ones come
first and every sample leaves at its first success, so that a weak model costs a few passes a sample.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from hauberk.attacks.journal import Journal
from hauberk.attacks.siege import Floats, Limits, Points, Siege
from hauberk.attacks.square import square
from hauberk.attacks.whitebox.ascent import APGD_CE, APGD_T, Ascent, ascend
from hauberk.attacks.whitebox.hunt import Hunt
from hauberk.attacks.whitebox.nearest import fab
from hauberk.attacks.whitebox.norms import Norm
from hauberk.attacks.whitebox.resume import staged


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one attack of the cascade did."""

    name: str
    tried: int
    """Samples that stood before it."""
    fooled: int
    forwards: int
    backwards: int
    queries: int = 0


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """How far each attack goes."""

    opening: int = 10
    """Steps of a first APGD-CE."""
    steps: int = 33
    """Of the later APGD-CE, from each of its starts."""
    targeted_steps: int = 40
    targets: int = 9
    fab_steps: int = 20
    fab_targets: int = 3
    """FAB-T's, likeliest first: of all attacks it wins least after the others."""
    queries: int = 1000
    """Square's, for each sample that is left; twice as many again where it won any that slopes did not."""

    @property
    def climbed(self) -> int:
        """Steps along slopes for a sample that nothing fools."""
        fab = self.fab_steps * min(self.fab_targets, self.targets)
        return self.opening + self.targets * self.targeted_steps + APGD_CE.restarts * self.steps + fab


_WORTH = 0.01
"""Share of what slopes have left that Square must win to be given more."""
FULL = Cascade()
QUICK = Cascade(steps=10, targeted_steps=20, targets=3, fab_steps=0, queries=200)


def run(
    hunt: Hunt,
    cascade: Cascade = FULL,
    notify: Callable[[Stage], None] | None = None,
    *,
    journal: Journal | None = None,
) -> tuple[Stage, ...]:
    """Attack all undecided samples with each attack in turn, but for what the journal holds; what each one did."""
    done = []
    for name, attack in _attacks(cascade):
        before = _counts(hunt)
        queries = staged(journal, name, hunt, attack) if journal else attack(hunt)
        after = _counts(hunt)
        stage = Stage(
            name=name,
            tried=before[0],
            fooled=before[0] - after[0],
            forwards=after[1] - before[1],
            backwards=after[2] - before[2],
            queries=queries,
        )
        done.append(stage)
        if notify:
            notify(stage)
    return tuple(done)


def _attacks(cascade: Cascade) -> Iterator[tuple[str, Callable[[Hunt], int]]]:
    def climbing(recipe: Ascent) -> Callable[[Hunt], int]:
        def attack(hunt: Hunt) -> int:
            ascend(hunt, recipe)
            return 0

        return attack

    def near(hunt: Hunt) -> int:
        fab(hunt, cascade.fab_steps, min(cascade.fab_targets, cascade.targets))
        return 0

    opening = replace(APGD_CE, steps=cascade.opening, restarts=1, random_start=False)
    yield f"apgd-ce {cascade.opening}", climbing(opening)
    yield (
        f"apgd-t {cascade.targeted_steps} x {cascade.targets}",
        climbing(replace(APGD_T, steps=cascade.targeted_steps, targets=cascade.targets)),
    )
    yield f"apgd-ce {cascade.steps} x {APGD_CE.restarts}", climbing(replace(APGD_CE, steps=cascade.steps))
    if cascade.fab_steps:
        yield f"fab-t {cascade.fab_steps} x {min(cascade.fab_targets, cascade.targets)}", near
    if cascade.queries:
        yield f"square {cascade.queries}", lambda hunt: _squares(hunt, cascade.queries)


def _squares(hunt: Hunt, queries: int) -> int:
    """Square on what is left, and once more with twice the queries where it won: slopes are then not to be trusted."""
    tried = int(hunt.undecided().sum())
    asked = _square(hunt, queries, 0)
    won = tried - int(hunt.undecided().sum())
    return asked + (_square(hunt, 2 * queries, 1) if won > _WORTH * tried else 0)


def _square(hunt: Hunt, queries: int, turn: int) -> int:
    """Square within what each sample's budget leaves; what it finds is looked at once more by the hunt."""
    rows = hunt.undecided().nonzero().squeeze(1)
    if not len(rows) or hunt.terms.norm is not Norm.LINF:
        return 0
    if hunt.terms.forwards is not None:
        queries = min(queries, max(2, hunt.terms.forwards - int(hunt.forwards[rows].min())))

    def query(points: Points) -> Floats:
        with torch.no_grad():
            scores: Floats = hunt.net(torch.from_numpy(points).to(hunt.x)).cpu().numpy().astype(np.float64)
        return scores

    limits = Limits(norm="linf", eps=hunt.terms.eps, low=hunt.terms.low, high=hunt.terms.high, queries=queries)
    siege = Siege(query, hunt.x[rows].cpu().numpy(), hunt.labels[rows].cpu().numpy(), limits)
    square(siege, np.random.default_rng((hunt.terms.seed, turn) if turn else hunt.terms.seed))
    hunt.forwards[rows] += torch.from_numpy(siege.queries).to(rows)
    won = torch.from_numpy(~siege.spoils().robust).to(rows.device)
    hunt.look(rows[won], torch.from_numpy(siege.best).to(hunt.x)[won])
    return int(siege.queries.sum())


def _counts(hunt: Hunt) -> tuple[int, int, int]:
    return int(hunt.standing(hunt.everybody()).sum()), int(hunt.forwards.sum()), int(hunt.backwards.sum())
