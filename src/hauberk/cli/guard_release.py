# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard release``: the end of a quarantine."""

import sys
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.guard_ledger import seal_word
from hauberk.cli.guard_state import state_of
from hauberk.cli.guard_stop import Signer
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.clock import stamp
from hauberk.core.errors import Misuse
from hauberk.guard.standing import RELEASED, Release, Standing
from hauberk.signing.keystore import default_identity, load
from hauberk.signing.statement import seal

_MOST_REASON = 1000


def release(
    client: str,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; it is signed and stands in the ledger.")] = "",
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Answer a client again that a detector put into quarantine, or slowed down; at once, in all workers.

    Example: hauberk guard release branch-17 --reason "their own penetration test"
    """
    if not reason.strip() or len(reason) > _MOST_REASON:
        raise Misuse("a release has a reason", remedy=f'add --reason "...", at most {_MOST_REASON} characters')
    state = state_of(manifest)
    identity = load(signer) if signer else default_identity()
    word = Release(at=stamp(datetime.now(UTC)), client=client, reason=reason, who=identity.name)
    standing = Standing(state.standing)
    if not (standing.is_quarantined(client) or standing.is_slowed(client)):
        raise Misuse(f"{client} is neither in quarantine nor slowed down")
    seal_word(state, seal(word, identity, RELEASED))
    standing.release(client)
    if not quiet:
        sys.stdout.write(f"released: {client}\n")
    return 0
