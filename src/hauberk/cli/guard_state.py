# SPDX-License-Identifier: Apache-2.0
"""Where the guard of a manifest keeps its state; light, since the kill switch starts with it."""

from pathlib import Path

from hauberk.guard.state import State
from hauberk.manifest.load import find


def state_of(manifest: Path | None) -> State:
    """The state beside the manifest named or found, else below this folder."""
    found = manifest or find(Path())
    folder = found.absolute().parent if found is not None else Path.cwd()
    state = State(root=folder / ".hauberk")
    state.make()
    return state
