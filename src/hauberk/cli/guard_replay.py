# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard replay``: run a recorded decision again."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.guard_ledger import open_guarded
from hauberk.cli.guard_state import state_of
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.codec import encode_pretty
from hauberk.guard.drainer import drain_of
from hauberk.guard.replay import Replay
from hauberk.guard.replay import replay as run_again


def replay(
    event: str,
    /,
    *,
    model: Annotated[Path | None, Parameter(help="Run it on this file instead of the recorded model.")] = None,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run a recorded decision again on the recorded model, and say whether the answer is the same: exit code 1 if not.

    Example: hauberk guard replay 0199d6e2-1c3e-7a31-b4a9-6b784b7926bd
    """
    state = state_of(manifest)
    with open_guarded(state) as ledger:
        drain_of(state, ledger, create=True).drain()
        done = run_again(ledger, state, event, model=model)
    if json:
        sys.stdout.write(encode_pretty(done) + "\n")
    elif not quiet:
        sys.stdout.write("\n".join(_words(done)) + "\n")
    else:
        sys.stdout.write(("same" if done.same else "another answer") + "\n")
    return 0 if done.same else 1


def _words(done: Replay) -> list[str]:
    event = done.event
    which = "the recorded model" if done.recorded else "another model than the recorded one"
    answer = "to the last bit" if done.exact else "within 1e-6"
    said = f"the answer is the same, {answer}" if done.same else f"the answer differs: {', '.join(done.changed)}"
    return [
        f"event     {event.id}  {event.at}  {event.client}  {event.decision.action.value}  {event.status}",
        f"model     {done.model}: {which}",
        f"replayed  {said}",
    ]
