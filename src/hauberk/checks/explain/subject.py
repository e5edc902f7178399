# SPDX-License-Identifier: Apache-2.0
"""What is explained: a model's score of one label on rows of its test data, before a background from the same data."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.assets.table import missing
from hauberk.core.errors import CannotLook
from hauberk.core.target import Target
from hauberk.models.explained import Score, chosen, score_of
from hauberk.models.model import Model, Rows, in_order, label_text
from hauberk.models.trial import Sheet, is_tested, open_for, rows_of, tested_on

ROWS = 60
"""Rows that are explained, drawn at random where there are more."""
BACKGROUND = 12
"""Rows of each of two backgrounds."""
DRAWS = 128
"""Coalitions asked about at least, and four for each column."""
MOST_FEATURES = 200
_MOST_GROUPS = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """Rows, their background and the score explained."""

    sheet: Sheet
    model: Model
    label: str
    score: Score
    rows: Rows
    places: NDArray[np.intp]
    """Row numbers of what is explained."""
    backgrounds: tuple[Rows, Rows]
    budget: int
    known: tuple[str, ...]
    rng: np.random.Generator

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that the model reads."""
        return tuple(self.rows)

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Those of them that are declared sensitive."""
        declared = self.sheet.declared
        return tuple(name for name in self.features if name in declared and declared[name].sensitive)


def is_explained(target: Target) -> bool:
    """Whether there is a table model to explain: declared, tested, and what it reads are columns."""
    return is_tested(target) and target.facts.modality in ("", "table")


def subject(target: Target) -> Subject:
    """Draw the rows and open the model; raises CannotLook saying what the manifest lacks, or what is too large."""
    sheet = tested_on(target)
    model = open_for(target, sheet, budget=1 << 24)
    features = len(model.features)
    if features > MOST_FEATURES:
        raise CannotLook(f"{features} columns, and at most {MOST_FEATURES} are explained one by one")
    rng = np.random.default_rng(target.seed)
    drawn = rng.permutation(sheet.table.n)
    if len(drawn) < 2 * BACKGROUND:
        raise CannotLook(f"{sheet.id}: {len(drawn)} rows, and a background needs {2 * BACKGROUND}")
    everything = rows_of(sheet, model)
    places = np.sort(drawn[:ROWS])
    behind = rng.permutation(sheet.table.n)[: 2 * BACKGROUND]
    known = in_order(sheet.labels)
    label = str(label_text(np.asarray([sheet.facts.favourable]))[0]) if sheet.facts.favourable else known[-1]
    return Subject(
        sheet=sheet,
        model=model,
        label=label,
        score=score_of(model, label),
        rows=chosen(everything, places),
        places=places,
        backgrounds=(chosen(everything, behind[:BACKGROUND]), chosen(everything, behind[BACKGROUND:])),
        budget=len(places) * BACKGROUND * max(DRAWS, 4 * features),
        known=known,
        rng=rng,
    )


def groups(asked: Subject) -> Iterator[tuple[str, NDArray[np.str_]]]:
    """Each sensitive column with the group of each explained row; columns with too many values are left out."""
    for column in asked.sheet.facts.columns:
        if not column.sensitive or column.name not in asked.sheet.table.names:
            continue
        cells = asked.sheet.table.column(column.name)
        absent = missing(cells)
        numbers = asked.sheet.table.number(column.name)
        named = cells.astype(object).astype(str)
        if column.groups and numbers is not None:
            cuts = sorted(column.groups)
            names = [f"under {cuts[0]:g}", *(f"{cut:g} and over" for cut in cuts)]
            named = np.asarray(names)[np.digitize(np.nan_to_num(numbers), cuts)]
        values = np.where(absent, "missing", named)[asked.places]
        if len(np.unique(values)) <= _MOST_GROUPS:
            yield column.name, values
