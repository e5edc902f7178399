# SPDX-License-Identifier: Apache-2.0
"""The process that drains: ``python -P -m hauberk.guard.drainer``, started by the supervisor."""

import os
import sys
import threading
from pathlib import Path

from hauberk.core.codec import decode
from hauberk.core.errors import HauberkError
from hauberk.core.value import Value
from hauberk.guard.drain import Drain
from hauberk.guard.record import Sealer
from hauberk.guard.state import State, spool_secret
from hauberk.guard.worker import follow
from hauberk.ledger.log import Ledger
from hauberk.ledger.subjects import subject_keys
from hauberk.signing.keystore import load

EVERY = 0.25
"""Seconds between two looks at the spool."""
SOURCE = "guard"


class Draining(Value, frozen=True, kw_only=True):
    """What the supervisor tells it, as a line of JSON on its standard input, whose end is its own end."""

    state: str
    identity: str
    """Name of the identity that signs the ledger."""
    parent: int


def drain_of(state: State, ledger: Ledger, *, create: bool = False) -> Drain:
    """The taker of a state's spool into its ledger."""
    return Drain(state, ledger, subject_keys(ledger), Sealer(spool_secret(ledger.origin, create=create)))


def main() -> int:
    """Drain until told to end, and once more then."""
    told = decode(sys.stdin.buffer.readline(), Draining)
    ended = threading.Event()
    threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    follow(told.parent)
    state = State(root=Path(told.state))
    try:
        with Ledger.open(state.ledger, load(told.identity), source=SOURCE) as ledger:
            drain = drain_of(state, ledger)
            while not ended.wait(EVERY):
                drain.drain()
            drain.drain()
    except HauberkError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _await_end(ended: threading.Event) -> None:
    os.read(0, 1)  # not by way of sys.stdin, whose lock this thread would hold at the interpreter's end
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
