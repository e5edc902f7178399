# SPDX-License-Identifier: Apache-2.0
"""Whose headers those are: an API key or a token; files of both are read again when they change."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hauberk.core.errors import Misuse
from hauberk.guard.callers import PREFIX, Caller, Keys, read_keys

_LOOK: Final = 0.2
"""Seconds between looks at the files: a revoked key is refused so soon."""
_BEARER: Final = b"bearer "


class Known:
    """The callers of one endpoint."""

    def __init__(self, callers: Path) -> None:
        """Read the file; raises Misuse where it is not one of ours."""
        self._path = callers
        self._keys = Keys(())
        self._seen: tuple[int, int, int] | None = None
        self._looked = 0.0
        self._look(time.monotonic())

    def __call__(self, headers: Mapping[bytes, bytes], now: str) -> Caller | None:
        """Who it is at a stamp; None for nobody."""
        moment = time.monotonic()
        if moment - self._looked >= _LOOK:
            self._look(moment)
        presented = _presented(headers)
        if presented is None:
            return None
        return self._keys.caller(presented, now) if presented.startswith(PREFIX) else None

    def _look(self, moment: float) -> None:
        """Read the file again if it has changed; a file that cannot be read lets nobody in."""
        self._looked = moment
        try:
            found = os.stat(self._path)  # noqa: PTH116  on the way of every request
            seen = found.st_ino, found.st_mtime_ns, found.st_size
        except FileNotFoundError:
            seen = (0, 0, 0)
        if seen != self._seen:
            try:
                self._keys = Keys(read_keys(self._path))
            except Misuse:
                self._keys = Keys(())
            self._seen = seen


def _presented(headers: Mapping[bytes, bytes]) -> str | None:
    """The one credential; None where there is none, or two that may differ."""
    bearer, key = headers.get(b"authorization"), headers.get(b"x-api-key")
    if bearer is not None and key is not None:
        return None
    if bearer is not None:
        return bearer[len(_BEARER) :].strip().decode("latin-1") if bearer[: len(_BEARER)].lower() == _BEARER else None
    return None if key is None else key.decode("latin-1")
