# SPDX-License-Identifier: Apache-2.0
"""What fairer decisions cost: accuracy, robustness and privacy of each mitigation, measured on the same test rows.

``serve`` is called in a confined child, since it opens the model. Thresholds by group are laid on the model's own score
and chosen on other test rows than they decide. Reweighing and the exponentiated gradient need training, which the
model's file does not allow: they train a logistic regression on the training data, and are to be compared with the
same regression without them. Where rows stand for several people, every rule is fitted and judged with their weights;
membership counts rows, since it is the person of the row who is recognised.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hauberk.assets import table as tables
from hauberk.attacks.labelonly import Labels, Settings, evade
from hauberk.attacks.space import Floats, Space, learn_space
from hauberk.attacks.tradeoff_sides import ATTACKED, FLOOR, Order, Side, attacked, design, sides
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.measurement import Measurement
from hauberk.core.value import Value
from hauberk.models.explained import score_of
from hauberk.models.model import in_order, label_text, open_model
from hauberk.models.trial import Sheet, rows_of
from hauberk.stats.fairness_estimates import estimate, tabulate
from hauberk.stats.groups import count, widest_gap
from hauberk.stats.mitigation import Flags, Places, exponentiated, logistic, reweighed, thresholds
from hauberk.stats.ranking import auc

SETTINGS = Settings(budget=120, restarts=1, exchanges=8)
PRICES = (0.1, 0.3, 1.0, 3.0)
"""Errors that one unit of the equalized-odds gap is worth, from cheap to dear."""
SLACKS = (0.1, 0.03)
RIDGE = 10.0
_FOLDS = 5
_EVEN = 0.5


class Rule(Value, frozen=True, kw_only=True):
    """One way to decide, with what it costs."""

    name: str
    reads_group: bool
    """Whether the group must be known when a person is decided: the law does not always allow it."""
    lottery: bool
    """Whether some people are decided by a draw."""
    accuracy: Measurement
    equalized_odds: Measurement
    parity: Measurement
    robust_accuracy: Measurement
    membership_auc: Measurement
    frontier: bool = False
    """Whether no other rule is at least as accurate and treats groups more alike."""


class TradeOff(Value, frozen=True, kw_only=True):
    """What ``hauberk govern fairness --trade-off COLUMN --json`` prints."""

    schema: Literal["hauberk/trade-off/1"] = "hauberk/trade-off/1"
    column: str
    favourable: str
    groups: tuple[tuple[str, int], ...]
    """Name and test rows; groups of fewer than thirty are joined as ``others``."""
    weight: str = ""
    """Column that says for how many people a test row stands; empty: for one."""
    rules: tuple[Rule, ...]


def serve(payload: bytes) -> bytes:
    """Weigh the rules of an encoded order."""
    return encode(weigh(decode(payload, Order)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Way:
    """A rule before it is measured."""

    name: str
    chances: Floats
    """Of the favourable decision, of each test row."""
    decide: Callable[[Floats, int], Flags]
    """Decisions of rows given as codes, of one group."""
    scores: tuple[Floats, Floats]
    """Of training and of test rows, for the membership attack."""
    reads_group: bool = False


def weigh(order: Order) -> TradeOff:
    """Measure every rule; raises CannotLook and Misuse saying what is missing."""
    inside = Sheet(id="train", uri="", table=tables.read(order.train), facts=order.train_facts)
    outside = Sheet(id="test", uri="", table=tables.read(order.test), facts=order.test_facts)
    good = str(label_text(np.asarray([order.test_facts.favourable]))[0])
    if not order.test_facts.favourable:
        raise CannotLook("the manifest does not say which label is good for the person", remedy="add facts.favourable")
    model = open_model(order.model, outside.columns, in_order(outside.labels), spare=outside.spare)
    score = score_of(model, good)
    rows, before = rows_of(outside, model), rows_of(inside, model)
    space = learn_space(rows, outside.declared)

    def truth(sheet: Sheet) -> Floats:
        deserved: Floats = (sheet.labels == good).astype(np.float64)
        return deserved

    codes = space.codes(before), space.codes(rows)
    names, train, test = sides(inside, outside, order.column, truth, codes, classes=True)
    rng = np.random.default_rng(order.seed)
    hit = attacked(test, ATTACKED, rng)
    shares = score(before), score(rows)
    ways = [*_laid(shares, space, score, test, rng), *_trained(train, test, space)]
    rules = [_rule(way, space, train, test, hit, names, order.seed) for way in ways]
    sizes = np.bincount(test.groups, minlength=len(names))
    return TradeOff(
        column=order.column,
        favourable=good,
        groups=tuple(zip(names, map(int, sizes), strict=True)),
        weight=order.test_facts.weight,
        rules=tuple(_with_frontier(rules)),
    )


def _laid(
    shares: tuple[Floats, Floats],
    space: Space,
    score: Callable[..., Floats],
    test: Side,
    rng: np.random.Generator,
) -> Iterator[_Way]:
    """The model as it is, and thresholds by group on its score, chosen on other folds than they decide."""

    def above(codes: Floats, cut: float) -> Flags:
        found: Flags = score(space.rows(codes)) >= cut
        return found

    plain = (shares[1] >= _EVEN).astype(np.float64)
    yield _Way(name="the model as it is", chances=plain, decide=lambda codes, _: above(codes, _EVEN), scores=shares)
    fold = rng.permutation(len(plain)) % _FOLDS
    for price in PRICES:
        chances = np.zeros(len(plain))
        for one in range(_FOLDS):
            held = fold == one
            seen = test.only(np.flatnonzero(~held))
            cuts = thresholds(shares[1][~held], seen.deserved, seen.groups, price, seen.weights)
            chances[held] = shares[1][held] >= cuts[test.groups[held]]
        every = thresholds(shares[1], test.deserved, test.groups, price, test.weights)
        yield _Way(
            name=f"thresholds by group, price {price:g}",
            chances=chances,
            decide=lambda codes, group, every=every: above(codes, float(every[group])),  # type: ignore[misc]  # bound now
            scores=shares,
            reads_group=True,
        )


def _trained(train: Side, test: Side, space: Space) -> Iterator[_Way]:
    """A logistic regression on the training data: plain, reweighed, and under the exponentiated gradient."""
    laid = design(space, train.codes)
    x, outside, truth = laid(train.codes), laid(test.codes), train.truth

    def learner(features: Floats, outcome: Floats, weights: Floats) -> Callable[[Floats], Floats]:
        return logistic(features, outcome, weights, RIDGE)

    fitted = {
        "regression, retrained": learner(x, truth, train.weights),
        "regression, reweighed": learner(x, truth, reweighed(train.deserved, train.groups, train.weights)),
    }
    for name, rule in fitted.items():
        yield _way(name, rule, laid, x, outside, hard=True)
    for slack in SLACKS:
        drawn = exponentiated(learner, x, train.deserved, train.groups, slack, train.weights)
        yield _way(f"regression, exponentiated gradient, slack {slack:g}", drawn, laid, x, outside, hard=False)


def _way(
    name: str,
    rule: Callable[[Floats], Floats],
    laid: Callable[[Floats], Floats],
    x: Floats,
    outside: Floats,
    *,
    hard: bool,
) -> _Way:
    shares = rule(x), rule(outside)
    chances = (shares[1] >= _EVEN).astype(np.float64) if hard else shares[1]
    return _Way(name=name, chances=chances, decide=lambda codes, _: rule(laid(codes)) >= _EVEN, scores=shares)


def _rule(way: _Way, space: Space, train: Side, test: Side, hit: Places, names: tuple[str, ...], seed: int) -> Rule:
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(way.chances)) < way.chances
    inside, outside = (_losses(*each) for each in zip(way.scores, (train.deserved, test.deserved), strict=True))
    area, below, above = auc(-inside, -outside)
    odds, parity = (_weighed if test.weighted else _counted)(chosen, test, names, rng)
    return Rule(
        name=way.name,
        reads_group=way.reads_group,
        lottery=bool(((way.chances > 0) & (way.chances < 1)).any()),
        accuracy=test.measured("accuracy", chosen == test.deserved, {}),
        equalized_odds=odds,
        parity=parity,
        robust_accuracy=_robust(way, space, test, hit, seed),
        membership_auc=Measurement(name="membership_auc", value=area, low=below, high=above, n=len(outside)),
    )


def _counted(
    chosen: Flags, test: Side, names: tuple[str, ...], _: np.random.Generator
) -> tuple[Measurement, Measurement]:
    """Both gaps of rows that stand for one person each."""
    held = test.groups < len(names) - 1
    named = np.asarray(names)[test.groups]
    rates = [
        count(chosen[held & (test.deserved == truth)], named[held & (test.deserved == truth)])
        for truth in (True, False)
    ]
    return (
        _gap("equalized_odds_difference", rates),
        _gap("demographic_parity_difference", [count(chosen[held], named[held])]),
    )


def _weighed(
    chosen: Flags, test: Side, names: tuple[str, ...], rng: np.random.Generator
) -> tuple[Measurement, Measurement]:
    """The same of rows that stand for several."""
    held = np.flatnonzero(test.groups < len(names) - 1)
    seen = test.only(held)
    table = tabulate(chosen[held], seen.deserved, seen.groups, names[:-1], seen.weights)
    found = {one.metric.name: one for one in estimate(table, rng, floor=FLOOR)}
    odds, parity = (
        Measurement(name=name, value=one.value, low=one.low, high=one.high, n=one.n, note=one.note)
        for name in ("equalized_odds_difference", "demographic_parity_difference")
        if (one := found[name])
    )
    return odds, parity


def _gap(name: str, rates: list[dict[str, tuple[int, int]]]) -> Measurement:
    gap = widest_gap(rates)
    if gap is None:
        return Measurement(name=name, value=None, note="not estimable: fewer than two groups")
    return Measurement(name=name, value=gap.value, low=gap.low, high=gap.high, n=gap.n)


def _losses(shares: Floats, truth: Flags) -> Floats:
    found: Floats = -np.log(np.clip(np.where(truth, shares, 1 - shares), 1e-6, 1.0))
    return found


def _robust(way: _Way, space: Space, test: Side, hit: Places, seed: int) -> Measurement:
    """The share of people who are decided rightly and stay so within eps, group by group."""
    if not len(hit):
        return Measurement(name="robust_accuracy", value=None, note="not estimable: every row has a gap")
    withstood = np.zeros(len(hit), dtype=bool)
    for group in np.unique(test.groups[hit]):

        def label(codes: Floats, group: int = int(group)) -> Labels:
            return np.where(way.decide(codes, group), "yes", "no")

        mine = np.flatnonzero(test.groups[hit] == group)
        given = label(test.codes[hit[mine]]) == "yes"
        mine = mine[given == test.deserved[hit[mine]]]
        rows = test.codes[hit[mine]]
        flips = evade(label, space, rows, test.codes[hit], SETTINGS, np.random.default_rng(seed))
        withstood[mine] = flips.distance > SETTINGS.eps + 1e-9
    return test.only(hit).measured("robust_accuracy", withstood, {"eps": SETTINGS.eps, "budget": SETTINGS.budget})


def _with_frontier(rules: list[Rule]) -> Iterator[Rule]:
    at = [(one.accuracy.value or 0.0, one.equalized_odds.value or 0.0) for one in rules]
    for one, (accuracy, gap) in zip(rules, at, strict=True):
        beaten = any(a >= accuracy and g <= gap and (a, g) != (accuracy, gap) for a, g in at)
        fields = {name: getattr(one, name) for name in Rule.__struct_fields__}
        yield Rule(**fields | {"frontier": not beaten})
