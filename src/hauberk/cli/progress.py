# SPDX-License-Identifier: Apache-2.0
"""A line on standard error that says how far the work is; only on a terminal, only when it takes time."""

import sys
import time
from types import TracebackType

EVERY = 0.1


class Progress:
    """``step`` after each piece of work; the line is removed at the end."""

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        """Count up to ``total``."""
        self._total = total
        self._done = 0
        self._found = 0
        self._begun = self._drawn = time.monotonic()
        self._shown = False
        self._on = not quiet and sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        """Begin."""
        self._draw("")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def step(self, label: str, findings: int) -> None:
        """One piece of work is done."""
        self._done += 1
        self._found += findings
        now = time.monotonic()
        if now - self._drawn >= EVERY or self._done == self._total:
            self._drawn = now
            self._draw(label)

    def _draw(self, label: str) -> None:
        if not self._on:
            return
        self._shown = True
        width = 24
        filled = width * self._done // max(self._total, 1)
        bar = "#" * filled + "-" * (width - filled)
        seconds = time.monotonic() - self._begun
        text = f"[{bar}] {self._done}/{self._total}  {self._found} findings  {seconds:.0f} s  {label}"
        sys.stderr.write(f"\r\x1b[2K{text[:78]}")
        sys.stderr.flush()
