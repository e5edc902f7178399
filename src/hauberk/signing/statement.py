# SPDX-License-Identifier: Apache-2.0
"""Signed statements: a decision (a waiver, an attestation) as canonical JSON under two signatures.

The kind is part of the context, so that a signature made for a waiver never does for anything else.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from hauberk.core.canonical import canonical, read_canonical
from hauberk.core.codec import convert
from hauberk.core.errors import Malformed, SignatureInvalid
from hauberk.core.value import Value
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, Signatures, decode64, encode64, verify

LARGEST = 1 << 20
"""Largest statement that is opened, in bytes."""


class Statement(Value, frozen=True, kw_only=True):
    """A sealed body. Law: ``parse_statement(statement.data) == statement``; any other bytes are refused."""

    schema: Literal["hauberk/statement/1"] = "hauberk/statement/1"
    kind: str
    """What is stated: ``waiver``, ``attestation`` ..."""
    by: str
    """Id of the key that signed (``PublicKey.id``)."""
    body: Any
    """Plain JSON."""
    ed25519: str
    mldsa65: str

    @property
    def data(self) -> bytes:
        """The statement's own canonical bytes, ready for a file or the ledger."""
        return canonical(self)


def seal(body: object, identity: Identity, kind: str) -> Statement:
    """Sign a value; raises Malformed where it has no canonical form."""
    by, plain = identity.public.id, read_canonical(canonical(body))
    signatures = identity.sign(_message(kind, by, plain), _context(kind))
    return Statement(
        kind=kind,
        by=by,
        body=plain,
        ed25519=encode64(signatures.ed25519),
        mldsa65=encode64(signatures.mldsa65),
    )


def parse_statement(data: bytes) -> Statement:
    """A statement from its bytes; raises SignatureInvalid where they are not what ``Statement.data`` gives."""
    if len(data) > LARGEST:
        message = f"a statement of {len(data)} bytes exceeds the limit of {LARGEST}"
        raise SignatureInvalid(message)
    try:
        statement = convert(read_canonical(data), Statement)
    except (Malformed, msgspec.ValidationError) as error:
        raise SignatureInvalid("not a signed statement") from error
    if statement.data != data:
        raise SignatureInvalid("not the canonical bytes of a signed statement")
    return statement


def open_statement(statement: Statement | bytes, keys: Sequence[PublicKey], *, kind: str = "") -> Any:
    """The body as plain JSON.

    Raises SignatureInvalid unless one of the keys signed it, both signatures hold, and it is of the kind asked for.
    """
    if isinstance(statement, bytes):
        statement = parse_statement(statement)
    if kind and statement.kind != kind:
        message = f"a statement of kind {statement.kind!r} where {kind!r} is expected"
        raise SignatureInvalid(message)
    key = next((key for key in keys if key.id == statement.by), None)
    if key is None:
        message = f"the statement is signed by {statement.by!r}, which is none of the keys given"
        raise SignatureInvalid(message, remedy="give that key, if you trust it")
    try:
        signatures = Signatures(ed25519=decode64(statement.ed25519), mldsa65=decode64(statement.mldsa65))
    except ValueError as error:
        raise SignatureInvalid("a signature is not canonical base64") from error
    verify(_message(statement.kind, statement.by, statement.body), _context(statement.kind), signatures, key)
    return statement.body


def _message(kind: str, by: str, body: object) -> bytes:
    return canonical({"body": body, "by": by, "kind": kind})


def _context(kind: str) -> str:
    return f"hauberk/statement/1 {kind}"
