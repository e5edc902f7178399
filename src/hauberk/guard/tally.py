# SPDX-License-Identifier: Apache-2.0
"""Outcomes of each group, counted while they happen, in a file that all workers map; no row is kept, only counts.

Each worker writes its own block. A block has a line for each group and one for all rows, two numbers each: rows, and
rows with the favourable outcome.
"""

import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from hauberk.core.canonical import canonical, digest
from hauberk.core.errors import Misuse
from hauberk.core.measurement import Measurement
from hauberk.core.query import Tensors
from hauberk.core.system import Group
from hauberk.core.value import Value
from hauberk.guard.counters import MOST_WORKERS
from hauberk.guard.groups import members, outcomes
from hauberk.guard.settings import Settings
from hauberk.guard.state import State

ALL: Final = "all"
MOST_GROUPS: Final = 63
_BLOCK: Final = 2 * (MOST_GROUPS + 1)


class Outcomes(Value, frozen=True, kw_only=True):
    """The document that ``hauberk guard outcomes --json`` prints."""

    schema: Literal["hauberk/outcomes/1"] = "hauberk/outcomes/1"
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, kw_only=True)
class Count:
    """One group's."""

    group: str
    rows: int
    favourable: int


def tally_of(settings: Settings, state: State, row: int) -> "Tally":
    """The block of one worker; other groups, or another model, count in another file."""
    guarding = settings.guarding
    name = digest(canonical([guarding.groups, settings.favourable, settings.digest]))[-16:]
    return Tally(state.run / f"outcomes-{name}", row, guarding.groups, settings.favourable)


class Tally:
    """One worker's block. ``add`` from one thread only."""

    def __init__(self, path: Path, row: int, groups: Sequence[Group], favourable: str) -> None:
        """Map the file, made where it is missing; raises Misuse where that fails or there are too many groups."""
        if len(groups) > MOST_GROUPS:
            raise Misuse(f"{len(groups)} groups", remedy=f"name at most {MOST_GROUPS} in facts.guard.groups")
        size = MOST_WORKERS * _BLOCK * 8
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(file).st_size != size:
                    os.ftruncate(file, size)
                self._map = mmap.mmap(file, size)
            finally:
                os.close(file)
        except OSError as error:
            raise Misuse(f"cannot map {path}: {error.strerror}", remedy="make room or give permission") from error
        self._cells = memoryview(self._map).cast("q")
        self._base = row * _BLOCK
        self._groups, self._favourable = tuple(groups), favourable

    def add(self, inputs: Tensors, answer: Tensors) -> None:
        """Count the rows of one answered request; nothing where no groups are asked for."""
        if not (self._favourable and self._groups):
            return
        good = [outcome == self._favourable for outcome in outcomes(answer)]
        self._count(0, [True] * len(good), good)
        for place, group in enumerate(self._groups, 1):
            self._count(place, members(group, inputs), good)

    def _count(self, place: int, rows: list[bool], good: list[bool]) -> None:
        at = self._base + 2 * place
        self._cells[at] += sum(rows)
        self._cells[at + 1] += sum(one and other for one, other in zip(rows, good, strict=False))

    def totals(self) -> tuple[Count, ...]:
        """Sums over all workers, all rows first."""
        names = (ALL, *(group.name for group in self._groups))
        return tuple(
            Count(
                group=name,
                rows=sum(self._cells[2 * place :: _BLOCK]),
                favourable=sum(self._cells[2 * place + 1 :: _BLOCK]),
            )
            for place, name in enumerate(names)
        )
