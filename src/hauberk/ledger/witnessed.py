# SPDX-License-Identifier: Apache-2.0
"""The body of a ``witnessed`` entry: what a witness gave back, kept in the ledger that it is about."""

from typing import Literal

from hauberk.core.value import Value


class WitnessedEntry(Value, frozen=True, kw_only=True):
    """A checkpoint of this ledger, with the countersignatures that it was given."""

    key: str
    """``.pub`` text of the witness, for information: a reader trusts only the one that he has himself."""
    note: str
    schema: Literal["hauberk/witnessed/1"] = "hauberk/witnessed/1"
