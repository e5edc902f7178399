# SPDX-License-Identifier: Apache-2.0
"""The spool: events lie here, written before their answers leave, until the ledger has them.

One file a worker, append-only: ``HBKSPOOL1``, then frames of length, CRC-32 and body. A written frame survives the
death of every process; a thread syncs what was written within ``WINDOW`` seconds, which is what a power cut may take,
unless the caller waits for ``synced`` (``strict``). Bodies hold payloads as ciphertext only.
"""

import contextlib
import fcntl
import os
import struct
import threading
import time
import zlib
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from hauberk.core.errors import Malformed, Misuse

MAGIC: Final = b"HBKSPOOL1\n"
WINDOW: Final = 0.05
"""Seconds within which a written event is on the disk."""
MOST_BYTES: Final = 2 << 20
"""A file that is larger is followed by a new one."""
LARGEST: Final = 64 << 20
_FRAME: Final = struct.Struct("<II")
_PAUSE: Final = WINDOW / 2  # the other half is for the disk


class SpoolFull(Misuse):
    """An event cannot be written; its answer must not leave."""


class Spool:
    """One worker's end of the spool. ``write`` from one thread only."""

    def __init__(self, folder: Path, name: str, *, sync: Callable[[int], None] = os.fdatasync) -> None:
        """Begin a file; raises SpoolFull where that fails."""
        self._folder, self._name, self._sync = folder, name, sync
        self._number = 0
        self._lock = threading.Lock()
        self._retired: list[int] = []
        self._waiting: list[tuple[AbstractEventLoop, Future[None]]] = []
        self._dirty = threading.Event()
        self._since = 0.0
        self._broken = False
        self._closed = False
        self.written = 0
        """Events written."""
        self.unsynced = 0
        """Events written and not yet synced."""
        self.widest = 0.0
        """Longest that a written event waited for the disk, in seconds."""
        self.most = 0
        """Most events that waited at once."""
        self._file, self._size = self._begin()
        self._thread = threading.Thread(target=self._syncing, name="spool", daemon=True)
        self._thread.start()

    def write(self, body: bytes) -> None:
        """Hand one event to the kernel; raises SpoolFull where it cannot be kept, and then nothing of it is."""
        frame = _FRAME.pack(len(body), zlib.crc32(body)) + body
        if self._broken or self._size + len(frame) > MOST_BYTES:
            self._follow()
        try:
            done = os.write(self._file, frame)
        except OSError as error:
            self._undo()
            raise SpoolFull(f"the spool cannot be written: {error.strerror}", remedy="make room") from error
        if done < len(frame):
            self._undo()
            raise SpoolFull("the spool cannot be written: no space", remedy="make room")
        self._size += done
        with self._lock:
            self.written += 1
            self.unsynced += 1
            self.most = max(self.most, self.unsynced)
            self._since = self._since or time.monotonic()
        if not self._dirty.is_set():
            self._dirty.set()

    async def synced(self, loop: AbstractEventLoop) -> None:
        """Wait until what was written so far is on the disk; raises SpoolFull where it does not get there."""
        future: Future[None] = loop.create_future()
        with self._lock:
            if not self.unsynced:
                return
            self._waiting.append((loop, future))
        self._dirty.set()
        await future

    def close(self) -> None:
        """Sync and end."""
        self._closed = True
        self._dirty.set()
        self._thread.join()
        if self._file >= 0:
            os.close(self._file)

    def _begin(self) -> tuple[int, int]:
        path = self._folder / f"{self._name}-{self._number:06d}.spool"
        file = -1
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)  # held until the last process that writes here is gone
            os.write(file, MAGIC)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            if file >= 0:
                os.close(file)
                path.unlink(missing_ok=True)
            raise SpoolFull(f"cannot begin {path}: {error.strerror}", remedy="make room or give permission") from error
        return file, len(MAGIC)

    def _follow(self) -> None:
        """Leave the file to the drainer, once it is synced, and go on in a new one; raises SpoolFull."""
        with self._lock:
            if self._file >= 0:
                self._retired.append(self._file)
            self._file, self._broken = -1, True
        self._dirty.set()
        self._number += 1
        file, size = self._begin()
        with self._lock:
            self._file, self._size, self._broken = file, size, False

    def _undo(self) -> None:
        """Cut off what a failed write left, and leave the file: the drainer makes room by taking it."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._size)
        with self._lock:
            self._retired.append(self._file)
            self._file, self._broken = -1, True
        self._dirty.set()

    def _syncing(self) -> None:
        while not self._closed or self.unsynced or self._retired:
            self._dirty.wait()
            if not self._waiting and not self._closed:
                time.sleep(_PAUSE)
            self._dirty.clear()
            with self._lock:
                files, self._retired = self._retired, []
                if self._file >= 0:
                    files.append(os.dup(self._file))
                count, since, waiting = self.unsynced, self._since, self._waiting
                self._waiting, self._since = [], 0.0
            failed = self._sync_all(files) if count or len(files) > 1 else None
            for file in files:
                os.close(file)
            with self._lock:
                self._broken = self._broken or failed is not None  # what it holds is uncertain: go on in another
                self.unsynced -= count
                self.widest = max(self.widest, time.monotonic() - since if since else 0.0)
            for loop, future in waiting:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(_settle, future, failed)

    def _sync_all(self, files: list[int]) -> OSError | None:
        """Sync files; the first failure."""
        failed = None
        for file in files:
            try:
                self._sync(file)
            except OSError as error:
                failed = failed or error
        return failed


def _settle(future: "Future[None]", failed: OSError | None) -> None:
    if future.done():
        return
    if failed is None:
        future.set_result(None)
    else:
        future.set_exception(SpoolFull(f"the spool cannot be synced: {failed.strerror}"))


def frames(data: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """End and body of each whole frame from an offset on; what is torn at the end is left.

    Raises Malformed where the bytes are no spool, or a frame before the end does not have its checksum.
    """
    if not data.startswith(MAGIC[: len(data)]):
        raise Malformed("not a spool")
    at = max(start, len(MAGIC))
    while at + _FRAME.size <= len(data):
        size, checksum = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + size
        if size > LARGEST:
            raise Malformed(f"the spool is damaged at byte {at}")
        if end > len(data):
            return
        body = data[at + _FRAME.size : end]
        if zlib.crc32(body) != checksum:
            if end == len(data):
                return  # torn by a power cut
            raise Malformed(f"the spool is damaged at byte {at}")
        yield end, body
        at = end
