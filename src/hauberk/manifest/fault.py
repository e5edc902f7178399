# SPDX-License-Identifier: Apache-2.0
"""Faults of a manifest, collected so that one reading reports them all."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST = 1000
"""Faults that are listed; the last line counts the rest."""

SUGGESTING = 100
"""Faults that get a suggestion; beyond them the comparison would cost more than it helps."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
_KEY = re.compile(r"[A-Za-z_]{1,24}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in the file; lines and columns count from 1."""

    line: int
    column: int


@dataclass
class Faults:
    """Every fault met in one file."""

    name: str
    """The file, as the user knows it."""
    found: list[tuple[Mark, str]] = field(default_factory=list)
    dropped: int = 0

    def add(self, mark: Mark, path: str, what: str, remedy: str) -> None:
        """Note one fault at a path such as ``assets[0].kind``; neither text may hold a value of the file."""
        if len(self.found) >= MOST:
            self.dropped += 1
            return
        name = self.name.encode("unicode_escape").decode() if not self.name.isprintable() else self.name
        where = f"{name}:{mark.line}:{mark.column}: {path or 'manifest'}"
        self.found.append((mark, f"{where}: {what}; {remedy}"))

    def lines(self) -> tuple[str, ...]:
        """Faults in the order of the file."""
        ordered = sorted(self.found, key=lambda item: (item[0].line, item[0].column))
        rest = (f"{self.name}: and {self.dropped} more faults",) if self.dropped else ()
        return (*(text for _, text in ordered), *rest)

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """The known word most like ``word``, or empty."""
        if len(self.found) > SUGGESTING or not _WORD.fullmatch(word):
            return ""
        return next(iter(difflib.get_close_matches(word, list(known)[:SUGGESTING], n=1)), "")


def shown(word: str) -> str:
    """A key as it may be shown: quoted if it looks like one, otherwise only said to be one (it may be a secret)."""
    return f"'{word}'" if _KEY.fullmatch(word) else "a key"
