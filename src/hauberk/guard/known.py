# SPDX-License-Identifier: Apache-2.0
"""Whose headers those are: an API key or a token; files of both are read again when they change."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from hauberk.core.errors import Misuse
from hauberk.guard.callers import PREFIX, Caller, Keys, read_keys
from hauberk.guard.settings import Tokens
from hauberk.guard.tokens import TokenKeys

_LOOK: Final = 0.2
"""Seconds between looks at the files: a revoked key is refused so soon."""
_NONE: Final = (0, 0, 0)
_BEARER: Final = b"bearer "


class Known:
    """The callers of one endpoint."""

    def __init__(self, callers: Path, tokens: Tokens | None) -> None:
        """Read the files; raises Misuse where the one of token keys is none."""
        self._path, self._tokens = callers, tokens
        self._token_keys = TokenKeys(tokens) if tokens else None
        self._jwks_seen = _seen(Path(tokens.jwks)) if tokens else _NONE
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
        if presented.startswith(PREFIX):
            return self._keys.caller(presented, now)
        if self._token_keys is None:
            return None
        return self._token_keys.caller(presented, datetime.fromisoformat(now).timestamp())

    def _look(self, moment: float) -> None:
        """Read the file again if it has changed; a file that cannot be read lets nobody in."""
        self._looked = moment
        seen = _seen(self._path)
        if seen != self._seen:
            try:
                self._keys = Keys(read_keys(self._path))
            except Misuse:
                self._keys = Keys(())
            self._seen = seen
        if self._tokens is not None and (jwks := _seen(Path(self._tokens.jwks))) != self._jwks_seen:
            try:
                self._token_keys = TokenKeys(self._tokens)
            except Misuse:
                self._token_keys = None
            self._jwks_seen = jwks


def _seen(path: Path) -> tuple[int, int, int]:
    """What shows that a file has changed."""
    try:
        found = path.stat()
    except OSError:
        return _NONE
    return found.st_ino, found.st_mtime_ns, found.st_size


def _presented(headers: Mapping[bytes, bytes]) -> str | None:
    """The one credential; None where there is none, or two that may differ."""
    bearer, key = headers.get(b"authorization"), headers.get(b"x-api-key")
    if bearer is not None and key is not None:
        return None
    if bearer is not None:
        return bearer[len(_BEARER) :].strip().decode("latin-1") if bearer[: len(_BEARER)].lower() == _BEARER else None
    return None if key is None else key.decode("latin-1")
