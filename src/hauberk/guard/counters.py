# SPDX-License-Identifier: Apache-2.0
"""Counters in a file that all workers map: each writes its own row, whoever asks adds them up."""

import mmap
import os
from pathlib import Path
from typing import Final

from hauberk.core.errors import Misuse

STAGES: Final = ("received", "known", "paced", "read", "judged", "asked", "answered", "spooled", "replied")
"""What a request passes, in order."""
NAMES: Final = (
    *STAGES,
    "unknown",
    "forbidden",
    "throttled",
    "malformed",
    "refused",
    "failed",
    "unspooled",
    "detections",
    "held",
    "queued",
)
MOST_WORKERS: Final = 64
_WIDTH: Final = 64


class Counters:
    """One row of the table. ``add`` from one thread only."""

    def __init__(self, path: Path, row: int) -> None:
        """Map the file, made where it is missing; raises Misuse where that fails."""
        size = MOST_WORKERS * _WIDTH * 8
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
        self._at = {name: row * _WIDTH + index for index, name in enumerate(NAMES)}

    def add(self, name: str, count: int = 1) -> None:
        """Count."""
        self._cells[self._at[name]] += count

    def totals(self) -> dict[str, int]:
        """Sums over all workers."""
        return {name: sum(self._cells[index::_WIDTH]) for index, name in enumerate(NAMES)}
