# SPDX-License-Identifier: Apache-2.0
"""Stages of a white-box attack as pieces of a journal: the hunt's whole state after each, and the draws to come."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from hauberk.attacks.journal import Journal
from hauberk.attacks.whitebox.hunt import Hunt, Result, Terms
from hauberk.attacks.whitebox.norms import size
from hauberk.core.errors import Malformed
from hauberk.models.gradient.weights import read_weights, write

_STATE = ("best", "distance", "forwards", "backwards")


def staged(journal: Journal, name: str, hunt: Hunt, attack: Callable[[Hunt], int]) -> int:
    """Run an attack on a hunt, or put the hunt where the attack once left it; the queries that it took."""

    def run() -> bytes:
        queries = attack(hunt)
        held = {one: getattr(hunt, one) for one in _STATE}
        draws = {"generator": hunt.generator.get_state(), "draws": torch.get_rng_state()}
        return write({**held, **draws, "queries": torch.tensor([queries])})

    held = read_weights(journal.step(name.encode(), run))
    like = {one: getattr(hunt, one) for one in _STATE} | {
        "generator": hunt.generator.get_state(), "draws": torch.get_rng_state(), "queries": torch.tensor([0]),
    }  # fmt: skip
    _fits(held, like)
    _true(held["best"], held["distance"], hunt.x, hunt.terms)
    for one in _STATE:
        setattr(hunt, one, held[one].to(hunt.x.device))
    try:
        hunt.generator.set_state(held["generator"])
        torch.set_rng_state(held["draws"])
    except RuntimeError as error:
        raise Malformed("the journal holds no state of the draws") from error
    return int(held["queries"])


def found(journal: Journal, name: str, x: Tensor, terms: Terms, search: Callable[[], Result]) -> Result:
    """What a search found, now or before."""
    counts = torch.zeros(len(x), dtype=torch.long)
    like = {
        "adversarial": x, "distance": torch.zeros(len(x)), "right": counts.bool(), "forwards": counts,
        "backwards": counts,
    }  # fmt: skip

    def run() -> bytes:
        result = search()
        return write({one: getattr(result, one) for one in like})

    held = read_weights(journal.step(name.encode(), run))
    _fits(held, like)
    _true(held["adversarial"], held["distance"], x, terms)
    return Result(eps=terms.eps, **held)


def _fits(held: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> None:
    if held.keys() != like.keys() or any(
        held[name].shape != one.shape or held[name].dtype != one.dtype for name, one in like.items()
    ):
        raise Malformed("the journal holds no state of this attack")


def _true(points: Tensor, distance: Tensor, x: Tensor, terms: Terms) -> None:
    """Refuse points that leave the box, and distances that are not those of the points."""
    known = distance.isfinite()
    inside = bool(((points >= terms.low) & (points <= terms.high)).all())
    if not inside or not torch.equal(size(points - x, terms.norm)[known], distance[known]):
        raise Malformed("the journal holds points that are not where it says")
