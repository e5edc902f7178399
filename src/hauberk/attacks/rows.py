# SPDX-License-Identifier: Apache-2.0
"""One attack on a model of table rows, from order to measurements: gradients where there are some, search, and trees.

``serve`` is called in a confined child. Every success is judged once more on decoded rows by ``lawful``, which shares
no code with the attacks; what it refuses is no success.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec
import numpy as np

from hauberk.assets import table as tables
from hauberk.assets.table import Table
from hauberk.attacks import lawful
from hauberk.attacks.campaign import Outcome, Progress, Row, judgements, send
from hauberk.attacks.evolve import Breeding, evolve
from hauberk.attacks.figures import curve, smallest
from hauberk.attacks.gallery import MOST, Delta, Example
from hauberk.attacks.journal import Journal, pieces
from hauberk.attacks.labelonly import Flips, Settings, evade
from hauberk.attacks.rows_journal import Remembered
from hauberk.attacks.space import Flags, Floats, Places, learn_space
from hauberk.attacks.trees import Bound, Reach, TreeSearch
from hauberk.attacks.validity import Verdict, enough, judged, verdict
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, Malformed, MissingExtra
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.seams import seam
from hauberk.core.system import Column
from hauberk.core.value import Value
from hauberk.models.model import Rows, in_order, label_text
from hauberk.models.tabular import Opened, open_table_model
from hauberk.stats.intervals import median, wilson

POPULATION = 2000
"""Rows from which ranges, categories and starting points are learnt."""
_SEAM = "hauberk.attacks.whitebox.rows"
_FEWEST = 1e-9
_STARTS = 4
"""Of CAPGD; the searches draw anew as they go."""


class RowsOrder(Value, frozen=True, kw_only=True):
    """What is to be attacked, and how hard."""

    model: bytes
    format: str
    table: bytes
    """The data set's file."""
    label: str
    columns: tuple[Column, ...] = ()
    """What the manifest declares."""
    relations: tuple[str, ...] = ()
    eps: float = 0.05
    """Gower distance; for trees also Linf, in shares of each column's range."""
    budget: int = 300
    """Queries for each row and attack; for trees, parts of the space a hundred times that."""
    rows: int = 200
    black_box: bool = False
    labels_only: bool = False
    method: str = ""
    """One attack by its name in ``methods``; empty for all that fit, one after the other."""
    seed: int = 0
    journal: str = ""
    """Path of the journal that is resumed; read where the attack runs, written by its caller."""

    @property
    def key(self) -> bytes:
        """All that shapes the attack: what its journal belongs to."""
        return encode(msgspec.structs.replace(self, journal=""))


class _Trial:
    """The rows under attack, and what the model says of them."""

    def __init__(self, order: RowsOrder, opened: Opened, sheet: Table, journal: Journal | None = None) -> None:
        self.journal = journal or Journal()
        rng = np.random.default_rng(order.seed)
        drawn = np.sort(rng.permutation(sheet.n)[:POPULATION])
        self.order, self.opened, self.model = order, opened, Remembered(opened.classifier, self.journal)
        self.rows = _rows_of(sheet, self.model, drawn)
        self.declared = {column.name: column for column in order.columns}
        self.space = learn_space(self.rows, self.declared, order.relations)
        self.population = self.space.codes(self.rows)
        self.predicted = self.model.labels(self.rows)
        truth = label_text(sheet.column(order.label))[drawn]
        if len(np.unique(self.predicted)) == 1:
            raise CannotLook("the model gives one label for all rows, so that there is nothing to flip")
        self.attacked: Places = np.sort(rng.permutation(len(drawn))[: order.rows]).astype(np.intp)
        self.right: Flags = (self.predicted == truth)[self.attacked]
        self.codes = self.population[self.attacked]
        self.rng = rng

    def query(self, codes: Floats) -> Rows:
        """Codes as rows that the model reads."""
        return self.space.rows(codes)


def serve(payload: bytes, emit: Callable[[bytes], None]) -> bytes:
    """Run an encoded order; answers an encoded outcome and emits encoded progress."""

    def progress(what: str, done: int, total: int) -> None:
        emit(encode([what, done, total]))

    order = decode(payload, RowsOrder)
    past = pieces(Path(order.journal), order.key) if order.journal else iter(())
    return encode(attack_rows(order, progress, Journal(past, lambda piece: send(piece, emit))))


def attack_rows(order: RowsOrder, progress: Progress, journal: Journal | None = None) -> Outcome:
    """Attack a model of table rows under the law that the manifest and the data state.

    What the journal holds is not asked again.
    """
    sheet = tables.read(order.table)
    if order.label not in sheet.names:
        raise CannotLook("no column has the name of the label", remedy="give --label")
    columns = tuple(name for name in sheet.names if name != order.label)
    known = in_order(label_text(sheet.column(order.label)))
    budget = 8 * order.rows * order.budget + 10 * POPULATION
    trial = _Trial(order, open_table_model(order.model, order.format, columns, known, budget=budget), sheet, journal)
    distance, queries, rows = np.full(len(trial.attacked), np.inf), np.zeros(len(trial.attacked)), []
    best, broken = trial.codes.copy(), 0
    for name, run in _attacks(trial):
        who = np.flatnonzero(trial.right & (distance > order.eps + _FEWEST))
        progress(name, len(distance) - len(who), len(distance))
        flips = run(who)
        unlawful = _unlawful(trial, who, flips.nearest)
        broken += int((unlawful & np.isfinite(flips.distance)).sum())
        won = np.isfinite(flips.distance) & ~unlawful
        nearer = won & (flips.distance < distance[who])
        distance[who[nearer]], best[who[nearer]] = flips.distance[nearer], flips.nearest[nearer]
        queries[who] += flips.queries
        within = int((flips.distance[won] <= order.eps + _FEWEST).sum())
        rows.append(Row(attack=name, tried=len(who), fooled=within, queries=int(flips.queries.sum())))
    outcome = _outcome(trial, distance, queries, (tuple(rows), broken, progress))
    return msgspec.structs.replace(outcome, examples=_examples(trial, best, distance))


def prove(order: RowsOrder) -> tuple[Measurement, ...]:
    """What is proven of an ensemble of trees within eps: shares that stay right, and the smallest change.

    Nothing where the model is no ensemble of trees. Raises CannotLook where it reads categories, or other columns.
    """
    sheet = tables.read(order.table)
    columns = tuple(name for name in sheet.names if name != order.label)
    known = in_order(label_text(sheet.column(order.label)))
    opened = open_table_model(order.model, order.format, columns, known, budget=10 * (POPULATION + order.rows))
    if opened.forest is None:
        return ()
    trial = _Trial(order, opened, sheet)
    proven, _ = _proven(trial, lambda *_: None)
    if not proven:
        raise CannotLook("an ensemble of trees over categories, or over other columns, is not proven")
    shared: dict[str, Parameter] = {"threat_model": "none", "seed": order.seed}
    return (_share("accuracy", trial.right, shared), *proven)


def _rows_of(sheet: Table, model: Remembered, chosen: Places) -> Rows:
    rows = {}
    for name in model.features:
        cells = sheet.column(name).astype(object) if name in model.texts else sheet.number(name)
        if cells is None:
            raise CannotLook(f"column {name[:80]!r} holds text, and the model reads it as numbers")
        rows[name] = cells[chosen]
    return rows


def _attacks(trial: _Trial) -> list[tuple[str, Callable[[Places], Flips]]]:
    """Gradients first, where the model has them; then the search by scores; by labels where that is all there is."""
    order, space = trial.order, trial.space

    def search(who: Places) -> Flips:
        def margin(codes: Floats, given: Places) -> Floats:
            scores = trial.model.scores(trial.query(codes))
            own = trial.predicted[trial.attacked[who[given]]]
            mine = np.stack([own == name for name in scores.classes], axis=1)
            gap: Floats = np.where(mine, -np.inf, scores.shares).max(axis=1) - np.where(mine, scores.shares, 0).sum(
                axis=1
            )
            flipped = trial.model.labels(trial.query(codes)) != own
            return np.where(flipped, np.maximum(gap, 1e-12), np.minimum(gap, 0.0))

        settings = Breeding(eps=order.eps, budget=order.budget)
        return evolve(margin, space, trial.codes[who], trial.population, settings, trial.rng)

    def by_labels(who: Places) -> Flips:
        settings = Settings(eps=order.eps, budget=order.budget)
        rows = trial.codes[who]
        return evade(
            lambda codes: trial.model.labels(trial.query(codes)), space, rows, trial.population, settings, trial.rng
        )

    found: list[tuple[str, Callable[[Places], Flips]]] = [("label-only", by_labels)]
    if trial.model.scored and not order.labels_only:
        found.append(("evolutionary", search))
        climb = None if order.black_box else _climbing(trial)
        if climb is not None:
            found.insert(0, ("capgd", climb))
    return [one for one in found if not order.method or one[0] == order.method] or _unfit(order, found)


def _unfit(order: RowsOrder, found: list[tuple[str, Callable[[Places], Flips]]]) -> NoReturn:
    """Say which methods fit this model and these columns."""
    names = ", ".join(name for name, _ in found)
    raise CannotLook(f"{order.method} does not fit this model and these columns", remedy=f"fitting here: {names}")


def _climbing(trial: _Trial) -> Callable[[Places], Flips] | None:
    """CAPGD on an ONNX file over one matrix that converts to torch faithfully; None where it does not."""
    order = trial.order
    if order.format != "onnx" or trial.space.categories.any():
        return None
    try:
        whitebox = seam(_SEAM, extra="torch")
        net = whitebox.open_net(order.model, trial.codes[:64])
    except (CannotLook, MissingExtra):
        return None
    labels = whitebox.own_labels(net, trial.codes)

    def run(who: Places) -> Flips:
        settings = whitebox.Climbing(eps=order.eps, steps=max(order.budget // 5, 10), restarts=_STARTS)
        flips: Flips = whitebox.capgd(net, trial.space, trial.codes[who], labels[who], settings, order.seed)
        really = trial.model.labels(trial.query(flips.nearest)) != trial.predicted[trial.attacked[who]]
        return Flips(nearest=flips.nearest, distance=np.where(really, flips.distance, np.inf), queries=flips.queries)

    return run


def _unlawful(trial: _Trial, who: Places, changed: Floats) -> Flags:
    """Rows that the separate judge refuses."""
    before, after = trial.query(trial.codes[who]), trial.query(changed)
    found = lawful.breaches(before, after, trial.rows, trial.declared, trial.order.relations)
    result: Flags = np.zeros(len(who), dtype=bool)
    for flags in found.values():
        result |= flags
    return result


def _examples(trial: _Trial, best: Floats, distance: Floats) -> tuple[Example, ...]:
    """Deltas of the smallest changes: columns and differences, never a row's values."""
    won = np.flatnonzero(trial.right & np.isfinite(distance) & (distance > 0))
    examples = []
    for at in won[np.argsort(distance[won], kind="stable")[:MOST]].tolist():
        cost = trial.space.costs(trial.codes[at], best[at])
        where = np.argsort(-cost, kind="stable")[: int((cost > 0).sum())]
        deltas = tuple(
            Delta(
                place=trial.space.features[one].name,
                by=None if trial.space.categories[one] else float(best[at, one] - trial.codes[at, one]),
            )
            for one in where.tolist()
        )
        examples.append(Example(distance=float(distance[at]), changed=len(deltas), deltas=deltas))
    return tuple(examples)


def _outcome(trial: _Trial, distance: Floats, queries: Floats, seen: tuple[tuple[Row, ...], int, Progress]) -> Outcome:
    order, (rows, broken, progress) = trial.order, seen
    robust = trial.right & (distance > order.eps + _FEWEST)
    found = int((trial.right & np.isfinite(distance)).sum())
    judgement = _judged(trial, robust, found, broken)
    threat = "labels" if order.labels_only or not trial.model.scored else "scores"
    threat = "white box" if rows[0].attack == "capgd" else f"black box: {threat}"
    shared: dict[str, Parameter] = {
        "threat_model": threat, "norm": "gower", "eps": order.eps, "budget": order.budget, "seed": order.seed,
        "attack": ", ".join(row.attack for row in rows), "steps": order.budget, "restarts": _STARTS,
        "queries": int(queries.sum()), "valid_examples": found, "invalid_examples": broken,
        "frozen": int(trial.space.frozen.sum()), "relations": len(order.relations), "verdict": str(judgement)[:300],
    }  # fmt: skip
    measured = [_share("accuracy", trial.right, shared), _share("robust_accuracy", robust, shared)]
    won = queries[trial.right & ~robust]
    if won.size:
        middle, low, high = median(won)
        measured.append(
            Measurement(name="queries_to_fool", value=middle, low=low, high=high, n=won.size, parameters=shared)
        )
    proven, row = _proven(trial, progress)
    at = sorted({0.0, *(order.eps * step / 5 for step in range(1, 11))})
    return Outcome(
        valid=judgement.valid,
        verdict=str(judgement),
        checks=judgements(judgement),
        threat_model=threat,
        measurements=(*measured, *proven),
        attacks=(*rows, *row),
        curve=curve(trial.right, distance, tuple(at)),
    )


def _share(name: str, kept: Flags, shared: dict[str, Parameter], note: str = "") -> Measurement:
    low, high = wilson(int(kept.sum()), len(kept))
    return Measurement(
        name=name, value=float(kept.mean()), low=low, high=high, n=len(kept), note=note,
        parameters={**shared, "interval": "wilson"},
    )  # fmt: skip


def _judged(trial: _Trial, robust: Flags, found: int, broken: int) -> Verdict:
    some = {name: cells[:64] for name, cells in trial.rows.items()}
    again = trial.model.labels(some)
    same = bool((again == trial.predicted[:64]).all())
    alone = [trial.model.labels({name: cells[at : at + 1] for name, cells in some.items()})[0] for at in range(4)]
    alike = list(again[:4]) == alone
    checks = [
        judged(8, not same, "the model answers alike twice" if same else "the model answers at random"),
        judged(11, broken > 0, f"{found} of {found + broken} changed rows are valid, judged on decoded rows"),
        judged(12, not alike, "alone as in a batch" if alike else "an answer depends on the rest of its batch"),
        judged(13, bool((robust & ~trial.right).any()), f"{int((~trial.right).sum())} were wrong before"),
        enough(int(robust.sum()), len(robust)),
    ]
    return verdict(iter(checks))


def _bound(trial: _Trial, search: TreeSearch, at: int) -> Bound:
    """Bounds for one row, now or before."""

    def prove() -> bytes:
        one = search.nearest(trial.codes[at])
        point = b"" if one.point is None else one.point.astype("<f8").tobytes()
        return encode((np.array([one.lower, one.upper], dtype="<f8").tobytes(), point, one.parts))

    ends, point, parts = decode(trial.journal.step(f"trees {at}".encode(), prove), tuple[bytes, bytes, int])
    if len(ends) != 2 * 8 or len(point) not in (0, 8 * trial.codes.shape[1]):
        raise Malformed("the journal holds no bounds of this row")
    low, high = np.frombuffer(ends, dtype="<f8").tolist()
    return Bound(lower=low, upper=high, point=np.frombuffer(point, dtype="<f8") if point else None, parts=parts)


def _proven(trial: _Trial, progress: Progress) -> tuple[list[Measurement], list[Row]]:
    """For an ensemble of trees: the share proven to stay right in Linf, and the share that was not fooled."""
    forest, order = trial.opened.forest, trial.order
    if (
        forest is None
        or order.black_box
        or order.method
        or trial.space.categories.any()
        or forest.features != len(trial.space.features)
    ):
        return [], []
    space = trial.space
    reach = Reach(movable=~space.frozen, whole=space.integers, low=space.low, high=space.high, scale=space.spread)
    search = TreeSearch(forest, reach, budget=100 * order.budget)
    lower, upper, parts, exact = np.zeros(len(trial.attacked)), np.full(len(trial.attacked), np.inf), 0, 0
    for at in np.flatnonzero(trial.right & ~np.isnan(trial.codes).any(axis=1)).tolist():
        progress("proving", at, len(trial.attacked))
        bound = _bound(trial, search, at)
        lower[at], parts, exact = bound.lower, parts + bound.parts, exact + bound.exact
        if bound.point is not None:
            row = trial.space.repair(trial.codes[at : at + 1], bound.point[None])
            kept = bool((row == bound.point).all()) and not _unlawful(trial, np.array([at]), row).any()
            flips = trial.model.labels(trial.query(row))[0] != trial.predicted[trial.attacked[at]]
            upper[at] = bound.upper if kept and flips else np.inf
    shared: dict[str, Parameter] = {
        "threat_model": "white box", "norm": "linf of ranges", "eps": order.eps, "budget": 100 * order.budget,
        "parts": parts, "exact": exact, "attack": "search over leaf boxes", "seed": order.seed,
    }  # fmt: skip
    stand, open_ = trial.right & (upper > order.eps), trial.right & (lower > order.eps)
    measured = [
        _share("certified_accuracy", open_, shared, "proven: no valid change within eps flips these rows"),
        _share("attacked_accuracy", stand, shared, "no row that is counted here was flipped within eps"),
    ]
    measured += smallest(trial.right, upper, {**shared, "of_rows_exact": exact})
    fooled = int((trial.right & ~stand).sum())
    return measured, [Row(attack="trees, exact", tried=int(trial.right.sum()), fooled=fooled, queries=0)]
