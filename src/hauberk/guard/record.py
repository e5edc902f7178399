# SPDX-License-Identifier: Apache-2.0
"""An event with its payload as one body of the spool: the event in clear, which holds no value; the payload sealed."""

import hashlib
import hmac
import os
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hauberk.core.codec import decode
from hauberk.core.errors import LedgerBroken
from hauberk.core.event import Event
from hauberk.core.query import Tensors
from hauberk.core.value import Value

_NONCE = 12
_SALT = 16


class Kept(Value, frozen=True, kw_only=True):
    """The payload: what is needed to run a decision again, and to confirm the event's digests."""

    answer: Tensors
    """The model's outputs, before any response changed them."""
    protocol: Literal["open-inference", "rows"]
    """How the request is to be read."""
    salt: bytes
    schema: Literal["hauberk/kept/1"] = "hauberk/kept/1"
    request: bytes
    """The body as the client sent it, decompressed."""
    reply: bytes
    """The body that the client got."""
    subject: str
    """Whom it is about."""


class Record(Value, frozen=True, kw_only=True):
    """A body of the spool."""

    event: Event
    sealed: bytes
    """Nonce and ciphertext (AES-256-GCM, bound to the event's id)."""


class Sealer:
    """Seals payloads under the spool's key."""

    def __init__(self, secret: bytes) -> None:
        """Take the key, 32 bytes."""
        self._cipher = AESGCM(secret)

    def seal(self, event: Event, kept: Kept) -> bytes:
        """The body for the spool."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, _PACK.encode(kept), event.id.encode())
        return _PACK.encode(Record(event=event, sealed=sealed))

    def open(self, body: bytes) -> tuple[Event, Kept]:
        """The event and its payload; raises LedgerBroken where it does not open."""
        try:
            record = msgspec.msgpack.decode(body, type=Record)
            plain = self._cipher.decrypt(record.sealed[:_NONCE], record.sealed[_NONCE:], record.event.id.encode())
            kept = msgspec.msgpack.decode(plain, type=Kept)
        except (msgspec.DecodeError, InvalidTag, ValueError) as error:
            raise LedgerBroken(
                "an event of the spool does not open", remedy="is this the key folder that the guard ran with?"
            ) from error
        return record.event, kept


_PACK = msgspec.msgpack.Encoder()


def kept_of(plain: bytes) -> Kept:
    """A payload from its JSON."""
    return decode(plain, Kept)


def new_salt() -> bytes:
    """16 random bytes."""
    return os.urandom(_SALT)


def commitment(salt: bytes, data: bytes) -> str:
    """``hmac-sha256:`` and 64 hex digits: nobody without the salt confirms a guess at the data."""
    return "hmac-sha256:" + hmac.digest(salt, data, hashlib.sha256).hex()
