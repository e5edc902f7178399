# SPDX-License-Identifier: Apache-2.0
"""The writer: makes frames of drafts, makes them durable, publishes their checkpoint. One commit at a time."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hauberk.core.canonical import is_canonical
from hauberk.core.clock import Clock, stamp
from hauberk.core.codec import encode
from hauberk.core.entry import Entry
from hauberk.core.errors import HauberkError, KeyUnavailable, LedgerBroken, Misuse
from hauberk.ledger.checkpoint import Checkpoint, sign_checkpoint
from hauberk.ledger.files import Disk, locked
from hauberk.ledger.merkle import Frontier, leaf_hash
from hauberk.ledger.segment import LARGEST_BODY, MOST_BYTES, MOST_ENTRIES, frame_bytes, header_line, segment_path
from hauberk.ledger.standing import MOST_SOURCES, Standing
from hauberk.ledger.tail import Place, Repair, Tail, next_segment, read_tail
from hauberk.signing.identity import Identity

MOST_BACKWARD = 300.0
"""Seconds that the clock may fall behind the last entry before appending is refused; below, the last stamp stands."""

RESERVED = ("heartbeat", "key")
"""Kinds whose bodies the ledger makes itself."""

_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_KIND = re.compile(r"[a-z][a-z0-9.-]{0,63}")
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._/-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where an entry is about to be sealed."""

    index: int
    root: bytes
    """Of the tree before it."""
    note: str
    """The checkpoint before this commit."""
    counts: Mapping[str, int]
    """Entries of each ``tenant:source`` before it."""
    by: str
    origin: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry before it has a place."""

    kind: str
    tenant: str
    source: str
    body: bytes
    digest: str
    make: Callable[[Point], bytes] | None = None
    """Makes the body once its place is known."""
    heir: Identity | None = None
    """Who signs from here on: the frame ends behind this entry."""
    adopts: bool = False
    """The heir signs this entry already."""


def draft(kind: str, body: bytes, *, tenant: str, source: str) -> Draft:
    """A checked draft; raises Misuse for what a ledger does not take."""
    if _KIND.fullmatch(kind) is None or kind in RESERVED:
        message = f"{kind!r} cannot be the kind of an entry"
        raise Misuse(message, remedy=f"use lower-case words joined by dots, other than {', '.join(RESERVED)}")
    if _TENANT.fullmatch(tenant) is None or _SOURCE.fullmatch(source) is None:
        message = f"tenant {tenant!r} or source {source!r} is malformed"
        raise Misuse(message, remedy="use up to 63 of a-z 0-9 -, and in a source . _ / too")
    if len(body) > LARGEST_BODY:
        message = f"a body of {len(body)} bytes exceeds the limit of {LARGEST_BODY}"
        raise Misuse(message, remedy="store the bytes elsewhere and seal their digest")
    if not is_canonical(body):
        raise Misuse("a body is not canonical JSON", remedy="pass canonical(value)")
    return Draft(
        kind=kind, tenant=tenant, source=source, body=body, digest=f"sha256:{hashlib.sha256(body).hexdigest()}"
    )


class Writer:
    """The end of one ledger, and the right to write behind it."""

    def __init__(self, place: Place, identity: Identity | None, clock: Clock, disk: Disk) -> None:
        """Without an identity it only reads the end."""
        self.place = place
        self.identity = identity
        self.tail: Tail | None = None
        self.repairs: tuple[Repair, ...] = ()
        self._clock = clock
        self._disk = disk
        self._lock: int | None = None
        self._file: int | None = None
        self._mutex = threading.RLock()
        self._held = contextlib.ExitStack()
        self._unpublished = ""
        self._restart()

    @property
    def known(self) -> Tail:
        """The end as far as this writer has seen it."""
        if self.tail is None:
            self.load()
        if self.tail is None:  # load sets it or raises
            raise LedgerBroken("the ledger has no end")
        return self.tail

    def load(self) -> None:
        """Read the end of the ledger, mending it where that is possible."""
        try:
            with self.locked():
                self._reload(mend=True)
        except OSError as error:
            if error.errno not in _READ_ONLY:
                raise unwritable(self.place.root, error) from error
            self._reload(mend=False)
        if self.identity is None:
            self.let_go()

    def commit(self, batch: Sequence[Sequence[Draft]]) -> Sequence[tuple[Entry, ...]]:
        """Write and sync for all that wait; one frame, or more where the ledger passes to another key.

        The ledger stays locked until ``finish`` has published the checkpoint.
        """
        if os.getpid() != self._process:
            self._mutex, self._held = threading.RLock(), contextlib.ExitStack()  # a fork may have copied a held one
            self._restart()
        results: list[tuple[Entry, ...]] = []
        try:
            self._held.enter_context(self.locked())
            self._disk.stage("locked")
            for part in _parts(batch):
                results += self._seal(self._current(), part)
        except OSError as error:
            self._abandon()
            raise unwritable(self.place.root, error) from error
        except BaseException:
            self._abandon()
            raise
        return results

    def finish(self) -> None:
        """Publish the checkpoint of what was committed, and let others go on.

        A disk that takes no more keeps the checkpoint of before: what was committed is durable without it.
        """
        note, self._unpublished = self._unpublished, ""
        with self._held:
            if note:
                with contextlib.suppress(OSError):
                    self._disk.replace(self.place.checkpoint, note.encode(), durable=False)
                self._disk.stage("published")

    def publish(self) -> None:
        """Make the published checkpoint durable too."""
        if self.tail is not None:
            self._disk.replace(self.place.checkpoint, self.tail.note.encode())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the ledger alone, across threads and processes."""
        with self._mutex:
            if self._lock is None:
                self._lock = os.open(self.place.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with locked(self._lock):
                yield

    def _abandon(self) -> None:
        """Forget a commit that failed."""
        self._unpublished = ""
        with self._held:
            self.tail = None
        self._restart()

    def let_go(self) -> None:
        """Give back what the system holds open."""
        for descriptor in (self._lock, self._file):
            if descriptor is not None:
                os.close(descriptor)
        self._lock = self._file = None

    def _restart(self) -> None:
        """Become a writer anew: after a fork or a failed write nothing that was known of the end counts."""
        self.let_go()
        self._process = os.getpid()
        self._name = secrets.token_hex(8)
        self.tail = None

    def _reload(self, *, mend: bool) -> None:
        self.tail, repairs = read_tail(self.place, mend=mend)
        self.repairs += repairs
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if repairs and mend:
            self._disk.replace(self.place.checkpoint, self.tail.note.encode())

    def _current(self) -> Tail:
        """The tail, read again where another process has written since, or died writing."""
        if self.tail is None or not self._stands(self.tail):
            self._reload(mend=True)
        return self.known

    def _stands(self, tail: Tail) -> bool:
        try:
            size = segment_path(self.place.log, tail.first).stat().st_size
        except FileNotFoundError:
            return False
        return size == tail.offset and (tail.first == tail.frontier.size or not next_segment(self.place, tail).exists())

    def _seal(self, tail: Tail, batch: Sequence[Sequence[Draft]]) -> list[tuple[Entry, ...]]:
        """One frame: entries of all drafts, signed, durable, published."""
        frontier, standing = tail.frontier.copy(), tail.standing.copy()
        last = batch[-1][-1]
        signer = self._signer(standing, last)
        at = self._stamp(standing)
        if not last.adopts:
            standing.ring.check(frontier.size, at)
        lines: list[tuple[bytes, bytes]] = []
        results = []
        for drafts in batch:
            entries = []
            for one in drafts:
                made = self._make(one, frontier, standing, tail.note) if one.make else one
                entry = self._entry(made, at, frontier.size, standing, signer)
                line = encode(entry)
                if made.heir is not None or made.kind == "key":
                    standing.follow(entry, made.body, frontier.root)
                frontier.append(leaf_hash(line))
                lines.append((line, made.body))
                entries.append(entry)
            results.append(tuple(entries))
        standing.at = at
        note = sign_checkpoint(Checkpoint(origin=standing.ring.origin, size=frontier.size, root=frontier.root), signer)
        self._disk.stage("sealed")
        self._write(tail, frame_bytes(lines, note))
        self.tail = replace(tail, frontier=frontier, note=note, standing=standing)
        if last.heir is not None:
            self.identity = last.heir
        self._unpublished = note
        return results

    def _signer(self, standing: Standing, last: Draft) -> Identity:
        """Who signs this frame; raises KeyUnavailable where it is not this writer."""
        if last.adopts and last.heir is not None:
            return last.heir
        if self.identity is None:
            raise KeyUnavailable(
                "the ledger was opened for reading only", remedy="open it with the identity that signs"
            )
        if self.identity.public.id != standing.ring.by:
            message = (
                f"the ledger in {self.place.root} is signed by {standing.ring.by}, not by {self.identity.public.id}"
            )
            raise KeyUnavailable(
                message, remedy=f"choose that key: HAUBERK_IDENTITY={standing.ring.by.partition('/')[0]}"
            )
        return self.identity

    def _make(self, one: Draft, frontier: Frontier, standing: Standing, note: str) -> Draft:
        """A draft with the body that its place calls for."""
        if one.make is None:
            return one
        point = Point(
            index=frontier.size,
            root=frontier.root,
            note=note,
            counts=standing.counts,
            by=standing.ring.by,
            origin=standing.ring.origin,
        )
        body = one.make(point)
        return msgspec.structs.replace(one, body=body, digest=f"sha256:{hashlib.sha256(body).hexdigest()}")

    def _entry(self, one: Draft, at: str, index: int, standing: Standing, signer: Identity) -> Entry:
        name = f"{one.tenant}:{one.source}"
        sequence = standing.counts.get(name, 0)
        if one.kind != "key":
            if not sequence and len(standing.counts) >= MOST_SOURCES:
                message = f"a ledger has {MOST_SOURCES} sources at most"
                raise Misuse(message, remedy="put several sources under one name, or keep another ledger")
            standing.counts[name] = sequence + 1
        return Entry(
            at=at,
            body=one.digest,
            by=signer.public.id,
            index=index,
            kind=one.kind,
            sequence=sequence,
            source=one.source,
            tenant=one.tenant,
            writer=self._name,
        )

    def _stamp(self, standing: Standing) -> str:
        """Now, or the last entry's stamp where the clock is a little behind it."""
        now = self._clock()
        at = stamp(now)
        if at >= standing.at:
            return at
        last = datetime.strptime(standing.at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        if (last - now).total_seconds() > MOST_BACKWARD:
            message = f"the clock says {at}, and the ledger's last entry is of {standing.at}"
            raise Misuse(message, remedy="set the clock; a ledger's time does not run backward")
        return standing.at

    def _write(self, tail: Tail, frame: bytes) -> None:
        """Make a frame durable and move the tail's place behind it; where that fails, take it back."""
        begun = tail.frontier.size - tail.first >= MOST_ENTRIES or tail.offset >= MOST_BYTES
        if begun:
            frame = header_line(tail.frontier, tail.standing) + frame
            tail.first, tail.offset = tail.frontier.size, 0
        if begun and self._file is not None:
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._file = self._disk.open_append(segment_path(self.place.log, tail.first))
        try:
            self._disk.append(self._file, frame)
            self._disk.stage("written")
            self._disk.sync(self._file)
            self._disk.stage("synced")
            if begun:
                self._disk.sync_folder(self.place.log)
        except OSError:
            with contextlib.suppress(OSError):
                self._disk.truncate(self._file, tail.offset)
            raise
        tail.offset += len(frame)


def _parts(batch: Sequence[Sequence[Draft]]) -> Iterator[list[Sequence[Draft]]]:
    """The batch in frames: one ends behind each draft that passes the ledger on, and one begins with an adoption."""
    part: list[Sequence[Draft]] = []
    for drafts in batch:
        if drafts[0].adopts and part:
            yield part
            part = []
        part.append(drafts)
        if drafts[-1].heir is not None:
            yield part
            part = []
    if part:
        yield part


def unwritable(path: Path, error: OSError) -> HauberkError:
    """What a failed write means for whoever waits."""
    message = f"cannot write the ledger in {path}: {error.strerror}"
    return Misuse(message, remedy="make room or give permission; everything acknowledged so far is safe")
