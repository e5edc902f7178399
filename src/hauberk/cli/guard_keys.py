# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard key``: who may ask."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli.guard_ledger import seal_word
from hauberk.cli.guard_state import state_of
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.clock import stamp
from hauberk.core.codec import encode_pretty
from hauberk.guard.callers import CALLERS, ApiKey, add_key, read_keys, revoke_keys, rotate_key
from hauberk.signing.keystore import default_identity
from hauberk.signing.statement import seal

app = App(name="key", help="Keys of those who may ask: kept as hashes, with scopes and an end.")
Days = Annotated[int, Parameter(help="Days until it ends.")]


@app.command
def new(
    *,
    name: Annotated[str, Parameter(help="Whose key it is; quotas count by it, events name it.")],
    scope: Annotated[tuple[str, ...], Parameter(help="infer, metadata or metrics; repeatable.", negative="")] = (
        "infer",
        "metadata",
    ),
    role: Annotated[tuple[str, ...], Parameter(help="Roles, for policy; repeatable.", negative="")] = (),
    days: Days = 90,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Make a key for a caller and print it: once, it is kept nowhere.

    Example: hauberk guard key new --name branch-17 --days 30
    """
    made, text = add_key(
        _callers(manifest), name, now=datetime.now(UTC), days=days, scopes=tuple(sorted(set(scope))), roles=role
    )
    _record("new", name, manifest)
    _print(made, text, quiet=quiet)
    return 0


@app.command
def rotate(
    name: str,
    /,
    *,
    days: Days = 90,
    overlap: Annotated[int, Parameter(help="Hours for which the old keys go on to hold.")] = 24,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Make a further key for a caller; those that it has end with the overlap.

    Example: hauberk guard key rotate branch-17 --overlap 1
    """
    made, text = rotate_key(
        _callers(manifest), name, now=datetime.now(UTC), days=days, overlap=timedelta(hours=overlap)
    )
    _record("rotated", name, manifest)
    _print(made, text, quiet=quiet)
    return 0


@app.command
def revoke(name: str, /, *, manifest: Manifest = None, quiet: Quiet = False) -> int:
    """End the keys of a caller, or the one of that id, within a second of now.

    Example: hauberk guard key revoke branch-17
    """
    count = revoke_keys(_callers(manifest), name, now=datetime.now(UTC))
    _record("revoked", name, manifest)
    if not quiet:
        sys.stdout.write(f"{count} {'key' if count == 1 else 'keys'} of {name} ended\n")
    return 0


@app.command(name="list")
def list_keys(*, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """List the keys: no secret is among it.

    Example: hauberk guard key list
    """
    keys, now = read_keys(_callers(manifest)), stamp(datetime.now(UTC))
    if json:
        facts = [
            {"id": key.id, "name": key.name, "scopes": key.scopes, "roles": key.roles, "expires": key.expires}
            for key in keys
        ]
        sys.stdout.write(encode_pretty({"schema": "hauberk/guard-keys/1", "keys": facts}) + "\n")
        return 0
    for key in keys:
        state = "ended" if key.expires <= now else "until"
        sys.stdout.write(f"{key.id}  {key.name}  {' '.join(key.scopes)}  {state} {key.expires}\n")
    if not keys and not quiet:
        sys.stderr.write("no key; make one: hauberk guard key new --name NAME\n")
    return 0


def _record(what: str, name: str, manifest: Path | None) -> None:
    """Seal who may ask by now, signed by whoever changed it, where there is a ledger."""
    state, identity = state_of(manifest), default_identity()
    if (state.ledger / "log").is_dir():
        keys = [{"id": key.id, "name": key.name, "expires": key.expires} for key in read_keys(state.callers)]
        body = {"schema": "hauberk/guard-callers/1", "what": what, "name": name, "keys": keys}
        seal_word(state, seal(body, identity, CALLERS))


def _print(made: ApiKey, text: str, *, quiet: bool) -> None:
    sys.stdout.write(f"{text}\n")
    if not quiet:
        sys.stderr.write(f"for {made.name}, {' '.join(made.scopes)}, until {made.expires}; it is shown this once\n")


def _callers(manifest: Path | None) -> Path:
    """The file of callers of a manifest's state."""
    return state_of(manifest).callers
