# SPDX-License-Identifier: Apache-2.0
"""A shelf: items by kind and name in one SQLite file, and how many entries of the ledger they are folded from."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from hauberk.core.codec import decode, encode
from hauberk.core.entry import Entry
from hauberk.core.errors import Misuse

T = TypeVar("T")
Fold = Callable[["Shelf", Entry, bytes], None]
Entries = Callable[[int], Iterable[tuple[Entry, bytes]]]
"""Entries with their bodies, from an index on."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (kind TEXT, name TEXT, state TEXT, at TEXT, data BLOB, PRIMARY KEY (kind, name));
CREATE INDEX IF NOT EXISTS by_state ON items (kind, state, at);
CREATE TABLE IF NOT EXISTS folded (one INTEGER PRIMARY KEY CHECK (one = 1), version TEXT, upto INTEGER, last TEXT);
"""
_BATCH = 5000


class Shelf:
    """One file, or memory where no path is given."""

    def __init__(self, path: Path | None, version: str) -> None:
        """Open or make; a file of another version, or one that is damaged, is begun anew. Raises Misuse."""
        self._path, self._version = path, version
        try:
            self._base = self._open()
        except sqlite3.DatabaseError:
            if path is None:
                raise
            path.unlink(missing_ok=True)
            try:
                self._base = self._open()
            except sqlite3.DatabaseError as error:
                raise Misuse(f"cannot use {path}: {error}", remedy="make room or give permission") from error

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path or ":memory:", isolation_level=None)
        base.execute("PRAGMA busy_timeout = 10000")
        base.executescript(_SCHEMA)
        row = base.execute("SELECT version FROM folded").fetchone()
        if row is None or row[0] != self._version:
            self._clear(base)
        return base

    def _clear(self, base: sqlite3.Connection) -> None:
        base.execute("DELETE FROM items")
        base.execute("INSERT OR REPLACE INTO folded VALUES (1, ?, 0, '')", (self._version,))

    @property
    def upto(self) -> int:
        """Entries that were folded."""
        return int(self._base.execute("SELECT upto FROM folded").fetchone()[0])

    def catch_up(self, size: int, entries: Entries, fold: Fold) -> int:
        """Fold the entries of a ledger that were not yet; how many. A shelf of another ledger is begun anew."""
        done, last = self._base.execute("SELECT upto, last FROM folded").fetchone()
        if done and (done > size or next(iter(entries(done - 1)))[0].body != last):
            self._clear(self._base)
            done = 0
        count = 0
        while done < size:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                for entry, body in _first(entries(done), _BATCH):
                    fold(self, entry, body)
                    done, last, count = entry.index + 1, entry.body, count + 1
                self._base.execute("UPDATE folded SET upto = ?, last = ?", (done, last))
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
        return count

    def put(self, kind: str, name: str, state: str, at: str, value: object) -> None:
        """Lay an item down in place of the one of that name."""
        self._base.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", (kind, name, state, at, encode(value))
        )

    def drop(self, kind: str, name: str) -> None:
        """Take an item away."""
        self._base.execute("DELETE FROM items WHERE kind = ? AND name = ?", (kind, name))

    def item(self, kind: str, name: str, into: type[T]) -> T | None:
        """One item; None where there is none."""
        row = self._base.execute("SELECT data FROM items WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return None if row is None else decode(row[0], into)

    def items(self, kind: str, into: type[T], state: str = "") -> Iterator[T]:
        """Items of a kind, of one state where it is given, by time."""
        wanted = "SELECT data FROM items WHERE kind = ?1 AND (?2 = '' OR state = ?2) ORDER BY at, name"
        for (data,) in self._base.execute(wanted, (kind, state)).fetchall():
            yield decode(data, into)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def __enter__(self) -> Self:
        """Close at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _first(entries: Iterable[tuple[Entry, bytes]], count: int) -> Iterator[tuple[Entry, bytes]]:
    for taken, one in enumerate(entries, 1):
        yield one
        if taken >= count:
            return
