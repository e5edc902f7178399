# SPDX-License-Identifier: Apache-2.0
"""What somebody who can only ask does, by name: which attack fits, and how it is run on a siege."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.decision import boundary, hopskipjump
from hauberk.attacks.edits import edit
from hauberk.attacks.estimate import nes, simba
from hauberk.attacks.siege import Points, Query, Siege
from hauberk.attacks.square import square

_ATTACKS: dict[str, Callable[[Siege, np.random.Generator], None]] = {
    "square": square,
    "nes": nes,
    "simba": simba,
    "hopskipjump": hopskipjump,
    "boundary": boundary,
}


class Counted:
    """A query that counts every sample it is asked about, those of the checks too."""

    def __init__(self, query: Query) -> None:
        """Start at zero."""
        self._query, self.asked = query, 0

    def __call__(self, points: Points) -> NDArray[Any]:
        """The query's answers."""
        self.asked += len(points)
        return self._query(points)


def usual(norm: str, *, labels_only: bool) -> str:
    """Square where scores and Linf allow it, a search over edits in L0, else HopSkipJump."""
    if norm == "l0":
        return "edits"
    return "square" if norm == "linf" and not labels_only else "hopskipjump"


def besiege(siege: Siege, name: str, rng: np.random.Generator, *, whole: bool = False) -> None:
    """Run the attack of this name until all samples are decided or out of queries; ``whole`` keeps to whole numbers."""
    if name == "edits":
        edit(siege, rng, whole=whole)
    else:
        _ATTACKS[name](siege, rng)
