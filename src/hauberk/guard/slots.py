# SPDX-License-Identifier: Apache-2.0
"""A table of numbers, one row a client, in a file that all workers map: what one knows of a client, all know.

A row is found by a digest of the client's authenticated name. The whole table is changed under one lock of the kernel,
which gives it back where a process is killed. A lock that does not come, or a table without room, raises: the detector
that asked has failed, and the guard does what policy says of that.
"""

import contextlib
import fcntl
import functools
import hashlib
import mmap
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Misuse

Row = NDArray[np.float64]

CLIENTS: Final = 4096
_REACH: Final = 64
_TRIES: Final = 400
_PAUSE: Final = 0.00005
_CHANGES: Final = 8
"""Bytes at the end that count how often a place got another name."""


class Locked:
    """A file of a fixed size, mapped, with one lock."""

    def __init__(self, path: Path, size: int) -> None:
        """Map it, made where it is missing; raises Misuse where that fails."""
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if os.fstat(self._file).st_size != size:
                os.ftruncate(self._file, size)
            self.map = mmap.mmap(self._file, size)
        except OSError as error:
            raise Misuse(f"cannot map {path}: {error.strerror}", remedy="make room or give permission") from error

    def __enter__(self) -> None:
        """Hold the lock; raises CannotLook where it does not come within milliseconds."""
        for _ in range(_TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(_PAUSE)
            else:
                return
        raise CannotLook("a shared table stays locked")

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)


class Slots:
    """The table. Not for several threads."""

    def __init__(self, path: Path, width: int, is_idle: Callable[[Row], bool]) -> None:
        """``width`` numbers a client; a row that ``is_idle`` may go to another client. Raises Misuse."""
        names, numbers = CLIENTS * 16, CLIENTS * width * 8
        self._locked, self._is_idle = Locked(path, names + numbers + _CHANGES), is_idle
        whole = memoryview(self._locked.map)
        self._names, self._changes = whole[:names], whole[names + numbers :].cast("q")
        self._numbers, self._width = whole[names : names + numbers].cast("d"), width
        self._rows = np.frombuffer(whole[names : names + numbers], dtype=np.float64).reshape(CLIENTS, width)
        self._found: dict[str, tuple[int, int | None]] = {}
        """Places as they were after so many changes of names."""

    @contextlib.contextmanager
    def of(self, client: str) -> Iterator[Row]:
        """The client's numbers, to read and to write, while the lock is held; zeros for a new client."""
        with self._locked:
            yield self._rows[self._place(client)]

    def seen(self, client: str) -> list[float]:
        """A copy of the client's numbers without the lock and without a place for a new one, for whom they are zero."""
        at = self._known(client)
        return [0.0] * self._width if at is None else list(self._numbers[at * self._width : (at + 1) * self._width])

    def _known(self, client: str) -> int | None:
        """The client's place; None where it has none."""
        changes, at = self._found.get(client, (-1, None))
        if changes != self._changes[0]:
            changes = self._changes[0]  # before the names are read, so that a later change is not missed
            name, places = _places(client)
            at = next((at for at in places if self._names[at * 16 : at * 16 + 16] == name), None)
            if len(self._found) >= CLIENTS:
                self._found.clear()
            self._found[client] = changes, at
        return at

    def _place(self, client: str) -> int:
        at = self._known(client)
        if at is not None:
            return at
        name, places = _places(client)
        held = {at: bytes(self._names[at * 16 : at * 16 + 16]) for at in places}
        at = next((at for at in places if held[at] == bytes(16)), None)
        if at is None:
            at = next((at for at in places if self._is_idle(self._rows[at])), None)
        if at is None:
            raise CannotLook("there is no room for another client")
        self._rows[at] = 0.0
        self._names[at * 16 : at * 16 + 16] = name
        self._changes[0] += 1
        return at


@functools.lru_cache(maxsize=CLIENTS)
def _places(client: str) -> tuple[bytes, list[int]]:
    name = hashlib.sha256(client.encode()).digest()[:16]
    first = int.from_bytes(name[:4], "little")
    return name, [(first + step) % CLIENTS for step in range(_REACH)]
