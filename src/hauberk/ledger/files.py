# SPDX-License-Identifier: Apache-2.0
"""Files as the ledger writes them: whole, durable, one writer at a time on the machine."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def replace_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Put new content in place of the old in one step.

    Without ``durable`` a power cut may bring the old content back, never half of the new on a file system that
    writes data before it renames (ext4, xfs and btrfs do); a killed process loses nothing either way.
    """
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.rename(path)
    if durable:
        sync_folder(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; raises OSError where the disk takes no more."""
    view = memoryview(data)
    while view:
        written = os.write(descriptor, view)
        if not written:
            raise OSError(errno.EIO, "nothing was written")
        view = view[written:]


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
