# SPDX-License-Identifier: Apache-2.0
"""Disks that fail: one forgets at a power cut whatever was not synced, one is full after so many bytes."""

import errno
import os
import random
from dataclasses import dataclass
from pathlib import Path

from hauberk.ledger.files import Disk


class PowerCut(BaseException):
    """The machine is off."""


@dataclass(eq=False)
class Inode:
    """A file's bytes: as the process sees them, and as the platter has them."""

    now: bytes = b""
    durable: bytes = b""


class LossyDisk(Disk):
    """Keeps, beside the real files, what would be left of them: synced bytes under names whose folder was synced.

    POSIX promises no more. At the cut, each file may also keep any part of what was not synced, written or zeroed, and
    each rename or new name that was not synced may have happened or not, in order.
    """

    chunk = 300

    def __init__(self, cut_at: int) -> None:
        """The power goes at the ``cut_at``-th stage."""
        super().__init__(stage=self._reached, sync=self._sync)
        self._left = cut_at
        self._open: dict[int, Inode] = {}
        self._names: dict[Path, Inode] = {}
        self._durable: dict[Path, Inode] = {}
        self._pending = []

    def _reached(self, _name: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise PowerCut

    def open_append(self, path):
        descriptor = super().open_append(path)
        if path not in self._names:
            self._link(path, Inode())
        self._open[descriptor] = self._names[path]
        return descriptor

    def write(self, descriptor, data):
        self._open[descriptor].now += bytes(data)
        return super().write(descriptor, data)

    def truncate(self, descriptor, size):
        self._open[descriptor].now = self._open[descriptor].now[:size]
        super().truncate(descriptor, size)

    def _sync(self, descriptor: int) -> None:
        inode = self._open[descriptor]
        inode.durable = inode.now

    def sync_folder(self, path):
        del path  # stricter would be to sync all of it: only this folder's names, but they are few
        for change in self._pending:
            change(self._durable)
        self._pending.clear()

    def replace(self, path, data, *, durable=True, mode=0o644):
        del mode
        inode = Inode()
        fresh = path.with_name(f"{path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._open[descriptor] = inode
        self._link(fresh, inode)
        try:
            self.write(descriptor, memoryview(data))
            if durable:
                self._sync(descriptor)
        finally:
            os.close(descriptor)
        self.stage("publishing")
        self.rename(fresh, path)
        self._names[path] = self._names.pop(fresh)
        self._pending.append(lambda names: names.__setitem__(path, names.pop(fresh, inode)))
        if durable:
            self.sync_folder(path.parent)

    def _link(self, path: Path, inode: Inode) -> None:
        self._names[path] = inode
        self._pending.append(lambda names: names.__setitem__(path, inode))

    def crash(self, root: Path, chance: random.Random) -> None:
        """Leave on the real disk what a power cut might leave."""
        for change in self._pending[: chance.randint(0, len(self._pending))]:
            change(self._durable)
        for path in (path for path in root.rglob("*") if path.is_file() and path.name != "lock"):
            path.unlink()
        for path, inode in self._durable.items():
            path.write_bytes(_left(inode, chance))


def _left(inode: Inode, chance: random.Random) -> bytes:
    common = inode.durable if inode.now.startswith(inode.durable) else inode.now
    rest = bytearray(inode.now[len(common) :])
    kept = rest[: chance.randint(0, len(rest))]
    if kept and chance.random() < 0.5:
        hole = chance.randrange(len(kept))
        kept[hole : hole + 64] = bytes(min(64, len(kept) - hole))
    return common + bytes(kept)


class FullDisk(Disk):
    """Takes so many bytes and then no more, half a write included."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, descriptor, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = super().write(descriptor, data[: self.room])
        self.room -= taken
        return taken
