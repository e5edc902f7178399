# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-002: membership inference against a classifier of table rows."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.membership import Point, at_rank, losses, lowest_fpr, rank_of, relative_losses
from hauberk.checks.attack.reference import LEAST, Side, expected_shares
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.model import Model
from hauberk.models.trial import Sheet, classifies, open_for, rows_of, tested_on, trained_on
from hauberk.stats.ranking import auc

ROWS = 20_000
"""Rows of each side that are asked, drawn at random where there are more."""
RATES = (0.01, 0.001)
"""False positive rates at which members are counted."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@check(
    "HBK-ATK-002",
    stage="attack",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=classifies,
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement="membership_tpr", at_most=0.05),
        Limit(measurement="membership_auc", at_most=0.6, severity=Severity.MEDIUM),
    ),
    seconds=120,
    remedy="regularise or stop training earlier until training and test loss agree, return labels or rounded scores, "
    "or train with differential privacy",
    references=(
        "ATLAS:AML.T0024.000",
        "OWASP-ML:2023:ML04",
        "GDPR:Art.5(1)(f)",
        "doi:10.1109/CSF.2018.00027",
        "arXiv:2111.08440",
    ),
)
def membership(target: Target) -> Iterator[Measurement]:
    """The model tells who was in its training data.

    Where a model is surer of rows it was trained on, anybody who knows a person's row can learn that the person was in
    the data. Measured is the share of training rows found while at most 1 % (and 0.1 %, where the test rows suffice)
    of other rows are accused. The default limit is 0.05: at equal odds beforehand, an accusation at five times the
    chance rate of 0.01 is right in five of six cases. The area under the curve stands beside it, never alone.
    """
    inside, outside = trained_on(target), tested_on(target)
    model = open_for(target, outside, budget=4 * ROWS)
    rng = np.random.default_rng(target.seed)
    members, others = _sides(inside, outside, rng)
    parameters: dict[str, Parameter] = {
        "threat_model": "scores" if model.scored else "label-only",
        "members": len(members.rows),
        "others": len(others.rows),
        "threshold": "order statistic of the test losses",
        "seed": target.seed,
        "data": f"{inside.id} | {outside.id}",
        **model.told,
    }
    if not model.scored:
        yield from _measured(
            "whether the label is right", _wrong(model, members), _wrong(model, others), parameters, rng
        )
        return
    given = _shares(model, members), _shares(model, others)
    yield from _measured("loss of the true label", losses(given[0]), losses(given[1]), parameters, rng)
    if len(others.rows) >= LEAST:
        expected = expected_shares(members, others, rng)
        low, high = relative_losses(given[0], expected[0]), relative_losses(given[1], expected[1])
        yield from _measured("log-odds less those of a reference trained on test rows", low, high, parameters, rng)
        yield _blind(expected[0], expected[1], parameters)


def _sides(inside: Sheet, outside: Sheet, rng: np.random.Generator) -> tuple[Side, Side]:
    """Rows trained on, each once; and test rows that are none of these, for only they are outsiders."""
    shared = [name for name in inside.table.names if name in outside.table.names]
    trained: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(_keys(inside, shared)):
        trained.setdefault(key, row)
    members = np.fromiter(trained.values(), dtype=np.intp, count=len(trained))
    others = np.flatnonzero([key not in trained for key in _keys(outside, shared)])
    if min(len(members), len(others)) < 2:  # noqa: PLR2004  a variance needs two
        raise CannotLook(f"{outside.id}: fewer than two of its rows are not in {inside.id} as well")
    return _drawn(inside, members, rng), _drawn(outside, others, rng)


def _drawn(sheet: Sheet, among: Places, rng: np.random.Generator) -> Side:
    return Side(sheet=sheet, rows=np.sort(rng.permutation(among)[:ROWS]))


def _keys(sheet: Sheet, names: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(sheet.table.column(name).tolist() for name in names), strict=True)


def _shares(model: Model, side: Side) -> Floats:
    return model.scores(rows_of(side.sheet, model, side.rows)).of(side.labels)


def _wrong(model: Model, side: Side) -> Floats:
    wrong: Floats = (model.labels(rows_of(side.sheet, model, side.rows)) != side.labels).astype(np.float64)
    return wrong


def _measured(
    attack: str, members: Floats, others: Floats, parameters: dict[str, Parameter], rng: np.random.Generator
) -> Iterator[Measurement]:
    shared: dict[str, Parameter] = {"attack": attack, **parameters}
    yield from _rates(members, others, {**shared, "interval": "clopper-pearson"}, rng)
    area, low, high = auc(-members, -others)
    shared |= {"interval": "delong"}
    yield Measurement(name="membership_auc", value=area, low=low, high=high, n=len(others), parameters=shared)


def _blind(members: Floats, others: Floats, parameters: dict[str, Parameter]) -> Measurement:
    """How well the reference alone tells the two sides apart (Das, Zhang and Tramer 2024): a half, if all is well."""
    area, low, high = auc(members, others)
    alike = low <= 0.5 <= high  # noqa: PLR2004  a coin
    note = "" if alike else "the two data sets differ even without the model: part of what is found is theirs, not its"
    shared: dict[str, Parameter] = {"attack": "reference alone, without the model", **parameters, "interval": "delong"}
    return Measurement(
        name="membership_blind_auc", value=area, low=low, high=high, n=len(others), parameters=shared, note=note
    )


def _rates(
    members: Floats, others: Floats, parameters: dict[str, Parameter], rng: np.random.Generator
) -> Iterator[Measurement]:
    for rate in RATES:
        shared: dict[str, Parameter] = {**parameters, "fpr": rate}
        rank = rank_of(rate, len(others))
        if rank:
            yield _point("membership_tpr", at_rank(members, others, rank, rng), shared)
            continue
        note = (
            f"not estimable at n={len(others)}: a false positive rate of {rate:g} needs {round(1 / rate) - 1} test rows"
        )
        yield Measurement(name="membership_tpr", value=None, n=len(others), parameters=shared, note=note)
    if not rank_of(RATES[0], len(others)):
        lowest: dict[str, Parameter] = {**parameters, "fpr": lowest_fpr(len(others))}
        yield _point("membership_tpr_at_lowest_fpr", at_rank(members, others, 1, rng), lowest)


def _point(name: str, point: Point, parameters: dict[str, Parameter]) -> Measurement:
    low, high = point.tpr_interval
    shared: dict[str, Parameter] = {
        **parameters,
        "fpr_mean": point.fpr,
        "fpr_low": point.fpr_interval[0],
        "fpr_high": point.fpr_interval[1],
    }
    return Measurement(name=name, value=point.tpr, low=low, high=high, n=point.members, parameters=shared)
