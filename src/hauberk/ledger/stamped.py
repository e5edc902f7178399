# SPDX-License-Identifier: Apache-2.0
"""Time stamps after RFC 3161: an authority says that a checkpoint was there at a time, in an entry of kind ``stamped``.

What is stamped is SHA-256 over the bytes of the signed note, so ``openssl ts -verify -data checkpoint`` agrees.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

from cryptography import x509

from hauberk.core.clock import stamp
from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import LedgerBroken, Malformed, StampInvalid
from hauberk.core.value import Value
from hauberk.ledger.chain import STAMPED
from hauberk.signing.key import decode64
from hauberk.signing.rfc3161 import open_response

KIND = STAMPED


class StampedEntry(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``stamped``."""

    answer: str
    """The authority's answer, DER in base64."""
    note: str
    """The signed checkpoint that it is about."""
    schema: Literal["hauberk/stamped/1"] = "hauberk/stamped/1"


def stamps(noted: Sequence[tuple[Entry, bytes]], trusted: Sequence[x509.Certificate]) -> list[tuple[str, bytes, str]]:
    """Time, note and authority of every ``stamped`` entry; raises StampInvalid for one that does not hold."""
    found = []
    for entry, body in noted:
        if entry.kind != KIND:
            continue
        try:
            told = decode(body, StampedEntry)
            answer, note = decode64(told.answer), told.note.encode()
        except (Malformed, ValueError) as error:
            message = f"entry {entry.index} is of kind {KIND} and holds no time stamp"
            raise LedgerBroken(message) from error
        opened = open_response(answer, trusted)
        if opened.digest != hashlib.sha256(note).digest():
            message = f"the time stamp of entry {entry.index} is of something else"
            raise StampInvalid(message)
        found.append((stamp(opened.at), note, opened.authority))
    return found
