# SPDX-License-Identifier: Apache-2.0
"""Results of decisions that waited for a person: sealed files below the state, until their time is over."""

import os
import re
import time
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hauberk.core.errors import LedgerBroken
from hauberk.core.event import EventId
from hauberk.core.value import Value
from hauberk.ledger.files import replace_file

HOURS: Final = 72
"""For which a result can be fetched; then its file goes."""
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NONCE: Final = 12


class Result(Value, frozen=True, kw_only=True):
    """What a person decided, for the client who waits."""

    client: str
    body: bytes
    """Of the answer, status 200."""
    event: EventId


def put_result(folder: Path, secret: bytes, result: Result) -> None:
    """Leave a result for its client, under the spool's key."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(secret).encrypt(nonce, msgspec.msgpack.encode(result), result.event.encode())
    replace_file(folder / result.event, nonce + sealed, mode=0o600)


def result_of(folder: Path, secret: bytes, event: str, client: str) -> bytes | None:
    """The body for a client; None where nobody decided yet, or it is another client's. Raises LedgerBroken."""
    if not is_event(event):
        return None
    try:
        data = (folder / event).read_bytes()
    except FileNotFoundError:
        return None
    try:
        plain = AESGCM(secret).decrypt(data[:_NONCE], data[_NONCE:], event.encode())
    except (InvalidTag, ValueError) as error:
        raise LedgerBroken("a result does not open under the spool's key") from error
    found = msgspec.msgpack.decode(plain, type=Result)
    return found.body if found.client == client else None


def forget(folder: Path, *, now: float | None = None) -> int:
    """Delete results whose time is over; how many."""
    limit = (time.time() if now is None else now) - HOURS * 3600
    gone = 0
    for path in folder.glob("*-*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def is_event(text: str) -> bool:
    """Whether it is an event's id."""
    return _ID.fullmatch(text) is not None
