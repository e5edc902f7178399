# SPDX-License-Identifier: Apache-2.0
"""The ledger: entries go in at the end, are durable before ``append`` returns, and never change."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from hauberk.core.canonical import is_canonical
from hauberk.core.clock import Clock, stamp, system_clock
from hauberk.core.codec import encode
from hauberk.core.entry import Entry
from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse
from hauberk.ledger.chain import Proven
from hauberk.ledger.checkpoint import Checkpoint, sign_checkpoint
from hauberk.ledger.files import locked, open_locked, replace_file, sync_folder, write_all
from hauberk.ledger.group import Group
from hauberk.ledger.merkle import Frontier, leaf_hash
from hauberk.ledger.reading import read_entries, verify_folder
from hauberk.ledger.segment import (
    LARGEST_BODY,
    MOST_BYTES,
    MOST_ENTRIES,
    frame_bytes,
    header_line,
    segment_path,
    segments,
)
from hauberk.ledger.tail import Place, Repair, Tail, next_segment, read_tail
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import load_public

MOST_BACKWARD = 300.0
"""Seconds that the clock may fall behind the last entry before appending is refused; below, the last stamp stands."""

_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_KIND = re.compile(r"[a-z][a-z0-9.-]{0,63}")

Sync = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """An entry before it has a place."""

    kind: str
    body: bytes
    digest: str


class Ledger:
    """A folder that holds entries and their bodies under signed checkpoints.

    Threads may share one Ledger, processes may each open the same folder; whoever waits at the same time is sealed
    by the same checkpoint. Without an identity a ledger is only read.
    """

    def __init__(self, place: Place, identity: Identity | None, clock: Clock, *, sync: Sync = os.fdatasync) -> None:
        """Use ``create`` or ``open``. ``sync`` makes a file's bytes durable; a test may inject a slow or lossy one."""
        self._place = place
        self._identity = identity
        self._clock = clock
        self._sync = sync
        self._group: Group[Sequence[_Draft], tuple[Entry, ...]] = Group(self._commit)
        self._tail: Tail | None = None
        self._repairs: tuple[Repair, ...] = ()
        self._begin_writing()

    @classmethod
    def create(cls, path: Path, identity: Identity, clock: Clock = system_clock) -> Self:
        """A new, empty ledger; raises Misuse where there is one already, or where the key lies beside it."""
        if identity.path is not None and path.resolve().parent in identity.path.resolve().parents:
            message = f"the key {identity.path} lies beside the ledger that it would sign"
            raise Misuse(message, remedy="keep keys elsewhere: set HAUBERK_KEYS")
        place = Place(root=path, keys=(identity.public,))
        origin = f"hauberk/{identity.name}/{secrets.token_hex(8)}"
        empty = Checkpoint(origin=origin, size=0, root=Frontier().root)
        try:
            place.log.mkdir(parents=True, exist_ok=True)
            with open_locked(path / "lock"):
                _refuse_remains(place)
                replace_file(path / "key.pub", identity.public.text.encode())
                replace_file(segment_path(place.log, 0), header_line(origin, Frontier()))
                replace_file(place.checkpoint, sign_checkpoint(empty, identity).encode())
            sync_folder(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from error
        return cls.open(path, identity, clock)

    @classmethod
    def open(
        cls,
        path: Path,
        identity: Identity | None = None,
        clock: Clock = system_clock,
        *,
        keys: Sequence[PublicKey] = (),
        sync: Sync = os.fdatasync,
    ) -> Self:
        """An existing ledger; what a crash left behind the last commit is cut off (see ``repairs``).

        ``keys`` are those whose signature is accepted; without any, the one that the ledger itself names.
        Raises Misuse where there is no ledger, LedgerBroken or SignatureInvalid where it is not what was signed,
        KeyUnavailable where the identity is not the ledger's.
        """
        if not (path / "log").is_dir():
            message = f"no ledger in {path}"
            raise Misuse(message, remedy="hauberk assess makes one beside the manifest; or name it with --ledger")
        accepted = tuple(keys) or (load_public(path / "key.pub"),)
        if identity is not None and identity.public not in accepted:
            message = f"the ledger in {path} is signed by {accepted[0].id}, not by {identity.public.id}"
            raise KeyUnavailable(message, remedy=f"choose that key: HAUBERK_IDENTITY={accepted[0].name}")
        ledger = cls(Place(root=path, keys=accepted), identity, clock, sync=sync)
        ledger._load()
        return ledger

    @property
    def path(self) -> Path:
        """The ledger's folder."""
        return self._place.root

    @property
    def place(self) -> Place:
        """The folder and the keys whose checkpoints are accepted."""
        return self._place

    @property
    def key(self) -> PublicKey:
        """The public key for those who are to verify."""
        return self._place.keys[0]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What opening, or going on after another process died, had to cut off."""
        return self._repairs

    @property
    def note(self) -> str:
        """The last signed checkpoint that this object has seen."""
        return self._known.note

    @property
    def size(self) -> int:
        """Number of entries under that checkpoint."""
        return self._known.frontier.size

    def append(self, kind: str, body: bytes) -> Entry:
        """Seal one body (canonical JSON) and return its entry, once it is durable.

        Raises Misuse for a body or kind that a ledger does not take, where no identity was given, and where the
        disk is full; then nothing was sealed.
        """
        return self.append_many([(kind, body)])[0]

    def append_many(self, items: Iterable[tuple[str, bytes]]) -> tuple[Entry, ...]:
        """Seal several (kind, body) under one checkpoint: all or, where it raises, none."""
        drafts = [_draft(kind, body) for kind, body in items]
        if not drafts:
            return ()
        if self._identity is None:
            raise KeyUnavailable(
                "the ledger was opened for reading only", remedy="open it with the identity that signs it"
            )
        return self._group.submit(drafts)

    def entries(self, start: int = 0) -> Iterator[tuple[Entry, bytes]]:
        """Entries and bodies from an index on; each body is checked against its entry (``verify`` checks it all)."""
        return read_entries(self._place, start, self.size)

    def bodies(self, kind: str) -> Iterator[bytes]:
        """Bodies of one kind in order."""
        return (body for entry, body in self.entries() if entry.kind == kind)

    def verify(self, *, history: bool = True) -> Proven:
        """Check every byte up to the last checkpoint; raises LedgerBroken or SignatureInvalid.

        Without ``history`` the signatures of earlier checkpoints, which the last supersedes, are passed over.
        """
        self._load()
        return verify_folder(self._place, self.note, history=history)

    def close(self) -> None:
        """Make the published checkpoint durable too. What was acknowledged is durable without it."""
        if self._identity is not None and self._tail is not None:
            with contextlib.suppress(OSError):
                replace_file(self._place.checkpoint, self._tail.note.encode())
        self._let_go()

    def __enter__(self) -> Self:
        """Close at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def __del__(self) -> None:
        """Give back what the system holds open."""
        self._let_go()

    @property
    def _known(self) -> Tail:
        if self._tail is None:
            self._load()
        if self._tail is None:  # _load sets it or raises
            raise LedgerBroken("the ledger has no end")
        return self._tail

    def _begin_writing(self) -> None:
        """Become a writer of its own: after a fork or a failed write, sequences must not be continued."""
        self._let_go()
        self._process = os.getpid()
        self._writer = secrets.token_hex(8)
        self._sequence = 0
        self._tail = None

    def _let_go(self) -> None:
        for descriptor in (getattr(self, "_lock", None), getattr(self, "_file", None)):
            if descriptor is not None:
                os.close(descriptor)
        self._lock: int | None = None
        self._file: int | None = None

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        if self._lock is None:
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return locked(self._lock)

    def _load(self) -> None:
        """Read the end of the ledger, mending it where that is possible."""
        try:
            with self._locked():
                self._reload(mend=True)
        except PermissionError:
            self._reload(mend=False)
        except OSError as error:
            if error.errno not in _READ_ONLY:
                raise _unwritable(self.path, error) from error
            self._reload(mend=False)
        if self._identity is None:
            self._let_go()

    def _reload(self, *, mend: bool) -> None:
        self._tail, repairs = read_tail(self._place, mend=mend)
        self._repairs += repairs
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if repairs and mend:
            replace_file(self._place.checkpoint, self._tail.note.encode())

    def _commit(self, batch: Sequence[Sequence[_Draft]]) -> Sequence[tuple[Entry, ...]]:
        """Write, sync and publish one frame for all that wait."""
        if os.getpid() != self._process:
            self._begin_writing()
        try:
            with self._locked():
                tail = self._current()
                results = self._seal(tail, batch)
        except OSError as error:
            self._begin_writing()
            raise _unwritable(self.path, error) from error
        except BaseException:
            self._begin_writing()
            raise
        return results

    def _current(self) -> Tail:
        """The tail, read again where another process has written since, or died writing."""
        if self._tail is None or not self._stands(self._tail):
            self._reload(mend=True)
        return self._known

    def _stands(self, tail: Tail) -> bool:
        try:
            size = segment_path(self._place.log, tail.first).stat().st_size
        except FileNotFoundError:
            return False
        return size == tail.offset and (
            tail.first == tail.frontier.size or not next_segment(self._place, tail).exists()
        )

    def _seal(self, tail: Tail, batch: Sequence[Sequence[_Draft]]) -> list[tuple[Entry, ...]]:
        at = self._stamp(tail)
        frontier, sequence = tail.frontier.copy(), self._sequence
        lines: list[tuple[bytes, bytes]] = []
        results: list[tuple[Entry, ...]] = []
        for drafts in batch:
            entries = []
            for draft in drafts:
                entry = self._entry(draft, at, frontier.size, sequence)
                line = encode(entry)
                frontier.append(leaf_hash(line))
                lines.append((line, draft.body))
                entries.append(entry)
                sequence += 1
            results.append(tuple(entries))
        origin = tail.note.partition("\n")[0]
        note = self._sign(Checkpoint(origin=origin, size=frontier.size, root=frontier.root))
        self._write(tail, frame_bytes(lines, note), origin)
        self._sequence = sequence
        self._tail = replace(tail, frontier=frontier, note=note, at=at)
        replace_file(self._place.checkpoint, note.encode(), durable=False)
        return results

    def _entry(self, draft: _Draft, at: str, index: int, sequence: int) -> Entry:
        return Entry(
            at=at,
            body=draft.digest,
            by=self._place.keys[0].id if self._identity is None else self._identity.public.id,
            index=index,
            kind=draft.kind,
            sequence=sequence,
            writer=self._writer,
        )

    def _sign(self, checkpoint: Checkpoint) -> str:
        if self._identity is None:
            raise KeyUnavailable("the ledger was opened for reading only")
        return sign_checkpoint(checkpoint, self._identity)

    def _stamp(self, tail: Tail) -> str:
        """Now, or the last entry's stamp where the clock is a little behind it."""
        now = self._clock()
        at = stamp(now)
        if at >= tail.at:
            return at
        last = datetime.strptime(tail.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        if (last - now).total_seconds() > MOST_BACKWARD:
            message = f"the clock says {at}, and the ledger's last entry is of {tail.at}"
            raise Misuse(message, remedy="set the clock; a ledger's time does not run backward")
        return tail.at

    def _write(self, tail: Tail, frame: bytes, origin: str) -> None:
        """Make a frame durable and move the tail's place behind it; where that fails, take it back."""
        begun = tail.frontier.size - tail.first >= MOST_ENTRIES or tail.offset >= MOST_BYTES
        if begun:
            frame = header_line(origin, tail.frontier) + frame
            tail.first, tail.offset = tail.frontier.size, 0
        if begun and self._file is not None:
            os.close(self._file)
            self._file = None
        if self._file is None:
            path = segment_path(self._place.log, tail.first)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            write_all(self._file, frame)
            self._sync(self._file)
            if begun:
                sync_folder(self._place.log)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, tail.offset)
            raise
        tail.offset += len(frame)


def _draft(kind: str, body: bytes) -> _Draft:
    if _KIND.fullmatch(kind) is None:
        message = f"{kind!r} cannot be the kind of an entry"
        raise Misuse(message, remedy="use lower-case words joined by dots")
    if len(body) > LARGEST_BODY:
        message = f"a body of {len(body)} bytes exceeds the limit of {LARGEST_BODY}"
        raise Misuse(message, remedy="store the bytes elsewhere and seal their digest")
    if not is_canonical(body):
        raise Misuse("a body is not canonical JSON", remedy="pass canonical(value)")
    return _Draft(kind=kind, body=body, digest=f"sha256:{hashlib.sha256(body).hexdigest()}")


def _refuse_remains(place: Place) -> None:
    """Raise Misuse where the folder holds a ledger, or what is left of one; an unfinished creation is no obstacle."""
    if place.checkpoint.exists() or any(path.read_bytes().count(b"\n") > 1 for path in segments(place.log)):
        message = f"there is a ledger in {place.root} already"
        raise Misuse(message, remedy="open it, or choose another folder")


def _unwritable(path: Path, error: OSError) -> Misuse:
    message = f"cannot write the ledger in {path}: {error.strerror}"
    return Misuse(message, remedy="make room or give permission; everything acknowledged so far is safe")
