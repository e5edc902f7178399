# SPDX-License-Identifier: Apache-2.0
"""A classifier of rows behind a journal: what was answered before is read, not asked again."""

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.journal import Journal
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Malformed
from hauberk.models.model import Rows, Scores
from hauberk.models.tabular import Classifier


class Remembered:
    """The classifier, each of whose answers is a piece of a journal."""

    def __init__(self, classifier: Classifier, journal: Journal) -> None:
        """Answers are read from the journal as long as it has some."""
        self._classifier, self._journal = classifier, journal
        self.features, self.texts, self.scored = classifier.features, classifier.texts, classifier.scored
        self.asked = 0

    def labels(self, rows: Rows) -> NDArray[np.str_]:
        """The predicted label of each row; raises Malformed where the journal holds no such labels."""
        n = self._count(rows)
        piece = self._journal.step(
            b"labels" + _named(rows), lambda: encode([str(one) for one in self._classifier.labels(rows)])
        )
        held = decode(piece, list[str])
        if len(held) != n:
            raise Malformed("the journal holds no labels of so many rows")
        return np.asarray(held, dtype=np.str_)

    def scores(self, rows: Rows) -> Scores:
        """What each class is given in each row; raises Malformed where the journal holds no such scores."""
        n = self._count(rows)

        def ask() -> bytes:
            given = self._classifier.scores(rows)
            return encode((given.classes, np.ascontiguousarray(given.shares, dtype="<f8").tobytes()))

        classes, data = decode(self._journal.step(b"scores" + _named(rows), ask), tuple[tuple[str, ...], bytes])
        if len(data) != 8 * n * len(classes):
            raise Malformed("the journal holds no scores of so many rows")
        return Scores(classes=classes, shares=np.frombuffer(data, dtype="<f8").reshape(n, len(classes)).copy())

    def _count(self, rows: Rows) -> int:
        n = len(next(iter(rows.values())))
        self.asked += n
        return n


def _named(rows: Rows) -> bytes:
    """Bytes that tell these rows from all others."""
    cells = [
        encode([name, one.tolist()]) if one.dtype == object else encode([name, one.astype("<f8").tobytes()])
        for name, one in rows.items()
    ]
    return encode(cells)
