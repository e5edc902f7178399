# SPDX-License-Identifier: Apache-2.0
"""What is explained: a model's score of one label, or its number, on rows of its test data, before others of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook
from hauberk.core.target import Target
from hauberk.models.explained import Score, chosen, score_of
from hauberk.models.model import Model, Rows, in_order, label_text
from hauberk.models.trial import REGRESS, Sheet, groups_of, is_tested, open_for, rows_of, tested_on

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
    label: str | None
    """Whose score is explained; None: the number that the model predicts."""
    score: Score
    rows: Rows
    places: NDArray[np.intp]
    """Row numbers of what is explained."""
    backgrounds: tuple[Rows, Rows]
    budget: int
    known: tuple[str, ...]
    rng: np.random.Generator

    @property
    def said(self) -> str:
        """What is explained, for people: the label, or the column of the number."""
        return (self.sheet.facts.label if self.label is None else self.label)[:80]

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
    known = () if target.facts.task == REGRESS else in_order(sheet.labels)
    label: str | None = known[-1] if known else None
    if known and sheet.facts.favourable:
        label = str(label_text(np.asarray([sheet.facts.favourable]))[0])
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
    for name in (column.name for column in asked.sheet.facts.columns if column.sensitive):
        found = groups_of(asked.sheet, name)
        if found is not None and len(np.unique(found[asked.places])) <= _MOST_GROUPS:
            yield name, found[asked.places]
