# SPDX-License-Identifier: Apache-2.0
"""A line on standard error that says how far the work is; only on a terminal."""

import sys
import threading
import time
from types import TracebackType
from typing import Self

EVERY = 0.2
"""Seconds between two drawings, so that a long job too is seen to be alive."""
WIDTH = 24
LONGEST = 78


class Progress:
    """``expect`` once it is known how much there is, ``step`` after each piece; the line is removed at the end."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Draw nothing where asked to be quiet or where standard error is no terminal."""
        self._total = self._done = self._found = 0
        self._label = "meeting files"
        self._begun = time.monotonic()
        self._over = threading.Event()
        on = not quiet and sys.stderr.isatty()
        self._thread = threading.Thread(target=self._keep_drawing, name="progress", daemon=True) if on else None

    def __enter__(self) -> Self:
        """Begin."""
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the line."""
        if self._thread:
            self._over.set()
            self._thread.join()
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def expect(self, total: int) -> None:
        """So many pieces of work are to be done."""
        self._total, self._label = total, ""

    def step(self, label: str, findings: int) -> None:
        """One piece of work is done."""
        self._done += 1
        self._found += findings
        self._label = label

    def line(self) -> str:
        """How far it is, in at most LONGEST characters, none of which drives a terminal."""
        filled = WIDTH * self._done // max(self._total, 1)
        bar = "#" * filled + "-" * (WIDTH - filled)
        seconds = time.monotonic() - self._begun
        counts = f"{self._done}/{self._total}  {self._found} findings  " if self._total else ""
        text = f"[{bar}] {counts}{seconds:.0f} s  {self._label}"
        return "".join(c if c.isprintable() else "?" for c in text[:LONGEST])

    def _keep_drawing(self) -> None:
        while True:
            sys.stderr.write(f"\r\x1b[2K{self.line()}")
            sys.stderr.flush()
            if self._over.wait(EVERY):
                return
