# SPDX-License-Identifier: Apache-2.0
"""Files as the ledger writes them: whole, durable, one writer at a time on the machine.

``Disk`` is the one door to the file system for whatever must survive a crash; a test puts one in its place that is
full, slow, forgets what was not synced, or kills the process at a named stage.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

STAGES = ("locked", "sealed", "writing", "written", "synced", "publishing", "published")
"""Where a commit may be cut short: under the lock, signed, half a frame written, all of it, synced (from here on it is
acknowledged to those who wait), the new checkpoint written beside the old one, and renamed over it."""


class Disk:
    """The file system, with a name for each stage of a commit."""

    chunk = 1 << 16
    """Bytes that one write hands over."""

    def __init__(
        self, *, sync: Callable[[int], None] = os.fdatasync, stage: Callable[[str], None] = lambda _: None
    ) -> None:
        """``sync`` makes a file's bytes durable; ``stage`` is told each name of ``STAGES`` as it is reached."""
        self.sync = sync
        self.stage = stage

    def open_append(self, path: Path) -> int:
        """A descriptor at the end of a file, made where it is missing."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def append(self, descriptor: int, data: bytes) -> None:
        """Write every byte; raises OSError where the disk takes no more."""
        view = memoryview(data)
        while view:
            written = self.write(descriptor, view[: self.chunk])
            if not written:
                raise OSError(errno.EIO, "nothing was written")
            view = view[written:]
            self.stage("writing")

    def write(self, descriptor: int, data: memoryview) -> int:
        """One write; the number of bytes that were taken."""
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file."""
        os.ftruncate(descriptor, size)

    def sync_folder(self, path: Path) -> None:
        """Make the names within a folder durable."""
        sync_folder(path)

    def replace(self, path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
        """Put new content in place of the old in one step.

        Without ``durable`` a power cut may bring the old content back, never half of the new on a file system that
        writes data before it renames (ext4, xfs and btrfs do); a killed process loses nothing either way.
        """
        fresh = path.with_name(f"{path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            view = memoryview(data)
            while view:
                view = view[self.write(descriptor, view) :]
            if durable:
                self.sync(descriptor)
        finally:
            os.close(descriptor)
        self.stage("publishing")
        self.rename(fresh, path)
        if durable:
            self.sync_folder(path.parent)

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another's name in one step."""
        path.rename(target)


DISK = Disk()
"""The real one."""


def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put new content in place of the old in one step, durably."""
    DISK.replace(path, data, mode=mode)


def sync_folder(path: Path) -> None:
    """Make the names within a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_locked(path: Path) -> Iterator[None]:
    """Hold the only lock on a file, made where it is missing."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        with locked(descriptor):
            yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(descriptor: int) -> Iterator[None]:
    """Hold the only lock on an open file, across processes."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
