# SPDX-License-Identifier: Apache-2.0
"""Signed statements of one kind in a ledger: who signed, when it was sealed, and why one does not count."""

from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from hauberk.core.codec import convert
from hauberk.core.errors import SignatureInvalid
from hauberk.ledger.log import Ledger
from hauberk.signing.key import PublicKey
from hauberk.signing.statement import open_statement, parse_statement

T = TypeVar("T")

UNKNOWN = "its key is not known here"
REVOKED = "the ledger has revoked its key"


class Signed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One statement."""

    by: str
    """Id of the key that signed."""
    at: str
    """When it was sealed, RFC 3339 UTC."""
    value: T
    doubt: str = ""
    """Why it counts for nothing; empty where it counts."""

    @property
    def who(self) -> str:
        """Name of the key that signed."""
        return self.by.partition("/")[0]


def signed(folder: Path, keys: Sequence[PublicKey], kind: str, into: type[T]) -> tuple[Signed[T], ...]:
    """Every statement of a kind in the ledger below a folder, oldest first.

    What a key that is none of these has signed is taken at its word and marked UNKNOWN; what one signed after the
    ledger revoked it, REVOKED. Raises Broken where the ledger, or a statement by a known key, does not verify.
    """
    ledger = Ledger.open(folder / ".hauberk" / "ledger", keys=tuple(keys))
    proven, known = ledger.verify(), {key.id for key in keys}
    found = []
    for entry, body in ledger.entries():
        if entry.kind != kind:
            continue
        statement = parse_statement(body)
        trusted = statement.by in known
        said = open_statement(statement, keys, kind=kind) if trusted else statement.body
        try:
            value = convert(said, into)
        except msgspec.ValidationError as error:
            raise SignatureInvalid(f"a signed statement that is no {kind}") from error
        doubt = UNKNOWN if not trusted else "" if proven.stands(statement.by, entry.index) else REVOKED
        found.append(Signed(by=statement.by, at=entry.at, value=value, doubt=doubt))
    return tuple(found)
