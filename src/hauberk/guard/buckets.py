# SPDX-License-Identifier: Apache-2.0
"""Token buckets and quotas that hold across workers: one slot a caller in a file that all of them map.

A slot is found by a digest of the caller's authenticated name, never by anything else that a client can write. Each
change happens under a lock of the slot's own bytes (POSIX record locks: the kernel gives them back where a process is
killed). A lock that does not come within milliseconds, or a table without room, refuses the request: fail closed.

Time is the monotonic clock, one for all processes of a machine, so that a jump of the wall clock fills no bucket.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import time
from enum import Enum
from pathlib import Path
from typing import Final

from hauberk.core.errors import Misuse
from hauberk.guard.settings import Rate

SLOTS: Final = 1 << 16
_SLOT: Final = struct.Struct("<16sddqq16x")
"""Caller, tokens, moment of the last change, rows of the current period, its number."""
_SIZE: Final = 64
_REACH: Final = 64
"""Slots that a caller may be found in."""
_FREE: Final = bytes(16)
_TRIES: Final = 40
_PAUSE: Final = 0.00005
_TABLE: Final = SLOTS * _SIZE
_FULL: Final = 0.001


class Taken(Enum):
    """What came of asking for tokens."""

    YES = "yes"
    TOO_FAST = "too fast"
    QUOTA = "quota spent"
    UNABLE = "unable"


class Buckets:
    """The table. One object a process; not for several threads."""

    def __init__(self, path: Path, rate: Rate, quota: Rate | None) -> None:
        """Map the file, made where it is missing; raises Misuse where that fails."""
        self._rate, self._quota = rate, quota
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if os.fstat(self._file).st_size != _TABLE:
                os.ftruncate(self._file, _TABLE)
            self._map = mmap.mmap(self._file, _TABLE)
        except OSError as error:
            raise Misuse(f"cannot map {path}: {error.strerror}", remedy="make room or give permission") from error
        self._known: dict[str, tuple[bytes, int]] = {}

    def take(
        self, caller: str, rows: int, now: float | None = None, *, tokens: int = 1, rate: Rate | None = None
    ) -> Taken:
        """Take tokens for a request, and ``rows`` of the quota; nothing is taken unless both are there.

        Rows below zero are given back.
        ``now`` is on the monotonic clock. ``rate`` replaces the usual one for this call: a throttled caller's own.
        """
        now = time.monotonic() if now is None else now
        name, at = self._known.get(caller) or self._place(caller, now)
        if at < 0 or not self._lock(at):
            return Taken.UNABLE
        try:
            slot = _SLOT.unpack_from(self._map, at)
            if slot[0] != name:  # somebody reclaimed it
                self._known.pop(caller, None)
                return Taken.UNABLE
            return self._spend(at, slot, (tokens, rows), now, rate or self._rate)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _SIZE, at)

    def _spend(
        self, at: int, slot: tuple[bytes, float, float, int, int], asked: tuple[int, int], now: float, rate: Rate
    ) -> Taken:
        name, tokens, last, spent, period = slot
        cost, rows = asked
        if last > now + rate.seconds:  # of before a restart of the machine
            last, tokens, spent = now, float(rate.count), 0
        tokens = min(float(rate.count), tokens + max(0.0, now - last) * rate.count / rate.seconds)
        if self._quota is not None:
            current = int(now) // self._quota.seconds
            spent = spent if current == period else 0
            if spent + rows > self._quota.count:
                return Taken.QUOTA
            period = current
        if tokens < cost:
            return Taken.TOO_FAST
        _SLOT.pack_into(self._map, at, name, tokens - cost, now, max(0, spent + rows), period)
        return Taken.YES

    def _place(self, caller: str, now: float) -> tuple[bytes, int]:
        """The caller's name in the table and its place there, made where there is room; -1 where there is none."""
        name = hashlib.sha256(caller.encode()).digest()[:16]
        first = int.from_bytes(name[:4], "little")
        places = [((first + step) % SLOTS) * _SIZE for step in range(_REACH)]
        at = next((at for at in places if self._map[at : at + 16] == name), -1)
        if at < 0 and self._lock(_TABLE):
            try:
                at = self._claim(name, places, now)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _SIZE, _TABLE)
        if at >= 0:
            if len(self._known) > SLOTS:
                self._known.clear()
            self._known[caller] = name, at
        return name, at

    def _claim(self, name: bytes, places: list[int], now: float) -> int:
        """The first place that is this name's, free, or of somebody whose slot says no more than a new one would."""
        for at in places:
            if self._map[at : at + 16] == name:
                return at
        for at in places:
            if self._lock(at):
                try:
                    held, tokens, last, _, period = _SLOT.unpack_from(self._map, at)
                    if held == _FREE or self._is_idle(tokens, last, period, now):
                        _SLOT.pack_into(self._map, at, name, float(self._rate.count), now, 0, 0)
                        return at
                finally:
                    fcntl.lockf(self._file, fcntl.LOCK_UN, _SIZE, at)
        return -1

    def _is_idle(self, tokens: float, last: float, period: int, now: float) -> bool:
        full = tokens + max(0.0, now - last) * self._rate.count / self._rate.seconds >= self._rate.count - _FULL
        return full and (self._quota is None or period != int(now) // self._quota.seconds)

    def _lock(self, at: int) -> bool:
        for _ in range(_TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SIZE, at)
            except OSError:
                time.sleep(_PAUSE)
            else:
                return True
        return False

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._file)
