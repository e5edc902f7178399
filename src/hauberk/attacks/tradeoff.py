# SPDX-License-Identifier: Apache-2.0
"""What fairer decisions cost: accuracy, robustness and privacy of each mitigation, measured on the same test rows.

``serve`` is called in a confined child, since it opens the model. Thresholds by group are laid on the model's own score
and chosen on other test rows than they decide. Reweighing and the exponentiated gradient need training, which the
model's file does not allow: they train a logistic regression on the training data, and are to be compared with the
same regression without them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hauberk.assets import table as tables
from hauberk.assets.table import missing
from hauberk.attacks.labelonly import Labels, Settings, evade
from hauberk.attacks.space import Floats, Space, learn_space
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.measurement import Measurement
from hauberk.core.system import Facts
from hauberk.core.value import Value
from hauberk.models.explained import score_of
from hauberk.models.model import Rows, in_order, label_text, open_model
from hauberk.models.trial import Sheet, rows_of
from hauberk.stats.groups import count, widest_gap
from hauberk.stats.intervals import wilson
from hauberk.stats.mitigation import Flags, Places, exponentiated, logistic, reweighed, thresholds
from hauberk.stats.ranking import auc

ATTACKED = 80
"""Rows that are attacked for each rule."""
SETTINGS = Settings(budget=120, restarts=1, exchanges=8)
PRICES = (0.1, 0.3, 1.0, 3.0)
"""Errors that one unit of the equalized-odds gap is worth, from cheap to dear."""
SLACKS = (0.1, 0.03)
RIDGE = 10.0
FLOOR = 30
_FOLDS = 5
_MOST_GROUPS = 12
_EVEN = 0.5


class Order(Value, frozen=True, kw_only=True):
    """Which model, which data, by which column."""

    model: bytes
    train: bytes
    test: bytes
    train_facts: Facts
    test_facts: Facts
    column: str
    seed: int = 0


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
    rules: tuple[Rule, ...]


def serve(payload: bytes) -> bytes:
    """Weigh the rules of an encoded order."""
    return encode(weigh(decode(payload, Order)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Side:
    """Rows of one data set as a rule sees them."""

    codes: Floats
    deserved: Flags
    groups: Places


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
    for sheet in (inside, outside):
        if order.column not in sheet.table.names:
            raise Misuse(f"the {sheet.id} data have no column {order.column!r}", remedy="name a sensitive column")
    good = str(label_text(np.asarray([order.test_facts.favourable]))[0])
    if not order.test_facts.favourable:
        raise CannotLook("the manifest does not say which label is good for the person", remedy="add facts.favourable")
    model = open_model(order.model, outside.columns, in_order(outside.labels))
    score = score_of(model, good)
    rows = rows_of(outside, model)
    space = learn_space(rows, outside.declared)
    names, train, test = _sides(inside, outside, order.column, good, space, rows_of(inside, model), rows)
    rng = np.random.default_rng(order.seed)
    usable = np.flatnonzero(np.isfinite(test.codes).all(axis=1))
    attacked = np.sort(rng.permutation(usable)[:ATTACKED])
    shares = score(rows_of(inside, model)), score(rows)
    ways = [*_laid(shares, space, score, test, rng), *_trained(train, test, space)]
    rules = [_rule(way, space, train, test, attacked, names, order.seed) for way in ways]
    sizes = np.bincount(test.groups, minlength=len(names))
    return TradeOff(
        column=order.column,
        favourable=good,
        groups=tuple(zip(names, map(int, sizes), strict=True)),
        rules=tuple(_with_frontier(rules)),
    )


def _sides(
    inside: Sheet, outside: Sheet, column: str, good: str, space: Space, train_rows: Rows, rows: Rows
) -> tuple[tuple[str, ...], _Side, _Side]:
    """Both data sets over the groups of the test data that have enough people of either truth."""
    found = []
    for sheet in (inside, outside):
        cells = sheet.table.column(column)
        numbers, cuts = (
            sheet.table.number(column),
            sorted(sheet.declared[column].groups) if column in sheet.declared else [],
        )
        named = cells.astype(object).astype(str)
        if cuts and numbers is not None:
            labels = [f"under {cuts[0]:g}", *(f"{cut:g} and over" for cut in cuts)]
            named = np.asarray(labels)[np.digitize(np.nan_to_num(numbers), cuts)]
        found.append((np.where(missing(cells), "missing", named), sheet.labels == good))
    (train_names, train_truth), (test_names, test_truth) = found
    sizes = {
        str(name): min(int(((test_names == name) & (test_truth == truth)).sum()) for truth in (True, False))
        for name in np.unique(test_names)
    }
    kept = sorted(name for name, n in sizes.items() if n >= FLOOR)[:_MOST_GROUPS]
    if len(kept) < 2:  # noqa: PLR2004  a gap needs two
        raise CannotLook(f"fewer than two groups of {column!r} have {FLOOR} test rows of either truth")
    names = (*kept, "others")
    place = {name: index for index, name in enumerate(kept)}
    train_groups, test_groups = (
        np.array([place.get(str(name), len(kept)) for name in each]) for each in (train_names, test_names)
    )
    train = _Side(codes=space.codes(train_rows), deserved=train_truth, groups=train_groups)
    test = _Side(codes=space.codes(rows), deserved=test_truth, groups=test_groups)
    return names, train, test


def _laid(
    shares: tuple[Floats, Floats],
    space: Space,
    score: Callable[..., Floats],
    test: _Side,
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
            cuts = thresholds(shares[1][~held], test.deserved[~held], test.groups[~held], price)
            chances[held] = shares[1][held] >= cuts[test.groups[held]]
        every = thresholds(shares[1], test.deserved, test.groups, price)
        yield _Way(
            name=f"thresholds by group, price {price:g}",
            chances=chances,
            decide=lambda codes, group, every=every: above(codes, float(every[group])),  # type: ignore[misc]  # bound now
            scores=shares,
            reads_group=True,
        )


def _trained(train: _Side, test: _Side, space: Space) -> Iterator[_Way]:
    """A logistic regression on the training data: plain, reweighed, and under the exponentiated gradient."""
    mean, spread = np.nanmean(train.codes, axis=0), np.nanstd(train.codes, axis=0)

    def design(codes: Floats) -> Floats:
        parts = []
        for index, feature in enumerate(space.features):
            column = codes[:, index]
            if feature.kind == "category":
                parts.append((column[:, None] == np.arange(len(feature.values))).astype(np.float64))
            else:
                parts.append(np.nan_to_num((column - mean[index]) / (spread[index] or 1.0))[:, None])
        return np.concatenate(parts, axis=1)

    x, outside, truth = design(train.codes), design(test.codes), train.deserved.astype(np.float64)

    def learner(features: Floats, outcome: Floats, weights: Floats) -> Callable[[Floats], Floats]:
        return logistic(features, outcome, weights, RIDGE)

    fitted = {
        "regression, retrained": learner(x, truth, np.ones(len(truth))),
        "regression, reweighed": learner(x, truth, reweighed(train.deserved, train.groups)),
    }
    for name, rule in fitted.items():
        yield _way(name, rule, design, x, outside, hard=True)
    for slack in SLACKS:
        drawn = exponentiated(learner, x, train.deserved, train.groups, slack)
        yield _way(f"regression, exponentiated gradient, slack {slack:g}", drawn, design, x, outside, hard=False)


def _way(
    name: str,
    rule: Callable[[Floats], Floats],
    design: Callable[[Floats], Floats],
    x: Floats,
    outside: Floats,
    *,
    hard: bool,
) -> _Way:
    shares = rule(x), rule(outside)
    chances = (shares[1] >= _EVEN).astype(np.float64) if hard else shares[1]
    return _Way(name=name, chances=chances, decide=lambda codes, _: rule(design(codes)) >= _EVEN, scores=shares)


def _rule(
    way: _Way, space: Space, train: _Side, test: _Side, attacked: Places, names: tuple[str, ...], seed: int
) -> Rule:
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(way.chances)) < way.chances
    right = int((chosen == test.deserved).sum())
    low, high = wilson(right, len(chosen))
    accuracy = Measurement(name="accuracy", value=right / len(chosen), low=low, high=high, n=len(chosen))
    held = test.groups < len(names) - 1
    named = np.asarray(names)[test.groups]
    rates = [
        count(chosen[held & (test.deserved == truth)], named[held & (test.deserved == truth)])
        for truth in (True, False)
    ]
    inside, outside = (_losses(*each) for each in zip(way.scores, (train.deserved, test.deserved), strict=True))
    area, below, above = auc(-inside, -outside)
    return Rule(
        name=way.name,
        reads_group=way.reads_group,
        lottery=bool(((way.chances > 0) & (way.chances < 1)).any()),
        accuracy=accuracy,
        equalized_odds=_gap("equalized_odds_difference", rates),
        parity=_gap("demographic_parity_difference", [count(chosen[held], named[held])]),
        robust_accuracy=_robust(way, space, test, attacked, seed),
        membership_auc=Measurement(name="membership_auc", value=area, low=below, high=above, n=len(outside)),
    )


def _gap(name: str, rates: list[dict[str, tuple[int, int]]]) -> Measurement:
    gap = widest_gap(rates)
    if gap is None:
        return Measurement(name=name, value=None, note="not estimable: fewer than two groups")
    return Measurement(name=name, value=gap.value, low=gap.low, high=gap.high, n=gap.n)


def _losses(shares: Floats, truth: Flags) -> Floats:
    found: Floats = -np.log(np.clip(np.where(truth, shares, 1 - shares), 1e-6, 1.0))
    return found


def _robust(way: _Way, space: Space, test: _Side, attacked: Places, seed: int) -> Measurement:
    """The share of rows that are decided rightly and stay so within eps, group by group."""
    withstood = 0
    for group in np.unique(test.groups[attacked]):

        def label(codes: Floats, group: int = int(group)) -> Labels:
            return np.where(way.decide(codes, group), "yes", "no")

        rows = attacked[test.groups[attacked] == group]
        given = label(test.codes[rows]) == "yes"
        rows = rows[given == test.deserved[rows]]
        flips = evade(label, space, test.codes[rows], test.codes[attacked], SETTINGS, np.random.default_rng(seed))
        withstood += int((flips.distance > SETTINGS.eps + 1e-9).sum())
    if not len(attacked):
        return Measurement(name="robust_accuracy", value=None, note="not estimable: every row has a gap")
    low, high = wilson(withstood, len(attacked))
    given_: dict[str, str | int | float | bool | None] = {"eps": SETTINGS.eps, "budget": SETTINGS.budget}
    value = withstood / len(attacked)
    return Measurement(name="robust_accuracy", value=value, low=low, high=high, n=len(attacked), parameters=given_)


def _with_frontier(rules: list[Rule]) -> Iterator[Rule]:
    at = [(one.accuracy.value or 0.0, one.equalized_odds.value or 0.0) for one in rules]
    for one, (accuracy, gap) in zip(rules, at, strict=True):
        beaten = any(a >= accuracy and g <= gap and (a, g) != (accuracy, gap) for a, g in at)
        fields = {name: getattr(one, name) for name in Rule.__struct_fields__}
        yield Rule(**fields | {"frontier": not beaten})
