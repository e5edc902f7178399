# SPDX-License-Identifier: Apache-2.0
"""Takes events from the spool into the ledger: each exactly once, its payload under its subject's own key.

Before a batch is appended, a file in ``run`` says at which size of the ledger it begins; after a crash in
between, the entries from there on tell which events are in the ledger already.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from hauberk.core.canonical import canonical, digest
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Count
from hauberk.core.errors import CannotLook, LedgerBroken
from hauberk.core.event import EVENT, Event
from hauberk.core.value import Value
from hauberk.guard.record import Sealer
from hauberk.guard.spool import MAGIC, frames
from hauberk.guard.state import State
from hauberk.ledger.files import replace_file
from hauberk.ledger.log import Ledger
from hauberk.ledger.subjects import PAYLOAD, SubjectKeys

TORN: Final = "guard.torn"
BATCH: Final = 256
BATCH_BYTES: Final = 8 << 20


class Torn(Value, frozen=True, kw_only=True):
    """Body of an entry ``guard.torn``: a spool's last write did not get to the disk whole; its answer may have left."""

    bytes: Count
    file: str
    schema: Literal["hauberk/guard-torn/1"] = "hauberk/guard-torn/1"


class _Mark(Value, frozen=True, kw_only=True):
    """How far a file has been taken."""

    done: Count = 0
    """Bytes that are in the ledger."""
    ledger: Count = 0
    """Size of the ledger when the batch behind them began."""
    schema: Literal["hauberk/spool-mark/1"] = "hauberk/spool-mark/1"


class Drain:
    """The one taker of a spool; whoever else tries meanwhile takes nothing."""

    def __init__(self, state: State, ledger: Ledger, keys: SubjectKeys, sealer: Sealer) -> None:
        """Take what it takes with it."""
        self._state, self._ledger, self._keys, self._sealer = state, ledger, keys, sealer

    def drain(self) -> int:
        """Take everything that is there now; how many events. Raises LedgerBroken for a damaged spool."""
        with self._alone() as mine:
            return sum(self._take(path) for path in sorted(self._state.spool.glob("*.spool"))) if mine else 0

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        lock = os.open(self._state.spool / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(lock)

    def _take(self, path: Path) -> int:
        beside = self._state.run / f"{path.stem}.mark"  # apart, since the spool's disk may be full
        mark = _read_mark(beside)
        try:
            left = _is_left(path)  # before reading: what is written later is by somebody who holds the file
            data = path.read_bytes()
        except FileNotFoundError:
            return 0  # a worker could not begin it, and took it back
        seen = self._since(mark.ledger) if mark.done < len(data) and mark.ledger else frozenset()
        count, end = 0, mark.done
        try:
            for end, bodies in _batches(data, mark.done):
                mark = _Mark(done=mark.done, ledger=self._ledger.size)
                replace_file(beside, encode(mark), mode=0o600)
                count += self._append(bodies, seen)
                mark = _Mark(done=end, ledger=self._ledger.size)
                replace_file(beside, encode(mark), mode=0o600)
                seen = frozenset()
        except CannotLook as error:
            raise LedgerBroken(f"{path.name}: {error.message}", remedy="move the file aside and ask why") from error
        if left:
            if max(end, len(MAGIC)) < len(data):
                torn = Torn(bytes=len(data) - max(end, len(MAGIC)), file=path.stem)
                self._ledger.append(TORN, canonical(torn))
            path.unlink()
            beside.unlink(missing_ok=True)
        return count

    def _append(self, bodies: list[bytes], seen: frozenset[str]) -> int:
        opened = [one for one in map(self._sealer.open, bodies) if one[0].id not in seen]
        payloads = self._keys.encrypt([(kept.subject, encode(kept)) for _, kept in opened])
        items: list[tuple[str, bytes]] = []
        for (event, _), payload in zip(opened, payloads, strict=True):
            whole = msgspec.structs.replace(event, payload=digest(payload))
            items += [(PAYLOAD, payload), (EVENT, canonical(whole))]
        self._ledger.append_many(items)
        return len(opened)

    def _since(self, size: int) -> frozenset[str]:
        """Ids of the events that entered the ledger from that size on."""
        return frozenset(decode(body, Event).id for entry, body in self._ledger.entries(size) if entry.kind == EVENT)


def _read_mark(path: Path) -> _Mark:
    try:
        return decode(path.read_bytes(), _Mark)
    except FileNotFoundError:
        return _Mark()


def _is_left(path: Path) -> bool:
    """Whether nobody writes to the file any more."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(file)


def _batches(data: bytes, start: int) -> Iterator[tuple[int, list[bytes]]]:
    """Where a batch ends, and its bodies."""
    held: list[bytes] = []
    size, end = 0, start
    for end, body in frames(data, start):
        held.append(body)
        size += len(body)
        if len(held) >= BATCH or size >= BATCH_BYTES:
            yield end, held
            held, size = [], 0
    if held:
        yield end, held
