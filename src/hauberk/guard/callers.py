# SPDX-License-Identifier: Apache-2.0
"""Who may ask: API keys, kept as hashes; and what a caller may do.

A key reads ``hbk_ID_SECRET``. ID finds the record, SECRET is 32 random bytes of which SHA-256 is kept: so much
randomness needs no slow hash, and a stolen file opens nothing.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import msgspec

from hauberk.core.clock import stamp
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Stamp
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.value import Value
from hauberk.ledger.files import open_locked, replace_file
from hauberk.signing.key import check_name

CALLERS: Final = "guard.callers"
"""Kind of the signed statement of who may ask, in the ledger whenever that changes."""
PREFIX: Final = "hbk_"
SCOPES: Final = ("infer", "metadata", "metrics")
_LARGEST: Final = 16 << 20
_ID, _SECRET = 12, 43


class Caller(Value, frozen=True, kw_only=True):
    """Somebody who is known by now."""

    name: str
    """Unique: what quotas count and events name. Of a token, its issuer's digest and its subject's."""
    scopes: tuple[str, ...]
    roles: tuple[str, ...] = ()


class ApiKey(Value, frozen=True, kw_only=True):
    """One key as it is kept."""

    expires: Stamp
    hash: str
    """SHA-256 of the secret, 64 hex digits."""
    id: str
    made: Stamp
    name: str
    """Of the caller; several keys of one caller share its quota, so that rotating gives nobody a second one."""
    roles: tuple[str, ...]
    scopes: tuple[str, ...]


class _File(Value, frozen=True, kw_only=True):
    keys: tuple[ApiKey, ...] = ()
    schema: Literal["hauberk/callers/1"] = "hauberk/callers/1"


class Keys:
    """The keys of a file, as they were when it was read."""

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        """Index by id."""
        self._by_id = {key.id: key for key in keys}

    def caller(self, presented: str, now: str) -> Caller | None:
        """Whose key this is; None for an unknown, wrong, revoked or expired one. ``now`` is a stamp."""
        head, _, secret = presented.removeprefix(PREFIX).partition("_")
        key = self._by_id.get(head)
        told = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        if not hmac.compare_digest(told, key.hash if key else told[::-1]) or key is None or key.expires <= now:
            return None
        return Caller(name=key.name, scopes=key.scopes, roles=key.roles)


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys that a file holds; none where there is no file. Raises Misuse where it is not one of ours."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}") from error
    try:
        return decode(data, _File, limit=_LARGEST).keys
    except CannotLook as error:
        raise Misuse(f"{path} is not a file of callers", remedy="restore it from a back-up") from error


def add_key(
    path: Path,
    name: str,
    *,
    now: datetime,
    days: int,
    scopes: tuple[str, ...] = ("infer", "metadata"),
    roles: tuple[str, ...] = (),
) -> tuple[ApiKey, str]:
    """A new key for a caller, and its text, which is kept nowhere; raises Misuse for a name that has one already."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise Misuse(
            f"{', '.join(sorted(unknown)) or 'nothing'} is no scope", remedy=f"choose among {', '.join(SCOPES)}"
        )
    made, text = _made(check_name(name), now, days, scopes, roles)

    def change(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        if any(key.name == name and key.expires > stamp(now) for key in keys):
            raise Misuse(f"{name} has a key already", remedy=f"hauberk guard key rotate {name}")
        return (*keys, made)

    _change(path, change)
    return made, text


def rotate_key(path: Path, name: str, *, now: datetime, days: int, overlap: timedelta) -> tuple[ApiKey, str]:
    """A further key for a caller; those that it has end when the overlap does. Raises Misuse where it has none."""
    until = stamp(now + overlap)
    text = ""
    made: ApiKey | None = None

    def change(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        nonlocal made, text
        last = next((key for key in reversed(keys) if key.name == name and key.expires > stamp(now)), None)
        if last is None:
            raise Misuse(f"{name} has no key that holds", remedy=f"hauberk guard key new --name {name}")
        made, text = _made(name, now, days, last.scopes, last.roles)
        ended = (
            msgspec.structs.replace(key, expires=min(key.expires, until)) if key.name == name else key for key in keys
        )
        return (*ended, made)

    _change(path, change)
    if made is None:
        raise Misuse(f"{name} has no key that holds")
    return made, text


def revoke_keys(path: Path, name: str, *, now: datetime) -> int:
    """End every key of a caller (or the one with that id) now; how many. Raises Misuse where there is none."""
    ended = 0

    def change(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        nonlocal ended
        moment, kept = stamp(now), []
        for key in keys:
            hit = name in (key.name, key.id) and key.expires > moment
            ended += hit
            kept.append(msgspec.structs.replace(key, expires=moment) if hit else key)
        return tuple(kept)

    _change(path, change)
    if not ended:
        raise Misuse(f"{name} has no key that holds", remedy="hauberk guard key list names them")
    return ended


def _made(name: str, now: datetime, days: int, scopes: tuple[str, ...], roles: tuple[str, ...]) -> tuple[ApiKey, str]:
    head, secret = secrets.token_hex(_ID // 2), secrets.token_urlsafe(32)
    made = ApiKey(
        expires=stamp(now + timedelta(days=days)),
        hash=hashlib.sha256(secret.encode()).hexdigest(),
        id=head,
        made=stamp(now),
        name=name,
        roles=roles,
        scopes=scopes,
    )
    return made, f"{PREFIX}{head}_{secret}"


def _change(path: Path, change: Callable[[tuple[ApiKey, ...]], tuple[ApiKey, ...]]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_locked(path.with_name(f"{path.name}.lock")):
            replace_file(path, encode(_File(keys=change(read_keys(path)))), mode=0o600)
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror or os.strerror(error.errno or 0)}") from error
