# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard stop`` and ``resume``: the kill switch."""

import sys
import time
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.guard_state import state_of
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.clock import stamp
from hauberk.core.errors import Misuse
from hauberk.core.seams import seam
from hauberk.guard.state import State
from hauberk.guard.stop import RESUMED, STOPPED, sign_word
from hauberk.guard.stop import stop as end
from hauberk.signing.identity import Identity
from hauberk.signing.keystore import default_identity, load
from hauberk.signing.statement import Statement

Signer = Annotated[str, Parameter(name="--as", help="Name of the identity that signs; by default your own.")]


def stop(
    *,
    reason: Annotated[str, Parameter(help="Why; it is signed and stands in the ledger.")] = "",
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Stop the endpoint now, whatever its processes are doing, and keep it stopped until resume.

    Signed by you, and in the ledger. It needs nothing of the guard's own processes.

    Example: hauberk guard stop --reason "scores drift since 09:00"
    """
    state, identity = state_of(manifest), _identity(signer)
    word = sign_word(STOPPED, identity, reason, stamp(datetime.now(UTC)))
    started = time.monotonic()
    count = end(state, word)
    took = time.monotonic() - started
    if not quiet:
        sys.stdout.write(f"stopped: {count} {'worker' if count == 1 else 'workers'} ended in {took * 1000:.0f} ms\n")
        sys.stdout.flush()
    _seal(state, word)
    return 0


def resume(
    *,
    reason: Annotated[str, Parameter(help="Why it may serve again; signed, and in the ledger.")] = "",
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Lift a stop, so that hauberk guard run may serve again.

    Example: hauberk guard resume --reason "the model of last week is back"
    """
    state = state_of(manifest)
    word = sign_word(RESUMED, _identity(signer), reason, stamp(datetime.now(UTC)))
    if not state.stop.exists():
        raise Misuse("nothing is stopped here", remedy="hauberk guard run")
    _seal(state, word)
    state.stop.unlink(missing_ok=True)
    if not quiet:
        sys.stdout.write("resumed: hauberk guard run serves again\n")
    return 0


def _identity(name: str) -> Identity:
    return load(name) if name else default_identity()


def _seal(state: State, word: Statement) -> None:
    """Into the ledger, which is imported only now: the effect comes first."""
    seam("hauberk.cli.guard_ledger", extra="").seal_word(state, word)
