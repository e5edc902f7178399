# SPDX-License-Identifier: Apache-2.0
"""One row explained: what each column brings to its score, and the nearest change that would decide it otherwise.

``serve`` is called in a confined child, since it opens the model. No value of the row leaves it: contributions, names
of columns, directions. A counterfactual (Wachter, Mittelstadt and Russell, Harvard JOLT 2018) is one that the person
could bring about: immutable columns stay, values keep to what was seen (Ustun, Spangher and Liu, FAT* 2019).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from hauberk.assets import table as tables
from hauberk.attacks.labelonly import Labels, Settings, evade
from hauberk.attacks.space import Flags, Floats, Space, learn_space
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.seams import seam
from hauberk.core.system import Column, Facts
from hauberk.core.value import Value
from hauberk.models.asked import OnnxScores
from hauberk.models.explained import Explained, chosen, explain, score_of, trees_of
from hauberk.models.model import Model, Rows, in_order, label_text, open_model
from hauberk.models.trial import Sheet, rows_of

BACKGROUND = 40
DONORS = 1000
SETTINGS = Settings(eps=0.0, budget=1500)
DRAWS = 1024

Method = Literal["", "gradients"]


class Ask(Value, frozen=True, kw_only=True):
    """Which row of which data is to be explained."""

    model: bytes
    table: bytes
    facts: Facts
    """Of the data set."""
    row: int
    """From 0, without the header."""
    method: Method = ""
    """The most exact that there is, or integrated gradients."""
    number: bool = False
    """Whether the model predicts a number and no label."""
    reach: float | None = None
    """The number to whose other side a counterfactual of such a model brings the row; None: none is looked for."""
    seed: int = 0


class Contribution(Value, frozen=True, kw_only=True):
    """What one column brings to the score."""

    feature: str
    value: float


class Step(Value, frozen=True, kw_only=True):
    """One column that the counterfactual changes; no value is told."""

    feature: str
    direction: Literal["higher", "lower", "another value"]
    cost: float
    """Share of the range seen, or 1 for a category."""


class Local(Value, frozen=True, kw_only=True):
    """What ``hauberk govern explain --row N --json`` prints."""

    schema: Literal["hauberk/explanation/1"] = "hauberk/explanation/1"
    row: int
    label: str
    """The label whose score is explained; of a predicted number, its column."""
    decided: bool
    """Whether the model gives the row that label; of a number, whether it is at least ``reach``."""
    score: float
    """In ``unit``."""
    base: float
    """Mean score of the background; contributions sum to ``score`` less it."""
    method: str
    unit: str
    contributions: tuple[Contribution, ...]
    """Largest first."""
    counterfactual: tuple[Step, ...] = ()
    """Changes that together decide the row otherwise; empty where none is known."""
    says: str
    """What is known of the counterfactual."""
    reach: float | None = None
    """The number to whose other side it leads."""


def serve(payload: bytes) -> bytes:
    """Explain the row of an encoded order."""
    return encode(explain_row(decode(payload, Ask)))


def explain_row(asked: Ask) -> Local:
    """Open the model and explain; raises Misuse for a row that is not there, CannotLook where the model has no say."""
    sheet = Sheet(id="data", uri="", table=tables.read(asked.table), facts=asked.facts)
    if not 0 <= asked.row < sheet.table.n:
        raise Misuse(f"there is no row {asked.row}", remedy=f"rows are counted from 0 to {sheet.table.n - 1}")
    model, label = _opened(asked, sheet)
    rng = np.random.default_rng(asked.seed)
    everything = rows_of(sheet, model)
    mine = chosen(everything, np.array([asked.row]))
    behind = chosen(everything, rng.permutation(sheet.table.n)[:BACKGROUND])
    found = _explained(asked, model, label, mine, behind, rng)
    brought = found.contributions[0]
    steps: tuple[Step, ...] = ()
    given, says = False, "no change is looked for: name a number to reach (--reach)"
    if label is not None or asked.reach is not None:
        decides = _decides(model, label, asked.reach)
        given = bool(decides(mine)[0])
        steps, says = _counterfactual(decides, sheet, everything, asked.row, rng)
    return Local(
        row=asked.row,
        label=asked.facts.label if label is None else label,
        decided=given,
        reach=asked.reach,
        score=found.base + float(brought.sum()),
        base=found.base,
        method=found.method,
        unit=found.unit,
        contributions=tuple(
            Contribution(feature=found.features[place], value=float(brought[place]))
            for place in np.argsort(-np.abs(brought), kind="stable")
        ),
        counterfactual=steps,
        says=says,
    )


def _opened(asked: Ask, sheet: Sheet) -> tuple[Model, str | None]:
    """The model, and the label whose score is explained; None where it predicts a number."""
    if asked.number:
        return open_model(asked.model, sheet.columns, spare=sheet.spare), None
    known = in_order(sheet.labels)
    label = str(label_text(np.asarray([asked.facts.favourable]))[0]) if asked.facts.favourable else known[-1]
    return open_model(asked.model, sheet.columns, known, spare=sheet.spare), label


def _explained(
    asked: Ask, model: Model, label: str | None, mine: Rows, behind: Rows, rng: np.random.Generator
) -> Explained:
    if asked.method == "gradients":
        if label is None:
            raise CannotLook("integrated gradients are of a label's score", remedy="leave --method out")
        return _gradients(asked.model, model, label, mine, behind)
    trees = trees_of(asked.model, model, label)
    budget = len(behind[model.features[0]]) * max(DRAWS * 4, 8 * len(model.features))
    score = score_of(model, label)
    return explain(score, mine, behind, budget=budget, rng=rng, trees=trees, number=label is None)


def _decides(model: Model, label: str | None, reach: float | None) -> Callable[[Rows], Flags]:
    """Whether rows get the label, or at least the number."""

    def decided(rows: Rows) -> Flags:
        found: Flags = model.numbers(rows) >= (reach or 0.0) if label is None else model.labels(rows) == label
        return found

    return decided


def _gradients(data: bytes, model: Model, label: str, mine: Rows, behind: Rows) -> Explained:
    """Integrated gradients from the mean of the background; the module is one that agrees with the runtime."""
    if len(model.inputs) != 1 or model.texts:
        raise CannotLook("integrated gradients need one tensor of numbers", remedy="leave --method out")
    x, others = (
        np.stack([rows[name] for name in model.features], axis=1).astype(np.float64) for rows in (mine, behind)
    )
    reference = OnnxScores(data)
    opened = seam("hauberk.models.gradient.open", extra="torch")
    module = opened.open_onnx(data, reference.output, reference, np.concatenate([x, others])).double()
    place = model.scores(behind).classes.index(label)
    road = seam("hauberk.models.gradient.integrated", extra="torch").integrated_gradients
    middle = others.mean(axis=0)
    found, missing = road(lambda z: module(z)[:, place], x, middle)
    if abs(float(missing[0])) > 1e-3 * max(1.0, float(np.abs(found).sum())):
        raise CannotLook(f"integrated gradients miss {float(missing[0]):.2g} of the score: the model is too steep")
    base = float(reference(middle[None].astype(np.float32))[0, place])
    return Explained(
        features=model.features, contributions=found, base=base, method="integrated gradients", unit="model output"
    )


def _counterfactual(
    decides: Callable[[Rows], Flags], sheet: Sheet, rows: Rows, row: int, rng: np.random.Generator
) -> tuple[tuple[Step, ...], str]:
    """The nearest change that decides the row otherwise, and what it is worth."""
    drawn = rng.permutation(sheet.table.n)[:DONORS]
    space = learn_space(rows, sheet.declared)
    here = space.codes(chosen(rows, np.array([row])))
    if not space.movable(here).any():
        return (), "nothing that the model reads may be changed by the person"
    donors = space.codes(chosen(rows, drawn))

    def decided(codes: Floats) -> Labels:
        return np.where(decides(space.rows(codes)), "yes", "no")

    usable = donors[np.isfinite(donors).all(axis=1)]
    if not np.isfinite(here).all() or not len(usable):
        return (), "the row has a gap, and rows with gaps are not searched around"
    flips = evade(decided, space, here, usable, SETTINGS, rng)
    if not np.isfinite(flips.distance[0]):
        return (), f"no valid change that decides otherwise was found in {int(flips.queries[0])} queries"
    steps = _steps(space, here[0], flips.nearest[0])
    if not actionable(space, sheet.declared, here[0], flips.nearest[0]) or (
        decided(flips.nearest)[0] == decided(here)[0]
    ):
        raise CannotLook("the counterfactual found does not keep to the manifest's constraints")
    what = "change decides" if len(steps) == 1 else "changes together decide"
    said = f"{len(steps)} {what} the row otherwise; the nearest of {int(flips.queries[0])} queries"
    return steps, said


def _steps(space: Space, here: Floats, there: Floats) -> tuple[Step, ...]:
    costs = space.costs(here[None], there[None])[0]
    found = []
    for index in np.argsort(-costs, kind="stable"):
        if costs[index] > 0:
            up = there[index] > here[index]
            direction: Literal["higher", "lower", "another value"] = "higher" if up else "lower"
            if space.categories[index]:
                direction = "another value"
            found.append(Step(feature=space.features[index].name, direction=direction, cost=float(costs[index])))
    return tuple(found)


def actionable(space: Space, declared: dict[str, Column], here: Floats, there: Floats) -> bool:
    """Whether a change keeps to the manifest and to what was seen; judged from the declaration, not by the search."""
    for index, feature in enumerate(space.features):
        old, new = float(here[index]), float(there[index])
        if old == new:
            continue
        column = declared.get(feature.name)
        if column is not None and (column.immutable or column.type == "text"):
            return False
        if not feature.low <= new <= feature.high:
            return False
        if feature.kind != "number" and new != round(new):
            return False
    return True
