# SPDX-License-Identifier: Apache-2.0
"""What fairer predicted numbers cost: fit, robustness and privacy of each mitigation, measured on the same test rows.

``serve`` is called in a confined child, since it opens the model. Corrections by group (a shift, a line) are laid on
the model's own number and learnt on other test rows than they correct. Weights and bounded group loss need training:
they fit a ridge regression on the training data, and are to be compared with the same regression without them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hauberk.assets import table as tables
from hauberk.attacks.labelonly import Labels, Settings, evade
from hauberk.attacks.space import Floats, Space, learn_space
from hauberk.attacks.tradeoff_sides import ATTACKED, Order, Side, attacked, design, sides
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.measurement import Measurement
from hauberk.core.value import Value
from hauberk.models.explained import score_of
from hauberk.models.model import open_model
from hauberk.models.trial import Sheet, rows_of
from hauberk.stats.mitigation import Places
from hauberk.stats.mitigation_numbers import alike, bounded, lines, ridge, shifts
from hauberk.stats.ranking import auc
from hauberk.stats.scored_estimates import estimate_numbers

SETTINGS = Settings(budget=120, restarts=1, exchanges=8)
NEAR = 1.0
"""Standard deviations of the true numbers within which a predicted one counts as right, for robustness."""
PARTS = (0.5, 0.0)
"""Where the bound on a group's loss lies, from everybody's (0) to the worst group's (1)."""
PENALTY = 1.0
_FOLDS = 5
_GAPS = ("mean_error", "mean_absolute_error", "mean_prediction")


class NumberRule(Value, frozen=True, kw_only=True):
    """One way to predict, with what it costs; gaps are in standard deviations of the true numbers."""

    name: str
    reads_group: bool
    """Whether the group must be known when a number is told: the law does not always allow it."""
    r2: Measurement
    """Share of the variance explained."""
    mean_error_gap: Measurement
    absolute_error_gap: Measurement
    prediction_gap: Measurement
    """Statistical parity: the gap of mean predictions, whatever the truth."""
    robust_share: Measurement
    """People whose number is near the truth, and stays so after every change found within eps of the row."""
    membership_auc: Measurement
    frontier: bool = False
    """Whether no other rule fits as well and has mean errors more alike."""


class NumberTradeOff(Value, frozen=True, kw_only=True):
    """What ``hauberk govern fairness --trade-off COLUMN --json`` prints of a model that predicts a number."""

    schema: Literal["hauberk/trade-off-of-numbers/1"] = "hauberk/trade-off-of-numbers/1"
    column: str
    label: str
    groups: tuple[tuple[str, int], ...]
    """Name and test rows; groups of fewer than thirty are joined as ``others``."""
    spread: float
    """Standard deviation of the true numbers of the test rows."""
    weight: str = ""
    """Column that says for how many people a test row stands; empty: for one."""
    rules: tuple[NumberRule, ...]


def serve(payload: bytes) -> bytes:
    """Weigh the rules of an encoded order."""
    return encode(weigh_numbers(decode(payload, Order)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Way:
    """A rule before it is measured."""

    name: str
    told: Floats
    """The number of each test row."""
    predict: Callable[[Floats, int], Floats]
    """Numbers of rows given as codes, of one group."""
    inside: Floats
    """The number of each training row, for the membership attack."""
    outside: Floats
    reads_group: bool = False


def weigh_numbers(order: Order) -> NumberTradeOff:
    """Measure every rule; raises CannotLook and Misuse saying what is missing."""
    inside = Sheet(id="train", uri="", table=tables.read(order.train), facts=order.train_facts)
    outside = Sheet(id="test", uri="", table=tables.read(order.test), facts=order.test_facts)
    model = open_model(order.model, outside.columns, spare=outside.spare)
    score = score_of(model, None)
    rows, before = rows_of(outside, model), rows_of(inside, model)
    space = learn_space(rows, outside.declared)
    codes = space.codes(before), space.codes(rows)
    names, train, test = sides(inside, outside, order.column, lambda one: one.numbers, codes, classes=False)
    rng = np.random.default_rng(order.seed)
    hit = attacked(test, ATTACKED, rng)
    told = score(before), score(rows)
    ways = [*_laid(told, space, score, test, rng), *_trained(train, test, space)]
    spread = float(np.sqrt(np.cov(test.truth, ddof=0, aweights=test.weights)))
    if spread <= 0:
        raise CannotLook("all true numbers of the test data are one")
    rules = [_rule(way, space, (train, test), hit, names, spread, order.seed) for way in ways]
    sizes = np.bincount(test.groups, minlength=len(names))
    return NumberTradeOff(
        column=order.column,
        label=order.test_facts.label,
        groups=tuple(zip(names, map(int, sizes), strict=True)),
        spread=spread,
        weight=order.test_facts.weight,
        rules=tuple(_with_frontier(rules)),
    )


def _laid(
    told: tuple[Floats, Floats], space: Space, score: Callable[..., Floats], test: Side, rng: np.random.Generator
) -> Iterator[_Way]:
    """The model as it is, and corrections by group of its number, learnt on other folds than they correct."""

    def plain(codes: Floats) -> Floats:
        return score(space.rows(codes))

    inside, outside = told
    yield _Way(
        name="the model as it is", told=outside, predict=lambda codes, _: plain(codes), inside=inside, outside=outside
    )
    fold = rng.permutation(len(outside)) % _FOLDS
    for name, learn in (("shift by group", _shifted), ("line by group", lines)):
        corrected = outside.copy()
        for one in range(_FOLDS):
            held = fold == one
            seen = test.only(np.flatnonzero(~held))
            found = _every(learn(outside[~held], seen.truth, seen.groups, seen.weights), int(test.groups.max()) + 1)
            corrected[held] = found[test.groups[held], 0] + found[test.groups[held], 1] * outside[held]
        every = learn(outside, test.truth, test.groups, test.weights)
        yield _Way(
            name=name,
            told=corrected,
            predict=lambda codes, group, every=every: every[group, 0] + every[group, 1] * plain(codes),  # type: ignore[misc]  # bound now
            inside=inside,
            outside=outside,
            reads_group=True,
        )


def _shifted(predicted: Floats, truth: Floats, groups: Places, weights: Floats) -> Floats:
    """A shift as a line of slope 1."""
    found = shifts(predicted, truth, groups, weights)
    return np.stack([found, np.ones_like(found)], axis=1)


def _every(found: Floats, size: int) -> Floats:
    """Lines of all groups; of one that these rows do not have, the identity."""
    return np.concatenate([found, np.tile([0.0, 1.0], (size - len(found), 1))])


def _trained(train: Side, test: Side, space: Space) -> Iterator[_Way]:
    """A ridge regression on the training data: plain, every group weighed alike, and under bounded group loss."""
    laid = design(space, train.codes)
    x, outside = laid(train.codes), laid(test.codes)

    def learner(features: Floats, truth: Floats, weights: Floats) -> Callable[[Floats], Floats]:
        return ridge(features, truth, weights, PENALTY)

    fitted = {
        "regression, retrained": learner(x, train.truth, train.weights),
        "regression, groups weighed alike": learner(x, train.truth, alike(train.groups, train.weights)),
    } | {
        f"regression, bounded group loss, {part:g}": bounded(
            learner, x, train.truth, train.groups, train.weights, part=part
        )
        for part in PARTS
    }
    for name, rule in fitted.items():
        told = rule(outside)
        yield _Way(
            name=name,
            told=told,
            predict=lambda codes, _, rule=rule: rule(laid(codes)),  # type: ignore[misc]  # bound now
            inside=rule(x),
            outside=told,
        )


def _rule(
    way: _Way, space: Space, both: tuple[Side, Side], hit: Places, names: tuple[str, ...], spread: float, seed: int
) -> NumberRule:
    train, test = both
    rng = np.random.default_rng(seed)
    weights = test.weights if test.weighted else None
    everybody = np.zeros(len(test.truth), dtype=np.intp)
    whole = {one.name: one for one in estimate_numbers(way.told, test.truth, everybody, ("",), rng, weights=weights)}
    held = np.flatnonzero(test.groups < len(names) - 1)
    seen = test.only(held)
    of = seen.weights if test.weighted else None
    gaps = {
        one.name.removesuffix("_gap"): Measurement(
            name=f"standardised_{one.name}",
            value=one.value / spread,
            low=one.low / spread,
            high=one.high / spread,
            n=one.n,
            parameters={"more": one.more, "less": one.less},
        )
        for one in estimate_numbers(way.told[held], seen.truth, seen.groups, names[:-1], rng, weights=of)
        if one.name.endswith("_gap")
    }
    area, below, above = auc(-np.abs(way.inside - train.truth), -np.abs(way.outside - test.truth))
    fit = whole["r2"]
    return NumberRule(
        name=way.name,
        reads_group=way.reads_group,
        r2=Measurement(name="r2", value=fit.value, low=fit.low, high=fit.high, n=fit.n),
        mean_error_gap=gaps[_GAPS[0]],
        absolute_error_gap=gaps[_GAPS[1]],
        prediction_gap=gaps[_GAPS[2]],
        robust_share=_robust(way, space, test, hit, NEAR * spread, seed),
        membership_auc=Measurement(name="membership_auc", value=area, low=below, high=above, n=len(test.truth)),
    )


def _robust(way: _Way, space: Space, test: Side, hit: Places, near: float, seed: int) -> Measurement:
    """Rows one by one, since each has a truth of its own to stay near."""
    if not len(hit):
        return Measurement(name="robust_share", value=None, note="not estimable: every row has a gap")
    withstood = np.zeros(len(hit), dtype=bool)
    for index, row in enumerate(map(int, hit)):

        def label(codes: Floats, row: int = row) -> Labels:
            off = np.abs(way.predict(codes, int(test.groups[row])) - test.truth[row])
            return np.where(off <= near, "near", "far")

        here = test.codes[row : row + 1]
        if label(here)[0] == "near":
            flips = evade(label, space, here, test.codes[hit], SETTINGS, np.random.default_rng(seed))
            withstood[index] = flips.distance[0] > SETTINGS.eps + 1e-9
    return test.only(hit).measured(
        "robust_share", withstood, {"eps": SETTINGS.eps, "budget": SETTINGS.budget, "near": NEAR}
    )


def _with_frontier(rules: list[NumberRule]) -> Iterator[NumberRule]:
    at = [(one.r2.value or 0.0, one.mean_error_gap.value or 0.0) for one in rules]
    for one, (fit, gap) in zip(rules, at, strict=True):
        beaten = any(a >= fit and g <= gap and (a, g) != (fit, gap) for a, g in at)
        fields = {name: getattr(one, name) for name in NumberRule.__struct_fields__}
        yield NumberRule(**fields | {"frontier": not beaten})
