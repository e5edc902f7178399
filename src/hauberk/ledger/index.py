# SPDX-License-Identifier: Apache-2.0
"""The index: names of entries to their places, in ``index.sqlite`` beside the segments. Deleted, it is built again.

It holds what entries say (kind, tenant, source, time, digest) and the ids that bodies state; never a body.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from hauberk.core.canonical import digest
from hauberk.core.codec import decode
from hauberk.core.errors import CannotLook, Misuse
from hauberk.ledger.log import Ledger
from hauberk.ledger.naming import matches
from hauberk.ledger.reading import read_entries

NAME = "index.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (place INTEGER PRIMARY KEY, kind TEXT, counter TEXT, at TEXT, body TEXT, name TEXT);
CREATE INDEX IF NOT EXISTS by_kind ON entries (kind);
CREATE INDEX IF NOT EXISTS by_body ON entries (body);
CREATE INDEX IF NOT EXISTS by_name ON entries (name);
"""
_LONGEST = 200


class _Named(msgspec.Struct, frozen=True):
    id: str = ""


def find(ledger: Ledger, name: str) -> int:
    """The index of the entry that is meant; raises Misuse where there is none."""
    if name.isdecimal() and int(name[:16]) < ledger.size:
        return int(name[:16])
    for again in (False, True):
        with closing(_open(ledger, anew=again)) as base:
            wanted = "SELECT place FROM entries WHERE (body = ?1 OR name = ?1) AND place < ?2 ORDER BY place"
            for (place,) in base.execute(wanted, (name, ledger.size)):
                entry, body = next(read_entries(ledger.place, place, place + 1))
                if matches(entry, body, name):
                    return int(place)
    message = f"no entry {name!r} in the ledger"
    raise Misuse(message, remedy="hauberk ledger list names them")


def bodies(ledger: Ledger, kind: str) -> Iterator[bytes]:
    """Bodies of one kind in order, without reading the others."""
    with closing(_open(ledger)) as base:
        wanted = "SELECT place FROM entries WHERE kind = ? AND place < ? ORDER BY place"
        places = [place for (place,) in base.execute(wanted, (kind, ledger.size))]
    for place in places:
        entry, body = next(read_entries(ledger.place, place, place + 1))
        if entry.kind == kind:
            yield body


def rebuild(ledger: Ledger) -> int:
    """Write the index anew; the number of entries in it."""
    with closing(_open(ledger, anew=True)) as base:
        return _count(base)


def _open(ledger: Ledger, *, anew: bool = False) -> sqlite3.Connection:
    """The index, brought up to date; in memory where the medium is read-only, anew where it is of another ledger."""
    path = ledger.path / NAME
    if anew:
        _remove(path)
    try:
        return _updated(sqlite3.connect(path, isolation_level=None), ledger)
    except (sqlite3.DatabaseError, _Foreign):
        pass
    try:
        _remove(path)
        return _updated(sqlite3.connect(path, isolation_level=None), ledger)
    except (sqlite3.DatabaseError, OSError):
        return _updated(sqlite3.connect(":memory:", isolation_level=None), ledger)


class _Foreign(Exception):
    """The index is not of this ledger: an event of opening."""


def _updated(base: sqlite3.Connection, ledger: Ledger) -> sqlite3.Connection:
    try:
        base.execute("PRAGMA busy_timeout = 10000")
        base.executescript(_SCHEMA)
        done = _count(base)
        _check(base, ledger, done)
        if done < ledger.size:
            base.execute("BEGIN IMMEDIATE")
            done = _count(base)
            base.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", _rows(ledger, done))
            base.execute("COMMIT")
    except BaseException:
        base.close()
        raise
    return base


def _check(base: sqlite3.Connection, ledger: Ledger, done: int) -> None:
    """Raise _Foreign where the last row is not the entry in its place."""
    if done > ledger.size or (done and not _agrees(base, ledger, done - 1)):
        raise _Foreign


def _rows(ledger: Ledger, start: int) -> Iterator[tuple[int, str, str, str, str, str]]:
    for entry, body in ledger.entries(start):
        yield entry.index, entry.kind, f"{entry.tenant}:{entry.source}", entry.at, entry.body, _name(body)


def _name(body: bytes) -> str:
    """The id that a body states; empty where it states none, or one too long to be a name."""
    if b'"id":' not in body:
        return ""
    try:
        name = decode(body, _Named).id
    except CannotLook:
        return ""
    return name if len(name) <= _LONGEST else ""


def _agrees(base: sqlite3.Connection, ledger: Ledger, place: int) -> bool:
    row = base.execute("SELECT body FROM entries WHERE place = ?", (place,)).fetchone()
    _, body = next(read_entries(ledger.place, place, place + 1))
    return row is not None and row[0] == digest(body)


def _count(base: sqlite3.Connection) -> int:
    return int(base.execute("SELECT count(*) FROM entries").fetchone()[0])


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
