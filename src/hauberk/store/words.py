# SPDX-License-Identifier: Apache-2.0
"""Signed words in the ledger: read, and trusted only where a known key signed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from hauberk.core.codec import convert
from hauberk.core.errors import SignatureInvalid
from hauberk.signing.key import PublicKey
from hauberk.signing.statement import open_statement, parse_statement

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Said(Generic[T]):
    """What somebody signed."""

    by: str
    """Id of the key."""
    word: T

    @property
    def who(self) -> str:
        """Name of the key."""
        return self.by.partition("/")[0]


def said(body: bytes, kind: str, into: type[T], keys: Sequence[PublicKey]) -> Said[T] | None:
    """A signed word; None where no known key signed it, or where it is not such a word: then it counts for nothing."""
    try:
        statement = parse_statement(body)
        return Said(by=statement.by, word=convert(open_statement(statement, keys, kind=kind), into))
    except (SignatureInvalid, msgspec.ValidationError):
        return None
