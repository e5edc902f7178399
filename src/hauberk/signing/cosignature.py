# SPDX-License-Identifier: Apache-2.0
"""Countersignatures after C2SP (c2sp.org/tlog-cosignature): when a witness saw a checkpoint and could follow it.

Two lines: Ed25519 as the specification has it (type 0x04), and ML-DSA-65 over the same message (type 0xff with the
identifier ``hauberk/ml-dsa-65-cosignature/1``, under the context ``hauberk/cosignature/1``). Both carry the same time
and our verifier requires both.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from hauberk.core.errors import SignatureInvalid, SignatureStripped
from hauberk.signing.identity import Identity
from hauberk.signing.key import ED25519_COSIGNATURE, MLDSA65_COSIGNATURE, PublicKey, Signatures, key_id, verify_pair
from hauberk.signing.note import Line, signature_line

CONTEXT = b"hauberk/cosignature/1"

_ID, _TIME = 4, 8
_FARTHEST = 253_402_300_799
"""The last second of the year 9999."""


def cosign(text: str, identity: Identity, moment: datetime) -> str:
    """Two signature lines over the text of a checkpoint, for the end of its note; whole seconds count."""
    seconds = int(moment.timestamp())
    message, stamp = _message(text, seconds), seconds.to_bytes(_TIME, "big")
    signatures = identity.sign_pair(message, message, CONTEXT)
    first, second = cosigner_ids(identity.public)
    return signature_line(identity.name, first + stamp + signatures.ed25519) + signature_line(
        identity.name, second + stamp + signatures.mldsa65
    )


def cosigner_ids(key: PublicKey) -> tuple[bytes, bytes]:
    """Ids, four bytes each, under which a key countersigns."""
    return (
        key_id(key.name, ED25519_COSIGNATURE + key.ed25519),
        key_id(key.name, MLDSA65_COSIGNATURE + key.mldsa65),
    )


def cosigned_at(text: str, lines: Iterable[Line], key: PublicKey) -> datetime | None:
    """When a witness countersigned this text; None where it did not.

    Raises SignatureInvalid where one of its signatures is missing, is there twice or does not hold.
    """
    ids = cosigner_ids(key)
    mine = [(signature[:_ID], signature[_ID:]) for name, signature in lines if name == key.name]
    mine = [line for line in mine if line[0] in ids]
    if not mine:
        return None
    if tuple(line[0] for line in mine) != ids:
        message = f"of the two countersignatures of {key.id} one is missing or out of place"
        raise SignatureStripped(message)
    (first, second) = (signature for _, signature in mine)
    seconds = int.from_bytes(first[:_TIME], "big")
    if first[:_TIME] != second[:_TIME] or len(first) <= _TIME or seconds > _FARTHEST:
        message = f"the countersignatures of {key.id} do not bear one time"
        raise SignatureInvalid(message)
    signed = _message(text, seconds)
    verify_pair(signed, signed, CONTEXT, Signatures(ed25519=first[_TIME:], mldsa65=second[_TIME:]), key)
    return datetime.fromtimestamp(seconds, UTC)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
