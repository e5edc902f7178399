# SPDX-License-Identifier: Apache-2.0
"""The ledger: entries go in at the end, are durable before ``append`` returns, and never change."""

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hauberk.core.clock import Clock, system_clock
from hauberk.core.entry import Entry
from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse
from hauberk.ledger.chain import Proven
from hauberk.ledger.checkpoint import Checkpoint, sign_checkpoint
from hauberk.ledger.commit import Draft, Point, Writer, draft, unwritable
from hauberk.ledger.demands import NOTHING, Demands
from hauberk.ledger.files import DISK, Disk, open_locked
from hauberk.ledger.group import Group
from hauberk.ledger.keys import Ring
from hauberk.ledger.merkle import Frontier
from hauberk.ledger.reading import read_entries, read_lines, verify_folder
from hauberk.ledger.segment import header_line, segment_path, segments
from hauberk.ledger.standing import Standing
from hauberk.ledger.succession import accepted_keys
from hauberk.ledger.tail import Place, Repair
from hauberk.ledger.tiles import check_tiles, sync_tiles, synced
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import load_public


class Ledger:
    """A folder that holds entries and their bodies under signed checkpoints.

    Threads may share one Ledger, processes may each open the same folder; whoever waits at the same time is sealed
    by the same checkpoint. Without an identity a ledger is only read.
    """

    def __init__(self, writer: Writer, *, source: str = "local") -> None:
        """Use ``create`` or ``open``."""
        self.source, self.tenant = source, "default"
        self._writer = writer
        self._group: Group[Sequence[Draft], tuple[Entry, ...]] = Group(writer.commit, writer.finish)

    @classmethod
    def create(
        cls, path: Path, identity: Identity, clock: Clock = system_clock, *, disk: Disk = DISK, source: str = "local"
    ) -> Self:
        """A new, empty ledger; raises Misuse where there is one already, or where the key lies beside it."""
        if identity.path is not None and path.resolve().parent in identity.path.resolve().parents:
            message = f"the key {identity.path} lies beside the ledger that it would sign"
            raise Misuse(message, remedy="keep keys elsewhere: set HAUBERK_KEYS")
        place = Place(root=path, keys=(identity.public,), trusted=(identity.public,))
        origin = f"hauberk/{identity.name}/{secrets.token_hex(8)}"
        empty = Checkpoint(origin=origin, size=0, root=Frontier().root)
        standing = Standing(ring=Ring(origin=origin, by=identity.public.id))
        try:
            place.log.mkdir(parents=True, exist_ok=True)
            with open_locked(path / "lock"):
                _refuse_remains(place)
                disk.replace(path / "key.pub", identity.public.text.encode())
                disk.replace(segment_path(place.log, 0), header_line(Frontier(), standing))
                disk.replace(place.checkpoint, sign_checkpoint(empty, identity).encode())
            disk.sync_folder(path.parent)
        except OSError as error:
            raise unwritable(path, error) from error
        return cls.open(path, identity, clock, disk=disk, source=source)

    @classmethod
    def open(
        cls,
        path: Path,
        identity: Identity | None = None,
        clock: Clock = system_clock,
        *,
        keys: Sequence[PublicKey] = (),
        disk: Disk = DISK,
        sync: Callable[[int], None] | None = None,
        source: str = "local",
    ) -> Self:
        """An existing ledger; what a crash left behind the last commit is cut off (see ``repairs``).

        ``keys`` are those whose signature is accepted; without any, the one that the ledger itself names. ``source``
        stands in the entries that are appended, ``sync`` for the disk's own. Raises Misuse where there is no ledger,
        LedgerBroken or SignatureInvalid where it is not what was signed, KeyUnavailable where the identity is not its.
        """
        if not (path / "log").is_dir():
            message = f"no ledger in {path}"
            raise Misuse(message, remedy="hauberk assess makes one beside the manifest; or name it with --ledger")
        trusted = tuple(keys) or (load_public(path / "key.pub"),)
        accepted = accepted_keys(path, trusted)
        if identity is not None and identity.public not in accepted:
            message = f"the ledger in {path} is signed by {accepted[0].id}, not by {identity.public.id}"
            raise KeyUnavailable(message, remedy=f"choose that key: HAUBERK_IDENTITY={accepted[0].name}")
        place = Place(root=path, keys=accepted, trusted=trusted)
        writer = Writer(place, identity, clock, disk if sync is None else Disk(sync=sync))
        writer.load()
        return cls(writer, source=source)

    @property
    def path(self) -> Path:
        """The ledger's folder."""
        return self._writer.place.root

    @property
    def place(self) -> Place:
        """The folder and the keys whose checkpoints are accepted."""
        return self._writer.place

    @property
    def writer(self) -> Writer:
        """Its end; for the modules of this room."""
        return self._writer

    @property
    def key(self) -> PublicKey:
        """The public key for those who are to verify: the one that signs now."""
        by = self._writer.known.standing.ring.by
        return next((key for key in self.place.keys if key.id == by), self.place.keys[0])

    @property
    def origin(self) -> str:
        """The ledger's own name, in every checkpoint."""
        return self._writer.known.standing.ring.origin

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What opening, or going on after another process died, had to cut off."""
        return self._writer.repairs

    @property
    def note(self) -> str:
        """The last signed checkpoint that this object has seen."""
        return self._writer.known.note

    @property
    def size(self) -> int:
        """Number of entries under that checkpoint."""
        return self._writer.known.frontier.size

    def append(self, kind: str, body: bytes, *, source: str = "", tenant: str = "") -> Entry:
        """Seal one body (canonical JSON) and return its entry, once it is durable.

        Raises Misuse for a body or kind that a ledger does not take, where no identity was given, and where the
        disk is full; then nothing was sealed.
        """
        return self.append_many([(kind, body)], source=source, tenant=tenant)[0]

    def append_many(
        self, items: Iterable[tuple[str, bytes]], *, source: str = "", tenant: str = ""
    ) -> tuple[Entry, ...]:
        """Seal several (kind, body) under one checkpoint: all or, where it raises, none."""
        source, tenant = source or self.source, tenant or self.tenant
        drafts = [draft(kind, body, source=source, tenant=tenant) for kind, body in items]
        return self.submit(drafts) if drafts else ()

    def append_made(
        self, kind: str, make: Callable[[Point], bytes], *, heir: Identity | None = None, adopts: bool = False
    ) -> Entry:
        """Seal a body that is made once its place is known; for the modules of this room."""
        one = Draft(
            kind=kind,
            source=self.source,
            tenant=self.tenant,
            body=b"",
            digest="",
            make=make,
            heir=heir,
            adopts=adopts,
        )
        return self.submit([one])[0]

    def submit(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Seal drafts and return their entries once they are durable."""
        if self._writer.identity is None and not drafts[0].adopts:
            raise KeyUnavailable(
                "the ledger was opened for reading only", remedy="open it with the identity that signs it"
            )
        return self._group.submit(drafts)

    def refresh(self) -> int:
        """Take note of what other processes appended; the size now."""
        self._writer.load()
        return self.size

    def entries(self, start: int = 0) -> Iterator[tuple[Entry, bytes]]:
        """Entries and bodies from an index on; each body is checked against its entry (``verify`` checks it all)."""
        return read_entries(self.place, start, self.size)

    def bodies(self, kind: str) -> Iterator[bytes]:
        """Bodies of one kind in order."""
        return (body for entry, body in self.entries() if entry.kind == kind)

    def verify(self, *, history: bool = True, demands: Demands = NOTHING) -> Proven:
        """Check every byte up to the last checkpoint, and the tiles; raises LedgerBroken or SignatureInvalid.

        Without ``history`` the signatures of earlier checkpoints, which the last supersedes, and the tiles are passed
        over.
        """
        self._writer.load()
        proven = verify_folder(self.place, self.note, history=history, demands=demands)
        if history and 0 < (done := synced(self.path)) <= proven.size:
            check_tiles(self.path, done, (line for line, _ in read_lines(self.place, 0, done)))
        return proven

    def close(self) -> None:
        """Make the published checkpoint durable and bring the tiles up to it.

        What was acknowledged is durable without either; a disk that is full by now takes nothing from it.
        """
        if self._writer.identity is not None and self._writer.tail is not None:
            with contextlib.suppress(OSError, LedgerBroken), self._writer.locked():
                self._writer.publish()
                sync_tiles(self.place, self.size)
        self._writer.let_go()

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
        self._writer.let_go()


def _refuse_remains(place: Place) -> None:
    """Raise Misuse where the folder holds a ledger, or what is left of one; an unfinished creation is no obstacle."""
    if place.checkpoint.exists() or any(path.read_bytes().count(b"\n") > 1 for path in segments(place.log)):
        message = f"there is a ledger in {place.root} already"
        raise Misuse(message, remedy="open it, or choose another folder")
