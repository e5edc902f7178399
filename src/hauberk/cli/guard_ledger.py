# SPDX-License-Identifier: Apache-2.0
"""The ledger of a guard's state, to append to."""

from hauberk.guard.state import State
from hauberk.ledger.log import Ledger
from hauberk.signing.keystore import default_identity
from hauberk.signing.statement import Statement

SOURCE = "guard"


def open_guarded(state: State, *, create: bool = False) -> Ledger:
    """The ledger of a state, to append to; made where there is none and ``create`` says so."""
    identity = default_identity(create=create)
    if create and not (state.ledger / "log").is_dir():
        return Ledger.create(state.ledger, identity, source=SOURCE)
    return Ledger.open(state.ledger, identity, source=SOURCE)


def seal_word(state: State, word: Statement) -> None:
    """Put a signed word into the ledger, made where there is none yet."""
    with open_guarded(state, create=True) as ledger:
        ledger.append(word.kind, word.data)
